"""Train one run in this process, and be the process that does so for the launcher."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from resnet.errors import UserError
from train.checkpoint import save_classifier
from train.datasets import Data, Refused, Split
from train.engine import Training, prepare
from train.event_log import EventWriter
from train.events import Continued, Diverged, Epoch, Event, Failed, Finished, Paused, as_dict
from train.recipe import Recipe
from train.run import Run

PAUSE_POLL_SECONDS = 0.05  # how soon a paused run notices that it may go on
LEAVE_SECONDS = 8.0  # after this a worker that was told to leave does so without saving


def execute(
    run: Run,
    *,
    leaving: threading.Event | None = None,
    watch: Callable[[Event], None] | None = None,
    tell_refused: Callable[[Sequence[Refused]], None] | None = None,
) -> None:
    """Train a run from its recipe to its end, in this process, obeying what its owner asks for.

    Whatever goes wrong becomes the run's last event, so nothing is raised for it.

    Args:
        run: a run nobody has begun. Its lock is held meanwhile.
        leaving: once set, the weights are saved and the run is left without an end: it reads "interrupted".
        watch: is called with every event after it was written.
        tell_refused: is called once with the files that are left out, before the first step.

    Raises:
        UserError: another process trains this run, or it was trained before.
    """
    with run.writing() as log:
        if run.events(limit=1):
            raise UserError("This run was trained before", where=run.id, cure="Start a new run")
        session = _Session(run, log, leaving or threading.Event(), watch or (lambda event: None), tell_refused)
        try:
            session.train()
        except UserError as error:
            session.record(_refusal(error, session.data))
        except Exception as error:
            with (run.path / "error.log").open("a", encoding="utf-8") as file:
                traceback.print_exc(file=file)
            session.record(_failure(error))


class _Session:
    """One run while it trains."""

    def __init__(
        self,
        run: Run,
        log: EventWriter,
        leaving: threading.Event,
        watch: Callable[[Event], None],
        tell_refused: Callable[[Sequence[Refused]], None] | None,
    ) -> None:
        self.run = run
        self.log = log
        self.leaving = leaving
        self.watch = watch
        self.tell_refused = tell_refused
        self.data = Path()  # where the pictures are, once the recipe was read
        self.training: Training | None = None  # None until the pictures are there

    def train(self) -> None:
        for event in self._events():
            if isinstance(event, (Epoch, Diverged)):
                self._save()  # first: whoever reads the event may want the weights
            self.record(event)
            if isinstance(event, (Diverged, Finished)):
                return
            if self.training and self.run.wanted() == "pause":
                self._pause()
            if self.leaving.is_set():
                self._save()
                return
            if self.run.wanted() == "stop":
                self._save()
                self.record(Finished(self._step, reason="stopped"))
                return

    def record(self, event: Event) -> None:
        self.log.append(as_dict(event))
        self.watch(event)

    def _events(self) -> Iterator[Event]:
        """What `engine.fit` yields, holding on to the training."""
        recipe = self.run.recipe
        self.data = Path(recipe.data)
        self.training = yield from prepare(recipe)
        self.run.settle(self.training.recipe)
        if self.tell_refused:
            self.tell_refused(self.training.data.refused)
        yield from self.training.events()

    @property
    def _step(self) -> int:
        return self.training.step if self.training else 0

    def _pause(self) -> None:
        """Wait, with the processor idle, until something else is wanted."""
        self.record(Paused(self._step))
        # Not leaving.wait(): a signal handler that sets an event its own thread is waiting for can lock up.
        while self.run.wanted() == "pause" and not self.leaving.is_set():
            time.sleep(PAUSE_POLL_SECONDS)
        if self.run.wanted() == "run":
            self.record(Continued(self._step))

    def _save(self) -> None:
        # A net that has learned nothing, or that went back to where it began, is no result.
        if self.training and self.training.finite_weights().step:
            save_classifier(self.run.weights, self.training)


def _refusal(error: UserError, data: Path) -> Failed:
    """The last event of a run that was refused. All viewers read it, so it does not tell where this computer keeps
    its files: a path inside the pictures begins with their own folder, any other is a bare name.
    """

    def shown(text: str) -> str:
        return re.sub(rf"(?<!\w){re.escape(str(data))}", lambda _: data.name, text) if data.is_absolute() else text

    where = shown(error.where)
    return Failed(shown(error.what), Path(where).name if Path(where).is_absolute() else where, shown(error.cure))


def _failure(error: Exception) -> Failed:
    """What a person is told of an error that nobody foresaw; the traceback is in error.log."""
    if isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate" in str(error):
        cure = "Use smaller pictures, a smaller batch or a smaller net"
        return Failed("There is not enough memory for this training", where="", cure=cure)
    if isinstance(error, OSError) and error.strerror:
        where = Path(str(error.filename or "")).name
        return Failed(error.strerror, where=where, cure="Put that right and start a new run")
    cure = "The details are in the run's error.log: please report them"
    return Failed("The training broke off because of an error in this program", where="", cure=cure)


def main() -> int:
    """Wait for the folder of a run on standard input, train that run, and leave; returns only if there was none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the launcher, which then closes our input
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(10)  # the page and its predictions come first
    _warm_up()
    # Unbuffered: a thread left waiting inside a buffered stream breaks the end of the interpreter.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
        line = stdin.readline()
    if not line.endswith(b"\n"):
        return 0
    folder = Path(os.fsdecode(line[:-1]))
    with told_to_leave(code=0) as leaving:
        threading.Thread(target=_watch_input, args=(leaving,), name="watch input", daemon=True).start()
        execute(Run.open(folder.parent, folder.name), leaving=leaving)
    # The next run waits for the end of this process, and Python would take a second to put torch away.
    sys.stdout.flush()
    os._exit(0)


def _warm_up() -> None:
    """Train on two black pictures: the first optimizer and the first step load a thousand modules, for a second."""
    pictures = Split(torch.zeros(2, 3, 32, 32, dtype=torch.uint8), torch.tensor([0, 1]))
    recipe = Recipe(net="resnet10_w16", image_px=32, epochs=1, batch=2, precision="float32")
    for _ in Training(recipe, Data(("black", "also black"), pictures, pictures, ())).events():
        pass


@contextlib.contextmanager
def told_to_leave(code: int) -> Iterator[threading.Event]:
    """An event that SIGTERM sets. Some time after it was set, however it was, this process ends with this exit code.

    The training obeys between two events; deep in a long one it would stay too long. What it leaves behind is whole
    all the same, because files are replaced and never changed. For the main thread.
    """
    leaving, over = threading.Event(), threading.Event()

    def leave_anyway() -> None:
        leaving.wait()
        if not over.wait(LEAVE_SECONDS):
            os._exit(code)

    before = signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    threading.Thread(target=leave_anyway, name="leave anyway", daemon=True).start()
    try:
        yield leaving
    finally:
        signal.signal(signal.SIGTERM, before)
        over.set()
        leaving.set()


def _watch_input(leaving: threading.Event) -> None:
    """Wait for the end of standard input: the launcher is gone."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1):
            pass
    leaving.set()
