"""What a chart is sent of a run: each step once while they are few, lowest to highest of several beyond, never much."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.made_up import append, epoch, started, step, steps
from train.chart import EXACT_STEPS, MOST_BUCKETS, Chart, rounded, width_for
from train.event_log import EventLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


class Viewer:
    """A page: takes answers as train_curves.js does, but for the widening, which it checks against the server."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.seq, self.width, self.last = 0, 1, 0
        self.loss: list[float | None] = []
        self.events: list[dict[str, Any]] = []

    def poll(self) -> dict[str, Any]:
        answer = self.chart.since(self.seq, self.last, self.width)
        columns = answer["steps"]
        if columns["width"] < self.width:
            self.loss = []
        elif columns["width"] > self.width:
            self.loss = [None] * -(-self.last // columns["width"])  # joined in pairs: see the browser's test
        begin = (columns["first"] - 1) // columns["width"]
        assert begin <= len(self.loss)
        self.loss[begin:] = columns["loss"]
        self.seq, self.width, self.last = answer["seq"], columns["width"], columns["last"]
        self.events += answer["events"]
        return answer


def test_each_step_is_sent_once_up_to_five_thousand(path: Path) -> None:
    viewer, sent, seq = Viewer(Chart(EventLog(path))), 0, append(path, [started(5000)])
    for first in range(1, EXACT_STEPS, 250):
        seq = append(path, steps(first, first + 249), seq)
        sent += len(viewer.poll()["steps"]["loss"])
    assert viewer.width == 1
    assert sent == viewer.last == EXACT_STEPS
    assert viewer.loss == [rounded(step(number)["loss"]) for number in range(1, EXACT_STEPS + 1)]
    assert [event["step"] for event in viewer.events if event["kind"] == "epoch"] == list(range(500, 5001, 500))


def test_beyond_that_buckets_say_their_width_lowest_and_highest(path: Path) -> None:
    append(path, [started(10_000), *steps(1, 5001)])
    columns = Chart(EventLog(path)).since(0, 0)["steps"]
    assert columns["width"] == 4
    assert (columns["first"], columns["last"]) == (1, 5001)
    losses = [step(number)["loss"] for number in range(5, 9)]  # the second bucket
    assert columns["loss_low"][1] == rounded(min(losses))
    assert columns["loss_high"][1] == rounded(max(losses))
    assert columns["loss"][1] == pytest.approx(sum(losses) / 4, rel=1e-5)
    assert columns["lr"][1] == rounded(step(8)["lr"])
    assert len(columns["loss"]) == 1251  # the last of one step


def test_buckets_made_while_watching_are_those_made_at_once(path: Path) -> None:
    watching, seq = Chart(EventLog(path)), append(path, [started(30_000)])
    for first in range(1, 30_000, 1234):
        seq = append(path, steps(first, min(30_000, first + 1233)), seq)
        watching.since(0, 0)
    assert watching.since(0, 0) == Chart(EventLog(path)).since(0, 0)


def test_a_viewer_is_sent_only_what_changed(path: Path) -> None:
    viewer, seq = Viewer(Chart(EventLog(path))), append(path, [started(100_000), *steps(1, 60_000)])
    viewer.poll()
    seq = append(path, steps(60_001, 60_010), seq)
    answer = viewer.poll()
    assert len(answer["steps"]["loss"]) <= 2
    assert answer["events"] == []
    assert len(json.dumps(answer)) < 1000
    assert viewer.poll()["steps"]["loss"] == viewer.loss[-1:]  # the bucket that may still grow


def test_a_hundred_thousand_steps_open_in_one_small_answer(path: Path) -> None:
    append(path, [started(100_000), *steps(1, 100_000)])
    chart = Chart(EventLog(path))
    begin = time.perf_counter()
    answer = chart.since(0, 0)
    whole = time.perf_counter() - begin
    assert not answer["more"]
    assert len(answer["steps"]["loss"]) <= MOST_BUCKETS
    assert sum(event["kind"] == "epoch" for event in answer["events"]) == 200
    assert len(json.dumps(answer["steps"], separators=(",", ":"))) < 120_000
    begin = time.perf_counter()
    for _ in range(10):
        chart.since(answer["seq"], 100_000, answer["steps"]["width"])
    assert time.perf_counter() - begin < whole / 20  # ten polls: what is known is not read again


@pytest.mark.parametrize(("steps", "width"), [(1, 1), (5000, 1), (5001, 4), (10_000, 4), (10_001, 8), (100_000, 64)])
def test_the_width_follows_the_length(steps: int, width: int) -> None:
    assert width_for(steps) == width


def test_steps_taken_back_by_a_resume_are_replaced(path: Path) -> None:
    viewer, seq = Viewer(Chart(EventLog(path))), append(path, [started(2000), *steps(1, 900)])
    viewer.poll()
    again = [{**step(number), "loss": 9.0} for number in range(501, 700)]
    append(path, [{"kind": "resumed", "step": 500, "notes": []}, *again], seq)
    answer = viewer.poll()
    assert answer["steps"]["first"] == 501
    assert viewer.last == 699
    assert viewer.loss == [rounded(step(number)["loss"]) for number in range(1, 501)] + [9.0] * 199
    assert [event["kind"] for event in viewer.events] == ["started", "epoch", "resumed"]


def test_a_resume_that_makes_the_run_short_again_sends_everything(path: Path) -> None:
    viewer, seq = Viewer(Chart(EventLog(path))), append(path, [started(9000), *steps(1, 6000)])
    viewer.poll()
    append(path, [{"kind": "resumed", "step": 4500, "notes": []}, *steps(4501, 4600)], seq)
    assert viewer.poll()["steps"]["first"] == 1
    assert viewer.width == 1
    assert viewer.loss == [rounded(step(number)["loss"]) for number in range(1, 4601)]


def test_losses_that_are_no_numbers_are_gaps(path: Path) -> None:
    append(path, [started(10), step(1), {**step(2), "loss": None}, step(3)])
    assert [loss is None for loss in Chart(EventLog(path)).since(0, 0)["steps"]["loss"]] == [False, True, False]


def test_many_epochs_come_in_parts_and_each_once(path: Path) -> None:
    append(path, [started(5000, per_epoch=1), *steps(1, 5000, per_epoch=1)])
    viewer = Viewer(Chart(EventLog(path)))
    while viewer.poll()["more"]:
        pass
    assert [event["epoch"] for event in viewer.events if event["kind"] == "epoch"] == list(range(5000))


def test_only_the_newest_of_the_preparations_is_sent(path: Path) -> None:
    done = [{"kind": "preparing", "done": count, "total": 9, "what": "drawing"} for count in range(9)]
    seq = append(path, done)
    viewer = Viewer(Chart(EventLog(path)))
    viewer.poll()
    assert [event["done"] for event in viewer.events] == [8]
    append(path, [started(10)], seq)
    assert [event["kind"] for event in viewer.poll()["events"]] == ["started"]


def test_time_left_counts_no_pause(path: Path) -> None:
    taken = [step(number, 100) for number in range(1, 101)]
    pause = [{"kind": "paused", "step": 100}] + [{"kind": "nothing"}] * 5000 + [{"kind": "continued", "step": 100}]
    append(path, [started(300, 100), *taken, *pause, *(step(number, 100) for number in range(101, 201))])
    assert Chart(EventLog(path)).since(0, 0)["left"] == pytest.approx(10, abs=0.3)  # 100 steps at ten a second


def test_an_ended_run_has_no_time_left_and_a_verdict(path: Path) -> None:
    append(path, [started(500), *steps(1, 500), {"kind": "finished", "step": 500, "reason": "done"}])
    answer = Chart(EventLog(path)).since(0, 0)
    assert answer["left"] is None
    assert answer["verdict"]["kind"] == "learned"


def test_another_log_by_the_same_name_begins_anew(path: Path) -> None:
    append(path, [started(500), *steps(1, 100)])
    chart = Chart(EventLog(path))
    chart.since(0, 0)
    path.unlink()
    append(path, [started(500), *steps(1, 3)])
    assert chart.since(0, 0)["steps"]["last"] == 3


def test_what_is_no_business_of_a_chart_is_not_sent(path: Path) -> None:
    append(path, [started(10), {"kind": "pictures", "bytes": "x" * 1000}, {**epoch(0), "step": 10}])
    assert [event["kind"] for event in Chart(EventLog(path)).since(0, 0)["events"]] == ["started", "epoch"]
