"""The launcher with real workers: each is a process that imports torch and trains a tiny net on a few drawings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from resnet.errors import UserError
from tests.launchers import ENDLESS, SHORT
from tests.runs import steps, wait_until
from train.checkpoint import load_classifier
from train.launcher import Launcher
from train.run import Run

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds; a busy machine imports torch slowly


def wait_for(run: Run, *states: str) -> None:
    wait_until(lambda: run.state() in (*states, "failed"))
    assert run.state() in states, run.events()[-1]


def pids(launcher: Launcher) -> list[int]:
    return [worker.process.pid for worker in launcher.slots.running]


@pytest.mark.slow
def test_a_run_is_trained_and_seen_whole_by_two_viewers(launcher: Launcher) -> None:
    before = time.monotonic()
    run, token = launcher.start(SHORT)
    assert time.monotonic() - before < 20, "start returns at once"
    seen: list[list[dict[str, Any]]] = [[], []]

    def follow(mine: list[dict[str, Any]]) -> None:
        viewed = Run.open(launcher.runs_dir, run.id)
        while not mine or mine[-1]["kind"] not in ("finished", "failed"):
            mine += viewed.events(since=mine[-1]["seq"] if mine else 0, limit=3)
            time.sleep(0.01)

    viewers = [threading.Thread(target=follow, args=(mine,), daemon=True) for mine in seen]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join(PATIENCE)
    assert seen[0] == seen[1]
    assert [event["seq"] for event in seen[0]] == list(range(1, len(seen[0]) + 1))
    assert [event["step"] for event in seen[0] if event["kind"] == "step"] == [1, 2, 3, 4]
    wait_for(run, "finished")
    assert load_classifier(run.path).classes == ("cat", "dog")
    assert run.recipe.precision == "float32"
    row = launcher.list()[0]
    assert row["id"] == run.id
    assert (row["net"], row["data"], row["state"]) == ("resnet10_w16", "drawn", "finished")
    assert (row["step"], row["steps"]) == (4, 4)
    with pytest.raises(UserError, match="is over"):
        launcher.control(run.id, token, "pause")
    launcher.control(run.id, token, "stop")  # a second click is no mistake


@pytest.mark.slow
def test_owners_pause_continue_and_stop(launcher: Launcher) -> None:
    run, token = launcher.start(ENDLESS)
    for wrong in ("", "guess", None):
        with pytest.raises(UserError, match="whoever started"):
            launcher.control(run.id, wrong, "stop")
    with pytest.raises(UserError, match="run, pause, stop"):
        launcher.control(run.id, token, "explode")
    with pytest.raises(UserError, match="name of a run"):
        launcher.control("../" + run.id, token, "stop")

    wait_until(lambda: steps(run) >= 2)
    launcher.control(run.id, token, "pause")
    wait_for(run, "paused")
    paused_at = steps(run)
    time.sleep(0.5)
    assert steps(run) == paused_at
    launcher.control(run.id, token, "run")
    wait_until(lambda: steps(run) > paused_at)
    launcher.control(run.id, token, "stop")
    wait_for(run, "stopped")
    assert load_classifier(run.path).about["step"] == steps(run)
    wait_until(lambda: not pids(launcher))
    assert not (run.path / "error.log").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_the_queue_outlives_a_killed_worker(launcher: Launcher) -> None:
    first, first_token = launcher.start(ENDLESS)
    second, _ = launcher.start(SHORT)
    third, third_token = launcher.start(SHORT)
    fourth, _ = launcher.start(SHORT)
    assert [launcher.ahead(run.id) for run in (first, second, third, fourth)] == [0, 1, 2, 3]
    launcher.control(third.id, third_token, "stop")
    assert third.state() == "stopped"
    assert launcher.ahead(fourth.id) == 2
    assert launcher.ahead(third.id) == launcher.ahead("unknown") == 0

    wait_until(lambda: steps(first) >= 2)
    assert launcher.holds_up(second.id) == launcher.holds_up(fourth.id) == "running"
    assert launcher.holds_up(first.id) == launcher.holds_up(third.id) == launcher.holds_up("unknown") == ""
    launcher.control(first.id, first_token, "pause")
    wait_for(first, "paused")
    assert launcher.holds_up(second.id) == launcher.holds_up(fourth.id) == "paused"
    assert [row["state"] for row in launcher.list()].count("queued") == 2
    os.kill(pids(launcher)[0], signal.SIGKILL)
    wait_until(lambda: launcher.ahead(second.id) == 0)
    wait_until(lambda: first.state() == "failed")
    assert "killed (signal 9" in first.events(since=first.summary()["seq"] - 1)[0]["what"]
    with pytest.raises(UserError, match="is over"):
        launcher.control(first.id, first_token, "run")
    wait_for(second, "finished")
    wait_until(lambda: launcher.ahead(fourth.id) == 0)


@pytest.mark.slow
def test_closing_saves_what_trains_and_says_so_of_what_waits(launcher: Launcher) -> None:
    run, token = launcher.start(ENDLESS)
    waiting, _ = launcher.start(SHORT)
    wait_until(lambda: steps(run) >= 2)
    launcher.control(run.id, token, "pause")
    wait_for(run, "paused")
    before = time.monotonic()
    launcher.close()
    assert time.monotonic() - before < 60
    assert run.state() == "interrupted"
    assert load_classifier(run.path).about["step"] == steps(run)
    assert waiting.state() == "failed"
    assert "before this run's turn" in waiting.events()[-1]["what"]
    with pytest.raises(UserError, match="being closed"):
        launcher.start(SHORT)
    # The next program lists what this one left.
    states = {row["id"]: row["state"] for row in Launcher(launcher.runs_dir).list()}
    assert states[run.id] == "interrupted"
    assert len(states) == 3


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_workers_leave_when_their_launcher_is_killed(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from train.launcher import Launcher
from train.recipe import Recipe
launcher = Launcher({str(tmp_path)!r})
print(launcher.start(Recipe.from_json({ENDLESS.to_json()!r}))[0].id, flush=True)
print(launcher.start(Recipe.from_json({ENDLESS.to_json()!r}))[0].id, flush=True)
sys.stdin.read()
"""
    page = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert page.stdout
        run, waiting = (Run.open(tmp_path, page.stdout.readline().strip()) for _ in range(2))
        wait_until(lambda: steps(run) >= 2)
    finally:
        page.kill()
        page.communicate()
    wait_until(lambda: not run.is_held())
    assert run.state() == "interrupted"
    assert run.weights.exists()
    assert waiting.state() == "queued"
    Launcher(tmp_path)
    assert waiting.state() == "failed"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_terminated_worker_saves_and_reads_interrupted(launcher: Launcher) -> None:
    run, _ = launcher.start(ENDLESS)
    wait_until(lambda: steps(run) >= 2)
    os.kill(pids(launcher)[0], signal.SIGTERM)
    wait_until(lambda: not run.is_held())
    wait_until(lambda: not pids(launcher))
    assert run.state() == "interrupted"
    assert load_classifier(run.path).about["step"] == steps(run)


def test_the_page_process_is_spared_torch(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from train.launcher import Launcher
launcher = Launcher({str(tmp_path)!r})
launcher.list()
launcher.close()
print(any(name in sys.modules for name in ("torch", "numpy", "PIL", "gradio")))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_other_things_in_the_runs_folder_are_no_runs(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    spoilt = Run.create(tmp_path, SHORT, id="spoilt")[0]
    (spoilt.path / "recipe.json").write_text("{")
    for name in ("old", "new"):
        Run.create(tmp_path, SHORT, id=name)
    launcher = Launcher(tmp_path)
    assert [row["id"] for row in launcher.list()] == ["new", "old"]


def test_a_runs_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(UserError, match="may write to") as refused:
            Launcher(folder)
        assert refused.value.where == str(folder)


def test_a_worker_that_cannot_start_only_fails_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text("import sys; print('no torch here', file=sys.stderr); sys.exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    launcher = Launcher(tmp_path / "runs")
    run, _ = launcher.start(SHORT)
    wait_until(lambda: run.state() == "failed")
    assert "broke off" in run.events()[-1]["what"]
    assert (run.path / "error.log").exists()
    launcher.close()
