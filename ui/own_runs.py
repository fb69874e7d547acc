"""Runs of one's own that another run may begin from: who may take their weights, and what a list says of them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from resnet.errors import UserError
from resnet.pretrained import called
from train.run import Run
from ui import visitor
from ui.lab import Lab
from ui.names import net_title
from ui.network import is_own
from ui.numbers import percent
from ui.run_list import apart, given_name, in_turn, title
from ui.text import t

PREFIX = "run:"  # before the id of a run, where weights to begin from are named
MOST = 50  # in a list
_DAY = 24 * 60  # minutes


def is_from_page(run: Run) -> bool:
    """Whether a browser or a script started it: the command line names its runs."""
    return not given_name(run.id)


def may_begin_from(lab: Lab, run: Run, token: object) -> bool:
    """Whether whoever asks may have this run's weights: its owner, who has its token.

    Nobody has the token of a run of the command line. It belongs to whoever sits at this machine, and so to everybody
    on a page that only this machine can reach; where others can, to the room's leader.
    """
    if run.owned_by(token):
        return True
    at_machine = not lab.public and (is_own(lab.host) or lab.room.leads(visitor.leader_token()))
    return at_machine and not is_from_page(run)


def weights_of(lab: Lab, init: str, token: object) -> str:
    """What a recipe calls the weights of the run that `init`, "run:ID", names: its folder.

    Raises:
        UserError: there is no such run, or it is somebody else's.
    """
    run = Run.open(lab.runs, init.removeprefix(PREFIX))
    if not may_begin_from(lab, run, token):
        cure = t("train.form.not_your_run_cure")
        raise UserError(t("train.form.not_your_run"), where=called(run.path), cure=cure)
    return str(run.path)


def choices(lab: Lab, tokens: object, minutes_east: object, now: float) -> list[tuple[str, str]]:
    """The newest of one's own runs that have weights: a line for a list, and the id.

    Args:
        lab: the app.
        tokens: run id -> token, as the browser keeps them.
        minutes_east: how far its clock is ahead of UTC.
        now: in unix seconds.
    """
    held = tokens if isinstance(tokens, Mapping) else {}
    is_offset = type(minutes_east) is int and abs(minutes_east) < _DAY
    zone = timezone(timedelta(minutes=minutes_east if is_offset else 0))
    rows: list[dict[str, Any]] = []
    recipes = {}
    for row in lab.launcher.list():
        with contextlib.suppress(OSError, UserError):  # deleted, or spoilt by hand, since
            run = Run.open(lab.runs, row["id"])
            if run.weights.is_file() and may_begin_from(lab, run, held.get(run.id)):
                recipes[run.id] = run.recipe
                rows.append({**row, "net": net_title(row["net"]), "share": run.summary()["val_accuracy"]})
    told = apart(rows, recipes)
    return [(_line(row, told[row["id"]], zone, now), row["id"]) for row in in_turn(rows)[:MOST]]


def _line(row: dict[str, Any], told: str, zone: timezone, now: float) -> str:
    """Its name and net, the validation accuracy of its last epoch, when it was started, what else tells it apart."""
    accuracy = "" if row["share"] is None else t("train.form.own_run_accuracy", share=percent(row["share"], 1))
    return " · ".join(filter(None, (title(row), accuracy, _moment(row["started"], zone, now), told)))


def _moment(seconds: float, zone: timezone, now: float) -> str:
    """A time of day, with its date when that was another day; nothing when it is not known."""
    then = datetime.fromtimestamp(seconds, zone)
    if not seconds:
        return ""
    is_today = then.date() == datetime.fromtimestamp(now, zone).date()
    return f"{then:%H:%M}" if is_today else f"{then.day} {then:%b}, {then:%H:%M}"
