"""A run: one training, kept in one folder that the page, the command line and a cluster share.

    recipe.json         how to train
    owner.json          SHA-256 of the token of whoever started it, and when
    experiment.json     the set of runs it was started with; absent if it was started alone
    events.jsonl        everything that happened, one JSON object a line
    control.json        what its owner wants now: run, pause or stop, and how fast to learn
    lock                held by the process that trains, or will train, this run
    model.safetensors   the weights after the newest epoch
    state/              what the run resumes from; absent once it has ended
    probes/             what was observed at the end of its epochs (`train.album`)
    error.log           what a person who mends the program reads; absent if nothing went wrong

A process that dies lets go of its locks, so a run whose log has no end and whose lock is free was interrupted.
Process numbers say nothing of the kind: they are used again.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from resnet.errors import UserError
from resnet.files import write_whole
from train.event_log import OVER, EventWriter, log_of
from train.recipe import Recipe, check_asked
from train.together import Together
from train.wish import FILE as CONTROL
from train.wish import WANTS, Wish, is_want

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}(?<!\.)")
_DEVICE_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no file can have these on Windows
_probing = threading.Lock()  # two threads that look at a free lock at once would see each other
_asking = threading.Lock()  # a wish keeps what the one before said of the learning rate


class Run:
    """One run's folder. Make one with `create` or `open`; the constructor checks nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.id = path.name
        self.weights = self.path / "model.safetensors"
        self._lock = FileLock(self.path / "lock", thread_local=False)
        self._wanted = Wish()
        self._control_stamp: tuple[int, int] | None = None

    @classmethod
    def create(
        cls,
        runs_dir: str | os.PathLike[str],
        recipe: Recipe,
        *,
        id: str | None = None,
        experiment: Together | None = None,
    ) -> tuple[Run, str]:
        """Make the folder of a new run and hold its lock until it is executed or released.

        Args:
            runs_dir: the folder of all runs; made if it is missing.
            recipe: how to train. Relative paths of its data and initial weights are kept as absolute ones.
            id: the folder's name; by default 128 random bits, which nobody can guess.
            experiment: the set that it belongs to.

        Returns:
            The run, and the token its owner proves ownership with. The folder keeps only the token's hash.

        Raises:
            UserError: the name is not usable or taken, or the folder cannot be written to.
        """
        name = _checked_id(secrets.token_hex(16) if id is None else id)
        if recipe.data != "drawn" and os.path.exists(recipe.data):
            recipe = replace(recipe, data=os.path.abspath(recipe.data))  # workers have a working folder of their own
        if recipe.init and os.path.exists(recipe.init):
            recipe = replace(recipe, init=os.path.abspath(recipe.init))
        run = cls(Path(runs_dir) / name)
        try:
            run.path.mkdir(parents=True, exist_ok=True)
            if any(run.path.iterdir()):
                raise UserError("There is a run or another folder of this name", where=name, cure="Choose another name")
            run.hold(timeout=0)
        except OSError as error:
            raise _unwritable("The run's folder", run.path, error) from error
        token = secrets.token_urlsafe(32)
        try:
            _write(run.path / "owner.json", json.dumps({"token_sha256": _sha256(token), "created": time.time()}))
            if experiment:
                _write(run.path / "experiment.json", experiment.to_json())
            _write(run.path / "recipe.json", recipe.to_json())  # last: a folder with a recipe is a whole run
        except UserError:
            run.discard()
            raise
        return run, token

    @classmethod
    def open(cls, runs_dir: str | os.PathLike[str], id: str) -> Run:
        """The run of this id.

        Raises:
            UserError: the id is malformed, or no run has it.
        """
        run = cls(Path(runs_dir) / _checked_id(id))
        if not (run.path / "recipe.json").is_file():
            raise UserError("There is no run of this name", where=id, cure="Choose one from the list of runs")
        return run

    @property
    def recipe(self) -> Recipe:
        return Recipe.from_json((self.path / "recipe.json").read_text(encoding="utf-8"))

    def settle(self, recipe: Recipe) -> None:
        """Keep the recipe as it was settled on this machine, so that the same can be asked for again."""
        _write(self.path / "recipe.json", recipe.to_json())

    def discard(self) -> None:
        """Remove a run that nothing has happened to, and that this object holds."""
        self.release()
        shutil.rmtree(self.path, ignore_errors=True)

    @property
    def experiment(self) -> dict[str, Any] | None:
        """`id`, `name` and `runs` of the set it was started with; None if it was started alone, or if who copied or
        changed its folder has left no telling.
        """
        with contextlib.suppress(OSError, ValueError):
            together = Together.read(self.path / "experiment.json")
            if self.id in together.runs:
                return together.as_dict()
        return None

    def events(self, since: int = 0, limit: int = 500) -> list[dict[str, Any]]:
        """At most `limit` events with a larger `seq` than `since`; costs what is new, however long the log."""
        return log_of(self.path / "events.jsonl").read(since, limit)

    def state(self) -> str:
        """queued, preparing, running, paused, finished, stopped, diverged, failed or interrupted."""
        return str(self.summary()["state"])

    def log_state(self) -> str:
        """How the log ends, as `state`, but without asking whether anybody trains the run."""
        return str(log_of(self.path / "events.jsonl").summary()["state"])

    def has_begun(self) -> bool:
        """Whether anything happened to it yet."""
        return bool(log_of(self.path / "events.jsonl").summary()["seq"])

    def summary(self) -> dict[str, Any]:
        """`state`, last `seq`, last `step` and `steps` (None until known) of this run, and `lr`: its highest learning
        rate where that is no longer the recipe's (None where it is).
        """
        log = log_of(self.path / "events.jsonl")
        summary = log.summary()
        if summary["state"] not in OVER and summary["state"] != "queued" and not self.is_held():
            summary = log.summary()  # it may have ended between the two looks
            if summary["state"] not in OVER:
                summary["state"] = "interrupted"
        return summary

    def ask(self, want: str, *, after: int = 0, lr: float | None = None) -> None:
        """Say what the run shall do. The trainer obeys before its next step.

        Args:
            want: "run", "pause" or "stop".
            after: to pause once this step was taken, its epoch's validation included; at once if it is behind.
            lr: the highest learning rate of the schedule from the next step on; None leaves it as it is.

        Raises:
            UserError: nothing of the kind can be asked for, or the folder cannot be written to.
        """
        if not is_want(want):
            raise UserError(f'"{want}" is nothing a run can be asked for', cure=f"Use one of {', '.join(WANTS)}")
        if lr is not None:
            number = float(lr) if type(lr) is int and abs(lr) < 2**53 else lr
            check_asked("lr", number)
            lr = number
        with _asking:
            before = self.wanted().lr
            _write(self.path / CONTROL, Wish(want, after, before if lr is None else lr).to_json())

    def wanted(self) -> Wish:
        """What was asked for last. One `stat` as long as nothing new was asked, so it can be called at every step."""
        control = self.path / CONTROL
        with contextlib.suppress(OSError, ValueError):
            stat = control.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns)
            if stamp != self._control_stamp:
                self._wanted = Wish.from_json(control.read_text(encoding="utf-8"))
                self._control_stamp = stamp
        return self._wanted

    def owned_by(self, token: object) -> bool:
        """Whether this token is the one `create` returned; in constant time."""
        kept = self._owner().get("token_sha256")
        return isinstance(token, str) and isinstance(kept, str) and hmac.compare_digest(_sha256(token), kept)

    @property
    def created(self) -> float:
        """When it was made, in unix seconds; 0 if that is not known."""
        return float(self._owner().get("created", 0))

    def _owner(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.path / "owner.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def hold(self, timeout: float) -> None:
        """Hold the run's lock; nothing happens if this object holds it already.

        Raises:
            UserError: another process, or another `Run` object, holds it for longer than `timeout` seconds.
        """
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(timeout=timeout, poll_interval=0.005)
        except Timeout:
            cure = "Wait until it ends, or start a new run"
            raise UserError("Another process is training this run", where=self.id, cure=cure) from None

    def release(self) -> None:
        """Let go of the lock, so that another process may train this run."""
        self._lock.release()

    def is_held(self) -> bool:
        """Whether anybody holds the run's lock."""
        if self._lock.is_locked:
            return True
        probe = FileLock(self.path / "lock")
        with _probing:
            try:
                probe.acquire(timeout=0)
            except Timeout:
                return True
            except OSError:  # deleted since
                return False
            probe.release()
            return False

    @contextlib.contextmanager
    def writing(self, timeout: float = 10) -> Iterator[EventWriter]:
        """The only way to add events: holds the lock meanwhile and lets go of it afterwards.

        The default leaves time to whoever hands the run over, or looks whether somebody holds it.
        """
        self.hold(timeout)
        try:
            with EventWriter(self.path / "events.jsonl") as writer:
                yield writer
        finally:
            self.release()


def _checked_id(id: object) -> str:
    """The id itself if it can be nothing but the name of a folder inside the runs folder."""
    if not isinstance(id, str) or not _ID.fullmatch(id) or _DEVICE_NAMES.fullmatch(id):
        shown = repr(id)[:60]
        cure = "Use up to 80 letters a to z, digits, dots, dashes and underscores, beginning with a letter or a digit"
        raise UserError("This cannot be the name of a run", where=shown, cure=cure)
    return id


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _write(path: Path, text: str) -> None:
    """Replace a small file as a whole.

    Raises:
        UserError: it cannot be written; the old one is as it was.
    """
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise _unwritable("The file", path, error) from error


def _unwritable(what: str, path: Path, error: OSError) -> UserError:
    cure = "Free some disk space, or choose a folder this program may write to"
    return UserError(f"{what} cannot be written ({error.strerror})", where=path.name, cure=cure)
