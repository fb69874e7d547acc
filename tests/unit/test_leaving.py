"""Runs that are told to leave, and what resuming refuses: the real commands on a tiny net."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.pets import write_pets
from tests.runs import check_same, python, steps, wait_until, written
from train import session
from train.__main__ import main
from train.events import Event
from train.recipe import Recipe
from train.run import Run

LEAVE_SECONDS = 10.0  # a process that was told to leave takes no longer
LONG = Recipe(
    net="resnet10_w16",
    image_px=32,
    start_px=16,
    crop="random-resized",
    shift_px=0,
    ema=0.9,
    epochs=20,  # a second or two: it must still be training when it is told to leave
    batch=8,
    train_pictures=44,
    val_pictures=12,
    precision="float32",
    threads=1,
    device="cpu",
)
STEPS = 120
SHORT = dataclasses.replace(LONG, epochs=2)


def fit(recipe: Recipe, out: Path) -> list[str]:
    """The command that trains as this recipe says."""
    changed = [f"{key}={value}" for key, value in dataclasses.asdict(recipe).items() if value != getattr(Recipe(), key)]
    return ["fit", "--set", *changed, "--out", str(out)]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert main(fit(LONG, folder / "mine")) == 0
    return Run.open(folder, "mine")


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that a test started; none outlives it."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def refused(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """The one sentence with which a command ends."""
    capsys.readouterr()
    assert main([*command]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    sentence = told.err.splitlines()[-1]
    assert [line for line in told.err.splitlines()[:-1] if not line.startswith("the pictures will take")] == []
    return sentence


def check_goes_on(run: Run, uninterrupted: Run) -> None:
    """It was left on its way, and goes on with the very next step."""
    left_at = steps(run)
    assert (run.state(), left_at < STEPS) == ("interrupted", True)
    assert main(["resume", str(run.path)]) == 0
    assert [event["step"] for event in written(run) if event["kind"] == "resumed"] == [left_at]
    check_same(run, uninterrupted)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process could hear")
def test_sigterm_saves_and_the_run_goes_on_exactly(
    uninterrupted: Run, tmp_path: Path, started: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    process = python("-m", "train", *fit(LONG, Path("runs/mine")), cwd=tmp_path)
    started.append(process)
    wait_until((tmp_path / "runs" / "mine" / "recipe.json").exists)
    run = Run.open(tmp_path / "runs", "mine")
    wait_until(lambda: steps(run) >= 3)

    run.ask("pause")
    wait_until(lambda: run.state() == "paused")
    sentence = refused(capsys, "resume", str(run.path))
    assert sentence == "mine: Another process is training this run. Wait until it ends, or start a new run."
    assert (run.wanted().want, run.state()) == ("pause", "paused")  # who is refused has changed nothing
    paused_at = steps(run)
    run.ask("run")
    wait_until(lambda: steps(run) >= paused_at + 2)

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - began < LEAVE_SECONDS
    assert process.returncode == 143, err
    assert f"go on with: python -m train resume {run.path}" in err
    check_goes_on(run, uninterrupted)


@pytest.mark.slow
def test_a_worker_whose_input_ends_saves_and_its_run_goes_on_exactly(
    uninterrupted: Run, tmp_path: Path, started: list[Any]
) -> None:
    run, _ = Run.create(tmp_path, LONG)
    run.release()
    process = python("-m", "train", "worker", cwd=tmp_path, stdin=subprocess.PIPE)
    started.append(process)
    process.stdin.write(f"train {run.path}\n")
    process.stdin.flush()
    wait_until(lambda: steps(run) >= 3)
    began = time.monotonic()
    _, err = process.communicate(timeout=60)  # which closes its input
    assert time.monotonic() - began < LEAVE_SECONDS
    assert process.returncode == 0, err
    check_goes_on(run, uninterrupted)


def test_what_cannot_be_resumed_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(fit(SHORT, tmp_path / "over")) == 0
    events = (tmp_path / "over" / "events.jsonl").read_bytes()
    (tmp_path / "pets").mkdir()
    for name, sentence in {
        "over": "over: This run has finished. Start a new run; --set init=RUN begins it from this run's weights.",
        "pets": f"{tmp_path}/pets: There is no run of this name. Give the folder of a run, such as runs/mine.",
        "nowhere": f"{tmp_path}/nowhere: There is no run of this name. Give the folder of a run, such as runs/mine.",
    }.items():
        assert refused(capsys, "resume", f"{tmp_path}/{name}") == sentence
    assert (tmp_path / "over" / "events.jsonl").read_bytes() == events
    assert sorted(path.name for path in tmp_path.iterdir()) == ["over", "pets"]


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_other_pictures_are_refused_and_once_they_are_back_the_run_goes_on(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pets = write_pets(tmp_path / "pets", each=10)
    recipe = dataclasses.replace(SHORT, data=str(pets), train_pictures=0, val_pictures=0)
    assert main(fit(recipe, tmp_path / "whole")) == 0

    class Killed(BaseException):
        pass

    def kill(event: Event) -> None:
        if event.kind == "step" and getattr(event, "step", 0) == 2:
            raise Killed

    monkeypatch.setattr(session, "STATE_SECONDS", 0.0)
    monkeypatch.setattr(session, "STATE_SHARE", math.inf)
    run, _ = Run.create(tmp_path, recipe, id="mine")
    with pytest.raises(Killed):
        session.execute(run, watch=kill)
    assert not run.weights.exists()  # the state is all there is

    kept = tmp_path / "kept"
    shutil.move(pets, kept)
    if how == "changed":
        shutil.copytree(kept, pets)
        picture = min((pets / "cat").iterdir())
        Image.open(picture).rotate(90).save(picture)
    sentence = refused(capsys, "resume", str(run.path))
    assert sentence.startswith(
        "pets: The pictures are not those this run began with. Put them back as they were."
        if how == "changed"
        else "pets: There is no such folder or file."
    )

    shutil.rmtree(pets, ignore_errors=True)
    shutil.move(kept, pets)
    assert main(["resume", str(run.path)]) == 0
    assert [event["step"] for event in written(run) if event["kind"] == "resumed"] == [1]
    check_same(run, Run.open(tmp_path, "whole"))


def test_a_recipe_that_was_spoilt_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = Run.create(tmp_path, SHORT, id="mine")
    run.release()
    (run.path / "recipe.json").write_text(json.dumps({"epoch": 3}))
    assert "Did you mean 'epochs'" in refused(capsys, "resume", str(run.path))
