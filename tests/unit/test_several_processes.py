"""Two processes that torchrun starts train one run as one process would."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runs import check_whole, python, steps, told, wait_until, written
from train.__main__ import main
from train.events import Event
from train.run import Run
from train.session import execute

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="torchrun is at home where signals are")]

TINY = ["--data", "drawn", "--net", "resnet10_w16", "--set", "image_px=32", "start_px=16", "crop=random-resized",
        "ema=0.9", "train_pictures=155", "val_pictures=21", "threads=1", "precision=float32", "device=cpu"]  # fmt: skip
# The last batch of an epoch has 11 pictures, 5 for one and 6 for the other. Plain gradient descent, because Adam would
# forgive gradients of the wrong size.
FIT = ["fit", *TINY, "norm=group", "optimizer=sgd", "lr=0.001", "batch=16", "epochs=4"]
STEPS, EPOCHS = 40, 4
AGREE = 1e-4  # losses of one process and of two
PATIENCE = 120  # seconds: whatever hangs fails

Torchrun = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def torchrun() -> Any:
    """Starts two processes of `python -m train` in a folder; none outlives the tests."""
    started = []

    def start(*command: str | Path, cwd: Path) -> subprocess.Popen[str]:
        by_torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "train")
        started.append(python(*by_torchrun, *command, cwd=cwd, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run as one process trains it."""
    folder = tmp_path_factory.mktemp("alone")
    assert main([*FIT, "--out", str(folder / "mine")]) == 0
    return Run.open(folder, "mine")


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory, torchrun: Torchrun) -> tuple[Run, str, str]:
    """The same run as two train it, and what they said."""
    folder = tmp_path_factory.mktemp("together")
    process = torchrun(*FIT, "--out", "runs/mine", cwd=folder)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return Run.open(folder / "runs", "mine"), out, err


def losses(run: Run) -> list[float]:
    return [event["loss"] for event in told(run) if event["kind"] == "step"]


def test_two_processes_have_the_losses_of_one(alone: Run, together: tuple[Run, str, str]) -> None:
    run = together[0]
    assert len(losses(alone)) == STEPS
    assert losses(run) == pytest.approx(losses(alone), abs=AGREE)
    for one, other in zip(told(run), told(alone), strict=True):
        for name, value in one.items():
            assert value == pytest.approx(other[name], abs=2 / 21 if "accuracy" in name else AGREE), (name, other)
    assert run.recipe == alone.recipe
    assert (run.recipe.batch, run.recipe.lr) == (16, 0.001)


def test_only_the_first_process_writes_and_speaks(together: tuple[Run, str, str]) -> None:
    run, out, err = together
    kinds = [event["kind"] for event in written(run)]
    assert (kinds.count("started"), kinds.count("epoch"), kinds.count("finished")) == (1, EPOCHS, 1)
    assert [event["seq"] for event in written(run)] == list(range(1, len(kinds) + 1))
    assert [out.count(said) for said in ("run folder: ", "epoch 1: ", "finished at step 40; weights: ")] == [1, 1, 1]
    assert "Traceback" not in err
    check_whole(run)


def test_a_batch_for_each_process_scales_the_rate_and_small_ones_are_warned_of(
    tmp_path: Path, torchrun: Torchrun
) -> None:
    fit = ("fit", *TINY, "batch_per_process=8", "batch=32", "lr=0.002", "schedule=constant", "epochs=1")
    process = torchrun(*fit, "--out", "runs/mine", cwd=tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    run = Run.open(tmp_path / "runs", "mine")
    assert (run.recipe.batch, run.recipe.lr, run.recipe.norm) == (16, 0.001, "batch")
    taken = [event for event in told(run) if event["kind"] == "step"]
    assert [event["lr"] for event in taken] == [0.001] * 10
    assert all(0 < event["loss"] < 5 for event in taken)
    (warning,) = [line for line in err.splitlines() if "Batch norm" in line]
    assert "8 pictures a process" in warning
    assert "Raise batch_per_process to 16, use fewer processes, or set norm=group" in warning


def test_what_two_leave_two_or_one_go_on_with(
    alone: Run, together: tuple[Run, str, str], tmp_path: Path, torchrun: Torchrun
) -> None:
    fitting = torchrun(*FIT, "--out", "runs/mine", cwd=tmp_path)
    wait_until((tmp_path / "runs" / "mine" / "recipe.json").exists)
    run = Run.open(tmp_path / "runs", "mine")
    wait_until(lambda: steps(run) >= 3)
    run.ask("stop")
    out, err = fitting.communicate(timeout=PATIENCE)
    assert fitting.returncode == 0, err
    assert f"stopped at step {steps(run)}; weights: " in out
    stopped_at = steps(run)
    assert (run.state(), stopped_at < STEPS) == ("stopped", True)

    resuming = torchrun("resume", "runs/mine", cwd=tmp_path)
    wait_until(lambda: steps(run) >= stopped_at + 3)
    os.killpg(resuming.pid, signal.SIGINT)  # as a terminal does: to torchrun and to both
    _, err = resuming.communicate(timeout=PATIENCE)
    left_at = steps(run)
    assert (run.state(), left_at < STEPS) == ("stopped", True), err
    assert losses(run) == losses(together[0])[:left_at]

    assert main(["resume", str(run.path)]) == 0
    assert run.state() == "finished"
    assert losses(run) == pytest.approx(losses(alone), abs=AGREE)
    assert [event["step"] for event in written(run) if event["kind"] == "resumed"] == [stopped_at, left_at]
    check_whole(run)


def test_two_processes_pause_and_change_their_rate_at_the_same_step(
    alone: Run, tmp_path: Path, torchrun: Torchrun
) -> None:
    changed, _ = Run.create(tmp_path, alone.recipe)

    def steer(event: Event) -> None:
        if event.kind == "step" and getattr(event, "step", 0) == 12:
            changed.ask("run", lr=0.003)

    execute(changed, watch=steer)
    assert losses(changed)[:13] == losses(alone)[:13]

    fitting = torchrun(*FIT, "--out", "runs/mine", cwd=tmp_path)
    wait_until((tmp_path / "runs" / "mine" / "recipe.json").exists)
    run = Run.open(tmp_path / "runs", "mine")
    run.ask("pause", after=12)
    wait_until(lambda: run.state() == "paused")
    run.ask("pause", after=14, lr=0.003)
    wait_until(lambda: run.state() == "paused" and steps(run) == 14)
    run.ask("run")
    _, err = fitting.communicate(timeout=PATIENCE)
    assert fitting.returncode == 0, err
    assert [event["step"] for event in written(run) if event["kind"] == "paused"] == [12, 14]
    assert [event["step"] for event in written(run) if event["kind"] == "learning_rate"] == [12]
    assert losses(run) == pytest.approx(losses(changed), abs=AGREE)
    assert losses(changed)[20:] != pytest.approx(losses(alone)[20:], abs=10 * AGREE)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("fit", "--net", "resnet19"), "Try resnet"),
        (("fit", "--data", "nowhere"), "nowhere: "),
        (("resume", "finished"), "This run has finished"),
    ],
    ids=["net", "data", "finished run"],
)
def test_a_refusal_is_said_once_and_nobody_waits(
    command: tuple[str, ...], sentence: str, together: tuple[Run, str, str], tmp_path: Path, torchrun: Torchrun
) -> None:
    before = written(together[0])
    words = [str(together[0].path) if word == "finished" else word for word in command]
    process = torchrun(*words, cwd=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert (out + err).count(sentence) == 1, err
    assert "resnet.errors" not in err
    assert list(tmp_path.glob("runs/*")) == []
    assert written(together[0]) == before
