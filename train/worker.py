"""Be the process that trains a run, or several by turns, for the launcher, or leave in good order when told to."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from train.datasets import Data
from train.engine import Training
from train.recipes import RECIPES
from train.run import Run
from train.session import execute
from train.splits import StoredSplit
from train.turns import take_turns

LEAVE_SECONDS = 8.0  # after this a worker that was told to leave does so without saving


def main() -> int:
    """Wait for a line on standard input, train what it names, and leave; returns only if there was none.

    The line is "train FOLDER" or "resume FOLDER" of a run, or "together STEPS ID,ID,ID FOLDER": runs in this folder of
    runs, which take turns of so many steps.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the launcher, which then closes our input
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(10)  # the page and its predictions come first
    _warm_up()
    # Unbuffered: a thread left waiting inside a buffered stream breaks the end of the interpreter.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
        line = stdin.readline()
    if not line.endswith(b"\n"):
        return 0
    word, _, what = line[:-1].partition(b" ")
    with told_to_leave(code=0) as leaving:
        threading.Thread(target=_watch_input, args=(leaving,), name="watch input", daemon=True).start()
        if word == b"together":
            slice_steps, ids, runs_dir = os.fsdecode(what).split(" ", 2)
            runs = [Run.open(runs_dir, id) for id in ids.split(",")]
            take_turns(runs, int(slice_steps), leaving=leaving)
        else:
            folder = Path(os.fsdecode(what))
            execute(Run.open(folder.parent, folder.name), leaving=leaving, resume=word == b"resume")
    # The next run waits for the end of this process, and Python would take a second to put torch away.
    sys.stdout.flush()
    os._exit(0)


def _warm_up() -> None:
    """Train as most people will, on two black pictures: the first optimizer and the first step load a thousand modules,
    and which precision is the faster need not be tried again.
    """
    recipe = replace(RECIPES["live"], epochs=1)
    side, two = recipe.image_px, torch.tensor([0, 1])
    pictures = StoredSplit(torch.zeros(2, side, side, 3, dtype=torch.uint8), rows=two, labels=two)
    for _ in Training(recipe, Data(("black", "also black"), pictures, pictures, (), "")).events():
        pass


@contextlib.contextmanager
def told_to_leave(code: int) -> Iterator[threading.Event]:
    """An event that SIGTERM sets. Some time after it was set, however it was, this process ends with this exit code.

    The training obeys between two events; deep in a long one it would stay too long. What it leaves behind is whole
    all the same, because files are replaced and never changed. For the main thread.
    """
    leaving, over = threading.Event(), threading.Event()

    def leave_anyway() -> None:
        leaving.wait()
        if not over.wait(LEAVE_SECONDS):
            os._exit(code)

    before = signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    threading.Thread(target=leave_anyway, name="leave anyway", daemon=True).start()
    try:
        yield leaving
    finally:
        signal.signal(signal.SIGTERM, before)
        over.set()
        leaving.set()


def _watch_input(leaving: threading.Event) -> None:
    """Wait for the end of standard input: the launcher is gone."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1):
            pass
    leaving.set()
