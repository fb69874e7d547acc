"""Turn finished runs into the recordings that the Train tab ships.

    python -m train fit --data drawn --recipe live --set threads=1 --out runs/to-record
    python -m tools.record runs/to-record --machine "one core of ..."

    python -m tools.record runs/plain20 runs/plain56 runs/resnet20 runs/resnet56 --machine "..."

One run becomes what the live panel shows before anybody has started one (`assets/recorded_run.json`), several become
the long recording of "Does depth help?" (`assets/recorded_depth.json`), each curve in at most 300 buckets. What is
written is what a viewer of those runs would be sent, so the page draws it like any other. No path and no name of a
machine is in it; `--machine` says in words what it ran on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from resnet.files import write_whole
from train.chart import CURVES, chart_of, rounded
from train.run import Run
from ui import live_run, overlay

MOST_BYTES = 200_000
MOST_BUCKETS = 300  # of a curve that shares a chart with others: about one for each two pixels
NOT_DRAWN = {"time", "cpu_seconds"}  # of what an epoch says


def main() -> int:
    """Write the recording and print its size."""
    options = _options()
    alone = len(options.runs) == 1
    out = options.out or (live_run.RECORDED if alone else overlay.RECORDED)
    try:
        runs = [Run.open(path.parent, path.name) for path in options.runs]
        recording = record(runs[0], options.machine) if alone else record_together(runs, options.machine)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    text = json.dumps(recording, separators=(",", ":"), allow_nan=False)
    if len(text) > MOST_BYTES:
        print(f"{len(text):,} bytes are too many for a page: at most {MOST_BYTES:,}", file=sys.stderr)
        return 2
    write_whole(out, text.encode())
    print(f"{out}: {len(text):,} bytes")
    return 0


def record(run: Run, machine: str) -> dict[str, Any]:
    """What a viewer is sent of this run, and when and on what it was trained.

    Raises:
        UserError: the run is not finished.
    """
    answer = _whole(run)
    return {**answer, "recorded": {"at": answer["events"][0]["time"], "machine": machine}}


def record_together(runs: Sequence[Run], machine: str) -> dict[str, Any]:
    """What a viewer is sent of several runs together, with coarse curves, and when and on what they were trained.

    Raises:
        UserError: one of them is not finished.
    """
    answers = [_whole(run) for run in runs]
    began = min(answer["events"][0]["time"] for answer in answers)
    short = [
        {
            **answer,
            "events": [_short(event) for event in answer["events"]],
            "steps": coarse(answer["steps"], MOST_BUCKETS),
        }
        for answer in answers
    ]
    return {"recorded": {"at": began, "machine": machine}, "runs": short}


def coarse(steps: dict[str, Any], most: int) -> dict[str, Any]:
    """The steps of `train.chart.Chart.since`, from the first on, in at most `most` buckets and by their means alone."""
    width, last = steps["width"], steps["last"]
    while len(steps["lr"]) > most:
        sizes = [min(width, last - index * width) for index in range(len(steps["lr"]))]
        joined = {name: _joined(steps[name], sizes) for name in CURVES}
        width *= 2
        steps = {**joined, "lr": [pair[-1] for pair in _pairs(steps["lr"])]}
    kept = {name: [rounded(value) for value in steps[name]] for name in CURVES}
    return {"width": width, "first": 1, "last": last, **kept, "lr": steps["lr"]}


def _joined(values: list[float | None], sizes: list[int]) -> list[float | None]:
    """The mean of every two values, each counted as often as its bucket has steps."""
    means: list[float | None] = []
    for pair in _pairs(list(zip(values, sizes, strict=True))):
        known = [(value, size) for value, size in pair if value is not None]
        means.append(sum(value * size for value, size in known) / sum(size for _, size in known) if known else None)
    return means


def _pairs(values: list[Any]) -> list[list[Any]]:
    return [values[at : at + 2] for at in range(0, len(values), 2)]


def _whole(run: Run) -> dict[str, Any]:
    if run.state() != "finished":
        raise UserError("Only a finished run is worth showing", where=run.id, cure="Wait until it is done")
    answer = chart_of(run.path / "events.jsonl").since(0, 0)
    return {"state": "finished", "about": {**live_run.about(run), "from_page": True}, **answer}


def _short(event: dict[str, Any]) -> dict[str, Any]:
    """An event as charts need it: of an epoch no more digits than they can show."""
    if event["kind"] != "epoch":
        return event
    return {
        name: rounded(value) if isinstance(value, float) else value
        for name, value in event.items()
        if name not in NOT_DRAWN
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.record", description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="run", help="a run's folder")
    parser.add_argument("--machine", required=True, help="what it ran on, in words")
    parser.add_argument("--out", type=Path, help="by default where the page looks for it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
