"""The page itself and what its scripts ask for, compressed.

Gradio compresses files by the ending of their names. The page at "/" has none, yet it carries every component, style
and script of ours: half of all that a first visit transfers. Uploads, downloads and streams are left as they are.
"""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

LEVEL = 6  # 9 takes twice as long to save one per cent
LEAST_BYTES = 1000  # a poll of a running training is smaller than what a packet holds anyway
SCRIPTS_ASK = ("/component_server", "/poll")


class Compression:
    """ASGI middleware; `app` is what answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed = GZipMiddleware(app, minimum_size=LEAST_BYTES, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        app = self._compressed if path.endswith(("/", *SCRIPTS_ASK)) else self._app
        await app(scope, receive, send)
