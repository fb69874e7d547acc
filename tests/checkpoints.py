"""Checkpoints for tests: small, untrained, and each different."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

import resnet
from train.checkpoint import Classifier, save_classifier
from train.command import result_of
from train.preparation import pictures_of
from train.recipe import Recipe
from train.run import Run

SIDE = 32


def write_checkpoint(
    path: Path,
    *,
    seed: int = 0,
    classes: tuple[str, ...] = ("cat", "dog"),
    data: str = "drawn",
    accuracy: float = 0.75,
    fingerprint: str | None = None,
) -> Path:
    """Write a narrow ResNet of random weights that looks at 32 pixels, and return its path."""
    torch.manual_seed(seed)
    model = resnet.create("resnet10_w16", num_classes=len(classes))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):  # fresh ones hide their negatives' size and their means
            nn.init.normal_(module.weight, 1, 0.5)
            nn.init.normal_(module.bias)
    about = {
        "net": "resnet10_w16",
        "net_args": {"num_classes": len(classes)},
        "recipe": {"data": data},
        "step": 1234,
        "val_accuracy": accuracy,
        "cpu_seconds": 60.4,
        "data_fingerprint": fingerprint,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_classifier(path, Classifier(model.eval(), classes, SIDE, about=about))
    return path


def write_run(runs: Path, recipe: Recipe, *, id: str) -> None:
    """Write a run whose pictures are kept ready, and whose weights, random ones, say that they come from them."""
    Run.create(runs, recipe, id=id)
    data = result_of(pictures_of(recipe))
    write_checkpoint(runs / id / "model.safetensors", fingerprint=data.fingerprint)
