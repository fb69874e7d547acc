"""A run's folder: its name, its owner, what it is asked for and how it stands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resnet.errors import UserError
from train.recipe import Recipe
from train.run import Run
from train.wish import Wish

RECIPE = Recipe(net="resnet10_w16", image_px=32, epochs=2)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, RECIPE)[0]


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def test_created_runs_can_be_opened_and_keep_no_token(tmp_path: Path) -> None:
    run, token = Run.create(tmp_path / "runs", RECIPE)
    assert len(run.id) == 32
    assert Run.open(tmp_path / "runs", run.id).recipe == RECIPE
    assert run.state() == "queued"
    assert not any(token in file.read_text() for file in run.path.iterdir())


def test_only_the_token_proves_ownership(tmp_path: Path) -> None:
    run, token = Run.create(tmp_path, RECIPE)
    _, other = Run.create(tmp_path, RECIPE)
    assert run.owned_by(token)
    for wrong in (other, "", token[:-1], token + "x", "é", "\ud800", None, 0, [token]):
        assert not run.owned_by(wrong)
    (run.path / "owner.json").unlink()
    assert not run.owned_by(token)


HOSTILE = [
    "", ".", "..", "../x", "a/b", "a\\b", "/etc", "C:x", ".hidden", "-rf", "a\0", "a\n", "x" * 81, "é", "con",
    "NUL.txt", "a.", "a b", "~", "%2e%2e", None, 7, ["a"], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("id", HOSTILE)
def test_ids_that_are_no_plain_folder_name_are_refused_before_the_disk_is_touched(tmp_path: Path, id: Any) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(UserError) as refused:
        Run.open(runs, id)
    assert refused.value.cure
    if id is not None:  # which asks `create` for a name of its own
        with pytest.raises(UserError):
            Run.create(runs, RECIPE, id=id)
    assert not list(tmp_path.iterdir())


def test_unknown_and_half_made_runs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for id in ("nobody", "empty"):
        with pytest.raises(UserError, match="no run of this name"):
            Run.open(tmp_path, id)


def test_a_name_is_used_once(tmp_path: Path) -> None:
    Run.create(tmp_path, RECIPE, id="mine")
    with pytest.raises(UserError, match=r"mine: .*another name"):
        Run.create(tmp_path, RECIPE, id="mine")


def test_relative_data_is_kept_as_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "drawn").mkdir()
    monkeypatch.chdir(tmp_path)
    made = {data: Run.create("runs", Recipe(data=data))[0].recipe.data for data in ("pets", "drawn", "nowhere")}
    assert made == {"pets": str(tmp_path / "pets"), "drawn": "drawn", "nowhere": "nowhere"}
    begun = {init: Run.create("runs", Recipe(init=init))[0].recipe.init for init in ("", "pets", "imagenet", "hub:a/b")}
    assert begun == {"": "", "pets": str(tmp_path / "pets"), "imagenet": "imagenet", "hub:a/b": "hub:a/b"}


def test_what_is_wanted_is_the_last_thing_asked_for(run: Run) -> None:
    asking = Run(run.path)
    assert run.wanted() == Wish("run")
    for want in ("pause", "pause", "run", "stop"):
        asking.ask(want)
        assert run.wanted() == Wish(want)
    with pytest.raises(UserError, match="run, pause, stop"):
        asking.ask("explode")
    (run.path / "control.json").write_text("{torn")
    assert run.wanted() == Wish("stop")


def test_nothing_temporary_is_left_behind(run: Run) -> None:
    for _ in range(20):
        run.ask("pause")
    assert not list(run.path.glob(".*")) + list(run.path.glob("*.tmp"))


def test_a_run_whose_process_died_reads_interrupted(run: Run) -> None:
    run.release()
    code = """
import sys, os
from pathlib import Path
from filelock import FileLock
folder = Path(sys.argv[1])
lock = FileLock(folder / "lock")
lock.acquire()
(folder / "events.jsonl").write_text('{"seq":1,"time":1,"kind":"started","steps":9}\\n')
print("held", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert run.state() == "running"
        with pytest.raises(UserError, match="Another process"):
            run.hold(timeout=0.05)
    finally:
        holder.kill()
        holder.communicate()
    assert run.state() == "interrupted"


def test_a_full_disk_leaves_no_half_made_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    run, _token = Run.create(tmp_path, RECIPE, id="before")
    run.ask("pause")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left"):
        Run.create(tmp_path, RECIPE)
    with pytest.raises(UserError, match="No space left"):
        run.ask("stop")
    monkeypatch.undo()
    assert run.wanted() == Wish("pause")
    assert [path.name for path in tmp_path.iterdir()] == ["before"]
    assert not list(run.path.glob(".*"))


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="may write to"):
        Run.create(tmp_path / "file", RECIPE)
