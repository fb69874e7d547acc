"""The recording the Train tab opens on: small, honest about where it comes from, and what a viewer would be sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resnet.errors import UserError
from tests.made_up import made_up_run, started, steps
from tools.record import record
from train.run import Run
from ui.live_run import RECORDED, recorded


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
