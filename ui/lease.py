"""On a page for strangers a run lasts as long as somebody watches it: one box, and the next in the queue waits."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from resnet.errors import UserError
from train.event_log import OVER
from train.run import Run

MINUTES = 10.0  # a phone whose screen is off asks nothing; whoever comes back later finds the weights and can go on


class Lease:
    """Stops runs that nobody has watched for a while. They keep their weights. Safe for threads.

    Only runs that `begin` was told of end this way: what the command line trains in the same folder is not touched.

    Args:
        runs: the folder of all runs.
        minutes: how long a run goes on unwatched.
        clock: seconds that never go back.
    """

    def __init__(self, runs: Path, *, minutes: float = MINUTES, clock: Callable[[], float] = time.monotonic) -> None:
        self.minutes = minutes
        self._runs = runs
        self._clock = clock
        self._lock = threading.Lock()
        self._watched: dict[str, float] = {}  # when each was last asked about
        self._ended: set[str] = set()

    def begin(self, run: str) -> None:
        """A run has been queued, or goes on: from now on it is to be watched."""
        with self._lock:
            is_new = run not in self._watched
            self._watched[run] = self._clock()
            self._ended.discard(run)
        if is_new:
            self._look_again(run, self.minutes * 60)

    def watched(self, run: str) -> None:
        """Somebody has asked about a run."""
        with self._lock:
            if run in self._watched:
                self._watched[run] = self._clock()

    def has_ended(self, run: str) -> bool:
        """Whether a run was stopped because nobody watched it, and has not gone on since."""
        return run in self._ended

    def check(self, run: str) -> None:
        """Stop a run if its time is up, otherwise look again when it may be."""
        with self._lock:
            left = self._watched[run] + self.minutes * 60 - self._clock()
        if left > 0:
            self._look_again(run, left)
            return
        with self._lock:
            del self._watched[run]
        with contextlib.suppress(OSError, UserError):  # deleted by hand since
            found = Run.open(self._runs, run)
            if found.state() not in OVER | {"interrupted"}:
                self._ended.add(run)
                found.ask("stop")

    def _look_again(self, run: str, seconds: float) -> None:
        timer = threading.Timer(seconds, self.check, (run,))
        timer.daemon = True
        timer.start()
