"""A stand-in for the engine: the events of a run without the arithmetic."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from train import keeper, session
from train.clock import Clock
from train.distributed import Group
from train.events import Diverged, Epoch, Event, Finished, LearningRate, Preparing, Started, Step
from train.observer import Observer
from train.recipe import Recipe
from train.run import Run

RECIPE = Recipe(net="resnet10_w16", image_px=32, epochs=2, threads=1)
STEPS = 5  # an epoch


class Scripted:
    """Stands in for `Training`: the events of a run without the arithmetic."""

    trouble: Exception | None = None  # raised at step 3
    diverges = False  # at step 8
    seconds = 0.0  # a step takes

    steps_per_epoch = STEPS

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.step, self.epoch, self.lr = recipe, 0, -1, recipe.lr
        self.steps = recipe.epochs * STEPS
        self.data = SimpleNamespace(refused=())
        self.clock = Clock()
        self.began = False

    def begin(self) -> None:
        self.began = True

    def change_rate(self, lr: float) -> LearningRate:
        before, self.lr = self.lr, lr
        return LearningRate(self.step, lr, before, lr)

    def finite_weights(self) -> SimpleNamespace:
        return SimpleNamespace(step=self.step)

    def events(self) -> Iterator[Event]:
        sizes = {"train_pictures": 10, "val_pictures": 2, "image_px": 32, "batch": 2, "threads": 1, "refused": 0}
        yield Started("net", 1, ("cat", "dog"), epochs=self.recipe.epochs, steps_per_epoch=STEPS, steps=self.steps,
                      precision="float32", **sizes)  # fmt: skip
        for epoch in range(self.epoch + 1, self.recipe.epochs):
            for _ in range(self.step - epoch * STEPS, STEPS):
                if self.step == 2 and self.trouble:
                    raise self.trouble
                if self.step == 7 and self.diverges:
                    yield Diverged(8, "The loss became nan")
                    return
                time.sleep(self.seconds)
                self.step += 1
                yield Step(self.step, epoch, 0.5, 0.5, self.lr, 100.0)
            self.epoch = epoch
            yield Epoch(epoch, self.step, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0)
        yield Finished(self.step)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    """Whatever is executed is scripted; a test changes the attributes of the class it is given."""
    fresh = type("Fresh", (Scripted,), {})

    def prepare(recipe: Recipe, group: Group, *, resumed: bool) -> Generator[Preparing, None, Scripted]:
        yield Preparing(1, 1, "drawing")
        return fresh(recipe)

    def restore(path: Path, training: Scripted) -> tuple[str, ...]:
        training.step, training.epoch, training.lr = json.loads((path / "state").read_text())
        return ()

    def calibrate_checkpoint(path: Path, training: Scripted) -> None:
        path.write_text(path.read_text() + ", calibrated")

    def save_state(path: Path, training: Scripted) -> None:
        (path / "state").write_text(json.dumps([training.step, training.epoch, training.lr]))

    monkeypatch.setattr(session, "prepare", prepare)
    monkeypatch.setattr(Observer, "epoch_ended", lambda self, training: None)
    monkeypatch.setattr(keeper, "save_classifier", lambda path, training: path.write_text(str(training.step)))
    monkeypatch.setattr(keeper, "calibrate_checkpoint", calibrate_checkpoint)
    monkeypatch.setattr(keeper, "save_state", save_state)
    monkeypatch.setattr(session, "has_state", lambda path: (path / "state").exists())
    monkeypatch.setattr(session, "restore", restore)
    for module in (keeper, session):
        monkeypatch.setattr(module, "forget", lambda path: (path / "state").unlink(missing_ok=True))
    return fresh


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One nobody has begun."""
    return Run.create(tmp_path, RECIPE)[0]


def kinds(run: Run) -> list[str]:
    return [event["kind"] for event in run.events()]
