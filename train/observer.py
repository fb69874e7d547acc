"""When a run is observed: at every epoch's end while that costs little, less often where epochs are short."""

from __future__ import annotations

import time
from pathlib import Path

from train.album import Album
from train.engine import Training

SHARE = 0.02  # of the time may go into it
AT_ONCE = 0.5  # seconds that may go into it however short the run has been


class Observer:
    """Looks at what one run has learned, and keeps what it sees in the run's folder.

    Args:
        run: the folder.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._album: Album | None = None
        self._began = time.monotonic()
        self._spent = 0.0  # seconds

    def epoch_ended(self, training: Training) -> None:
        """Observe the epoch that has just ended: the first and the last always, others if there is time.

        Raises:
            OSError: there is no room on the disk; what was kept before can still be read.
        """
        now = time.monotonic()
        is_last = training.epoch + 1 == training.recipe.epochs
        if self._spent > AT_ONCE + SHARE * (now - self._began) and not is_last:
            return
        try:
            self._album = self._album or Album(self._run, training)
            self._album.add(training)
        finally:
            self._spent += time.monotonic() - now
