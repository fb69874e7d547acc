"""How many cores this process may use. Imports no torch: it is asked before any training, too."""

from __future__ import annotations

import math
import os
from pathlib import Path

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "200000 100000": two cores' time; absent outside Linux containers


def usable_cores() -> int:
    """How many threads can really run at once: a container on a large host is often given two cores of sixty-four."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    try:
        quota, period = CPU_QUOTA.read_text().split()
        cores = min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max": no quota
        pass
    return max(1, cores)
