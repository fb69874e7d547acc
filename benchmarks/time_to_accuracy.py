"""Processor time from fresh weights to a good answer: real photos to 90 %, drawn pets to 98 % of drawings never seen.

Each sample is one whole training in a fresh process with an empty cache and another seed, so that decoding the photos,
or drawing the pets, counts. CPU-seconds are user and system time of the process, all its cores and children, from
before the pictures are read (`Epoch.cpu_seconds`); imports are not in them. A goal counts as reached at the end of the
first epoch whose validation reaches it.

    python benchmarks/time_to_accuracy.py [SAMPLES] [--photos ZIP] [--threads N] [--quick]

The photos are a ZIP or folder with train/ and val/, also named by RESNET_LAB_PHOTOS; without it only pets are drawn.
Threads waiting for each other cost processor time, too: `--threads 1` says what the work alone takes. `--quick` trains
for two epochs on a few pictures, to see whether it runs; its figures mean nothing.

Bars: photos 330 CPU-seconds (aim 220), drawn pets 60 (aim 30).
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys

from _fresh import keeps, measure, median_of, where

PROGRAM = """
import json, os, tempfile
from train.preparation import fit
from train.events import Diverged, Epoch
from train.recipes import recipe_named

found = {{}}
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
    os.environ["RESNET_LAB_CACHE"] = cache
    for event in fit(recipe_named({recipe!r}).with_settings({settings!r})):
        if isinstance(event, Diverged):
            raise SystemExit(event.reason)
        if isinstance(event, Epoch):
            found[f"accuracy {{event.epoch + 1}}"] = event.val_accuracy
            found[f"CPU-seconds {{event.epoch + 1}}"] = event.cpu_seconds
print(json.dumps(found))
"""
QUICK = {"net": "resnet10_w16", "image_px": "32", "start_px": "0", "epochs": "2", "batch": "16", "shift_px": "2"}
QUICK |= {"train_pictures": "64", "val_pictures": "16"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="?", type=int, default=5)
    parser.add_argument("--photos", default=os.environ.get("RESNET_LAB_PHOTOS"))
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    settings = {"threads": str(options.threads)} | (QUICK if options.quick else {})
    print(f"Medians of {options.samples} trainings each, {where()}")
    pets = reach("drawn pets, recipe live", "live", settings, options.samples, goal=0.98)
    kept = [keeps("drawn pets to 98 %", pets, "CPU-seconds", at_most=60)]
    if options.photos:
        settings |= {"data": options.photos}
        photos = reach("photos, recipe photos", "photos", settings, options.samples, goal=0.9)
        kept.append(keeps("photos to 90 %", photos, "CPU-seconds", at_most=330))
    else:
        print("Photos are left out: RESNET_LAB_PHOTOS names none")
    return 0 if all(kept) else 1


def reach(title: str, recipe: str, settings: dict[str, str], samples: int, *, goal: float) -> float:
    """Train so many times and print each result and the median curve; the median CPU-seconds to the goal."""
    taken = []
    for seed in range(samples):
        taken.append(measure(PROGRAM.format(recipe=recipe, settings=settings | {"seed": str(seed)})))
        epochs = len(taken[0]) // 2
        best, end = reached(taken[-1], goal), taken[-1][f"CPU-seconds {epochs}"]
        last = taken[-1][f"accuracy {epochs}"]
        print(f"{title}, seed {seed}: {goal:.0%} after {best:.0f} CPU-seconds; {last:.1%} in the end, after {end:.0f}")
    curve = median_of(taken)
    print("epoch  val accuracy  CPU-seconds")
    for epoch in range(1, epochs + 1):
        print(f"{epoch:5} {curve[f'accuracy {epoch}']:13.2%} {curve[f'CPU-seconds {epoch}']:12.1f}")
    return statistics.median(reached(sample, goal) for sample in taken)


def reached(curve: dict[str, float], goal: float) -> float:
    """CPU-seconds at the end of the first epoch that reaches the goal; infinite if none does."""
    epochs = range(1, len(curve) // 2 + 1)
    return next((curve[f"CPU-seconds {epoch}"] for epoch in epochs if curve[f"accuracy {epoch}"] >= goal), math.inf)


if __name__ == "__main__":
    sys.exit(main())
