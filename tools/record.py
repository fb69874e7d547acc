"""Turn a finished run into the recording that the Train tab shows before anybody has started one.

    python -m train fit --data drawn --recipe live --set threads=1 --out runs/to-record
    python -m tools.record runs/to-record --machine "one core of ..." --out assets/recorded_run.json

What is written is what a viewer of that run would be sent, so the page draws it like any other. No path and no name of
a machine is in it; `--machine` says in words what it ran on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from resnet.errors import UserError
from resnet.files import write_whole
from train.chart import chart_of
from train.run import Run
from ui.live_run import RECORDED, about

MOST_BYTES = 200_000


def main() -> int:
    """Write the recording and print its size."""
    options = _options()
    try:
        run = Run.open(options.run.parent, options.run.name)
        recording = record(run, options.machine)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    text = json.dumps(recording, separators=(",", ":"), allow_nan=False)
    if len(text) > MOST_BYTES:
        print(f"{len(text):,} bytes are too many for a page: at most {MOST_BYTES:,}", file=sys.stderr)
        return 2
    write_whole(options.out, text.encode())
    print(f"{options.out}: {len(text):,} bytes")
    return 0


def record(run: Run, machine: str) -> dict[str, object]:
    """What a viewer is sent of this run, and when and on what it was trained.

    Raises:
        UserError: the run is not finished.
    """
    if run.state() != "finished":
        raise UserError("Only a finished run is worth showing", where=run.id, cure="Wait until it is done")
    answer = chart_of(run.path / "events.jsonl").since(0, 0)
    days = {"recorded": {"at": answer["events"][0]["time"], "machine": machine}}
    return {"state": "finished", "about": {**about(run), "from_page": True}, **days, **answer}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.record", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("--machine", required=True, help="what it ran on, in words")
    parser.add_argument("--out", type=Path, default=RECORDED)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
