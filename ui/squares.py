"""Pictures of the last minutes, ready for a net: what a visitor drags over is not decoded anew for every answer."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from ui.images import Picture, RefusedPicture

MOST = 128  # of 176 pixels, with what they were cut from: some 50 MB
SECONDS = 600.0


class Squares:
    """Keeps pictures for some minutes and not longer, also if nobody asks again. Safe for threads.

    Args:
        seconds: how long.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, Picture]] = OrderedDict()  # the oldest first
        self._mutex = threading.Lock()
        self._timer: threading.Timer | None = None

    def get(self, key: Hashable, make: Callable[[], Picture | RefusedPicture]) -> Picture | RefusedPicture:
        """What is kept under that key, or is made now. What is refused is not kept: it may be a passing fault."""
        with self._mutex:
            if key in self._kept:
                return self._kept[key][1]
        made = make()
        if isinstance(made, Picture):
            with self._mutex:
                self._kept[key] = (time.monotonic(), made)
                self._kept.move_to_end(key)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
                self._look_later()
        return made

    def __len__(self) -> int:
        return len(self._kept)

    def _look_later(self) -> None:
        if self._timer is None and self._kept:
            oldest = next(iter(self._kept.values()))[0]
            self._timer = threading.Timer(max(0.0, oldest + self._seconds - time.monotonic()), self._forget)
            self._timer.daemon = True
            self._timer.start()

    def _forget(self) -> None:
        with self._mutex:
            while self._kept and next(iter(self._kept.values()))[0] <= time.monotonic() - self._seconds:
                self._kept.popitem(last=False)
            self._timer = None
            self._look_later()
