"""Runs that wait for a worker, first come first served; those that were started together wait, and train, as one."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from resnet.errors import UserError
from train.event_log import OVER
from train.events import Event, Failed, Interrupted, as_dict
from train.recipe import Recipe
from train.run import Run
from train.together import LONGEST_NAME, MOST_RUNS, Together


@dataclass(frozen=True)
class Entry:
    """What one worker trains: a run, or several that take turns of so many steps each."""

    runs: tuple[Run, ...]
    slice_steps: int = 1

    def state(self) -> str:
        """What it does as a whole: "paused" only if nothing goes on before somebody continues or stops a run."""
        states = [run.state() for run in self.runs]
        left = [state for state in states if state not in OVER] or states
        return next((state for state in left if state != "paused"), "paused")

    def pause(self) -> tuple[int, ...] | None:
        """What tells this pause from any other, the last `seq` of each run; None while one goes on or is asked to."""
        now = [(run, run.summary()) for run in self.runs]
        left = [(run, summary) for run, summary in now if summary["state"] not in OVER]
        if not all(summary["state"] == "paused" and run.wanted().pauses_at(summary["step"]) for run, summary in left):
            return None
        return tuple(summary["seq"] for _, summary in now) if left else None


class Queue:
    """The entries that wait. Not safe for threads."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __iter__(self) -> Iterator[Run]:
        return (run for entry in self._entries for run in entry.runs)

    def append(self, entry: Entry) -> None:
        self._entries.append(entry)

    def pop(self) -> Entry:
        """Take the first out."""
        return self._entries.pop(0)

    def find(self, run_id: str) -> Run | None:
        """The waiting run of this id."""
        return next((run for run in self if run.id == run_id), None)

    def ahead(self, run_id: str) -> int:
        """How many entries are before that of a run which waits."""
        return next(place for place, entry in enumerate(self._entries) if any(run.id == run_id for run in entry.runs))

    def remove(self, run: Run) -> None:
        """Take a run out; others that were started with it stay."""
        left = [replace(entry, runs=tuple(each for each in entry.runs if each is not run)) for entry in self._entries]
        self._entries = [entry for entry in left if entry.runs]

    def clear(self) -> None:
        self._entries.clear()


def create_together(runs_dir: Path, recipes: Sequence[Recipe], name: str) -> list[tuple[Run, str]]:
    """Make a run for each recipe, as `Run.create` does; each knows that it belongs with the others.

    Args:
        runs_dir: the folder of all runs.
        recipes: theirs, in order.
        name: of the set, as a page shows it.

    Raises:
        UserError: one of them cannot be made, and none is left; there are none or too many, or the name is no name.
    """
    try:
        experiment = Together(secrets.token_hex(16), name, tuple(secrets.token_hex(16) for _ in recipes))
    except ValueError as error:
        cure = f"Give 1 to {MOST_RUNS} recipes and a name of 1 to {LONGEST_NAME} printable characters"
        raise UserError("These cannot be started together", where="experiment", cure=cure) from error
    made: list[tuple[Run, str]] = []
    try:
        for recipe, id in zip(recipes, experiment.runs, strict=True):
            made.append(Run.create(runs_dir, recipe, id=id, experiment=experiment))
    except UserError:
        for run, _ in made:
            run.discard()
        raise
    return made


def say(run: Run, event: Event) -> None:
    """Add an event to a run that nobody trains; does nothing if somebody does, or if the run is over."""
    with contextlib.suppress(UserError), run.writing(timeout=2) as log:
        if run.state() not in OVER:
            log.append(as_dict(event))


def abandon(run: Run) -> None:
    """Say of a queued run that its turn will not come; one that had begun can still be resumed."""
    cure = "Start a new run"
    never = Failed("The program was closed before this run's turn came", where="", cure=cure)
    say(run, Interrupted() if run.has_begun() else never)
