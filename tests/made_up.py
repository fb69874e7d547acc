"""Run folders that no training made: logs of any length and curves of any shape, written in a moment."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from train.recipe import Recipe
from train.run import Run

BEGAN = 1_800_000_000.0  # unix seconds
PER_EPOCH = 500  # steps


def started(steps: int, per_epoch: int = PER_EPOCH, **changes: Any) -> dict[str, Any]:
    """The event "started" of a run of so many steps on two classes."""
    return {
        "kind": "started", "net": "resnet10_w16", "params": 1000, "classes": ["cat", "dog"], "train_pictures": 3000,
        "val_pictures": 500, "epochs": math.ceil(steps / per_epoch), "steps_per_epoch": per_epoch, "steps": steps,
        "image_px": 48, "batch": 64, "precision": "float32", "threads": 1, "refused": 0, "notes": [], "device": "cpu",
        "processes": 1, **changes,
    }  # fmt: skip


def step(number: int, per_epoch: int = PER_EPOCH) -> dict[str, Any]:
    """Step `number` of a run that learns: a loss that falls and swings, so that no two buckets look alike."""
    loss = 0.2 + 0.5 * math.exp(-number / 3000) + 0.1 * math.sin(number)
    accuracy = 1 - loss / 2
    epoch = (number - 1) // per_epoch
    return {
        "kind": "step", "step": number, "epoch": epoch, "loss": loss, "accuracy": accuracy,
        "lr": 0.01 * (1 + math.cos(number / 40_000)) / 2, "images_per_second": 500.0,
    }  # fmt: skip


def epoch(number: int, per_epoch: int = PER_EPOCH, **changes: Any) -> dict[str, Any]:
    """The end of epoch `number`, counted from 0."""
    return {
        "kind": "epoch", "epoch": number, "step": (number + 1) * per_epoch, "train_loss": 0.4, "train_accuracy": 0.9,
        "val_loss": 0.3 + 0.3 / (1 + number), "val_accuracy": 0.9, "seconds": float(number), "cpu_seconds": 1.0,
        **changes,
    }  # fmt: skip


def steps(first: int, last: int, per_epoch: int = PER_EPOCH) -> Iterator[dict[str, Any]]:
    """Steps `first` to `last`, with the ends of their epochs."""
    for number in range(first, last + 1):
        yield step(number, per_epoch)
        if number % per_epoch == 0:
            yield epoch(number // per_epoch - 1, per_epoch)


def append(path: Path, events: Iterable[dict[str, Any]], seq: int = 0) -> int:
    """Append events to a log as a trainer would, ten steps a second; returns the last seq."""
    with path.open("a") as log:
        for event in events:
            seq += 1
            log.write(json.dumps({"seq": seq, "time": BEGAN + seq / 10, **event}) + "\n")
    return seq


def made_up_run(runs: Path, name: str, events: Iterable[dict[str, Any]]) -> str:
    """A run folder with these events and nobody who trains it; returns its owner's token."""
    run, token = Run.create(runs, Recipe(net="resnet10_w16"), id=name)
    append(run.path / "events.jsonl", events)
    run.release()
    return token
