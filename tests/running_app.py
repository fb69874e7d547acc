"""The app as people start it: `python app.py` in a process of its own, once for all tests that need it."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0  # importing torch on a cold disk


@dataclass(frozen=True)
class App:
    """A running app and its folders."""

    url: str
    runs: Path
    data: Path
    said: list[str] = field(default_factory=list)  # the lines of its terminal so far


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with empty folders; it is stopped with SIGTERM at the end."""
    yield from start_app(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="session")
def app_url(app: App) -> str:
    """The address of the running app."""
    return app.url


def start_app(folder: Path, *flags: str) -> Iterator[App]:
    """Start the app with its runs and data inside `folder`, yield it, stop it."""
    port = free_port()
    app = App(f"http://127.0.0.1:{port}/", folder / "runs", folder / "data")
    app.data.mkdir()
    command = [sys.executable, "app.py", "--port", str(port), "--runs", str(app.runs), "--data", str(app.data), *flags]
    log = folder / "app.log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        if str(port) not in first_line(process, app.said):
            pytest.fail(f"the app did not start:\n{log.read_text()}")
        yield app
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def first_line(process: subprocess.Popen[str], said: list[str]) -> str:
    """What the process says first; empty when it ended or stays silent for too long. All it says is put into `said`."""
    first: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None

    def listen(out: Iterable[str]) -> None:
        for line in out:
            said.append(line)
            first.put(line)
        first.put("")

    threading.Thread(target=listen, args=(process.stdout,), daemon=True).start()
    try:
        return first.get(timeout=START_SECONDS)
    except queue.Empty:
        return ""


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def elsewhere(app: App) -> str:
    """The app's address as others have it: plain http, and no name that a browser knows as its own machine's. macOS has
    no loopback address but the first.
    """
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.2", 0))
        except OSError:
            return app.url
    return app.url.replace("127.0.0.1", "127.0.0.2")


def run_app(*flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python app.py` with flags that make it end by itself."""
    return subprocess.run(
        [sys.executable, "app.py", *flags],
        check=False,
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
