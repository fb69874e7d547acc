"""Training where there is a GPU: the toy pictures in bfloat16."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from tests.toys import TOY, data, losses
from train.engine import Training
from train.events import Event, Step
from train.state import restore, save_state

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
ON_GPU = dataclasses.replace(
    TOY, device="cuda", precision="bfloat16", lr=0.01, crop="random-resized", shift_px=0, colour=0.2, ema=0.9, epochs=1
)


def first_steps(training: Training, count: int) -> list[Event]:
    """So many steps, and no further."""
    events: list[Event] = []
    for event in training.events():
        events.append(event)
        if isinstance(event, Step) and event.step == count:
            break
    return events


def test_bfloat16_steps_have_finite_losses_near_those_of_the_processor() -> None:
    training = Training(ON_GPU, data())
    assert next(training.model.parameters()).is_cuda
    found = losses(first_steps(training, 2))
    assert all(map(math.isfinite, found))
    on_processor = dataclasses.replace(ON_GPU, device="cpu", precision="float32")
    assert found[0] == pytest.approx(losses(first_steps(Training(on_processor, data()), 1))[0], rel=0.05)


def test_a_run_on_a_gpu_goes_on_as_it_would_have_or_says_why_not(tmp_path: Path) -> None:
    uninterrupted = losses(list(Training(ON_GPU, data()).events()))
    first = Training(ON_GPU, data())
    before = losses(first_steps(first, 3))
    save_state(tmp_path, first)
    second = Training(ON_GPU, data())
    notes = restore(tmp_path, second)
    resumed = before + losses(list(second.events()))
    assert resumed == pytest.approx(uninterrupted, rel=0.05)
    assert resumed == uninterrupted or any("last digits" in note for note in notes)
