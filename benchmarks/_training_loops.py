"""Three ways to train the same net on the same files, as endless generators that take one step each time.

Each yields how many pictures it has just learned from. They share pixels, batch and cores, and nothing else: how
pictures get from files into the net is each way's own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # found also by a script that was started by its path

from resnet.catalogue import create
from train.augment import MEAN, STD
from train.command import result_of
from train.cores import usable_cores
from train.events import Step
from train.preparation import prepare
from train.recipes import recipe_named

LONG = 100  # times the files make one epoch, so that no DataLoader pays for beginning another


def ours(folder: Path, net: str, side: int, batch: int) -> Iterator[int]:
    """The engine with the article's recipe, which asks for what the article's loop does; the cache is filled first.

    It does pay for the ends of its epochs, which are as long as the files are many.
    """
    settings = {"data": str(folder), "net": net, "image_px": str(side), "batch": str(batch), "epochs": "10000"}
    training = result_of(prepare(recipe_named("article").with_settings(settings)), shown=False)
    for event in training.events():
        if isinstance(event, Step):
            yield batch


def article(folder: Path, net: str, side: int, batch: int) -> Iterator[int]:
    """The first article's: every file decoded in the loop's own process, random-resized crops, NCHW float32, Adam."""
    change = transforms.Compose(
        [transforms.RandomResizedCrop(side), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    )
    loader = DataLoader(_pictures(folder, change), batch_size=batch, shuffle=True, num_workers=0)
    model = create(net, num_classes=2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    compare = nn.CrossEntropyLoss()
    loss_sum = 0.0
    for images, labels in loader:
        model.train()
        loss = compare(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(images)
        yield len(images)


def reference(folder: Path, net: str, side: int, batch: int) -> Iterator[int]:
    """As torchvision's reference scripts train classifiers: a worker a core, flips as well, SGD."""
    change = transforms.Compose(
        [
            transforms.RandomResizedCrop(side),
            transforms.RandomHorizontalFlip(),
            transforms.PILToTensor(),
            transforms.ConvertImageDtype(torch.float32),
            transforms.Normalize(MEAN, STD),
        ]
    )
    loader = DataLoader(_pictures(folder, change), batch_size=batch, shuffle=True, num_workers=usable_cores())
    model = create(net, num_classes=2).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    compare = nn.CrossEntropyLoss()
    for images, labels in loader:
        logits = model(images)
        loss = compare(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        (logits.argmax(dim=1) == labels).sum().item()
        loss.item()
        yield len(images)


LOOPS = {"ours": ours, "article": article, "reference": reference}


def _pictures(folder: Path, change: transforms.Compose) -> ConcatDataset:
    return ConcatDataset([ImageFolder(str(folder / "train"), transform=change)] * LONG)
