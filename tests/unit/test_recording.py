"""The recording the Train tab opens on: small, honest about where it comes from, and what a viewer would be sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resnet.errors import UserError
from tests.made_up import made_up_run, started, steps
from tools.record import MOST_BUCKETS, coarse, record, record_together
from train.experiments import EXPERIMENTS
from train.run import Run
from ui import overlay
from ui.live_run import RECORDED, recorded
from ui.names import net_title

FINISHED = {"kind": "finished", "step": 1, "reason": "done"}


def test_the_shipped_recording_is_a_whole_run_of_the_live_recipe() -> None:
    recording = recorded()
    assert recording["about"]["recipe"] == "live"
    begun, *events = recording["events"]
    assert [event["kind"] for event in events] == ["epoch"] * begun["epochs"] + ["finished"]
    assert recording["steps"]["width"] == 1
    assert len(recording["steps"]["loss"]) == recording["steps"]["last"] == begun["steps"]
    assert events[-2]["val_accuracy"] > 0.9
    assert recording["verdict"]["kind"] == "learned"
    assert recording["recorded"]["at"] == begun["time"]
    assert recording["recorded"]["machine"]


def test_the_shipped_recording_is_small_and_names_no_path() -> None:
    text = RECORDED.read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert "/" not in text
    assert "\\" not in text


def test_a_finished_run_is_recorded_without_its_path(tmp_path: Path) -> None:
    end = {"kind": "finished", "step": 500, "reason": "done"}
    made_up_run(tmp_path, "one", [started(500), *steps(1, 500), end])
    recording = record(Run.open(tmp_path, "one"), "one core")
    assert str(tmp_path) not in json.dumps(recording)
    assert recording["recorded"] == {"at": recording["events"][0]["time"], "machine": "one core"}  # type: ignore[index]


def test_a_run_that_is_not_finished_is_not_recorded(tmp_path: Path) -> None:
    made_up_run(tmp_path, "one", [started(500), *steps(1, 100)])
    with pytest.raises(UserError, match="finished"):
        record(Run.open(tmp_path, "one"), "one core")


def test_several_finished_runs_are_recorded_small_and_without_their_paths(tmp_path: Path) -> None:
    last = 9000
    for name in ("one", "two", "three", "four"):
        made_up_run(tmp_path, name, [started(last, 100), *steps(1, last, 100), FINISHED])
    recording = record_together([Run.open(tmp_path, name) for name in ("one", "two", "three", "four")], "one core")
    text = json.dumps(recording, separators=(",", ":"))
    assert len(text) < 200_000
    assert str(tmp_path) not in text
    first = recording["runs"][0]
    assert recording["recorded"] == {"at": first["events"][0]["time"], "machine": "one core"}
    assert len(recording["runs"]) == 4
    assert first["about"]["net"] == "ResNet-10, width 16"
    assert [event["kind"] for event in first["events"]] == ["started", *["epoch"] * 90, "finished"]
    assert len(first["steps"]["loss"]) <= MOST_BUCKETS < 2 * len(first["steps"]["loss"])


def test_coarse_curves_are_the_means_of_their_steps() -> None:
    """Seven steps, the last bucket of three not full, one loss not a number."""
    fine = {"width": 1, "first": 1, "last": 7, "lr": [1, 2, 3, 4, 5, 6, 7]}
    values = [1.0, 2.0, 3.0, None, 5.0, 6.0, 12.0]
    told = coarse({**fine, "loss": values, "accuracy": [None] * 7}, 2)
    assert told == {
        "width": 4, "first": 1, "last": 7, "lr": [4, 7],
        "loss": [2.25, pytest.approx((5 + 6 + 12) / 3, rel=1e-5)], "accuracy": [None, None],
    }  # fmt: skip
    assert coarse({**fine, "loss": values, "accuracy": values}, 7)["loss"] == values


def test_several_of_which_one_is_not_finished_are_not_recorded(tmp_path: Path) -> None:
    made_up_run(tmp_path, "one", [started(100, 10), *steps(1, 100, 10), FINISHED])
    made_up_run(tmp_path, "two", [started(100, 10), *steps(1, 50, 10)])
    with pytest.raises(UserError, match="two"):
        record_together([Run.open(tmp_path, name) for name in ("one", "two")], "one core")


def test_the_long_recording_is_small_names_no_path_and_holds_the_nets_of_the_experiment() -> None:
    if not overlay.RECORDED.exists():
        pytest.skip("none is shipped")
    text = overlay.RECORDED.read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert "/" not in text
    assert "\\" not in text
    recording = overlay.recorded()
    assert recording["recorded"]["machine"]
    told = [run["about"]["net"] for run in recording["runs"]]
    assert told == [net_title(recipe.net) for recipe in EXPERIMENTS["depth"].recipes]
    assert all(run["events"][-1]["kind"] == "finished" for run in recording["runs"])
