"""ImageNet weights in unit tests: a shelf without any, and a hub of this process that has bytes for each net."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from resnet.pretrained import IMAGENET
from tests.checkpoints import write_checkpoint
from tests.hub import Hub
from train import watched
from ui.checkpoints import Shelf

KEY = "imagenet:resnet18"
HOME = "timm/resnet18.tv_in1k"
WORDS = b"no weights, but that is found out when they are read"


@pytest.fixture(name="shelf")
def empty_shelf(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """One run, nothing downloaded."""
    monkeypatch.setattr(watched, "EVENT_SECONDS", 0.01)
    write_checkpoint(tmp_path / "runs" / "one" / "model.safetensors")
    hub.files.update({f"timm/{net}.tv_in1k": WORDS for net in IMAGENET})
    return Shelf(tmp_path / "runs", assets=tmp_path / "none")


def come(shelf: Shelf, key: str = KEY) -> None:
    """Let weights come, and return once they are here; raises why they could not be had."""
    shelf.imagenet.begin(key)
    arrive(shelf, key)


def arrive(shelf: Shelf, key: str = KEY) -> None:
    """Return once a download that has begun is over; raises why it failed."""
    while shelf.imagenet.progress(key):
        time.sleep(0.01)


def on_disk(shelf: Shelf) -> list[str]:
    return [offer.key for offer in shelf.offers() if offer.key.startswith("imagenet:")]
