"""So many viewers of one run. Each asks for what is new of it, again and again, with the very request that the page's
script sends and as often: a quarter of a second after the last answer.

    python benchmarks/_viewers.py ADDRESS COUNT

ADDRESS ends with the run: ?run=ID. "ready" is printed when each has had an answer; then they look on until standard
input ends, and the number of answers is printed. This process takes only the time that training leaves over, because
viewers are other people's machines.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

BETWEEN = 0.25  # seconds from an answer to the next question


class RefusedError(Exception):
    """The server did not tell a viewer how the run goes; the message is what it said instead."""


class Viewer:
    """One viewer, who asks what the page asks, from the run's beginning, over a connection of its own."""

    def __init__(self, poll: str) -> None:
        place = urlsplit(poll)
        self._ask = f"{place.path}?{place.query}"
        self._server = http.client.HTTPConnection(place.hostname or "", place.port)
        self._had = {"since": 0, "step": 0, "width": 1}

    def poll(self) -> None:
        """Ask once. Raises RefusedError."""
        try:
            body = self._get()
        except ConnectionError:  # a server closes what was silent for five seconds, and a browser asks again
            self._server.close()
            body = self._get()
        told = json.loads(body)
        if "steps" not in told:
            raise RefusedError(body.decode())
        self._had.update(since=told["seq"], step=told["steps"]["last"], width=told["steps"]["width"])

    def _get(self) -> bytes:
        self._server.request("GET", f"{self._ask}&{urlencode(self._had)}")
        return self._server.getresponse().read()

    def look_on(self, over: threading.Event) -> int:
        """Ask until it is `over`; returns how often. Raises RefusedError."""
        answers = 0
        while not over.wait(BETWEEN):
            self.poll()
            answers += 1
        return answers


def main() -> int:
    poll, count = sys.argv[1], int(sys.argv[2])
    if hasattr(os, "nice"):
        os.nice(19)
    viewers = [Viewer(poll) for _ in range(count)]
    for viewer in viewers:
        viewer.poll()
    over = threading.Event()
    with ThreadPoolExecutor(count) as threads:
        watching = [threads.submit(viewer.look_on, over) for viewer in viewers]
        print("ready", flush=True)
        sys.stdin.read()
        over.set()
    print(sum(each.result() for each in watching))
    return 0


if __name__ == "__main__":
    sys.exit(main())
