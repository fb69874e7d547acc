"""Train several runs in one process by turns, a slice of steps each, so that their curves grow side by side."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from resnet.errors import UserError
from train.run import Run
from train.session import PAUSE_POLL_SECONDS, moments

HANDOVER_SECONDS = 10.0  # for whoever hands the runs over, or looks whether somebody holds them


def take_turns(runs: Sequence[Run], slice_steps: int, *, leaving: threading.Event) -> None:
    """Train runs to their ends, each as `train.session.execute` would train it alone, with the very same numbers.

    Each obeys its own owner. A run that is paused gives its turn away, and is asked again in the next round; one that
    has ended, however it did, drops out and the others go on.

    Args:
        runs: runs nobody has begun, in the order of their turns. Their locks are held from now on.
        slice_steps: how many steps a turn has; a turn that ends with the last step of an epoch includes its validation.
        leaving: once set, each is saved and left without an end, also one that has not had a turn yet.

    Raises:
        Exception: what a run could not write down as its end, the first of these; the others have ended by then.
    """
    for run in runs:
        with suppress(UserError):  # another process trains it, which this one is told again when it begins
            run.hold(HANDOVER_SECONDS)
    members = [_Member(_moments(run, runs[:place], leaving)) for place, run in enumerate(runs)]
    errors: list[Exception] = []
    while members:
        turns = [(member, _turn(member, slice_steps, errors)) for member in members]
        members = [member for member, came_to in turns if came_to != "over"]
        if all(came_to == "paused" for _, came_to in turns):
            time.sleep(PAUSE_POLL_SECONDS)
    if errors:
        raise errors[0]


@dataclass(eq=False)
class _Member:
    moments: Iterator[int | None]
    steps: int = 0  # taken so far


def _moments(run: Run, before: Sequence[Run], leaving: threading.Event) -> Iterator[int | None]:
    """`train.session.moments`, in the number format of the runs before it: the fastest of another net may be another,
    and what is compared would not be all that differs.
    """
    with suppress(UserError, OSError):  # a spoilt recipe ends its own run, and says so there
        recipe = run.recipe
        settled = [earlier.recipe.precision for earlier in before if earlier.recipe.precision != "auto"]
        if recipe.precision == "auto" and settled:
            run.settle(replace(recipe, precision=settled[0]))
    yield from moments(run, leaving=leaving)


def _turn(member: _Member, slice_steps: int, errors: list[Exception]) -> Literal["taken", "paused", "over"]:
    """Let a run go on for a turn, as far as it will."""
    end = member.steps + slice_steps
    try:
        for steps in member.moments:
            if steps is None:
                return "paused"
            member.steps = steps
            if steps >= end:
                return "taken"
    except Exception as error:
        traceback.print_exc()  # the launcher keeps what a worker prints
        errors.append(error)
    return "over"
