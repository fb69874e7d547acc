"""Start, queue, steer and reap the processes that train.

Importing torch takes seconds, so one spare worker has done it already and waits for the folder of a run on its
standard input. A worker trains one run, or several by turns, and leaves. The end of that input means that the launcher
is gone, however it went, and the worker saves and leaves too: no signal to miss, no process number to guess, the same
on every system. The launcher itself never imports torch.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.event_log import OVER
from train.events import Failed, Finished, Queued, as_dict
from train.recipe import Recipe
from train.resuming import check_left, check_pictures, resumable
from train.run import Run
from train.waiting import Entry, Queue, abandon, create_together, say
from train.wish import checked_step
from train.worker_process import WorkerProcess, death

SPARE_AFTER_SECONDS = 5.0  # a new spare would compete with the run that has just taken the last one
LEAVE_SECONDS = 10.0  # how long a worker may take to save and leave
HANDOVER_SECONDS = 5.0  # so long a run that has just stopped may still be held by who puts it away


class Launcher:
    """Trains runs in processes of their own, `slots` at a time, first come first served. Safe for threads.

    Args:
        runs_dir: the folder of all runs; made if it is missing. Runs that are in it already are listed.
        slots: how many runs train at once; one run uses all cores.

    Raises:
        UserError: there can be no such folder, or it may not be read.
    """

    def __init__(self, runs_dir: str | os.PathLike[str], slots: int = 1) -> None:
        self.runs_dir = Path(runs_dir).resolve()
        self.slots = slots
        self._mutex = threading.RLock()
        self._resuming = threading.Lock()  # a second request for the same finds what the first has done
        self._queue = Queue()
        self._running: set[WorkerProcess] = set()
        self._spare: WorkerProcess | None = None
        self._spare_timer: threading.Timer | None = None
        self._closing = False
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
        with self._mutex:
            if self._spare is None and not self._closing:
                with contextlib.suppress(OSError):  # `start` will try again, and say so
                    self._spare = self._spawn()

    def start(self, recipe: Recipe) -> tuple[Run, str]:
        """Queue a new run and return at once.

        Returns:
            The run, and the token that controls it.

        Raises:
            UserError: the runs folder cannot be written to, or the launcher is closed.
        """
        run, token = Run.create(self.runs_dir, recipe)
        self._enqueue(Entry((run,)))
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
        self._enqueue(Entry(tuple(run for run, _ in made), slice_steps))
        return made

    def ahead(self, run_id: str) -> int:
        """How many runs, or sets of them, come before this one; 0 when it is running or over."""
        with self._mutex:
            return len(self._running) + self._queue.ahead(run_id) if self._queue.find(run_id) else 0

    def holds_up(self, run_id: str) -> str:
        """State of what a queued run waits for; "" when it does not wait.

        It is "paused" only if no other slot will come free by itself: somebody has to continue or stop a run.
        """
        with self._mutex:
            if not self._queue.find(run_id):
                return ""
            training = [worker.entry for worker in self._running if worker.entry]
        states = [entry.state() for entry in training]
        return next((state for state in states if state != "paused"), "paused" if states else "")

    def control(self, run_id: str, token: object, want: str, *, step: object = None, lr: float | None = None) -> None:
        """Let a run go on, pause or stop. Stopping takes a queued run out of the queue, and out of its set.

        Args:
            run_id: the run's.
            token: what `start` returned with it.
            want: "run", "pause", "stop", or "step": pause once a certain step was taken, going on until then.
            step: that step; one that is behind means to pause at once, so asking twice takes no second step.
            lr: the highest learning rate of the schedule from the next step on; None leaves it as it is.

        Raises:
            UserError: there is no such run, the token is not its owner's, or the run is over (stopping it once more
                is no error); it cannot be asked for this.
        """
        run = self._owned(run_id, token)
        with self._mutex:
            queued = self._queue.find(run_id)
            if queued and want == "stop":
                self._queue.remove(queued)
                say(queued, Finished(step=queued.summary()["step"], reason="stopped"))
                return
        now = run.summary()
        if not queued and now["state"] in OVER | {"interrupted"}:
            if want != "stop":
                cure = "Resume it, or start a new run" if resumable(now) else "Start a new run"
                raise UserError("This run is over", where=run_id, cure=cure)
            return
        if want == "step":
            run.ask("pause", after=checked_step(step, now["step"]), lr=lr)
        else:
            run.ask(want, lr=lr)

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
            with run.writing(HANDOVER_SECONDS) as log:
                check_left(run)
                run.ask("run", lr=lr)
                log.append(as_dict(Queued()))
            run.hold(HANDOVER_SECONDS)
            self._enqueue(Entry((run,)))

    def _owned(self, run_id: str, token: object) -> Run:
        run = Run.open(self.runs_dir, run_id)
        if not run.owned_by(token):
            cure = "Use the browser that started it, or start a run of your own"
            raise UserError("Only whoever started this run can control it", where=run_id, cure=cure)
        return run

    def _has_resumed(self, run: Run) -> bool:
        """Whether it was put back into the queue, and waits there or was given to a worker since."""
        with self._mutex:
            waiting = [each.id for each in self._queue if each.has_begun()]
            return run.id in waiting + [each.id for worker in self._running if worker.resumes for each in worker.runs]

    def _enqueue(self, entry: Entry) -> None:
        """Let runs that are held wait for a worker."""
        with self._mutex:
            if not self._closing:
                self._queue.append(entry)
                self._dispatch()
                return
        for run in entry.runs:
            abandon(run)
        raise UserError("The program is being closed", cure="Start it again")

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
        with self._mutex:
            self._closing = True
            if self._spare_timer:
                self._spare_timer.cancel()
            if self._spare:
                self._spare.process.kill()  # it has nothing to save
            workers = [*self._running, *([self._spare] if self._spare else [])]
            queued = list(self._queue)
            self._queue.clear()
        for worker in workers:
            worker.dismiss()
        for run in queued:
            abandon(run)
        deadline = time.monotonic() + LEAVE_SECONDS
        for worker in workers:
            worker.wait_until(deadline)

    def _runs(self) -> Iterator[Run]:
        for folder in self.runs_dir.iterdir():
            with contextlib.suppress(OSError, UserError):  # whatever else lies there
                yield Run.open(self.runs_dir, folder.name)

    def _dispatch(self) -> None:
        """Give what is queued to workers while there are slots. The mutex is held."""
        while self._queue and len(self._running) < self.slots and not self._closing:
            entry = self._queue.pop()
            try:
                worker = self._take_worker()
            except OSError as error:
                cure = "Close other programs and start a new run"
                for run in entry.runs:
                    say(run, Failed(f"No training process can be started ({error.strerror})", where="", cure=cure))
                continue
            for run in entry.runs:
                run.release()
            self._running.add(worker)
            with contextlib.suppress(OSError):  # died this moment: its watcher says so
                worker.give(entry)
            self._plan_spare()

    def _take_worker(self) -> WorkerProcess:
        spare, self._spare = self._spare, None
        return spare if spare and spare.process.poll() is None else self._spawn()

    def _plan_spare(self) -> None:
        if self._spare_timer:
            self._spare_timer.cancel()
        self._spare_timer = threading.Timer(SPARE_AFTER_SECONDS, self.warm)
        self._spare_timer.daemon = True
        self._spare_timer.start()

    def _spawn(self) -> WorkerProcess:
        worker = WorkerProcess.spawn()
        threading.Thread(target=self._reap, args=(worker,), name="reap worker", daemon=True).start()
        return worker

    def _reap(self, worker: WorkerProcess) -> None:
        """Wait for a worker's end, free its slot, and say what became of its runs if the worker could not."""
        code = worker.process.wait()
        with self._mutex:
            self._running.discard(worker)
            if self._spare is worker:
                self._spare = None
            others = {run.id for run in self._queue} | {run.id for other in self._running for run in other.runs}
            self._dispatch()
            closing = self._closing
        for run in worker.runs:
            if code != 0 and not closing and run.id not in others:  # a stopped one may have been resumed since
                worker.keep_output(run)
                say(run, death(code))
        worker.close()
