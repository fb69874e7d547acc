"""Runs that one process trains by turns: whose turn it is, and that each trains as if it were alone."""

from __future__ import annotations

import dataclasses
import subprocess
import threading
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import pytest

from resnet.errors import UserError
from tests.runs import check_same, python, steps, told, wait_until, written
from tests.scripted import RECIPE, Scripted, kinds
from train import session
from train.clock import Clock
from train.event_log import EventWriter
from train.recipe import Recipe
from train.run import Run
from train.turns import take_turns

Turns = Callable[[], "list[tuple[str, list[int]]]"]

SLICE = 2  # steps; an epoch of the stand-in has five
TINY = Recipe(
    net="resnet10_w16",
    image_px=24,
    epochs=2,
    batch=16,
    train_pictures=80,
    val_pictures=16,
    precision="float32",
    device="cpu",
    threads=1,
)


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Three that nobody has begun."""
    return [Run.create(tmp_path, RECIPE, id=id)[0] for id in "abc"]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    """Tells whose turns there were, with the steps of each."""
    taken: list[tuple[str, int]] = []
    append = EventWriter.append

    def listen(log: EventWriter, fields: dict[str, object]) -> None:
        append(log, fields)
        if fields["kind"] == "step":
            taken.append((Path(log._file.name).parent.name, int(str(fields["step"]))))

    monkeypatch.setattr(EventWriter, "append", listen)
    return lambda: [(id, [step for _, step in turn]) for id, turn in groupby(taken, key=lambda each: each[0])]


def ask_at(monkeypatch: pytest.MonkeyPatch, place: tuple[str, int], ask: Callable[[], None]) -> None:
    """Ask for something once a run has told a certain step."""
    append = EventWriter.append

    def listen(log: EventWriter, fields: dict[str, object]) -> None:
        append(log, fields)
        if fields["kind"] == "step" and (Path(log._file.name).parent.name, fields["step"]) == place:
            ask()

    monkeypatch.setattr(EventWriter, "append", listen)


def test_each_takes_its_slice_of_steps_in_order(runs: list[Run], scripted: type[Scripted], turns: Turns) -> None:
    take_turns(runs, SLICE, leaving=threading.Event())
    whole_round = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    assert turns() == [(id, turn) for turn in whole_round for id in "abc"]
    for run in runs:
        assert kinds(run) == ["preparing", "started", *["step"] * 5, "epoch", *["step"] * 5, "epoch", "finished"]
        assert (run.state(), run.weights.read_text(), run.is_held()) == ("finished", "10, calibrated", False)


def test_validation_belongs_to_the_turn_of_its_epochs_last_step(
    runs: list[Run], scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str]] = []
    append = EventWriter.append

    def listen(log: EventWriter, fields: dict[str, object]) -> None:
        append(log, fields)
        seen.append((Path(log._file.name).parent.name, str(fields["kind"])))

    monkeypatch.setattr(EventWriter, "append", listen)
    take_turns(runs[:2], 5, leaving=threading.Event())
    first = ["preparing", "started", *["step"] * 5, "epoch"]
    last = [*["step"] * 5, "epoch", "finished"]
    assert seen == [(id, kind) for part in (first, last) for id in "ab" for kind in part]


def test_all_are_held_before_the_first_turn_of_the_last(runs: list[Run], scripted: type[Scripted]) -> None:
    for run in runs:
        run.release()
    mine = [Run.open(run.path.parent, run.id) for run in runs]
    held: list[bool] = []

    def look(self: Scripted, recipe: Recipe) -> None:
        held.append(runs[2].is_held())
        Scripted.__init__(self, recipe)

    scripted.__init__ = look  # type: ignore[method-assign, assignment]
    take_turns(mine, SLICE, leaving=threading.Event())
    assert held == [True] * 3


def test_a_paused_run_gives_its_turns_away_and_goes_on_later(
    runs: list[Run], scripted: type[Scripted], turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("train.turns.time", SimpleNamespace(sleep=slept.append))
    runs[0].ask("pause", after=3)
    ask_at(monkeypatch, ("c", 8), lambda: runs[0].ask("run"))
    take_turns(runs, SLICE, leaving=threading.Event())
    mine = [turn for id, turn in turns() if id == "a"]
    assert mine == [[1, 2], [3], [4, 5], [6, 7, 8, 9, 10]]  # when the others have ended, every turn is its own
    assert slept == []
    assert turns().index(("c", [7, 8])) < turns().index(("a", [4, 5])) < turns().index(("b", [9, 10]))
    assert [kind for kind in kinds(runs[0]) if kind in ("paused", "continued")] == ["paused", "continued"]
    assert [run.state() for run in runs] == ["finished"] * 3


def test_the_process_idles_while_all_are_paused(
    runs: list[Run], scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            runs[1].ask("run")
        if len(slept) == 5:
            runs[0].ask("stop")

    for run in runs:
        run.ask("stop" if run is runs[2] else "pause")
    monkeypatch.setattr("train.turns.time", SimpleNamespace(sleep=sleep))
    take_turns(runs, SLICE, leaving=threading.Event())
    assert [run.state() for run in runs] == ["stopped", "finished", "stopped"]
    assert slept == [session.PAUSE_POLL_SECONDS] * 5


@pytest.mark.parametrize("how", ["stop", "diverge", "refuse", "break"])
def test_one_that_ends_drops_out_and_the_others_go_on(
    runs: list[Run], scripted: type[Scripted], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "stop":
        ask_at(monkeypatch, ("b", 3), lambda: runs[1].ask("stop"))
    else:

        def spoil(self: Scripted, recipe: Recipe) -> None:
            Scripted.__init__(self, recipe)
            if recipe.seed == 7:
                self.diverges = how == "diverge"
                self.trouble = {"refuse": UserError("It is bad"), "break": KeyError("x")}.get(how)

        scripted.__init__ = spoil  # type: ignore[method-assign, assignment]
        runs[1].settle(dataclasses.replace(RECIPE, seed=7))
    take_turns(runs, SLICE, leaving=threading.Event())
    ends = {"stop": "stopped", "diverge": "diverged", "refuse": "failed", "break": "failed"}
    assert [run.state() for run in runs] == ["finished", ends[how], "finished"]


def test_what_a_run_cannot_write_down_is_raised_when_the_others_have_ended(
    runs: list[Run], scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append = EventWriter.append

    def full(log: EventWriter, fields: dict[str, object]) -> None:
        if Path(log._file.name).parent.name == "b" and steps(runs[1]) == 3:
            raise UserError("There is no room")
        append(log, fields)

    monkeypatch.setattr(EventWriter, "append", full)
    with pytest.raises(UserError, match="no room"):
        take_turns(runs, SLICE, leaving=threading.Event())
    assert [run.state() for run in runs] == ["finished", "interrupted", "finished"]
    assert "There is no room" in capsys.readouterr().err


@pytest.mark.parametrize("place", [("a", 1), ("b", 4), ("c", 5)])
def test_all_are_left_at_once_and_each_goes_on_alone(
    runs: list[Run], scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, turns: Turns, place: tuple[str, int]
) -> None:
    leaving = threading.Event()
    with monkeypatch.context() as patched:
        ask_at(patched, place, leaving.set)
        take_turns(runs, SLICE, leaving=leaving)
    assert turns()[-1][0] == place[0]
    assert turns()[-1][1][-1] == place[1]  # nobody takes another step
    assert [run.state() for run in runs] == ["interrupted"] * 3
    for run in runs:
        left_at = steps(run)
        session.execute(run, resume=True)
        assert run.state() == "finished"
        assert [event["step"] for event in run.events() if event["kind"] == "step"] == list(range(1, 11))
        assert [event["step"] for event in written(run) if event["kind"] == "resumed"] == [left_at]


def test_all_have_the_number_format_of_the_first(
    runs: list[Run], scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(self: Scripted, recipe: Recipe) -> None:
        own = {"auto": "bfloat16" if recipe.seed == 0 else "float32"}
        Scripted.__init__(self, dataclasses.replace(recipe, precision=own.get(recipe.precision, recipe.precision)))

    for seed, run in enumerate(runs):
        run.settle(dataclasses.replace(RECIPE, seed=seed, precision="float32" if seed == 2 else "auto"))
    scripted.__init__ = settle  # type: ignore[method-assign, assignment]
    take_turns(runs, SLICE, leaving=threading.Event())
    assert [run.recipe.precision for run in runs] == ["bfloat16", "bfloat16", "float32"]


def test_each_trains_as_if_it_were_alone(tmp_path: Path) -> None:
    recipes = [TINY, dataclasses.replace(TINY, norm="group", image_px=32), dataclasses.replace(TINY, seed=1, ema=0.9)]
    alone = [Run.create(tmp_path, recipe)[0] for recipe in recipes]
    for run in alone:
        session.execute(run)
    together = [Run.create(tmp_path, recipe)[0] for recipe in recipes]
    take_turns(together, SLICE, leaving=threading.Event())
    for run, like in zip(together, alone, strict=True):
        assert len(told(run)) == 12
        check_same(run, like)


def test_the_turns_of_others_are_none_of_a_runs_time(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, run in enumerate(runs):
        run.settle(dataclasses.replace(TINY, seed=seed))
    clock = Clock()
    take_turns(runs, 1, leaving=threading.Event())
    last = [[event for event in run.events() if event["kind"] == "epoch"][-1] for run in runs]
    assert all(epoch["seconds"] > 0 and epoch["cpu_seconds"] > 0 for epoch in last)
    assert sum(epoch["seconds"] for epoch in last) < clock.seconds()
    assert sum(epoch["cpu_seconds"] for epoch in last) < clock.cpu_seconds() + 0.05  # of three ticks of that clock


@pytest.mark.slow
def test_a_worker_whose_input_ends_leaves_all_and_each_goes_on_exactly(tmp_path: Path) -> None:
    runs_dir = tmp_path / "with a space"
    recipes = [TINY, dataclasses.replace(TINY, seed=1)]
    alone, together = (
        [Run.create(runs_dir, dataclasses.replace(recipe, epochs=40))[0] for recipe in recipes] for _ in "ab"
    )
    for run in together:
        run.release()
    process = python("-m", "train", "worker", cwd=tmp_path, stdin=subprocess.PIPE)
    try:
        assert process.stdin
        process.stdin.write(f"together {SLICE} {','.join(run.id for run in together)} {runs_dir}\n")
        process.stdin.flush()
        wait_until(lambda: steps(together[1]) >= 3)
        _, err = process.communicate(timeout=60)  # which closes its input
    finally:
        process.kill()
    assert process.returncode == 0, err
    for run, like in zip(together, alone, strict=True):
        assert (run.state(), steps(run) < 200) == ("interrupted", True)
        session.execute(run, resume=True)
        session.execute(like)
        check_same(run, like)
