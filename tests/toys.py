"""Pictures and a recipe so small that a training takes a second."""

from __future__ import annotations

import torch
from torch import Tensor

from train.datasets import Data
from train.engine import Training
from train.events import Epoch, Event, Step
from train.recipe import Recipe
from train.splits import StoredSplit

SIDE = 16
TOY = Recipe(
    net="resnet10_w16",
    image_px=SIDE,
    epochs=3,
    batch=16,
    lr=0.1,
    shift_px=2,
    precision="float32",
    threads=1,
)


def stored(images: Tensor, labels: Tensor | None = None) -> StoredSplit:
    """N,3,S,S uint8 as a split; without labels all are of the first class."""
    rows = torch.arange(len(images))
    labels = torch.zeros_like(rows) if labels is None else labels
    return StoredSplit(images.permute(0, 2, 3, 1).contiguous(), rows, labels)


def stripes(n: int, seed: int) -> StoredSplit:
    """Lying stripes against standing ones, in noise: a flip or a shift does not change the answer."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    lying = (torch.arange(SIDE) % 4 < 2).float()[:, None].expand(SIDE, SIDE) * 120
    clean = torch.where(labels[:, None, None] == 0, lying, lying.T)
    noise = torch.rand(n, 3, SIDE, SIDE, generator=generator) * 135
    return stored((clean[:, None] + noise).to(torch.uint8), labels)


def data(train: int = 96, val: int = 32) -> Data:
    return Data(("lying", "standing"), stripes(train, 1), stripes(val, 2), (), f"stripes {train} {val}")


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, Step)]


def epochs(events: list[Event]) -> list[Epoch]:
    return [event for event in events if isinstance(event, Epoch)]


def state(training: Training) -> dict[str, Tensor]:
    """A copy of the net's numbers."""
    return {name: tensor.clone() for name, tensor in training.model.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(tensor, other[name]) for name, tensor in one.items())
