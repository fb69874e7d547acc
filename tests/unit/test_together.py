"""Runs that are started together: one entry of the queue, one worker, and an owner for each."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from resnet.errors import UserError
from tests.launchers import ENDLESS, SHORT
from tests.runs import steps, wait_until
from train.launcher import Launcher
from train.recipe import Recipe
from train.run import Run


def test_a_set_waits_as_one_and_each_of_its_runs_has_its_own_owner(idle: Launcher) -> None:
    first, _ = idle.start(SHORT)
    made = idle.start_together([SHORT, ENDLESS, SHORT], experiment="depth", slice_steps=2)
    last, _ = idle.start(SHORT)
    together = [run for run, _ in made]
    assert [idle.ahead(run.id) for run in (first, *together, last)] == [0, 1, 1, 1, 2]
    assert [run.state() for run in together] == ["queued"] * 3
    assert [run.recipe for run in together] == [SHORT, ENDLESS, SHORT]
    rows = {row["id"]: row["experiment"] for row in idle.list()}
    experiment = rows[together[0].id]
    assert experiment == {"id": experiment["id"], "name": "depth", "runs": [run.id for run in together]}
    assert len(experiment["id"]) == 32
    assert [rows[run.id] for run in (first, *together, last)] == [None, *[experiment] * 3, None]

    with pytest.raises(UserError, match="whoever started"):
        idle.control(together[0].id, made[1][1], "stop")
    for place, left in ((1, [1, 1, 2]), (0, [1, 0, 2]), (2, [0, 0, 1])):  # a run leaves its set, the others stay
        idle.control(together[place].id, made[place][1], "stop")
        assert together[place].state() == "stopped"
        assert [idle.ahead(run.id) for run in (together[2], together[0], last)] == [
            left[0],
            left[1] if place else 0,
            left[2],
        ]


def test_closing_abandons_every_run_of_a_set_that_waits(idle: Launcher) -> None:
    made = idle.start_together([SHORT, SHORT], experiment="relu", slice_steps=2)
    idle.close()
    assert [run.state() for run, _ in made] == ["failed"] * 2
    assert ["before this run's turn" in run.events()[-1]["what"] for run, _ in made] == [True] * 2
    assert not any(run.is_held() for run, _ in made)


@pytest.mark.parametrize(("recipes", "name"), [([], "depth"), ([SHORT] * 65, "depth"), ([SHORT], "x" * 41)])
def test_a_set_that_cannot_be_leaves_nothing(idle: Launcher, recipes: list[Recipe], name: str) -> None:
    with pytest.raises(UserError, match="recipes and a name"):
        idle.start_together(recipes, experiment=name, slice_steps=2)
    assert list(idle.runs_dir.iterdir()) == []


def test_a_set_of_which_one_run_cannot_be_made_leaves_nothing(idle: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = Run.create, []

    def create(*arguments: Any, **options: Any) -> tuple[Run, str]:
        if len(made) == 2:
            raise UserError("There is no room")
        made.append(real(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(Run, "create", create)
    with pytest.raises(UserError, match="no room"):
        idle.start_together([SHORT] * 3, experiment="depth", slice_steps=2)
    assert list(idle.runs_dir.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_set_trains_side_by_side_obeys_each_owner_and_is_told_of_when_it_is_killed(launcher: Launcher) -> None:
    made = launcher.start_together([ENDLESS, ENDLESS, SHORT], experiment="depth", slice_steps=2)
    (one, one_token), (other, other_token), (short, _) = made
    after, after_token = launcher.start(ENDLESS)
    assert [launcher.ahead(run.id) for run in (one, other, short, after)] == [0, 0, 0, 1]
    wait_until(lambda: short.state() == "finished")
    assert abs(steps(one) - steps(other)) <= 2 * 2
    assert launcher.holds_up(after.id) == "running"
    launcher.control(one.id, one_token, "pause")
    wait_until(lambda: one.state() == "paused")
    steps_then = steps(other)
    wait_until(lambda: steps(other) > steps_then + 4)
    assert launcher.holds_up(after.id) == "running"
    launcher.control(other.id, other_token, "pause")
    wait_until(lambda: other.state() == "paused")
    assert launcher.holds_up(after.id) == "paused"

    os.kill(next(iter(launcher.slots.running)).process.pid, signal.SIGKILL)
    wait_until(lambda: [run.state() for run in (one, other)] == ["failed"] * 2)
    assert ["killed (signal 9" in run.events(limit=10**6)[-1]["what"] for run in (one, other)] == [True] * 2
    assert short.state() == "finished"
    launcher.control(after.id, after_token, "stop")
    died_at = steps(one)
    launcher.resume(one.id, one_token)
    wait_until(lambda: steps(one) > died_at)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_run_that_was_stopped_and_resumed_is_no_longer_its_sets_and_does_not_die_with_it(launcher: Launcher) -> None:
    (stopped, token), (other, _) = launcher.start_together([ENDLESS] * 2, experiment="depth", slice_steps=2)
    wait_until(lambda: steps(stopped) > 0)
    launcher.control(stopped.id, token, "stop")
    wait_until(lambda: stopped.state() == "stopped" and not stopped.is_held())
    stopped_at = steps(stopped)
    launcher.resume(stopped.id, token)
    assert (stopped.state(), launcher.ahead(stopped.id)) == ("queued", 1)
    os.kill(next(iter(launcher.slots.running)).process.pid, signal.SIGKILL)
    wait_until(lambda: other.state() == "failed")
    wait_until(lambda: steps(stopped) > stopped_at)
    assert "failed" not in [event["kind"] for event in stopped.events(limit=10**6)]
