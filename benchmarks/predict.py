"""What the Predict tab's answers cost, in passes of the net: prediction, feature maps, Grad-CAM; and their memory.

The net is torchvision's resnet18 with 1,000 classes, untrained, at 224 pixels. Every step begins with the decoded
picture, uint8, and ends with what is sent: for the page, pictures as addresses; for the API, PNG bytes as Gradio makes
them. It is held against a bare forward of the same net, in inference mode, in the same process with as many threads.
Maps are those of layer4, what a visitor sees first. Page and API draw Grad-CAM on a scale that needs the same map with
random weights, a pass more: together is said with that, and without.

Each sample is a fresh process, in which the steps take turns for some rounds; the ratio is taken in each process. What
is counted is processor time, of all threads together, so that a busy machine does not look slow. Memory is what one
more process holds after 200 and after 2,000 predictions; after every tenth, maps and heat are drawn.

    python benchmarks/predict.py [SAMPLES] [--threads N] [--quick]

`--quick` takes one round and 10 predictions, to see whether it runs; its figures mean nothing.

Bars: all together at most 5 forwards (aim 3.5), for the page and for the API; memory grows by at most 20 MB, a
hundredth of a MB a prediction, where a kept picture would be 15 times that.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from _fresh import in_turn, keeps, measure, where

PROGRAM = """
import json, sys
sys.path.insert(0, {here!r})
import torch
import _looks
torch.set_num_threads({threads})
print(json.dumps(_looks.{call}))
"""
ROUNDS = 9
EARLY, LATE = 200, 2000
STATM = Path("/proc/self/statm")
WAYS = ("page", "API")
BAR, AIM, GROWTH = 5, 3.5, 20


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="?", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    rounds, early, late = (1, 1, 10) if options.quick else (ROUNDS, EARLY, LATE)
    with tempfile.TemporaryDirectory() as folder:
        kept = speed(program(f"times({folder!r}, {rounds})", options.threads), options.samples, options.threads)
        grown = memory(program(f"memory({folder!r}, {early}, {late})", options.threads), early, late)
    return 0 if kept and grown else 1


def speed(clock: str, samples: int, threads: int) -> bool:
    """Print what each step takes; whether the bars are kept."""
    (taken,) = in_turn({"steps": clock}, samples).values()
    print(f"resnet18 at 224 px, 1,000 classes, {threads} threads, medians of {samples} fresh processes, {where()}")
    for sample in taken:
        for way in WAYS:
            together = sum(sample[name] for name in ("prediction", f"feature maps, {way}", f"Grad-CAM, {way}"))
            sample[f"together, {way}"] = together
            sample[f"together, {way}, without random weights"] = together - sample["random weights' map"]
    ratios = {}
    for name in taken[0]:
        ratios[name] = statistics.median(sample[name] / sample["bare"] for sample in taken)
        median = statistics.median(sample[name] for sample in taken)
        print(f"    {name:<40} {median:8.1f} ms {ratios[name]:6.2f}x")
    kept = [keeps(f"{way} (aim {AIM})", ratios[f"together, {way}"], "forwards", at_most=BAR) for way in WAYS]
    return all(kept)


def memory(weight: str, early: int, late: int) -> bool:
    """Print what the process holds; whether it stays flat."""
    if not STATM.exists():
        print("Memory is left out: only Linux tells what a process holds")
        return True
    found = measure(weight)
    print(f"memory after {early:,} predictions {found['early']:,.0f} MB, after {late:,} {found['late']:,.0f} MB")
    return keeps("memory grows", found["late"] - found["early"], "MB", at_most=GROWTH)


def program(call: str, threads: int) -> str:
    """What a fresh process runs: one function of `_looks`."""
    return PROGRAM.format(here=str(Path(__file__).resolve().parent), threads=threads, call=call)


if __name__ == "__main__":
    sys.exit(main())
