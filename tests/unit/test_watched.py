"""Work that tells nothing by itself: its progress, its result, its errors, and that nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from train import watched
from train.command import result_of
from train.events import Preparing
from train.watched import downloading

SIZE = 3_000_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "EVENT_SECONDS", 0.01)


class Library:
    """Downloads megabyte by megabyte, as it is let."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps = threading.Semaphore(0)
        self.ended = threading.Event()

    def work(self) -> str:
        for part in range(4):
            if not self.steps.acquire(timeout=10):
                break
            (self.folder / "blobs").mkdir(parents=True, exist_ok=True)
            (self.folder / "blobs" / f"{part}.incomplete").write_bytes(bytes(1_000_000))
        self.ended.set()
        return "the set"


def until(events: Generator[Preparing, None, str], wanted: Callable[[Preparing], bool]) -> Preparing:
    deadline = time.monotonic() + 10
    for event in events:
        if wanted(event):
            return event
        assert time.monotonic() < deadline, event
    raise AssertionError("it ended")


def test_how_much_has_come_is_told_and_the_result_returned(tmp_path: Path) -> None:
    library = Library(tmp_path / "not there yet")
    events = downloading(library.work, library.folder, SIZE)
    assert next(events) == Preparing(0, 3, "downloading")
    library.steps.release()
    assert until(events, lambda event: event.done == 1) == Preparing(1, 3, "downloading")
    for _ in range(2):
        library.steps.release()
    assert until(events, lambda event: event.what == "unpacking").total == 0  # all is there, and work goes on
    library.steps.release()
    assert result_of(events, shown=False) == "the set"


def test_an_unknown_size_has_no_total(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.steps.release()
    events = downloading(library.work, library.folder, 0)
    assert until(events, lambda event: event.done == 1) == Preparing(1, 0, "downloading")
    events.close()


def test_whoever_stops_does_not_wait(tmp_path: Path) -> None:
    library = Library(tmp_path)
    events = downloading(library.work, library.folder, SIZE)
    next(events)
    events.close()
    assert not library.ended.is_set()


def test_what_goes_wrong_is_raised_here(tmp_path: Path) -> None:
    def work() -> str:
        raise ConnectionError("no route")

    with pytest.raises(ConnectionError, match="no route"):
        list(downloading(work, tmp_path, SIZE))
