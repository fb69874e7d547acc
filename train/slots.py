"""The processes that train: entries wait for a slot, a worker takes each up and leaves when it is over.

Importing torch takes seconds, so one spare worker has done it already and waits for the folder of a run on its
standard input. A worker trains one run, or several by turns, and leaves. The end of that input means that the launcher
is gone, however it went, and the worker saves and leaves too: no signal to miss, no process number to guess, the same
on every system.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from resnet.errors import UserError
from train.events import Failed
from train.making_way import LOOK_SECONDS, Pauses
from train.run import Run
from train.waiting import Entry, Queue, abandon, say
from train.worker_process import WorkerProcess, death

SPARE_AFTER_SECONDS = 5.0  # a new spare would compete with the run that has just taken the last one
LEAVE_SECONDS = 10.0  # how long a worker may take to save and leave


class Slots:
    """Trains entries, `count` at a time, first come first served. Safe for threads.

    Args:
        count: how many.
        pause_seconds: how long an entry may be paused while others wait, if nothing trains; then it makes way for them.
        made_way: is called with each run of an entry that has, and the seconds that its pause had lasted.

    Attributes:
        mutex: whoever holds it, nothing changes places meanwhile.
        queue: what waits.
        running: the workers that have a slot.
    """

    def __init__(self, count: int, pause_seconds: float, made_way: Callable[[Run, float], None]) -> None:
        self.count = count
        self.mutex = threading.RLock()
        self.queue = Queue()
        self.running: set[WorkerProcess] = set()
        self._pause_seconds = pause_seconds
        self._pauses = Pauses()
        self._made_way = made_way
        self._watcher: threading.Thread | None = None  # looks after pauses
        self._spare: WorkerProcess | None = None
        self._spare_timer: threading.Timer | None = None
        self._closing = False

    def warm(self) -> None:
        """Start the spare worker, unless it is there already; returns at once."""
        with self.mutex:
            if self._spare is None and not self._closing:
                with contextlib.suppress(OSError):  # whoever needs it will try again, and say so
                    self._spare = self._spawn()

    def put(self, entry: Entry) -> None:
        """Let runs that are held wait for a worker.

        Raises:
            UserError: no more are taken; the runs are abandoned.
        """
        with self.mutex:
            if not self._closing:
                self.queue.append(entry)
                self._dispatch()
                return
        for run in entry.runs:
            abandon(run)
        raise UserError("The program is being closed", cure="Start it again")

    def ahead(self, run_id: str) -> int:
        """How many entries come before this run; 0 unless it waits."""
        with self.mutex:
            return len(self.running) + self.queue.ahead(run_id) if self.queue.find(run_id) else 0

    def holds_up(self, run_id: str) -> str:
        """State of what a run waits for; "" when it does not wait. "paused" only if nothing trains."""
        with self.mutex:
            if not self.queue.find(run_id):
                return ""
            training = self._training()
        states = [entry.state() for entry in training]
        return next((state for state in states if state != "paused"), "paused" if states else "")

    def makes_way_in(self, run_id: str) -> float | None:
        """Seconds until a paused entry leaves its place, for its runs and for all that wait; None if none will."""
        with self.mutex:
            training = self._training()
            is_waiting = bool(self.queue.find(run_id))
            if not self.queue or len(training) < self.count:
                return None
        longest = self._pauses.longest(training)
        if not longest or not (is_waiting or any(run.id == run_id for run in longest[0].runs)):
            return None
        return max(0.0, self._pause_seconds - longest[1])

    def close(self) -> None:
        """End everything: workers save and leave, within about 10 s; what waits will not be trained."""
        with self.mutex:
            self._closing = True
            if self._spare_timer:
                self._spare_timer.cancel()
            if self._spare:
                self._spare.process.kill()  # it has nothing to save
            workers = [*self.running, *([self._spare] if self._spare else [])]
            queued = list(self.queue)
            self.queue.clear()
        for worker in workers:
            worker.dismiss()
        for run in queued:
            abandon(run)
        deadline = time.monotonic() + LEAVE_SECONDS
        for worker in workers:
            worker.wait_until(deadline)

    # Workers

    def _dispatch(self) -> None:
        """Give what is queued to workers while there are slots. The mutex is held."""
        while self.queue and len(self.running) < self.count and not self._closing:
            entry = self.queue.pop()
            try:
                worker = self._take_worker()
            except OSError as error:
                cure = "Close other programs and start a new run"
                for run in entry.runs:
                    say(run, Failed(f"No training process can be started ({error.strerror})", where="", cure=cure))
                continue
            for run in entry.runs:
                run.release()
            self.running.add(worker)
            with contextlib.suppress(OSError):  # died this moment: its watcher says so
                worker.give(entry)
            self._plan_spare()
        self._watch_pauses()

    def _training(self) -> list[Entry]:
        """What has a slot. The mutex is held."""
        return [worker.entry for worker in self.running if worker.entry]

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
        with self.mutex:
            self.running.discard(worker)
            if self._spare is worker:
                self._spare = None
            others = {run.id for run in self.queue} | {run.id for other in self.running for run in other.runs}
            closing = self._closing
        made_way = worker.paused_for is not None and not closing
        with contextlib.closing(worker):
            try:
                for run in worker.runs if made_way else ():  # at once: whoever watches wonders why it ended
                    self._made_way(run, worker.paused_for or 0.0)
            finally:  # whatever becomes of them, others wait for the slot
                with self.mutex:
                    self._dispatch()
            for run in worker.runs:
                # A stopped one may have been resumed since.
                if code != 0 and not closing and not made_way and run.id not in others:
                    with contextlib.suppress(OSError):  # its folder may not be written to: the others' may
                        worker.keep_output(run)
                        say(run, death(code))

    # Pauses

    def _watch_pauses(self) -> None:
        """Look after pauses for as long as anything trains. The mutex is held."""
        if self.running and not (self._watcher and self._watcher.is_alive()):
            self._watcher = threading.Thread(target=self._look_after_pauses, name="look after pauses", daemon=True)
            self._watcher.start()

    def _look_after_pauses(self) -> None:
        while True:
            with self.mutex:
                training = self._training()
                if not training:
                    self._watcher = None  # now, because this thread lives on for a moment
                    return
            self._pauses.look(training)
            with contextlib.suppress(OSError, UserError):  # a run that cannot be read any longer
                self._make_way()
            time.sleep(LOOK_SECONDS)

    def _make_way(self) -> None:
        """Dismiss the worker that has been paused for too long, if another entry needs its slot."""
        with self.mutex:
            training = self._training()
            longest = self._pauses.longest(training)
            if not longest or not self.queue or len(training) < self.count or self._closing:
                return
            entry, seconds = longest
            if seconds < self._pause_seconds or not entry.pause():  # its owner may just have let it go on
                return
            worker = next(worker for worker in self.running if worker.entry is entry)
            if worker.paused_for is None:
                worker.paused_for = seconds
                worker.dismiss()
                deadline = time.monotonic() + LEAVE_SECONDS
                threading.Thread(target=worker.wait_until, args=(deadline,), name="see off", daemon=True).start()
