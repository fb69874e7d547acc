"""Who is asking: what came along with the request that is being answered, for a handler, an endpoint or a script."""

from __future__ import annotations

from gradio.context import LocalContext

LEADER = "lab_leader"  # the cookie of the browser that leads the room; `static/room.js` keeps it


def leader_token() -> str:
    """The token of the room's leader, if whoever asks has brought one; empty otherwise."""
    request = LocalContext.request.get(None)
    return str(request.cookies.get(LEADER, "")) if request else ""
