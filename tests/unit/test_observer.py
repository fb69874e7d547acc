"""When a run is observed, and that nothing that goes wrong there changes the run."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.scripted import Scripted, kinds
from train import clock as run_clock
from train import observer, session
from train.observer import AT_ONCE, SHARE, Observer
from train.run import Run

LOOK = 0.05  # seconds an observation takes


class Clock:
    """A run's own seconds, which pass only when somebody says so."""

    now = 1000.0

    def seconds(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def looked_at(clock: Clock, monkeypatch: pytest.MonkeyPatch, epochs: int, train: float, look: float) -> list[int]:
    """The epochs observed of a run whose epochs take `train` seconds, and their observation `look`."""
    seen: list[int] = []

    class Album:
        def __init__(self, run: Path, training: SimpleNamespace) -> None: ...
        def add(self, training: SimpleNamespace) -> None:
            seen.append(training.epoch)
            clock.now += look

    monkeypatch.setattr(observer, "Album", Album)
    looking = Observer(Path())
    for epoch in range(epochs):
        clock.now += train
        looking.epoch_ended(SimpleNamespace(epoch=epoch, recipe=SimpleNamespace(epochs=epochs), clock=clock))
    return seen


def test_every_epoch_is_observed_while_that_costs_little(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_at(clock, monkeypatch, epochs=12, train=4.0, look=0.07) == list(range(12))


def test_short_epochs_are_observed_less_often_but_the_last_always(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = looked_at(clock, monkeypatch, epochs=990, train=0.1, look=0.05)
    assert seen[:5] == [0, 1, 2, 3, 4]
    assert seen[-1] == 989
    assert seen[-1] - seen[-2] < seen[-2] - seen[-3]  # it was not due yet
    total = 990 * 0.1 + len(seen) * 0.05
    assert len(seen) * 0.05 <= AT_ONCE + SHARE * total + 2 * 0.05
    assert len(seen) > 20


def test_runs_that_take_turns_stay_within_the_share_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process's clock goes on during everybody's turns, a run's own only during its own."""
    now = [0.0]
    monkeypatch.setattr("train.clock.time", SimpleNamespace(perf_counter=lambda: now[0]))
    looked = 0

    class Album:
        def __init__(self, run: Path, training: SimpleNamespace) -> None: ...
        def add(self, training: SimpleNamespace) -> None:
            nonlocal looked
            looked += 1
            now[0] += LOOK

    monkeypatch.setattr(observer, "Album", Album)
    epochs, members = 500, 4
    recipe = SimpleNamespace(epochs=epochs)
    trainings = [SimpleNamespace(epoch=0, recipe=recipe, clock=run_clock.Clock(wall=0.0)) for _ in range(members)]
    observers = [Observer(Path()) for _ in range(members)]
    for epoch in range(epochs):
        for training, looking in zip(trainings, observers, strict=True):
            others = [other for other in trainings if other is not training]
            away = run_clock.Clock(wall=now[0])  # of the others
            training.epoch = epoch
            now[0] += 0.1
            looking.epoch_ended(training)
            for other in others:
                other.clock = other.clock.without(away)
    assert looked * LOOK <= members * (AT_ONCE + 2 * LOOK) + SHARE * now[0]
    assert looked > 4 * members


def test_a_run_that_goes_on_has_no_more_than_its_share_of_what_is_to_come(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = looked_at(clock, monkeypatch, epochs=100, train=0.125, look=0.0625)
    clock.now += 3600
    assert looked_at(clock, monkeypatch, epochs=100, train=0.125, look=0.0625) == fresh


def test_an_epoch_is_observed_after_it_was_told(
    run: Run, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(Observer, "epoch_ended", lambda self, training: told.append(kinds(run)))
    session.execute(run)
    assert [each[-1] for each in told] == ["epoch", "epoch"]


def test_a_full_disk_is_written_down_once_and_ends_nothing(
    run: Run, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Observer, training: Scripted) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Observer, "epoch_ended", full)
    session.execute(run)
    assert run.state() == "finished"
    assert (run.path / "error.log").read_text().count("Traceback") == 1
    assert "No space" not in json.dumps(run.events())
