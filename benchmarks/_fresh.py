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


def medians(programs: Mapping[str, str], samples: int) -> dict[str, dict[str, float]]:
    """Of every program, the median of each of its numbers over so many processes."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    for _ in range(samples):
        for name, program in programs.items():
            taken[name].append(measure(program))
    return {
        name: {number: statistics.median(sample[number] for sample in measured) for number in measured[0]}
        for name, measured in taken.items()
    }


def where() -> str:
    """What the figures hold for."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}"
