"""Pictures a second while training: our engine, the first article's loop and torchvision's reference loop.

All three train the same net on the same JPEG files of 200 pixels (drawn pets, so any machine has them) at the same side
and batch, on all usable cores; `_training_loops.py` holds them. Each sample is a fresh process, and the three take
turns. Some steps that do not count come first. Ours decodes every file before its first step, once and for all:
that is not in its rate, and is printed beside it. It cuts its crops from the squares it keeps, which have the net's
side; the others cut theirs from the whole file, which is more work for a sharper crop.

    python benchmarks/train_speed.py [SAMPLES] [--quick]

`--quick` takes two steps on a few small pictures, to see whether it runs; its figures mean nothing.

Bars, against the article's loop: width-24 net at 48 pixels 2.5 times as fast (aim 3.5), resnet18 at 64 pixels 1.4 times
(aim 1.6).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import _drawn_files
from _fresh import in_turn, keeps, median_of, where

PROGRAM = """
import itertools, json, os, pathlib, sys, tempfile, time
sys.path.insert(0, {here!r})
import torch
from _training_loops import LOOPS
from train.machine import usual_threads

torch.set_num_threads(usual_threads())
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
    os.environ["RESNET_LAB_CACHE"] = cache
    began = time.perf_counter()
    steps = LOOPS[{loop!r}](pathlib.Path({folder!r}), {net!r}, {side}, {batch})
    next(steps)
    first = time.perf_counter() - began
    sum(itertools.islice(steps, {warm_up}))
    began = time.perf_counter()
    pictures = sum(itertools.islice(steps, {steps}))
    print(json.dumps(dict(rate=pictures / (time.perf_counter() - began), first=first)))
    steps.close()
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What is trained, how long, and how many times as fast as the article's loop it must and should be."""

    net: str
    side: int
    batch: int
    steps: int
    bar: float
    aim: float
    warm_up: int = 5
    files: int = 640  # whole batches, so that every step has as many pictures
    file_side: int = 200


CASES = (
    Case("resnet10_w24", 48, batch=64, steps=30, bar=2.5, aim=3.5),
    Case("resnet18", 64, batch=32, steps=30, bar=1.4, aim=1.6),
)
QUICK = {"net": "resnet10_w16", "side": 32, "batch": 8, "steps": 2, "warm_up": 1, "files": 16, "file_side": 40}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="?", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    cases = [replace(CASES[0], **QUICK)] if options.quick else CASES
    print(f"Medians of {options.samples} fresh processes each, {where()}")
    kept = [compare(case, options.samples) for case in cases]
    return 0 if all(kept) else 1


def compare(case: Case, samples: int) -> bool:
    """Print what each loop makes of one case; whether the bar is kept."""
    with tempfile.TemporaryDirectory() as folder:
        _drawn_files.write(Path(folder), case.files, val_pictures=2, side=case.file_side)
        programs = {loop: program(loop, case, folder) for loop in ("ours", "article", "reference")}
        medians = {loop: median_of(taken) for loop, taken in in_turn(programs, samples).items()}
    print(f"{case.net} at {case.side} pixels, batch {case.batch}:")
    for loop, figures in medians.items():
        ratio = medians["ours"]["rate"] / figures["rate"]
        print(f"    {loop:<10} {figures['rate']:8.0f} pictures/s {ratio:6.2f}x   first step {figures['first']:5.1f} s")
    faster = medians["ours"]["rate"] / medians["article"]["rate"]
    claim = f"{case.net} at {case.side} px, article's loop (aim {case.aim:g})"
    return keeps(claim, faster, "times as fast", at_least=case.bar)


def program(loop: str, case: Case, folder: str) -> str:
    """What a fresh process runs to measure one loop."""
    here = str(Path(__file__).resolve().parent)
    sizes = {"side": case.side, "batch": case.batch, "warm_up": case.warm_up, "steps": case.steps}
    return PROGRAM.format(here=here, loop=loop, folder=folder, net=case.net, **sizes)


if __name__ == "__main__":
    sys.exit(main())
