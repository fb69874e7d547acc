"""The events of a run as one CSV table: a row an event, the same columns in the same order for every run."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any, get_args

from train.csv_text import csv_line
from train.events import Epoch, Event, Step
from train.run import Run

EVENTS_A_READ = 5000

#: `seq`, `time` (unix seconds) and `kind`, then the fields of steps and epochs, of which a log mostly consists, then
#: those that only other events have. What a field means is said in `train.events`.
COLUMNS = (
    *("seq", "time", "kind"),
    *dict.fromkeys(
        field.name for event in (Step, Epoch, *get_args(Event)) for field in dataclasses.fields(event)
    ),
)  # fmt: skip


def as_csv(run: Run) -> Iterator[str]:
    """The table, piece by piece; events that come meanwhile are left out, so that each step is in it once.

    A field that an event lacks, and a number that was not finite, is an empty cell. Lists are JSON.
    """
    last = run.summary()["seq"]
    yield csv_line(COLUMNS)
    since = 0
    while since < last and (events := run.events(since, EVENTS_A_READ)):
        since = events[-1]["seq"]
        yield "".join(csv_line(_cell(event.get(name)) for name in COLUMNS) for event in events if event["seq"] <= last)


def _cell(value: Any) -> str | float:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
