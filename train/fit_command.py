"""`python -m train fit`: one run from the command line, through the same code as the page's workers."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from resnet.errors import UserError
from train.datasets import DRAWN, Refused
from train.events import Diverged, Event, Failed, Finished, Started
from train.progress import Progress, tell_refused
from train.recipe import Recipe, recipe_named
from train.run import Run
from train.worker import execute, told_to_leave

TERMINATED = 128 + signal.SIGTERM  # the exit code shells give


def fit(recipe: str, data: str | None, net: str | None, settings: Sequence[str], out: str | None) -> int:
    """Train in this process with bars on the terminal; returns the exit code.

    Args:
        recipe: name of a recipe; `data`, `net` and `settings` ("key=value") change it.
        out: the run's folder; None for a name made of date, recipe and net.

    Raises:
        UserError: something of this does not exist, or the folder is taken.
    """
    chosen = _recipe(recipe, data, net, settings)
    run = _new_run(chosen, out)
    progress, last = Progress(), _Last()

    def watch(event: Event) -> None:
        if isinstance(event, Started):  # before, a refusal may still come, which leaves no folder
            print(f"run folder: {run.path}", flush=True)
        progress(event)
        last.event = event

    def tell(refused: Sequence[Refused]) -> None:
        progress.close()  # not into the middle of a bar
        tell_refused(refused, chosen.data)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run.ask("stop")
        print("\nstopping after this step; press Ctrl-C again to break off", file=sys.stderr)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with told_to_leave(code=TERMINATED) as leaving:
            execute(run, leaving=leaving, watch=watch, tell_refused=tell)
    finally:
        signal.signal(signal.SIGINT, before)
        progress.close()
    return _report(run, last.event)


class _Last:
    """The newest event."""

    event: Event | None = None


def _recipe(name: str, data: str | None, net: str | None, settings: Sequence[str]) -> Recipe:
    base = recipe_named(name)
    changes = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals):
            cure = "Write key=value, for example --set epochs=3"
            raise UserError(f"{setting!r} is not a setting", where="--set", cure=cure)
        changes[key.strip()] = value
    if "name" in changes:
        raise UserError("A recipe keeps its name", where="--set name", cure="Name the run with --out runs/NAME")
    for key, given in (("data", data), ("net", net)):
        if given is None:
            continue
        if key in changes:
            what = f"--{key} says {given}, --set {key} says {changes[key]}"
            raise UserError(what, where=key, cure="Leave one of the two out")
        changes[key] = given
    if base.data != DRAWN and "data" not in changes:
        raise UserError(f"Recipe {name} needs pictures of yours", where="data", cure="Add --data DIR or ZIP")
    return base.with_settings(changes)


def _new_run(recipe: Recipe, out: str | None) -> Run:
    if out is not None:
        folder = Path(out)
        try:
            return Run.create(folder.parent, recipe, id=folder.name)[0]
        except UserError as error:  # it names the folder alone, because the page must not tell more
            raise UserError(error.what, where=out, cure=error.cure) from error
    name = f"{time.strftime('%Y-%m-%d')}-{recipe.name}-{recipe.net}"
    taken = 1
    while Path("runs", name if taken == 1 else f"{name}-{taken}").exists():
        taken += 1
    return Run.create("runs", recipe, id=name if taken == 1 else f"{name}-{taken}")[0]


def _report(run: Run, last: Event | None) -> int:
    """Say how it ended; a run that was refused before it began leaves no folder behind."""
    has_weights = run.weights.exists()
    kept = f"weights: {run.weights}" if has_weights else "nothing to keep"
    if isinstance(last, Finished):
        stopped = "stopped" if last.reason == "stopped" else "finished"
        print(f"{stopped} {f'at step {last.step}' if last.step else 'before the first step'}; {kept}")
        return 0
    if isinstance(last, Diverged):
        before = "the last epoch's end" if has_weights else "no epoch had ended"
        print(f"{last.reason}.", f"{before}; {kept}", sep="\n", file=sys.stderr)
        return 1
    if isinstance(last, Failed):
        print(UserError(last.what, where=last.where, cure=last.cure), file=sys.stderr)
        if not run.weights.exists() and not (run.path / "error.log").exists():
            shutil.rmtree(run.path, ignore_errors=True)
        return 2
    print(f"interrupted; {kept}", file=sys.stderr)
    return TERMINATED
