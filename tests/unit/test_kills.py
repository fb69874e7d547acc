"""Runs that are killed anywhere, and resumed: the numbers of a run that nothing happened to.

Half of the kills are SIGKILL at a random moment of the run, half are around the saving of a file: between write, sync
and rename. RESNET_LAB_KILLS says how many.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.runs import check_same, python, told, written
from train.checkpoint import load_classifier
from train.run import Run

KILLS = int(os.environ.get("RESNET_LAB_KILLS", "5"))
FIT = ["fit", "--data", "drawn", "--net", "resnet10_w16", "--set", "image_px=32", "start_px=16", "crop=random-resized",
       "colour=0.2", "ema=0.9", "mirrored=yes", "epochs=3", "batch=8", "train_pictures=44", "val_pictures=12",
       "precision=float32", "threads=1"]  # fmt: skip

# The real command, which dies at the appointed time of something that it does many times. Like a process that is
# killed it runs nothing at its end.
MORTAL = """
import json, math, os, sys, threading
from collections import Counter
from pathlib import Path
from train import session
from train.__main__ import main
from train.event_log import EventWriter

moment, count, delay, save_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
session.STATE_SECONDS, session.STATE_SHARE = save_seconds, math.inf
done = Counter()
append, fsync, replace = EventWriter.append, os.fsync, Path.replace

def die_if_due(now):
    if is_due(now):
        os._exit(9)

def is_due(now):
    if now != "event" and not done["event"]:
        return False  # the run is not there yet
    done[now] += 1
    return now == moment and done[now] == count

def dying_append(log, fields):
    append(log, fields)
    if is_due("event"):
        threading.Timer(delay, os.kill, (os.getpid(), 9)).start()
    if is_due("event half written"):
        os.ftruncate(log._file.fileno(), os.fstat(log._file.fileno()).st_size - 20)
        os._exit(9)

def dying_fsync(descriptor):
    die_if_due("before sync")
    fsync(descriptor)
    die_if_due("after sync")

def dying_replace(temporary, target):
    if is_due("half written"):
        os.truncate(temporary, temporary.stat().st_size // 2)
        os._exit(9)
    die_if_due("before rename")
    replaced = replace(temporary, target)
    die_if_due("after rename")
    return replaced

EventWriter.append, os.fsync, Path.replace = dying_append, dying_fsync, dying_replace
code = main(sys.argv[5:])
print(json.dumps(done))
sys.exit(code)
"""
AROUND_A_SAVE = ("half written", "event half written", "before rename", "after rename", "before sync", "after sync")


@dataclass(frozen=True)
class Kill:
    """When a process dies: at the `part` of all times that it comes to this `moment`, and so many seconds later."""

    moment: str
    part: float
    delay: float = 0.0
    save_seconds: float = 0.0  # between two savings of the state, at least

    def __str__(self) -> str:
        return f"{self.moment} {self.part:.2f}"


def kills() -> list[Kill]:
    random_numbers = random.Random(20151210)
    found = []
    for number in range(KILLS):
        part = random_numbers.random()
        if number % 2:
            save_seconds = random_numbers.choice([0.0, 0.1])
            found.append(Kill("event", part, random_numbers.uniform(0, 0.05), save_seconds))
        else:
            found.append(Kill(AROUND_A_SAVE[number // 2 % len(AROUND_A_SAVE)], part))
    return found


def mortal(folder: Path, moment: str, count: int, delay: float, save_seconds: float, *command: str) -> tuple[int, str]:
    """Exit code and output of a command that dies at its `count`th such moment."""
    process = python("-c", MORTAL, moment, str(count), str(delay), str(save_seconds), *command, cwd=folder)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode, out


def go_on(folder: Path) -> None:
    """Resume it in another process, with the command that a person uses."""
    process = python("-m", "train", "resume", "runs/mine", cwd=folder)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[str, int]]:
    """A run that nothing happened to, which saved its state at every step; and how often it came to each moment."""
    folder = tmp_path_factory.mktemp("whole")
    code, out = mortal(folder, "never", 0, 0.0, 0.0, *FIT, "--out", "runs/whole")
    assert code == 0
    return Run.open(folder / "runs", "whole"), json.loads(out.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("kill", kills(), ids=str)
def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    kill: Kill, whole: tuple[Run, dict[str, int]], tmp_path: Path
) -> None:
    uninterrupted, moments = whole
    count = 1 + int(kill.part * moments[kill.moment])
    code, _ = mortal(tmp_path, kill.moment, count, kill.delay, kill.save_seconds, *FIT, "--out", "runs/mine")
    assert code in (9, -9)
    run = Run.open(tmp_path / "runs", "mine")
    last = run.summary()["step"]
    if run.weights.exists():
        assert load_classifier(run.weights).classes == ("cat", "dog")
    if run.state() != "finished":  # it may be killed after its last event
        go_on(tmp_path)
        (resumed,) = [event for event in written(run) if event["kind"] == "resumed"]
        if not kill.save_seconds:
            assert last - resumed["step"] in (0, 1)
        assert not (run.path / "state").exists()
    check_same(run, uninterrupted)


@pytest.mark.slow
def test_a_run_killed_again_and_again_goes_on_each_time(whole: tuple[Run, dict[str, int]], tmp_path: Path) -> None:
    for number, moment in enumerate(("before rename", "event", "half written")):
        command = ("resume", "runs/mine") if number else (*FIT, "--out", "runs/mine")
        assert mortal(tmp_path, moment, 8, 0.01, 0.0, *command)[0] in (9, -9)
    go_on(tmp_path)
    run = Run.open(tmp_path / "runs", "mine")
    resumes = [event["step"] for event in written(run) if event["kind"] == "resumed"]
    assert len(set(resumes)) == 3  # each got further
    assert len([event for event in written(run) if event["kind"] in ("step", "epoch")]) > len(told(run))
    check_same(run, whole[0])
