"""Runs that go on from the page: back in the queue, to a worker, and on with the losses they would have had."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from resnet.errors import UserError
from tests.launchers import SHORT
from tests.pets import write_pets
from tests.runs import check_same, steps, wait_until, written
from train import session
from train.events import Diverged, Failed, Finished, Step, as_dict
from train.launcher import Launcher
from train.recipe import Recipe
from train.resuming import check_pictures, resumable
from train.run import Run

RECIPE = dataclasses.replace(SHORT, epochs=3, device="cpu")
ENDLESS = dataclasses.replace(RECIPE, epochs=10_000)


def left(folder: Path, *events: Any, recipe: Recipe = RECIPE) -> tuple[Run, str]:
    """A run that nobody trains, and its token; its record is one step and these events."""
    run, token = Run.create(folder / "runs", recipe)
    run.release()
    with run.writing() as log:
        for event in (Step(3, 0, 0.5, 0.5, 0.1, 100.0), *events):
            log.append(as_dict(event))
    return run, token


def paused_at(run: Run, step: int) -> None:
    wait_until(lambda: run.state() == "paused" and steps(run) == step)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_trainer_is_told_of_and_its_run_goes_on_exactly(launcher: Launcher, tmp_path: Path) -> None:
    """Paused after step 3, learning rate changed, killed, resumed by another program: as if nothing had been."""

    def steer(event: Any) -> None:
        if event.kind == "step" and event.step == 3:
            whole.ask("run", lr=0.001)

    whole, _ = Run.create(tmp_path, RECIPE)
    session.execute(whole, watch=steer)

    run, token = launcher.start(RECIPE)
    launcher.control(run.id, token, "step", step=3)
    paused_at(run, 3)
    launcher.control(run.id, token, "pause", lr=0.001)
    wait_until(lambda: run.summary()["lr"] == 0.001)
    launcher.control(run.id, token, "step", step=6)
    paused_at(run, 6)
    os.kill(next(iter(launcher.slots.running)).process.pid, signal.SIGKILL)
    wait_until(lambda: run.state() == "failed")
    assert "killed (signal 9" in run.events()[-1]["what"]
    wait_until(lambda: not launcher.slots.running)
    launcher.close()

    with pytest.raises(UserError, match="being closed"):
        launcher.resume(run.id, token)
    assert run.state() == "interrupted"
    later = Launcher(launcher.runs_dir)
    try:
        later.resume(run.id, token)
        later.resume(run.id, token)  # a second click
        assert run.state() in ("queued", "preparing", "running")
        wait_until(lambda: run.state() == "finished")
    finally:
        later.close()
    (resumed,) = [event["step"] for event in written(run) if event["kind"] == "resumed"]
    assert resumed in (3, 6)  # the last state: of the second pause, unless that was still being written
    assert [event["kind"] for event in written(run)].count("queued") == 2  # one of them found the program closing
    check_same(run, whole)


@pytest.mark.slow
def test_a_stopped_run_waits_its_turn_and_goes_on_with_another_rate(launcher: Launcher) -> None:
    run, token = launcher.start(ENDLESS)
    wait_until(lambda: steps(run) >= 2)
    with pytest.raises(UserError, match=r"is running already. Let it go on"):
        launcher.resume(run.id, token)
    launcher.control(run.id, token, "stop")
    wait_until(lambda: run.state() == "stopped" and not launcher.slots.running)
    stopped_at = steps(run)
    other, other_token = launcher.start(ENDLESS)
    launcher.resume(run.id, token, lr=0.001)
    assert (run.state(), launcher.ahead(run.id)) == ("queued", 1)
    assert steps(run) == stopped_at
    launcher.resume(run.id, token)
    assert launcher.ahead(run.id) == 1
    launcher.control(other.id, other_token, "stop")
    wait_until(lambda: steps(run) > stopped_at)
    launcher.resume(run.id, token)  # asked twice, and the second took its time
    assert run.state() == "running"
    changes = [event for event in written(run) if event["kind"] == "learning_rate"]
    assert [(event["step"], event["lr"]) for event in changes] == [(stopped_at, 0.001)]
    launcher.control(run.id, token, "stop")
    wait_until(lambda: run.state() == "stopped")


def test_who_waits_to_go_on_can_be_stopped_and_reads_interrupted_once_the_program_is_closed(
    idle: Launcher, tmp_path: Path
) -> None:
    run, token = left(tmp_path)
    assert run.state() == "interrupted"
    idle.resume(run.id, token)
    assert run.state() == "queued"
    idle.control(run.id, token, "stop")
    assert (run.state(), steps(run)) == ("stopped", 3)
    idle.resume(run.id, token)
    with pytest.raises(UserError, match="trained before"):
        session.check_begun(run, resume=False)
    idle.close()
    assert run.state() == "interrupted"
    assert not run.is_held()


def test_who_waited_when_the_program_was_killed_reads_interrupted_from_the_next_one_on(tmp_path: Path) -> None:
    run, token = left(tmp_path)
    with run.writing() as log:
        log.append({"kind": "queued"})
    next_one = Launcher(tmp_path / "runs", slots=0)
    assert run.state() == "interrupted"
    next_one.resume(run.id, token)
    assert run.state() == "queued"
    next_one.close()


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Finished(3), "This run has finished. Start a new run."),
        (Diverged(4, "The loss became nan"), "This run has diverged. Start a new run."),
        (Failed("There is no such folder", "pets", "Give another"), None),
        (Finished(3, "stopped"), None),
    ],
)
def test_only_what_was_left_on_its_way_goes_on(idle: Launcher, tmp_path: Path, end: Any, said: str | None) -> None:
    run, token = left(tmp_path, end)
    before = written(run)
    if said:
        with pytest.raises(UserError) as refused:
            idle.resume(run.id, token)
        assert str(refused.value) == f"{run.id}: {said}"
        assert written(run) == before
    else:
        with pytest.raises(UserError, match=r"over\. Resume it"):
            idle.control(run.id, token, "run")
        idle.resume(run.id, token)
        assert run.state() == "queued"


@pytest.mark.parametrize("state", ["stopped", "failed", "finished", "running", "paused", "queued"])
def test_nothing_was_done_yet_so_there_is_nothing_to_go_on_with(state: str) -> None:
    assert not resumable({"state": state, "step": 0})


def test_strangers_and_runs_in_other_hands_are_refused(idle: Launcher, tmp_path: Path) -> None:
    run, token = left(tmp_path)
    for wrong in ("", "guess", None):
        with pytest.raises(UserError, match="whoever started"):
            idle.resume(run.id, wrong)
    run.hold(0)
    with pytest.raises(UserError, match="This run is running already"):
        idle.resume(run.id, token)
    run.release()
    with pytest.raises(UserError, match=r"lr: 0\.0 is out of range"):
        idle.resume(run.id, token, lr=0.0)
    assert run.state() == "interrupted"
    waiting, waiting_token = idle.start(RECIPE)
    with pytest.raises(UserError, match="This run is queued already"):
        idle.resume(waiting.id, waiting_token)


def test_pictures_that_are_gone_are_told_of_by_their_name_alone(idle: Launcher, tmp_path: Path) -> None:
    pets = write_pets(tmp_path / "pets", each=2)
    run, token = left(tmp_path, recipe=dataclasses.replace(RECIPE, data=str(pets)))
    check_pictures(run)
    pets.rename(tmp_path / "elsewhere")
    with pytest.raises(UserError) as refused:
        idle.resume(run.id, token)
    assert str(refused.value).startswith("pets: The pictures of this run are gone. Put them back")
    assert run.state() == "interrupted"
    assert run.wanted().want == "run"


def test_steps_that_are_none_are_refused_and_the_next_one_is_named(idle: Launcher) -> None:
    run, token = idle.start(RECIPE)
    for wrong in (None, 0, "3", 1.5):
        with pytest.raises(UserError, match=r"step: .* such as 1\."):
            idle.control(run.id, token, "step", step=wrong)
    assert run.wanted().want == "run"
