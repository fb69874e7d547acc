"""Which runs can go on from where they were, and what is said of those that cannot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.event_log import OVER
from train.run import Run


def resumable(summary: Mapping[str, Any]) -> bool:
    """Whether a run that stands so can go on: it was left, or it was stopped or broke off on its way."""
    state = summary["state"]
    return state == "interrupted" or (state in ("stopped", "failed") and summary["step"] > 0)


def check_left(run: Run) -> None:
    """Refuse to go on with a run that is over. For who holds its lock: nobody else trains it.

    Raises:
        UserError: it is so.
    """
    now = run.summary()
    if now["state"] in OVER and not resumable(now):
        ended = now["state"] in ("finished", "diverged")
        what = f"This run has {now['state']}" if ended else "This run ended before its first step"
        raise UserError(what, where=run.id, cure="Start a new run")


def check_pictures(run: Run) -> None:
    """Refuse where the folder or ZIP that a run trains on is no longer there.

    Raises:
        UserError: it is so.
    """
    data = Path(run.recipe.data)
    if data.is_absolute() and not data.exists():
        cure = "Put them back where they were, or start a new run on other pictures"
        raise UserError("The pictures of this run are gone", where=data.name, cure=cure)
