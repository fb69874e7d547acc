"""The event log: whole lines, each once, for any number of readers."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from train.event_log import EventLog, EventWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def steps(path: Path, first: int, last: int) -> None:
    with EventWriter(path) as writer:
        for step in range(first, last + 1):
            writer.append({"kind": "step", "step": step, "loss": 0.5})


def seqs(log: EventLog, since: int = 0, limit: int = 500) -> list[int]:
    return [event["seq"] for event in log.read(since, limit)]


def test_a_log_that_does_not_exist_yet_is_empty(path: Path) -> None:
    log = EventLog(path)
    assert log.read() == []
    steps(path, 1, 1)
    assert seqs(log) == [1]


def test_seq_counts_on_over_several_writers(path: Path) -> None:
    steps(path, 1, 3)
    steps(path, 4, 5)
    assert seqs(EventLog(path)) == [1, 2, 3, 4, 5]


def test_since_and_limit_cut_out_a_page(path: Path) -> None:
    steps(path, 1, 10)
    log = EventLog(path)
    assert seqs(log, since=4, limit=3) == [5, 6, 7]
    assert seqs(log, since=9) == [10]
    assert seqs(log, since=10) == []
    assert seqs(log, since=-5, limit=2) == [1, 2]


def test_every_event_has_a_time_and_only_finite_numbers(path: Path) -> None:
    with EventWriter(path) as writer:
        writer.append({"kind": "step", "step": 1, "loss": None})
        with pytest.raises(ValueError, match="JSON"):
            writer.append({"kind": "step", "step": 2, "loss": float("nan")})
        writer.append({"kind": "step", "step": 2, "loss": 0.25})
    events = EventLog(path).read()
    assert [event["seq"] for event in events] == [1, 2]
    assert all(event["time"] > 1.6e9 for event in events)


@pytest.mark.parametrize("torn", [b'{"seq":4,"time":1,"ki', b'{"seq":4,"time":1,"kind":"step","step":4}', b"\xff"])
def test_a_torn_last_line_is_ignored_and_cut_by_the_next_writer(path: Path, torn: bytes) -> None:
    steps(path, 1, 3)
    log = EventLog(path)
    with path.open("ab") as file:
        file.write(torn)
    assert seqs(log) == [1, 2, 3]
    steps(path, 4, 5)
    assert seqs(log) == seqs(EventLog(path)) == [1, 2, 3, 4, 5]
    assert torn + b"{" not in path.read_bytes()


def test_a_line_that_comes_in_two_pieces_is_read_once_it_is_whole(path: Path) -> None:
    log = EventLog(path)
    line = json.dumps({"seq": 1, "time": 1, "kind": "step", "step": 1}).encode()
    path.write_bytes(line[:20])
    assert seqs(log) == []
    path.write_bytes(line)
    assert seqs(log) == []
    path.write_bytes(line + b"\n")
    assert seqs(log) == [1]


def test_lines_that_are_no_events_are_passed_over(path: Path) -> None:
    path.write_bytes(b'nonsense\n[1]\n{"seq":"x","kind":"step"}\n{"seq":1,"kind":"step","step":1}\n')
    assert seqs(EventLog(path)) == [1]


def test_polling_reads_only_what_is_new(path: Path) -> None:
    """What was read before can be spoilt in place without the next poll noticing."""
    steps(path, 1, 1000)
    log = EventLog(path)
    assert len(seqs(log, limit=1000)) == 1000
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"x" * (size - 1))
        file.seek(size)
        file.write(b'{"seq":1001,"kind":"step","step":1001}\n')
    assert seqs(log, since=1000) == [1001]


def test_a_log_replaced_by_another_is_read_afresh(path: Path) -> None:
    steps(path, 1, 5)
    log = EventLog(path)
    assert len(seqs(log)) == 5
    path.unlink()
    assert seqs(log) == []
    steps(path, 1, 2)
    assert seqs(log) == [1, 2]


def test_steps_that_a_resume_took_back_are_left_out(path: Path) -> None:
    steps(path, 1, 8)
    log = EventLog(path)
    assert len(seqs(log)) == 8
    with EventWriter(path) as writer:
        writer.append({"kind": "resumed", "step": 5})
    steps(path, 6, 7)
    expected = [1, 2, 3, 4, 5, 9, 10, 11]
    assert seqs(log) == seqs(EventLog(path)) == expected
    # Pages are full, so that a short one means the end.
    assert seqs(log, limit=7) == expected[:7]
    assert seqs(log, since=5, limit=1) == [9]
    assert log.summary()["step"] == 7


def test_the_summary_tells_where_a_log_ends(path: Path) -> None:
    log = EventLog(path)
    nothing = {"state": "queued", "seq": 0, "step": 0, "steps": None, "lr": None, "val_accuracy": None}
    assert log.summary() == nothing
    story = [
        ({"kind": "preparing", "done": 1, "total": 2}, "preparing"),
        ({"kind": "started", "steps": 40}, "running"),
        ({"kind": "step", "step": 1}, "running"),
        ({"kind": "paused", "step": 1}, "paused"),
        ({"kind": "something new"}, "paused"),
        ({"kind": "continued", "step": 1}, "running"),
        ({"kind": "finished", "step": 1, "reason": "stopped"}, "stopped"),
    ]
    with EventWriter(path) as writer:
        for fields, state in story:
            writer.append(fields)
            assert log.summary()["state"] == state
    assert (log.summary()["step"], log.summary()["steps"], log.summary()["seq"]) == (1, 40, len(story))


def test_the_summary_tells_the_learning_rate_that_holds(path: Path) -> None:
    log = EventLog(path)
    story = [
        ({"kind": "learning_rate", "step": 2, "lr": 0.5}, 0.5),
        ({"kind": "learning_rate", "step": 4, "lr": 0.1}, 0.1),
        ({"kind": "step", "step": 5}, 0.1),
        ({"kind": "resumed", "step": 4}, 0.1),
        ({"kind": "resumed", "step": 3}, 0.5),
        ({"kind": "resumed", "step": 0}, None),
    ]
    with EventWriter(path) as writer:
        for fields, lr in story:
            writer.append(fields)
            assert log.summary()["lr"] == EventLog(path).summary()["lr"] == lr


def test_the_summary_tells_the_last_answers_that_were_not_taken_back(path: Path) -> None:
    log = EventLog(path)
    story = [
        ({"kind": "epoch", "step": 2, "val_accuracy": 0.5}, 0.5),
        ({"kind": "step", "step": 3}, 0.5),
        ({"kind": "epoch", "step": 4, "val_accuracy": 0.75}, 0.75),
        ({"kind": "resumed", "step": 3}, 0.5),
        ({"kind": "resumed", "step": 1}, None),
    ]
    with EventWriter(path) as writer:
        for fields, share in story:
            writer.append(fields)
            assert log.summary()["val_accuracy"] == EventLog(path).summary()["val_accuracy"] == share


def test_a_run_that_is_put_back_into_the_queue_says_so_until_it_goes_on_or_is_left(path: Path) -> None:
    log = EventLog(path)
    story = [
        ({"kind": "finished", "step": 7, "reason": "stopped"}, "stopped"),
        ({"kind": "queued"}, "queued"),
        ({"kind": "interrupted"}, "interrupted"),
        ({"kind": "queued"}, "queued"),
        ({"kind": "preparing", "done": 0, "total": 1}, "preparing"),
        ({"kind": "resumed", "step": 7}, "running"),
    ]
    with EventWriter(path) as writer:
        for fields, state in story:
            writer.append(fields)
            assert (log.summary()["state"], log.summary()["step"]) == (state, 7)


def test_readers_see_every_event_exactly_once_while_it_is_written(path: Path) -> None:
    count, shared = 3000, EventLog(path)
    seen: list[list[int]] = [[], [], []]

    def follow(log: EventLog, mine: list[int]) -> None:
        while not mine or mine[-1] < count:
            mine += seqs(log, since=mine[-1] if mine else 0, limit=37)

    logs = [shared, shared, EventLog(path)]  # two viewers of one process, one of another
    readers = [threading.Thread(target=follow, args=pair) for pair in zip(logs, seen, strict=True)]
    for reader in readers:
        reader.start()
    steps(path, 1, count)
    for reader in readers:
        reader.join(60)
    assert seen == [list(range(1, count + 1))] * 3
