"""What a run has cost so far."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clock:
    """When a run began, in wall-clock and processor time. Make it before the pictures are read."""

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=lambda: sum(os.times()[:4]))

    def seconds(self) -> float:
        return time.perf_counter() - self.wall

    def cpu_seconds(self) -> float:
        """User and system time, of this process and of its children that have ended."""
        return sum(os.times()[:4]) - self.cpu
