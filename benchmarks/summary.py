"""The layer table against torchinfo's: from a net's name to its rows, first call in a process, building included.

Each sample is a fresh process that has imported torch and the library; the two sides take turns, so that a busy machine
slows both. Printed: medians, and the ratio to torchinfo at its default settings.

    python benchmarks/summary.py [NET] [SAMPLES]
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys

OURS = """
import time, torch
from resnet.summary import summarize
start = time.perf_counter()
rows = summarize("{net}").rows
first = time.perf_counter() - start
start = time.perf_counter()
summarize("{net}")
print(first, time.perf_counter() - start, len(rows))
"""

THEIRS = """
import time, torch, torchinfo, torchvision
start = time.perf_counter()
with torch.device("{device}"):
    model = torchvision.models.get_model("{net}")
report = torchinfo.summary(model, (1, 3, 224, 224), device="{device}", verbose=0)
print(time.perf_counter() - start, 0, len(report.summary_list))
"""


def sample(program: str) -> tuple[float, float, int]:
    """Seconds of the first call, seconds of the second, number of rows."""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."})
    first, again, rows = result.stdout.split()
    return float(first), float(again), int(rows)


def main() -> None:
    net = sys.argv[1] if len(sys.argv) > 1 else "resnet152"
    samples = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    programs = {
        "ResNet Lab": OURS.format(net=net),
        "torchinfo (default)": THEIRS.format(net=net, device="cpu"),
        "torchinfo (device='meta')": THEIRS.format(net=net, device="meta"),
    }
    taken: dict[str, list[tuple[float, float, int]]] = {name: [] for name in programs}
    for _ in range(samples):
        for name, program in programs.items():
            taken[name].append(sample(program))
    medians = {name: statistics.median(first for first, _, _ in times) for name, times in taken.items()}
    again = statistics.median(second for _, second, _ in taken["ResNet Lab"])
    print(f"{net}, {samples} samples each, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name, seconds in medians.items():
        ratio = seconds / medians["ResNet Lab"]
        print(f"{name:<26} {seconds * 1000:9.1f} ms  {taken[name][0][2]:>5} rows  {ratio:5.1f}x")
    print(f"{'ResNet Lab, repeated':<26} {again * 1000:9.3f} ms")


if __name__ == "__main__":
    main()
