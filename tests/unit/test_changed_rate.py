"""Another learning rate in the middle of a run, with the real engine: killed anywhere, the losses are the same."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.runs import told
from tests.toys import TOY, data, losses
from train import session, state
from train.distributed import Group
from train.engine import Training
from train.event_log import EventWriter
from train.events import Event, Preparing, Step
from train.recipe import Recipe
from train.run import Run
from train.schedule import learning_rate
from train.state import restore, save_state

Uninterrupted = Callable[[int], list[dict[str, Any]]]
CHANGED = 0.02
STEPS = 18  # three epochs of six


class Killed(BaseException):
    """Like a killed process, nothing after it is done."""


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(recipe: Recipe, group: Group, *, resumed: bool) -> Generator[Preparing, None, Training]:
        yield Preparing(1, 1, "drawing")
        return Training(recipe, data())

    monkeypatch.setattr(session, "prepare", prepare)


def run_in(folder: Path) -> Run:
    return Run.create(folder, TOY)[0]


def changing(run: Run, step: int, then: Callable[[Event], None] = lambda event: None) -> Callable[[Event], None]:
    """Ask for another learning rate once this step was told; 0 asks now."""
    if not step:
        run.ask("run", lr=CHANGED)

    def watch(event: Event) -> None:
        if isinstance(event, Step) and event.step == step:
            run.ask("run", lr=CHANGED)
        then(event)

    return watch


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Uninterrupted:
    """What a run tells that changed its learning rate after a step and that nothing else happened to."""

    @functools.cache
    def of(step: int) -> list[dict[str, Any]]:
        run = run_in(tmp_path_factory.mktemp("uninterrupted"))
        session.execute(run, watch=changing(run, step))
        assert run.state() == "finished"
        return told(run)

    return of


def changes(run: Run) -> list[tuple[int, float, float]]:
    events = [event for event in run.events() if event["kind"] == "learning_rate"]
    return [(event["step"], event["lr"], event["before"]) for event in events]


def test_the_schedule_keeps_its_shape(uninterrupted: Uninterrupted, tmp_path: Path) -> None:
    taken = [event for event in uninterrupted(7) if event["kind"] == "step"]
    changed = dataclasses.replace(TOY, lr=CHANGED)
    assert [event["lr"] for event in taken] == [
        learning_rate(TOY if step < 7 else changed, step, STEPS) for step in range(STEPS)
    ]
    whole = run_in(tmp_path)
    session.execute(whole)
    plain = [event["loss"] for event in told(whole) if event["kind"] == "step"]
    assert [event["loss"] for event in taken][:8] == plain[:8]  # the eighth loss is of weights that are not changed yet
    assert [event["loss"] for event in taken][8:] != plain[8:]


@pytest.mark.parametrize("saves", [0.0, math.inf], ids=["saves always", "saves seldom"])
@pytest.mark.parametrize("moment", ["before the state", "before the event", "after the event", "steps later"])
@pytest.mark.parametrize("step", [0, 4, 6])  # 6 ends an epoch
def test_killed_around_a_change_it_goes_on_as_the_record_says(
    step: int,
    moment: str,
    saves: float,
    uninterrupted: Uninterrupted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "STATE_SECONDS", saves)
    monkeypatch.setattr(session, "STATE_SHARE", math.inf)
    run = run_in(tmp_path)

    def die(event: Event) -> None:
        due = event.kind == "learning_rate" if moment == "after the event" else getattr(event, "step", 0) == step + 3
        if due and moment in ("after the event", "steps later"):
            raise Killed

    def save(folder: Path, training: Training) -> None:
        if moment == "before the state" and training.lr == CHANGED:
            raise Killed
        save_state(folder, training)

    def append(log: EventWriter, fields: dict[str, Any]) -> None:
        if moment == "before the event" and fields["kind"] == "learning_rate":
            raise Killed
        real_append(log, fields)

    real_append = EventWriter.append
    with monkeypatch.context() as patched:
        patched.setattr("train.keeper.save_state", save)
        patched.setattr(EventWriter, "append", append)
        with pytest.raises(Killed):
            session.execute(run, watch=changing(run, step, die))
    assert run.state() == "interrupted"
    assert len(changes(run)) == (moment in ("after the event", "steps later"))  # what was told is never taken back

    session.execute(Run.open(tmp_path, run.id), resume=True)
    (resumed,) = [event["step"] for event in run.events() if event["kind"] == "resumed"]
    # Nobody had heard of a change that was not saved: it holds from where the run goes on.
    assert changes(run) == [(resumed if moment == "before the state" else step, CHANGED, TOY.lr)]
    assert told(run) == uninterrupted(changes(run)[0][0])
    assert run.summary()["lr"] == CHANGED
    assert run.recipe == dataclasses.replace(TOY, device="cpu")


def test_changed_twice_it_goes_on_with_the_last(tmp_path: Path) -> None:
    run = run_in(tmp_path)

    def steer(event: Event) -> None:
        if isinstance(event, Step):
            wanted = {2: 0.5, 5: 0.01}.get(event.step)
            if wanted:
                run.ask("run", lr=wanted)
            if event.step == 9:
                raise Killed

    with pytest.raises(Killed):
        session.execute(run, watch=steer)
    session.execute(run, resume=True)
    assert changes(run) == [(2, 0.5, TOY.lr), (5, 0.01, 0.5)]
    last = [event for event in run.events() if event["kind"] == "step"][-1]
    assert last["lr"] == learning_rate(dataclasses.replace(TOY, lr=0.01), STEPS - 1, STEPS)


def test_a_state_of_an_earlier_version_has_the_recipes_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_rate(training: Training) -> dict[str, Any]:
        return {name: value for name, value in position(training).items() if name != "lr"}

    position = state._position
    monkeypatch.setattr(state, "_position", without_rate)
    save_state(tmp_path, Training(TOY, data()))
    training = Training(TOY, data())
    assert restore(tmp_path, training) == ()
    assert training.lr == TOY.lr
    assert len(losses(list(training.events()))) == STEPS
