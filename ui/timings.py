"""How long each operation takes on this machine: measured when somebody asks, kept for all who look at the same net."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from resnet.errors import UserError
from resnet.timing import Timing, time_calls
from ui.look import Look, Subject
from ui.text import t

_KEPT = 64  # measurements
_FRESH = 600.0  # seconds a measurement counts as new: asking again gets the same one
_PAUSE = 30.0  # seconds between two measurements on a page for strangers, so that trainings and answers go on


class Timings:
    """What was measured since the page started."""

    def __init__(self, public: bool) -> None:
        self._pause = _PAUSE if public else 0.0
        self._lock = threading.Lock()
        self._found: OrderedDict[Subject, tuple[float, Timing]] = OrderedDict()
        self._next = 0.0

    def of(self, look: Look) -> Timing | None:
        """The measurement for the net on show, if the table is to show it and there is one."""
        found = self._found.get(look.subject) if look.times else None
        return found[1] if found else None

    def measure(self, look: Look) -> None:
        """Measure, unless that was done just now.

        Raises:
            UserError: it would take too long, or another measurement is under way or was a moment ago.
        """
        subject = look.subject
        with self._lock:
            found, now = self._found.get(subject), time.monotonic()
            if found and now - found[0] < _FRESH:
                return
            if now < self._next:
                seconds = round(self._next - now) + 1
                raise UserError(t("architecture.time.moment_ago"), cure=t("architecture.time.later", seconds=seconds))
        row, shape, classes = subject
        timing = time_calls(row, shape, num_classes=classes)
        with self._lock:
            now = time.monotonic()
            self._found[subject], self._next = (now, timing), now + self._pause
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
