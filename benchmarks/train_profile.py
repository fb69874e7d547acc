"""Where the time of a `live` epoch goes, operation by operation, by PyTorch's profiler.

A training as the recipe says, drawn pets and all; the first epoch, which draws them, does not count. Each sample is one
whole epoch with its validation. An operation's time is its own, without that of operations it calls; all convolutions
are two rows, forward and backward, whichever library computes them. What the profiler does not see lies between the
operations: Python, mostly, and on a busy machine the waiting for a core. The profiler costs some time for each
operation, so small ones look larger than they are.

    python benchmarks/train_profile.py [SAMPLES] [--threads N] [--quick]

`--quick` takes smaller epochs, to see whether it runs. Bar: convolutions take 85 % of the time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

from _fresh import keeps, where
from torch.profiler import ProfilerActivity, profile

from train.command import result_of
from train.events import Epoch, Event
from train.preparation import prepare
from train.recipe import Recipe
from train.recipes import LIVE

FORWARD, BACKWARD, BETWEEN = "convolutions, forward", "convolutions, backward", "between the operations"
ROWS = 20  # that are printed; the others are one more
QUICK = {"net": "resnet10_w16", "image_px": "32", "batch": "16", "train_pictures": "64", "val_pictures": "16"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="?", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    settings = {"epochs": str(options.samples + 1), "threads": str(options.threads)}
    recipe = LIVE.with_settings(settings | (QUICK if options.quick else {}))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
        os.environ["RESNET_LAB_CACHE"] = cache
        epochs = list(profiled_epochs(recipe))
    print(f"{recipe.net}, {recipe.image_px} pixels, medians of {len(epochs)} epochs, {where()}")
    return 0 if tell(epochs) else 1


def profiled_epochs(recipe: Recipe) -> Iterator[Counter[str]]:
    """Of every epoch but the first: the part of its time that each operation takes, by name."""
    training = result_of(prepare(recipe), shown=False)
    events = training.events()
    through_epoch(events)
    for _ in range(recipe.epochs - 1):
        with profile(activities=[ProfilerActivity.CPU], acc_events=True) as profiler:
            began = time.perf_counter()
            through_epoch(events)
            seconds = time.perf_counter() - began
        taken: Counter[str] = Counter()
        for operation in profiler.key_averages():
            taken[row_of(operation.key)] += operation.self_cpu_time_total / 1e6
        taken[BETWEEN] = max(0.0, seconds - taken.total())
        whole = taken.total()
        yield Counter({name: part / whole for name, part in taken.items()})
    print(f"{training.recipe.precision}, threads {training.recipe.threads}")


def through_epoch(events: Iterator[Event]) -> None:
    """Train to the end of the epoch."""
    next(event for event in events if isinstance(event, Epoch))


def row_of(operation: str) -> str:
    """The row of the table that an operation's time is added to."""
    if "convolution" not in operation.lower() and "conv2d" not in operation:
        return operation
    return BACKWARD if "backward" in operation.lower() else FORWARD


def tell(epochs: list[Counter[str]]) -> bool:
    """Print the median share of each operation, the largest first; whether the bar is kept."""
    names = {name for epoch in epochs for name in epoch}
    shares = {name: statistics.median(epoch[name] for epoch in epochs) for name in names}
    rows = sorted(shares.items(), key=lambda row: -row[1])
    rows = [*rows[:ROWS], (f"{len(rows[ROWS:])} others", sum(share for _, share in rows[ROWS:]))]
    for name, share in rows:
        print(f"    {share:7.2%}  {name}")
    convolutions = statistics.median(epoch[FORWARD] + epoch[BACKWARD] for epoch in epochs)
    return keeps("convolutions", 100 * convolutions, "% of the time", at_least=85)


if __name__ == "__main__":
    sys.exit(main())
