"""When a run is observed: at every epoch's end while that costs little, less often where epochs are short."""

from __future__ import annotations

from pathlib import Path

from train.album import Album
from train.engine import Training

SHARE = 0.02  # of the run's own time may go into it; runs that take turns thus share it, too
AT_ONCE = 0.5  # seconds that may go into it however short the run has been


class Observer:
    """Looks at what one run has learned, and keeps what it sees in the run's folder.

    Args:
        run: the folder.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._album: Album | None = None
        self._began: float | None = None  # on the run's clock, which counts neither pauses nor the turns of others
        self._spent = 0.0  # seconds

    def epoch_ended(self, training: Training) -> None:
        """Observe the epoch that has just ended: the first and the last always, others if there is time.

        Raises:
            OSError: there is no room on the disk; what was kept before can still be read.
        """
        now = training.clock.seconds()
        if self._began is None:
            self._began = now  # what an earlier process took is not to be spent once more
        is_last = training.epoch + 1 == training.recipe.epochs
        if self._spent > AT_ONCE + SHARE * (now - self._began) and not is_last:
            return
        try:
            self._album = self._album or Album(self._run, training)
            self._album.add(training)
        finally:
            self._spent += training.clock.seconds() - now
