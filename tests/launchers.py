"""Launchers of a test's own, and the smallest run for them: four steps of a tiny net on a few drawings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs import wait_until
from train.launcher import Launcher
from train.recipe import Recipe

SHORT = Recipe(
    net="resnet10_w16",
    image_px=24,
    epochs=1,
    batch=16,
    train_pictures=64,
    val_pictures=16,
    precision="float32",
    threads=1,
)
ENDLESS = dataclasses.replace(SHORT, epochs=10_000)


@pytest.fixture(name="launcher")
def working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launcher]:
    """A launcher whose workers train; nobody is left when it is closed."""
    monkeypatch.setattr("train.slots.SPARE_AFTER_SECONDS", 3600.0)  # what these tests wait for needs no other spare
    launcher = Launcher(tmp_path / "runs")
    launcher.warm()
    yield launcher
    launcher.close()
    wait_until(lambda: not launcher.slots.running)


@pytest.fixture(name="idle")
def waiting(tmp_path: Path) -> Iterator[Launcher]:
    """A launcher that trains nothing: whatever is asked for waits."""
    launcher = Launcher(tmp_path / "runs", slots=0)
    yield launcher
    launcher.close()
