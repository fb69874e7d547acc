"""A web server on this computer's own loopback that breaks connections, forgets files and ignores ranges when told."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What is served, and how badly.

    Attributes:
        files: contents by path, such as "/a.tar.gz".
        cut_after: bytes after which a connection breaks, for as many answers as `cuts` says.
        ranges: whether parts of a file can be asked for.
        asked: path and range of each request.
    """

    files: dict[str, bytes]
    cut_after: int = 0
    cuts: int = 0
    ranges: bool = True
    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def served(site: Site) -> Iterator[Site]:
    """The site at `site.address` for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.asked.append((self.path, wanted))
            content = site.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = int(re.findall(r"\d+", wanted)[0]) if wanted and site.ranges else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if site.cuts:
                site.cuts -= 1
                content = content[: start + site.cut_after]
            self.wfile.write(content[start:])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
