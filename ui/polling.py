"""What is new of a run, at an address of its own beside the page: every viewer asks for it four times a second.

    GET /poll?run=RUN&since=SEQ&step=STEP&width=WIDTH

Gradio would call a function of ours from the page as well, but looks up session and component each time, which a run
has nothing to do with: that took the server 2.4 ms of processor time a call, this way takes 1.1, and training has the
rest. An answer depends on nothing but the question, so replicas that share the runs folder may take turns.
"""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from resnet.errors import UserError
from ui.live_run import Runs
from ui.refusals import answering
from ui.text import t

ADDRESS = "poll"  # from the page's own
HAD = ("since", "step", "width")  # what the asking script has already


def route(runs: Runs) -> Route:
    """The address. It answers JSON: what `Runs.chart` returns, {"gone": true}, or {"error": a sentence}."""

    @answering
    def poll(run: str, *had: str | None) -> dict[str, Any]:
        return runs.chart(run, *map(_number, had)) if runs.is_there(run) else {"gone": True}

    async def answer(request: Request) -> Response:
        asked = request.query_params
        told = await run_sync(poll, asked.get("run", ""), *map(asked.get, HAD))
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return Route(f"/{ADDRESS}", answer)


def _number(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
    return int(text)
