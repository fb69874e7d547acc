"""What a run has cost so far."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Clock:
    """When a run began, in wall-clock and processor time. Make it before the pictures are read.

    While a run waits, for its owner or for the others it shares a process with, its clock is put forward.
    """

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=lambda: sum(os.times()[:4]))

    def seconds(self) -> float:
        return time.perf_counter() - self.wall

    def cpu_seconds(self) -> float:
        """User and system time, of this process and of its children that have ended."""
        return sum(os.times()[:4]) - self.cpu

    def without(self, other: Clock) -> Clock:
        """This clock as if nothing had happened from the other's beginning until now."""
        return replace(self, wall=self.wall + other.seconds(), cpu=self.cpu + other.cpu_seconds())
