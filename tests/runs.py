"""Real runs of a tiny net on a few drawings: started as processes, compared number by number."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from train.run import Run

PROJECT = Path(__file__).resolve().parents[1]
TELLING = ("step", "epoch", "loss", "accuracy", "lr", "train_loss", "train_accuracy", "val_loss", "val_accuracy")


def wait_until(condition: Callable[[], Any], seconds: float = 120) -> None:
    """Look until it is so; the default leaves a busy machine time to import torch."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


def python(*arguments: str | Path, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    """Another Python with this project in its path, its output in pipes and no GPU in sight."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1", "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def steps(run: Run) -> int:
    """How many it has taken."""
    return int(run.summary()["step"])


def told(run: Run) -> list[dict[str, Any]]:
    """What its steps and epochs tell of the training, as its readers see it: nothing that is time."""
    events = run.events(limit=100_000)
    return [
        {"kind": event["kind"], **{name: event[name] for name in TELLING if name in event}}
        for event in events
        if event["kind"] in ("step", "epoch")
    ]


def written(run: Run) -> list[dict[str, Any]]:
    """Every line of its log, also of steps that were taken back."""
    return [json.loads(line) for line in (run.path / "events.jsonl").read_text().splitlines()]


def check_whole(run: Run) -> None:
    """Nothing is left of processes that were killed, and the log has one order."""
    seqs = [event["seq"] for event in written(run)]
    assert all(one < next_one for one, next_one in itertools.pairwise(seqs))
    taken = [event["step"] for event in told(run) if event["kind"] == "step"]
    assert taken == list(range(1, len(taken) + 1))
    assert list(run.path.rglob("*.tmp")) == []


def check_same(run: Run, uninterrupted: Run) -> None:
    """It has finished, and every number is that of a run that nothing happened to."""
    assert run.state() == uninterrupted.state() == "finished"
    check_whole(run)
    assert told(run) == told(uninterrupted)
    one, other = load_file(run.weights), load_file(uninterrupted.weights)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
