"""The event log of a run: JSON lines, appended whole, read in increments by any number of viewers.

One process writes (it holds the run's lock); every other process only reads. A reader remembers where each line begins,
so a poll costs what is new and not what is old. A line without its line feed is being written, or was torn when its
writer was killed: readers leave it out, the next writer cuts it off.
"""

from __future__ import annotations

import json
import os
import threading
import time
from array import array
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import Any

from resnet.errors import UserError

CHUNK_BYTES = 1 << 20  # how much of a long log is read at once

#: What a run is doing after an event of this kind; kinds that are not here change nothing.
STATE_AFTER = {
    "preparing": "preparing",
    "started": "running",
    "step": "running",
    "epoch": "running",
    "continued": "running",
    "resumed": "running",
    "paused": "paused",
    "queued": "queued",
    "interrupted": "interrupted",
    "made_way": "interrupted",
    "finished": "finished",
    "diverged": "diverged",
    "failed": "failed",
}
OVER = frozenset({"finished", "stopped", "diverged", "failed"})


class EventLog:
    """A reader of one log. Safe for threads; readers and the writer never wait for one another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._file_id: tuple[int, int] | None = None
        self._end = 0  # bytes read so far: always the end of a whole line
        self._seqs = array("q")  # of every whole line, strictly increasing
        self._offsets = array("q")  # where that line begins
        self._resumes: list[tuple[int, int]] = []  # (seq, step) of every resume
        self._rates: list[tuple[int, float]] = []  # (step, lr) of every learning rate that was not taken back
        self._answers: list[tuple[int, float | None]] = []  # (step, val_accuracy) of every epoch, the same
        self._summary: dict[str, Any] = {
            "state": "queued", "seq": 0, "step": 0, "steps": None, "lr": None, "val_accuracy": None,
        }  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """Where the log ends: its `state`, last `seq`, last `step`, the run's `steps` (or None), `lr`, its highest
        learning rate if that was changed (or None), and `val_accuracy` of its last epoch (or None).
        """
        with self._mutex:
            self._catch_up()
            return dict(self._summary)

    def read(self, since: int = 0, limit: int = 500) -> list[dict[str, Any]]:
        """At most `limit` events with a larger `seq` than `since`, in order.

        Steps that a later resume took back are left out.
        """
        with self._mutex:
            self._catch_up()
            events: list[dict[str, Any]] = []
            first = bisect_right(self._seqs, since)
            while first < len(self._seqs) and len(events) < limit:
                last = min(first + limit - len(events), len(self._seqs))
                events += [event for event in self._lines(first, last) if not self._taken_back(event)]
                first = last
            return events

    def _lines(self, first: int, last: int) -> list[dict[str, Any]]:
        begin = self._offsets[first]
        end = self._offsets[last] if last < len(self._offsets) else self._end
        try:
            with self.path.open("rb") as file:
                file.seek(begin)
                lines = file.read(end - begin).splitlines()
        except FileNotFoundError:  # the run was deleted since
            return []
        return _parse_all(lines)

    def _taken_back(self, event: dict[str, Any]) -> bool:
        step = event.get("step")
        return step is not None and any(event["seq"] < seq and step > kept for seq, kept in self._resumes)

    def _catch_up(self) -> None:
        """Index the lines that came since the last look; forget everything if the run was deleted since."""
        try:
            self._read_on(self.path.stat())
        except FileNotFoundError:
            self._forget()

    def _read_on(self, stat: os.stat_result) -> None:
        file_id = (stat.st_dev, stat.st_ino)
        if file_id != self._file_id or stat.st_size < self._end:  # another file, or one that was cut
            self._forget()
            self._file_id = file_id
        if stat.st_size == self._end:
            return
        with self.path.open("rb") as file:
            file.seek(self._end)
            rest = b""
            while chunk := file.read(CHUNK_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._index(line)

    def _index(self, line: bytes) -> None:
        event = _parse(line)
        if event and event["seq"] > self._summary["seq"]:
            self._seqs.append(event["seq"])
            self._offsets.append(self._end)
            self._summarise(event)
        self._end += len(line) + 1

    def _summarise(self, event: dict[str, Any]) -> None:
        now, kind = self._summary, event["kind"]
        state = STATE_AFTER.get(kind, now["state"])
        now["state"] = "stopped" if kind == "finished" and event.get("reason") == "stopped" else state
        now["seq"] = event["seq"]
        now["step"] = event.get("step", now["step"])
        now["steps"] = event.get("steps", now["steps"])
        if kind == "resumed":
            self._resumes.append((event["seq"], event["step"]))
            self._rates = [(step, lr) for step, lr in self._rates if step <= event["step"]]
            self._answers = [(step, share) for step, share in self._answers if step <= event["step"]]
        if kind == "learning_rate":
            self._rates.append((event["step"], event["lr"]))
        if kind == "epoch":
            self._answers.append((event["step"], event["val_accuracy"]))
        now["lr"] = self._rates[-1][1] if self._rates else None
        now["val_accuracy"] = self._answers[-1][1] if self._answers else None


@lru_cache(maxsize=1024)
def log_of(path: Path) -> EventLog:
    """The one reader of this log in this process, so that all viewers share what it remembers."""
    return EventLog(path)


class EventWriter:
    """The one writer of a log; its caller holds the run's lock. Cuts a torn last line before it appends."""

    def __init__(self, path: Path) -> None:
        log = EventLog(path)
        self._seq = log.summary()["seq"]
        if path.exists():
            os.truncate(path, log._end)
        self._file = path.open("ab", buffering=0)

    def append(self, fields: dict[str, Any]) -> None:
        """Add one event, a whole line in a single write.

        Raises:
            UserError: there is no room for it.
        """
        event = {"seq": self._seq + 1, "time": round(time.time(), 3), **fields}
        line = json.dumps(event, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        try:
            written = self._file.write(line)
        except OSError as error:
            raise _no_room(self._file.name, error) from error
        if written != len(line):  # a disk that fills up takes half a line
            self._file.truncate(os.fstat(self._file.fileno()).st_size - (written or 0))
            raise _no_room(self._file.name, None)
        self._seq += 1

    def sync(self) -> None:
        """Have the disk hold every event so far."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _parse_all(lines: list[bytes]) -> list[dict[str, Any]]:
    """The events of these lines: decoded at one go, which takes a third of the time, unless one of them is no JSON."""
    try:
        events = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        events = []
    if len(events) != len(lines):
        return [event for event in map(_parse, lines) if event]
    return [event for event in events if _usable(event)]


def _parse(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None for a line that holds none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if _usable(event) else None


def _usable(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("seq"), int) and isinstance(event.get("kind"), str)


def _no_room(path: str, error: OSError | None) -> UserError:
    reason = error.strerror if error and error.strerror else "no space left"
    cure = "Free some disk space and try again"
    return UserError(f"The event log cannot be written ({reason})", where=Path(path).name, cure=cure)
