"""A pause is no claim to a slot for ever: whoever is paused makes way after a while, if somebody else waits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from resnet.errors import UserError
from train.waiting import Entry

PAUSE_SECONDS = 180.0  # so long a pause may last while others wait: time to say something about a chart
LOOK_SECONDS = 1.0  # how often pauses are looked at


class Pauses:
    """For how long each entry that trains has been paused. One thread looks, any may ask.

    Args:
        clock: seconds that never go back, whatever is done to the time of day.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: dict[Entry, tuple[tuple[int, ...], float]] = {}  # which pause, and when it was first seen

    def look(self, training: Sequence[Entry]) -> None:
        """See which of the entries that train are paused, and forget all others."""
        now, found = self._clock(), {}
        for entry in training:
            with contextlib.suppress(OSError, UserError):  # of one that cannot be read nobody knows a pause
                if pause := entry.pause():
                    seen, since = self._begun.get(entry, (pause, now))
                    found[entry] = (pause, since if seen == pause else now)
        self._begun = found

    def longest(self, training: Sequence[Entry]) -> tuple[Entry, float] | None:
        """The entry that has been paused for longest, and its seconds; None unless each of them is paused."""
        begun = self._begun
        if not training or any(entry not in begun for entry in training):
            return None
        entry = min(training, key=lambda entry: begun[entry][1])
        return entry, self._clock() - begun[entry][1]
