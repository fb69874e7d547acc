"""`python -m train fit`: one run from the command line, through the same code as the page's workers."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tqdm import tqdm

from resnet.errors import UserError
from train.command import room_taken
from train.datasets import DRAWN, Refused
from train.distributed import Group, SharedRefusalError, joined, refusing_together
from train.events import Diverged, Event, Failed, Finished, Preparing, Resumed, Started
from train.progress import Progress, tell_refused
from train.recipe import Recipe
from train.recipes import recipe_named
from train.run import Run
from train.session import assist, check_begun, execute
from train.worker import told_to_leave

TERMINATED = 128 + signal.SIGTERM  # the exit code shells give
HANDOVER_SECONDS = 3.0  # so long a run that is resumed may still be held by a process that is leaving it


def fit(recipe: str, data: str | None, net: str | None, settings: Sequence[str], out: str | None) -> int:
    """Train in this process with bars on the terminal; returns the exit code. Under torchrun, train with the others.

    Args:
        recipe: name of a recipe; `data`, `net` and `settings` ("key=value") change it.
        out: the run's folder; None for a name made of date, recipe and net.

    Raises:
        UserError: something of this does not exist, or the folder is taken.
    """
    chosen = recipe_of(recipe, data, net, settings)
    with joined() as group:
        with refusing_together():
            run = _new_run(chosen, out) if group.rank == 0 else None
        return _train(run, chosen, group, resume=False)


def resume(path: str) -> int:
    """Go on with a run that was interrupted or stopped, as `fit` does; returns the exit code.

    Raises:
        UserError: there is no such run, it is over, or another process trains it.
    """
    with joined() as group:
        with refusing_together():
            run = _run_to_resume(path, group)
        return _train(run, run.recipe, group, resume=True)


def _train(run: Run | None, recipe: Recipe, group: Group, *, resume: bool) -> int:
    """Train, and say how it went; processes but the first only do their part."""
    with told_to_leave(code=TERMINATED) as leaving:
        if run is None or group.rank:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the first process hears it for them
            return _assist(run, recipe, group, leaving)
        return _train_and_tell(run, recipe, group, leaving, resume=resume)


def _assist(run: Run | None, recipe: Recipe, group: Group, leaving: threading.Event) -> int:
    """Another process's part. What all refuse the first says; what this one alone met it says, as the first on its
    machine does anyway.
    """
    try:
        assist(recipe, group, state=run.path if run else None, leaving=leaving)
    except UserError as error:
        if group.local_rank and not isinstance(error, SharedRefusalError):
            print(f"process {group.rank}: {error}", file=sys.stderr, flush=True)
        raise
    return 0


def _train_and_tell(run: Run, recipe: Recipe, group: Group, leaving: threading.Event, *, resume: bool) -> int:
    progress, last = Progress(), _Last()

    def watch(event: Event) -> None:
        if isinstance(event, Preparing) and event.size:
            tqdm.write(room_taken(event), file=sys.stderr)  # a bar may be on show
        if isinstance(event, (Started, Resumed)):
            progress.close()
            for note in event.notes:
                print(note, file=sys.stderr)
        if isinstance(event, Started):  # before, a refusal may still come, which leaves no folder
            print(f"run folder: {run.path}", flush=True)
        progress(event)
        last.event = event

    def tell(refused: Sequence[Refused]) -> None:
        progress.close()  # not into the middle of a bar
        tell_refused(refused, recipe.data)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        run.ask("stop")
        again = ""
        if group.world == 1:  # torchrun repeats each Ctrl-C by itself, and after 30 s ends what has not ended
            signal.signal(signal.SIGINT, signal.default_int_handler)
            again = "; press Ctrl-C again to break off"
        print(f"\nstopping after this step{again}", file=sys.stderr)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        execute(run, leaving=leaving, watch=watch, tell_refused=tell, resume=resume, group=group)
    finally:
        signal.signal(signal.SIGINT, before)
        progress.close()
    return _report(run, last.event, group.world, new=not resume)


class _Last:
    """The newest event."""

    event: Event | None = None


def recipe_of(name: str, data: str | None, net: str | None, settings: Sequence[str]) -> Recipe:
    """The recipe that these words ask for, as `fit` takes them; raises `UserError` where there is none."""
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
    name = f"{time.strftime('%Y-%m-%d')}-{recipe.name}-{recipe.net.partition(':')[0]}"
    taken = 1
    while Path("runs", name if taken == 1 else f"{name}-{taken}").exists():
        taken += 1
    return Run.create("runs", recipe, id=name if taken == 1 else f"{name}-{taken}")[0]


def _run_to_resume(path: str, group: Group) -> Run:
    """The run at this path; the first process holds it from now on."""
    folder = Path(path)
    try:
        run = Run.open(folder.parent, folder.name)
    except UserError as error:  # it names the folder alone
        raise UserError(error.what, where=path, cure="Give the folder of a run, such as runs/mine") from error
    if group.rank == 0:
        check_begun(run, resume=True)
        run.hold(HANDOVER_SECONDS)
        run.ask("run")  # what was asked for last may have been to stop
    return run


def _report(run: Run, last: Event | None, world: int, *, new: bool) -> int:
    """Say how it ended; a new run that was refused before it began leaves no folder behind."""
    has_weights = run.weights.exists()
    kept = f"weights: {run.weights}" if has_weights else "nothing to keep"
    program = "python -m train" if world == 1 else f"torchrun --nproc-per-node {world} -m train"
    go_on = f"go on with: {program} resume {run.path}"
    if isinstance(last, Finished):
        stopped = "stopped" if last.reason == "stopped" else "finished"
        print(f"{stopped} {f'at step {last.step}' if last.step else 'before the first step'}; {kept}")
        if last.reason == "stopped":
            print(go_on)
        return 0
    if isinstance(last, Diverged):
        before = "the last epoch's end" if has_weights else "no epoch had ended"
        print(f"{last.reason}.", f"{before}; {kept}", sep="\n", file=sys.stderr)
        return 1
    if isinstance(last, Failed):
        print(UserError(last.what, where=last.where, cure=last.cure), file=sys.stderr)
        began = run.summary()["steps"] is not None
        if new and not began and not (run.path / "error.log").exists():
            shutil.rmtree(run.path, ignore_errors=True)
        return 2
    print(f"interrupted; {kept}; {go_on}", file=sys.stderr)
    return TERMINATED
