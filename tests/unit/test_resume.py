"""Resuming a run with a stand-in for the engine: it goes on, and each step and each epoch is told once."""

from __future__ import annotations

import threading

import pytest

from resnet.errors import UserError
from tests.scripted import Scripted
from train import session
from train.events import Event, Step
from train.run import Run


def steps(run: Run) -> list[int]:
    return [event["step"] for event in run.events() if event["kind"] == "step"]


@pytest.mark.parametrize("last", [1, 4, 5, 6, 9, 10])
def test_a_run_that_was_left_goes_on_and_each_step_counts_once(run: Run, scripted: type[Scripted], last: int) -> None:
    leaving = threading.Event()

    def leave_at(event: Event) -> None:
        if isinstance(event, Step) and event.step == last:
            leaving.set()

    session.execute(run, leaving=leaving, watch=leave_at)
    assert run.state() == "interrupted"
    session.execute(run, resume=True)
    assert run.state() == "finished"
    assert steps(run) == list(range(1, 11))
    assert [event["epoch"] for event in run.events() if event["kind"] == "epoch"] == [0, 1]
    assert [event["step"] for event in run.events() if event["kind"] == "resumed"] == [last]


@pytest.mark.parametrize("last", range(1, 11))
def test_a_run_that_was_killed_goes_on_from_its_last_state_and_tells_every_epoch_once(
    run: Run, scripted: type[Scripted], last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "STATE_SECONDS", 0.0)
    monkeypatch.setattr(session, "STATE_SHARE", 1.0)

    class Killed(BaseException):
        pass

    def kill_at(event: Event) -> None:
        if event.kind in ("step", "epoch") and getattr(event, "step", 0) == last:
            raise Killed

    with pytest.raises(Killed):
        session.execute(run, watch=kill_at)
    session.execute(run, resume=True)
    assert run.state() == "finished"
    assert steps(run) == list(range(1, 11))
    assert [event["epoch"] for event in run.events() if event["kind"] == "epoch"] == [0, 1]
    assert [event["seq"] for event in run.events()] == sorted({event["seq"] for event in run.events()})


def test_a_run_that_saved_no_state_begins_anew(run: Run, scripted: type[Scripted]) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, Step):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.execute(run, watch=kill)
    session.execute(run, resume=True)
    assert steps(run) == list(range(1, 11))
    assert [event["step"] for event in run.events() if event["kind"] == "resumed"] == [0]


def test_a_stopped_run_can_go_on_but_one_that_ended_cannot(run: Run, scripted: type[Scripted]) -> None:
    def stop_at(event: Event) -> None:
        if isinstance(event, Step) and event.step == 3:
            run.ask("stop")

    session.execute(run, watch=stop_at)
    assert run.state() == "stopped"
    run.ask("run")
    session.execute(run, resume=True)
    assert run.state() == "finished"
    assert steps(run) == list(range(1, 11))
    with pytest.raises(UserError, match="has finished"):
        session.execute(run, resume=True)
    assert not (run.path / "state").exists()


def test_leftovers_of_a_killed_writer_are_gone_after_a_resume(run: Run, scripted: type[Scripted]) -> None:
    (run.path / ".model.safetensors.0123.tmp").write_bytes(b"half")
    session.execute(run)
    assert list(run.path.glob("*.tmp")) == []
    assert list(run.path.glob(".*.tmp")) == []
