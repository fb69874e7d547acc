"""A Hugging Face Hub on this computer's own loopback: one file a repository, and whatever may go wrong with it."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ADDRESS = re.compile(r"/([^/]+/[^/]+)/resolve/main/model\.safetensors")


@dataclass
class Hub:
    """What is served, how badly, and what was asked for.

    Attributes:
        files: content by repository.
        damaged: whether the content is not what its hash says.
        cut_after: bytes after which a connection breaks, for as many requests as `cuts` says.
        gate: what the second half of a content waits for; None where it does not.
        size: what the Hub says of the size, where that is not true.
        answers: for repositories without a file, the HTTP status and the Hub's own code for it.
        asked: method, repository (or other path) and range of each request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    damaged: bool = False
    cut_after: int = 0
    cuts: int = 0
    gate: threading.Event | None = None
    size: int | None = None
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    def count(self, method: str) -> int:
        return sum(each[0] == method for each in self.asked)


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that serves until the end of the block."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(name="hub")
def hub_here(monkeypatch, tmp_path) -> Iterator[Hub]:
    """A hub that `huggingface_hub` asks in this process, with a cache of its own in `tmp_path / "cache"`."""
    from huggingface_hub import constants

    with serving() as served:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "ENDPOINT", served.url)
        template = served.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield served


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, with_body: bool) -> None:
            found = ADDRESS.fullmatch(self.path)
            repository = found.group(1) if found else ""
            wanted = self.headers.get("Range", "")
            hub.asked.append((self.command, repository or self.path, wanted))
            if repository not in hub.files:
                self._refuse(*hub.answers.get(repository, (404, "RepoNotFound")))
                return
            content = hub.files[repository]
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted).group(1)) if wanted else 0
            self.send_response(206 if wanted else 200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(content) - start if with_body else hub.size or len(content)))
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            if with_body:
                self._send(content[start:])

        def _send(self, content: bytes) -> None:
            if hub.damaged:
                content = content[:-1] + bytes([content[-1] ^ 1])
            if hub.cuts:
                hub.cuts -= 1
                content = content[: hub.cut_after]
                self.close_connection = True
            if hub.gate:
                half = len(content) // 2
                self.wfile.write(content[:half])
                hub.gate.wait(60)
                content = content[half:]
            self.wfile.write(content)

        def _refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler
