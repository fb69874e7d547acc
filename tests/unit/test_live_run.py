"""What the page is told of a run beside its numbers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from train.events import MadeWay, as_dict
from train.recipe import Recipe
from train.run import Run
from ui.lab import Lab
from ui.live_run import Runs

LAUNCHER: Any = SimpleNamespace(ahead=lambda run: 0, holds_up=lambda run: "", makes_way_in=lambda run: 12.5)


def left(runs: Path) -> Run:
    """A run that made way."""
    run, _ = Run.create(runs, Recipe(), id="my-run")
    run.release()
    with run.writing() as log:
        log.append(as_dict(MadeWay(3, 180.0)))
    return run


@pytest.mark.parametrize(
    ("folder", "typed"), [("runs", "runs/my-run"), ("a b/runs", "'a b/runs/my-run'"), ("../runs", None)]
)
def test_who_sits_at_this_machine_is_told_what_goes_on_with_a_run(
    folder: str, typed: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    run = left(Path(folder))
    told = Runs(Lab(Path(folder), here, LAUNCHER)).chart(run.id, 0, 0, 1)
    assert told["command"] == f"python -m train resume {typed or tmp_path.resolve() / 'runs' / 'my-run'}"
    assert told["makes_way_in"] == 12.5
    assert [event["kind"] for event in told["events"]] == ["made_way"]


@pytest.mark.parametrize("how", [{"public": True}, {"host": "0.0.0.0"}, {"host": "192.0.2.7"}])
def test_nobody_else_is_told_where_runs_are_kept(how: dict[str, Any], tmp_path: Path) -> None:
    run = left(tmp_path / "runs")
    told = Runs(Lab(tmp_path / "runs", tmp_path, LAUNCHER, **how)).chart(run.id, 0, 0, 1)
    assert "command" not in told
    assert str(tmp_path) not in str(told)


def test_one_that_goes_on_has_no_command(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path / "runs", Recipe())
    assert "command" not in Runs(Lab(tmp_path / "runs", tmp_path, LAUNCHER)).chart(run.id, 0, 0, 1)
