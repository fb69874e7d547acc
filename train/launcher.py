"""Start, queue, steer and resume the runs of one folder, each in the name of whoever started it.

The launcher itself never imports torch: the processes of `train.slots` do.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.event_log import OVER
from train.events import Finished, MadeWay, Queued, as_dict
from train.making_way import PAUSE_SECONDS
from train.recipe import Recipe
from train.resuming import check_left, check_pictures, resumable
from train.run import Run
from train.slots import Slots
from train.waiting import Entry, abandon, create_together, say
from train.wish import Wish, checked_step

HANDOVER_SECONDS = 5.0  # so long a run that has just stopped may still be held by who puts it away


class Launcher:
    """Trains runs in processes of their own, `slots` at a time, first come first served. Safe for threads.

    Args:
        runs_dir: the folder of all runs; made if it is missing. Runs that are in it already are listed.
        slots: how many runs train at once; one run uses all cores.
        pause_seconds: how long a run may be paused while others wait, if nothing trains; then it makes way for them,
            as if it had been interrupted.

    Raises:
        UserError: there can be no such folder, or it may not be read.
    """

    def __init__(
        self, runs_dir: str | os.PathLike[str], slots: int = 1, *, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self.runs_dir = Path(runs_dir).resolve()
        self.slots = Slots(slots, pause_seconds, self._set_aside)
        self._resuming = threading.Lock()  # a second request for the same finds what the first has done
        try:
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            left = list(self._runs())
        except OSError as error:
            why = "it is a file" if isinstance(error, FileExistsError) else error.strerror
            cure = "Choose a folder this program may write to"
            raise UserError(f"Runs cannot be kept there ({why})", where=str(self.runs_dir), cure=cure) from error
        for run in left:
            with contextlib.suppress(OSError):  # another user's, say
                if run.state() == "queued" and not run.is_held():
                    abandon(run)

    def warm(self) -> None:
        """Start the spare worker, unless it is there already; returns at once. `start` does it too, only later."""
        self.slots.warm()

    def start(self, recipe: Recipe) -> tuple[Run, str]:
        """Queue a new run and return at once.

        Returns:
            The run, and the token that controls it.

        Raises:
            UserError: the runs folder cannot be written to, or the launcher is closed.
        """
        run, token = Run.create(self.runs_dir, recipe)
        self.slots.put(Entry((run,)))
        return run, token

    def start_together(
        self, recipes: Sequence[Recipe], *, experiment: str, slice_steps: int
    ) -> builtins.list[tuple[Run, str]]:
        """Queue new runs as one entry: one worker trains them, a turn of so many steps after the other.

        Args:
            recipes: theirs, in the order of their turns.
            experiment: what the set is called.
            slice_steps: how many steps a turn has, at least one.

        Returns:
            Each run, and the token that controls it.

        Raises:
            UserError: as for `start`, and none of them is there; no recipes were given, or too many.
        """
        made = create_together(self.runs_dir, recipes, experiment)
        self.slots.put(Entry(tuple(run for run, _ in made), slice_steps))
        return made

    def ahead(self, run_id: str) -> int:
        """How many runs, or sets of them, come before this one; 0 when it is running or over."""
        return self.slots.ahead(run_id)

    def holds_up(self, run_id: str) -> str:
        """State of what a queued run waits for; "" when it does not wait.

        It is "paused" only if no other slot will come free by itself: somebody has to continue or stop a run, or the
        pause lasts too long (`makes_way_in`).
        """
        return self.slots.holds_up(run_id)

    def makes_way_in(self, run_id: str) -> float | None:
        """Seconds until a paused run leaves its place, for that run and for all that wait for it; None if none will."""
        return self.slots.makes_way_in(run_id)

    def control(self, run_id: str, token: object, want: str, *, step: object = None, lr: float | None = None) -> None:
        """Let a run go on, pause or stop. Stopping takes a queued run out of the queue, and out of its set.

        Args:
            run_id: the run's.
            token: what `start` returned with it.
            want: "run", "pause", "stop", or "step": pause once a certain step was taken, going on until then. "run" and
                "step" resume a run that was interrupted.
            step: that step; one that is behind means to pause at once, so asking twice takes no second step.
            lr: the highest learning rate of the schedule from the next step on; None leaves it as it is.

        Raises:
            UserError: there is no such run, the token is not its owner's, or the run is over (stopping it once more
                is no error); it cannot be asked for this.
        """
        run = self._owned(run_id, token)
        after = checked_step(step, run.summary()["step"]) if want == "step" else 0
        if want in ("run", "step") and run.state() == "interrupted":  # it made way, which who asks has not seen yet
            self.resume(run_id, token, lr=lr)
        with self.slots.mutex:
            queued = self.slots.queue.find(run_id)
            if queued and want == "stop":
                self.slots.queue.remove(queued)
                say(queued, Finished(step=queued.summary()["step"], reason="stopped"))
                return
        now = run.summary()
        if not queued and now["state"] in OVER | {"interrupted"}:
            if want != "stop":
                cure = "Resume it, or start a new run" if resumable(now) else "Start a new run"
                raise UserError("This run is over", where=run_id, cure=cure)
            return
        run.ask("pause" if want == "step" else want, after=after, lr=lr)

    def resume(self, run_id: str, token: object, *, lr: float | None = None) -> None:
        """Put a run that was left, stopped or broken off back into the queue: it will go on where it was.

        Asking once more while it waits, or once it goes on, does nothing.

        Args:
            run_id: the run's.
            token: what `start` returned with it, of this program or of an earlier one.
            lr: its highest learning rate from there on; None leaves it as it was.

        Raises:
            UserError: there is no such run, the token is not its owner's, the run is over or being trained, or its
                pictures are gone.
        """
        run = self._owned(run_id, token)
        with self._resuming:
            state = run.state()
            if self._has_resumed(run) and state not in OVER | {"interrupted"}:
                return
            if state not in OVER | {"interrupted"}:
                raise UserError(f"This run is {state} already", where=run_id, cure="Let it go on, pause it or stop it")
            check_pictures(run)
            self._put_back(run, Wish(lr=lr))

    def _put_back(self, run: Run, wish: Wish) -> None:
        """Let a run that was left wait for its turn to do what is wished. `_resuming` is held."""
        with run.writing(HANDOVER_SECONDS) as log:
            check_left(run)
            run.ask(wish.want, after=wish.after, lr=wish.lr)
            log.append(as_dict(Queued()))
        run.hold(HANDOVER_SECONDS)
        self.slots.put(Entry((run,)))

    def _set_aside(self, run: Run, seconds: float) -> None:
        """Say why a run was left. One that its owner asked to go on meanwhile waits for its turn; one that was asked to
        stop has done so if it kept its weights, and can be resumed if it was killed before.
        """
        with self._resuming, contextlib.suppress(OSError, UserError):
            now, wish = run.summary(), run.wanted()
            if now["state"] != "interrupted":  # it was over, or has been resumed
                return
            if wish.want != "stop" and not wish.pauses_at(now["step"]):
                self._put_back(run, replace(wish, lr=None))  # its rate is kept
            elif wish.want == "stop" and (run.weights.exists() or not now["step"]):
                say(run, Finished(step=now["step"], reason="stopped"))
            else:
                say(run, MadeWay(now["step"], round(seconds, 1)))

    def _owned(self, run_id: str, token: object) -> Run:
        run = Run.open(self.runs_dir, run_id)
        if not run.owned_by(token):
            cure = "Use the browser that started it, or start a run of your own"
            raise UserError("Only whoever started this run can control it", where=run_id, cure=cure)
        return run

    def _has_resumed(self, run: Run) -> bool:
        """Whether it was put back into the queue, and waits there or was given to a worker since."""
        with self.slots.mutex:
            waiting = [each.id for each in self.slots.queue if each.has_begun()]
            resumed = [worker for worker in self.slots.running if worker.resumes]
            return run.id in waiting + [each.id for worker in resumed for each in worker.runs]

    def list(self) -> builtins.list[dict[str, Any]]:
        """All runs, newest first: `id`, `name`, `net`, `data`, `state`, `started`, `step`, `steps` and `experiment`.

        `started` is when it was asked for, in unix seconds; `steps` is None until it is known; `experiment` is that of
        `Run`.
        """
        rows = []
        for run in self._runs():
            with contextlib.suppress(OSError, UserError):  # deleted, or spoilt by hand, since
                recipe, now = run.recipe, run.summary()
                rows.append(
                    {
                        "id": run.id,
                        "name": recipe.name,
                        "net": recipe.net,
                        "data": Path(recipe.data).name,  # not where this computer keeps it
                        "state": now["state"],
                        "started": run.created,
                        "step": now["step"],
                        "steps": now["steps"],
                        "experiment": run.experiment,
                    }
                )
        return sorted(rows, key=lambda row: row["started"], reverse=True)

    def close(self) -> None:
        """End everything: workers save and leave, within about 10 s; queued runs will not be trained."""
        self.slots.close()

    def _runs(self) -> Iterator[Run]:
        for folder in self.runs_dir.iterdir():
            with contextlib.suppress(OSError, UserError):  # whatever else lies there
                yield Run.open(self.runs_dir, folder.name)
