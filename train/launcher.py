"""Start, queue, steer and reap the processes that train.

Importing torch takes seconds, so one spare worker has done it already and waits for the folder of a run on its
standard input. A worker trains one run and leaves. The end of that input means that the launcher is gone, however it
went, and the worker saves and leaves too: no signal to miss, no process number to guess, the same on every system.
The launcher itself never imports torch.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from resnet.errors import UserError
from train.event_log import OVER
from train.events import Event, Failed, Finished, as_dict
from train.recipe import Recipe
from train.run import Run

PROJECT = Path(__file__).resolve().parent.parent
SPARE_AFTER_SECONDS = 5.0  # a new spare would compete with the run that has just taken the last one
LEAVE_SECONDS = 10.0  # how long a worker may take to save and leave
LOG_TAIL_BYTES = 64_000  # of what a dying worker printed


@dataclass(eq=False)
class Worker:
    """One process, the file that catches what it prints, and the run it was given."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]
    run: Run | None = None

    def give(self, run: Run) -> None:
        """Hand a run over; the process reads it as soon as it is ready. Raises OSError if the process is gone."""
        self.run = run
        assert self.process.stdin is not None
        self.process.stdin.write(os.fsencode(run.path) + b"\n")
        self.process.stdin.flush()

    def dismiss(self) -> None:
        """Close its input: save and leave."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()


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
        self._queue: deque[Run] = deque()
        self._running: set[Worker] = set()
        self._spare: Worker | None = None
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
                    _abandon(run)

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
        with self._mutex:
            if self._closing:
                _abandon(run)
                raise UserError("The program is being closed", cure="Start it again")
            self._queue.append(run)
            self._dispatch()
        return run, token

    def ahead(self, run_id: str) -> int:
        """How many runs come before this one; 0 when it is running or over."""
        with self._mutex:
            ids = [run.id for run in self._queue]
            return len(self._running) + ids.index(run_id) if run_id in ids else 0

    def holds_up(self, run_id: str) -> str:
        """State of what a queued run waits for; "" when it does not wait.

        It is "paused" only if no other slot will come free by itself: somebody has to continue or stop a run.
        """
        with self._mutex:
            if run_id not in [run.id for run in self._queue]:
                return ""
            training = [worker.run for worker in self._running if worker.run]
        states = [run.state() for run in training]
        return next((state for state in states if state != "paused"), "paused" if states else "")

    def control(self, run_id: str, token: object, want: str) -> None:
        """Let a run go on, pause or stop. Stopping takes a queued run out of the queue.

        Raises:
            UserError: there is no such run, the token is not its owner's, or the run is over (stopping it once more
                is no error).
        """
        run = Run.open(self.runs_dir, run_id)
        if not run.owned_by(token):
            cure = "Use the browser that started it, or start a run of your own"
            raise UserError("Only whoever started this run can control it", where=run_id, cure=cure)
        with self._mutex:
            queued = next((waiting for waiting in self._queue if waiting.id == run_id), None)
            if queued and want == "stop":
                self._queue.remove(queued)
                _append(queued, Finished(step=0, reason="stopped"))
                return
        if not queued and run.state() in OVER | {"interrupted"}:
            if want != "stop":
                raise UserError("This run is over", where=run_id, cure="Start a new run")
            return
        run.ask(want)

    def list(self) -> builtins.list[dict[str, Any]]:
        """All runs, newest first: `id`, `name`, `net`, `data`, `state`, `started`, `step` and `steps`.

        `started` is when it was asked for, in unix seconds; `steps` is None until it is known.
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
            _abandon(run)
        deadline = time.monotonic() + LEAVE_SECONDS
        for worker in workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.process.wait(1)
                worker.process.kill()  # nothing happens if it is gone
                worker.process.wait()

    def _runs(self) -> Iterator[Run]:
        for folder in self.runs_dir.iterdir():
            with contextlib.suppress(OSError, UserError):  # whatever else lies there
                yield Run.open(self.runs_dir, folder.name)

    def _dispatch(self) -> None:
        """Give queued runs to workers while there are slots. The mutex is held."""
        while self._queue and len(self._running) < self.slots and not self._closing:
            run = self._queue.popleft()
            try:
                worker = self._take_worker()
            except OSError as error:
                cure = "Close other programs and start a new run"
                _append(run, Failed(f"No training process can be started ({error.strerror})", where="", cure=cure))
                continue
            run.release()
            self._running.add(worker)
            with contextlib.suppress(OSError):  # died this moment: its watcher says so
                worker.give(run)
            self._plan_spare()

    def _take_worker(self) -> Worker:
        spare, self._spare = self._spare, None
        return spare if spare and spare.process.poll() is None else self._spawn()

    def _plan_spare(self) -> None:
        if self._spare_timer:
            self._spare_timer.cancel()
        self._spare_timer = threading.Timer(SPARE_AFTER_SECONDS, self.warm)
        self._spare_timer.daemon = True
        self._spare_timer.start()

    def _spawn(self) -> Worker:
        output = tempfile.TemporaryFile()  # noqa: SIM115 - what even a dying process prints; `_reap` closes it
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        process = subprocess.Popen(
            [sys.executable, "-m", "train", "worker"],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # no terminal: Ctrl-C in it is the launcher's business
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        worker = Worker(process, output)
        threading.Thread(target=self._reap, args=(worker,), name="reap worker", daemon=True).start()
        return worker

    def _reap(self, worker: Worker) -> None:
        """Wait for a worker's end, free its slot, and say what became of its run if the worker could not."""
        code = worker.process.wait()
        with self._mutex:
            self._running.discard(worker)
            if self._spare is worker:
                self._spare = None
            self._dispatch()
            closing = self._closing
        if worker.run and code != 0 and not closing:
            _keep_output(worker)
            _append(worker.run, _death(code))
        worker.output.close()
        worker.dismiss()


def _death(code: int) -> Failed:
    """What is said of a process that ended with this exit code before its run had an end."""
    cure = "It may have run out of memory: try again with smaller pictures, a smaller batch or a smaller net"
    if code >= 0:
        return Failed("The training process broke off", where="", cure=f"{cure}. Details are in the run's error.log")
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
        return Failed(f"The training process was killed (signal {-code}, {name})", where="", cure=cure)
    return Failed(f"The training process was killed (signal {-code})", where="", cure=cure)


def _append(run: Run, event: Event) -> None:
    """Add an event to a run that nobody trains; does nothing if somebody does, or if the run is over."""
    with contextlib.suppress(UserError), run.writing(timeout=2) as log:
        if run.state() not in OVER:
            log.append(as_dict(event))


def _abandon(run: Run) -> None:
    _append(run, Failed("The program was closed before this run's turn came", where="", cure="Start a new run"))


def _keep_output(worker: Worker) -> None:
    """Add the last of what a worker printed to its run's error.log."""
    worker.output.seek(max(0, os.fstat(worker.output.fileno()).st_size - LOG_TAIL_BYTES))
    printed = worker.output.read()
    if printed and worker.run:
        with contextlib.suppress(OSError), (worker.run.path / "error.log").open("ab") as file:
            file.write(printed)
