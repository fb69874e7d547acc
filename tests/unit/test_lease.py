"""A run of a page for strangers that nobody watches is stopped; what is watched, and what is not its own, goes on."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.runs import wait_until
from train.recipe import Recipe
from train.run import Run
from ui.lab import Lab
from ui.lease import Lease
from ui.live_run import Runs


class Waits:
    """In place of timers: how long each would have waited."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        monkeypatch.setattr(Lease, "_look_again", lambda lease, run, seconds: self.seconds.append(seconds))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    return Waits(monkeypatch)


@pytest.fixture
def queued(tmp_path: Path) -> Run:
    return Run.create(tmp_path, Recipe())[0]


def test_a_run_is_stopped_when_its_time_is_up(tmp_path: Path, queued: Run, waits: Waits) -> None:
    now = [0.0]
    lease = Lease(tmp_path, minutes=10, clock=lambda: now[0])
    lease.begin(queued.id)
    assert waits.seconds == [600]
    now[0] = 500
    lease.watched(queued.id)
    now[0] = 600
    lease.check(queued.id)
    assert waits.seconds == [600, 500]
    assert queued.wanted().want == "run"
    assert not lease.has_ended(queued.id)
    now[0] = 1100
    lease.check(queued.id)
    assert queued.wanted().want == "stop"
    assert lease.has_ended(queued.id)
    lease.begin(queued.id)  # its owner has come back and resumed it
    assert not lease.has_ended(queued.id)
    assert waits.seconds == [600, 500, 600]


def test_a_run_that_is_over_is_left_alone(tmp_path: Path, queued: Run, waits: Waits) -> None:
    lease = Lease(tmp_path, minutes=0)
    lease.begin(queued.id)
    with queued.writing() as log:
        log.append({"kind": "finished", "step": 0, "reason": "done"})
    lease.check(queued.id)
    assert not lease.has_ended(queued.id)
    assert queued.wanted().want == "run"


def test_a_run_it_was_not_told_of_has_no_lease(tmp_path: Path, queued: Run, waits: Waits) -> None:
    lease = Lease(tmp_path, minutes=0)
    lease.watched(queued.id)
    assert waits.seconds == []
    assert not lease.has_ended(queued.id)


def test_a_run_that_was_deleted_is_forgotten(tmp_path: Path, waits: Waits) -> None:
    lease = Lease(tmp_path, minutes=0)
    lease.begin("nobody")
    lease.check("nobody")
    assert not lease.has_ended("nobody")


def test_asking_for_a_runs_events_is_watching_and_says_why_it_was_stopped(
    tmp_path: Path, queued: Run, waits: Waits
) -> None:
    now = [0.0]
    launcher = SimpleNamespace(ahead=lambda run: 0, holds_up=lambda run: "", makes_way_in=lambda run: None)
    runs = Runs(Lab(tmp_path, tmp_path, launcher, public=True))  # type: ignore[arg-type]
    runs.lease = Lease(tmp_path, minutes=10, clock=lambda: now[0])
    runs.lease.begin(queued.id)
    now[0] = 599
    assert "note" not in runs.events(queued.id, 0)
    now[0] = 600
    runs.lease.check(queued.id)
    assert queued.wanted().want == "run"
    now[0] = 1200
    runs.lease.check(queued.id)
    with queued.writing() as log:
        log.append({"kind": "finished", "step": 3, "reason": "stopped"})
    assert "Nobody watched this run for 10 minutes" in runs.events(queued.id, 0)["note"]


@pytest.mark.parametrize(
    ("want", "has_lease"), [("run", True), ("step", True), ("resume", True), ("pause", False), ("stop", False)]
)
def test_whatever_lets_a_run_go_on_that_was_left_begins_its_lease(
    tmp_path: Path, queued: Run, waits: Waits, want: str, has_lease: bool
) -> None:
    launcher = SimpleNamespace(control=lambda *asked, **how: None, resume=lambda *asked, **how: None)
    runs = Runs(Lab(tmp_path, tmp_path, launcher, public=True))  # type: ignore[arg-type]
    for _ in range(2):
        runs.control(queued.id, "token", want, step=3)
    assert len(waits.seconds) == has_lease


def test_the_clock_of_the_machine_does_it(tmp_path: Path, queued: Run) -> None:
    lease = Lease(tmp_path, minutes=0.002)
    lease.begin(queued.id)
    wait_until(lambda: queued.wanted().want == "stop")
    assert all(thread.daemon for thread in threading.enumerate() if isinstance(thread, threading.Timer))
