"""What is compressed on its way to the browser, and what is left alone."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.compression import Compression

LONG = "a long answer " * 1000


def encoding(path: str, text: str = LONG, accepts: str = "gzip, br") -> str:
    async def answer(request: Request) -> Response:
        return Response(text)

    app = Starlette(routes=[Route("/{rest:path}", answer, methods=["GET"])], middleware=[Middleware(Compression)])
    response = TestClient(app).get(path, headers={"Accept-Encoding": accepts})
    assert response.text == text
    return str(response.headers.get("content-encoding", "none"))


@pytest.mark.parametrize("path", ["/", "/gradio_api/component_server", "/poll"])
def test_the_page_and_its_polls_are_compressed(path: str) -> None:
    assert encoding(path) == "gzip"


@pytest.mark.parametrize("path", ["/assets/index.js", "/gradio_api/file=weights.safetensors", "/gradio_api/queue/data"])
def test_files_and_streams_are_left_to_gradio(path: str) -> None:
    assert encoding(path) == "none"


def test_a_short_answer_and_a_browser_that_asks_for_none_get_none() -> None:
    assert encoding("/", "short") == "none"
    assert encoding("/", accepts="identity") == "none"
