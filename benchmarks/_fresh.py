"""Programs measured in fresh Python processes that take turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script started by its path finds the project's packages, too


class ProgramError(Exception):
    """A program did not reach its end; the message is the last line it wrote."""


def measure(program: str) -> dict[str, float]:
    """What a program prints, a JSON object of numbers, in a process that finds the project's packages.

    Raises:
        ProgramError: it ended with an error.
    """
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise ProgramError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1])
    return json.loads(done.stdout)


def in_turn(programs: Mapping[str, str], samples: int) -> dict[str, list[dict[str, float]]]:
    """What every program prints, in so many processes each."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    for _ in range(samples):
        for name, program in programs.items():
            taken[name].append(measure(program))
    return taken


def median_of(samples: list[dict[str, float]]) -> dict[str, float]:
    """The median of each number over samples that all have the same ones."""
    return {number: statistics.median(sample[number] for sample in samples) for number in samples[0]}


def keeps(claim: str, value: float, unit: str, *, at_least: float = 0.0, at_most: float = float("inf")) -> bool:
    """Print how a figure stands to its bar; False where it misses it."""
    kept = at_least <= value <= at_most
    bar = f"at least {at_least:g}" if at_least else f"at most {at_most:g}"
    print(f"{'PASS' if kept else 'MISS'}  {claim}: {value:,.3g} {unit}, bar {bar} {unit}")
    return kept


def where() -> str:
    """What the figures hold for: machine, versions, and what else kept the machine busy over the last minute."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}{load}"
