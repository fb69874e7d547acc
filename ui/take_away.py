"""What one takes along of a run: its weights, its figure, its events, its recipe, and a script that asks the weights.

The page's script and any other program fetch them from one address beside the page, as bytes, however large:

    GET /take-away?run=RUN&file=weights|png|svg|events|recipe|script

Who knows a run's id may watch it and so may have everything but the weights; these need its token, in the header
`X-Run-Token`, which no log and no browser's history keeps.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from resnet.errors import UserError
from train.chart import chart_of
from train.checkpoint import without_folders
from train.event_log import OVER
from train.event_table import as_csv
from train.run import Run
from ui.live_run import about
from ui.refusals import refusal
from ui.text import t

ADDRESS = "take-away"  # from the page's own
TOKEN = "X-Run-Token"
SCRIPT = Path(__file__).parent / "static" / "predict.py"
AT_ONCE = 2  # files that are made: training comes first
PIECE_BYTES = 1 << 20
NET_LETTERS, ID_LETTERS = 40, 8  # of the net and of the id of a run in the names of its files


@dataclass(frozen=True)
class Parcel:
    """A file on its way.

    Attributes:
        name: what it is to be called, ASCII.
        type: its media type.
        pieces: its bytes.
        size: how many; None where nobody knows before the end.
    """

    name: str
    type: str
    pieces: Iterator[bytes]
    size: int | None = None


class TakeAway:
    """What there is to take along of the runs of one app.

    Args:
        runs: the folder of all runs.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._kinds: dict[str, Callable[[Run], Parcel]] = {
            "png": lambda run: _figure(run, "png", "image/png"),
            "svg": lambda run: _figure(run, "svg", "image/svg+xml"),
            "events": _events,
            "recipe": _recipe,
            "script": lambda _: _whole("predict.py", "text/x-python", SCRIPT.read_bytes()),
        }

    def look(self, run: object) -> dict[str, Any]:
        """What there is of a run by now.

        Returns:
            ``step`` (the last), ``weights`` (bytes; 0 while there are none), ``over`` (nothing more will come) and
            ``from_page`` (whether a browser started it, and so may hold its token).
        """
        found = Run.open(self._runs, run)  # type: ignore[arg-type]
        summary = found.summary()  # first: once it is over, there are all its weights
        weights = found.weights.stat().st_size if found.weights.is_file() else 0
        is_over = summary["state"] in OVER | {"interrupted"}
        return {
            "step": summary["step"], "weights": weights, "over": is_over, "from_page": about(found)["from_page"],
        }  # fmt: skip

    def parcel(self, run: object, kind: object, token: object) -> Parcel:
        """One file of a run.

        Args:
            run: its id.
            kind: weights, png, svg, events, recipe or script.
            token: its owner's, for the weights.

        Raises:
            UserError: there is no such run or file, not yet, or it is somebody else's.
        """
        found = Run.open(self._runs, run)  # type: ignore[arg-type]
        if kind == "weights":
            return _weights(found, token)
        if not isinstance(kind, str) or kind not in self._kinds:
            cure = t("train.take_away.no_kind_cure", kinds=", ".join(["weights", *self._kinds]))
            raise UserError(t("train.take_away.no_kind"), where="file", cure=cure)
        return self._kinds[kind](found)


def route(runs: Path) -> Route:
    """The address; `runs` is the folder of all runs. A refusal is JSON: {"error": its sentence}."""
    take_away, turns = TakeAway(runs), CapacityLimiter(AT_ONCE)

    async def answer(request: Request) -> Response:
        asked = request.query_params.get("run"), request.query_params.get("file"), request.headers.get(TOKEN)
        try:
            parcel = await run_sync(take_away.parcel, *asked, limiter=turns)
        except Exception as error:
            return JSONResponse({"error": refusal(error)}, 400 if isinstance(error, UserError) else 500)
        headers = {
            "Content-Disposition": f'attachment; filename="{parcel.name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        if parcel.size is not None:
            headers["Content-Length"] = str(parcel.size)
        return StreamingResponse(parcel.pieces, media_type=parcel.type, headers=headers)

    return Route(f"/{ADDRESS}", answer)


# The files


def _weights(run: Run, token: object) -> Parcel:
    """The weights as they are now, also if the run writes new ones before the last byte is on its way."""
    if not run.owned_by(token):
        raise UserError(t("train.take_away.not_yours"), where=run.id, cure=t("train.take_away.not_yours_cure"))
    # A copy: a file that is open for minutes could not be replaced on Windows. Who sends it closes it.
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with run.weights.open("rb") as file:
            shutil.copyfileobj(file, copy, PIECE_BYTES)
    except FileNotFoundError:
        cure = t("train.take_away.no_weights_cure")
        raise UserError(t("train.take_away.no_weights"), where=run.id, cure=cure) from None
    size = copy.tell()

    def pieces() -> Iterator[bytes]:
        with copy:
            copy.seek(0)
            while piece := copy.read(PIECE_BYTES):
                yield piece

    return Parcel(_name(run, ".safetensors"), "application/octet-stream", pieces(), size)


def _figure(run: Run, kind: str, type: str) -> Parcel:
    from train.figure import write_figure  # takes a third of a second: not before the first figure

    chart = chart_of(run.path / "events.jsonl")
    known = chart.since(0, 0)
    while known["more"]:
        known = {**(rest := chart.since(known["seq"], 0)), "events": [*known["events"], *rest["events"]]}
    if not known["steps"]["last"]:
        raise UserError(t("train.take_away.no_step"), where=run.id, cure=t("train.take_away.no_step_cure"))
    return _whole(_name(run, f".{kind}"), type, write_figure(known, about(run), kind))  # type: ignore[arg-type]


def _events(run: Run) -> Parcel:
    return Parcel(_name(run, "-events.csv"), "text/csv; charset=utf-8", (text.encode() for text in as_csv(run)))


def _recipe(run: Run) -> Parcel:
    """Its settings as they were settled; the pictures by their name, not by where they lie."""
    settings = {**dataclasses.asdict(run.recipe), **without_folders(run.recipe)}
    text = json.dumps(settings, indent=1, ensure_ascii=False) + "\n"
    return _whole(_name(run, "-recipe.json"), "application/json", text.encode())


def _whole(name: str, type: str, content: bytes) -> Parcel:
    return Parcel(name, type, iter((content,)), len(content))


def _name(run: Run, end: str) -> str:
    """The net and the run, in letters that every system takes."""
    called = f"{run.recipe.net[:NET_LETTERS]}-{run.id[:ID_LETTERS] if about(run)['from_page'] else run.id}"
    return re.sub(r"[^A-Za-z0-9._-]+", "_", called) + end
