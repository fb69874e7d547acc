"""A run's events as a chart needs them: each step by itself while they are few, then several steps to a bucket.

A run of a hundred thousand steps has more of them than a screen has pixels. So one record a run, shared by all its
viewers, keeps the steps in buckets: lowest, highest and mean of each. Buckets double in width as the run grows,
and a wide bucket is exactly the union of two narrow ones, so that a viewer widens what it has by itself and is sent
what is new alone. Everything else, the validation of each epoch above all, is passed on as it is.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from functools import lru_cache
from pathlib import Path
from typing import Any

from train.event_log import EventLog, log_of
from train.verdict import Verdict, judge

EXACT_STEPS = 5000  # up to here every step stands for itself
MOST_BUCKETS = 2500  # beyond: about two for each pixel of a wide chart, and some 70 kB for a whole run
EVENTS_AN_ANSWER = 2000  # other events than steps
EVENTS_A_READ = 5000
PACE_STEPS = 2000  # time left is told from at most so many of the last steps
DIGITS = 6  # significant ones, of what is sent

#: What a chart is sent of a run beside its steps.
PASSED_ON = frozenset({"started", "epoch", "resumed", "learning_rate", "made_way", "diverged", "finished", "failed"})
ENDS = frozenset({"diverged", "finished", "failed"})
CURVES = ("loss", "accuracy")


def width_for(steps: int) -> int:
    """How many steps a bucket holds in a run of so many: 1, or the power of two that leaves at most 2,500 buckets."""
    width = 1
    if steps > EXACT_STEPS:
        while steps > MOST_BUCKETS * width:
            width *= 2
    return width


class Chart:
    """What the log of one run comes to. Safe for threads; an answer costs what is new, however long the run."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._mutex = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._seq = 0
        self._step = 0
        self._width = 1
        self._fits = EXACT_STEPS  # steps, in buckets of that width
        self._curves = {name: _Curve() for name in CURVES}
        self._rates: list[float | None] = []  # the learning rate of each bucket's last step
        self._seqs: list[int] = []  # of `_events`
        self._events: list[dict[str, Any]] = []
        self._epochs: list[dict[str, Any]] = []
        self._resumes: list[tuple[int, int]] = []  # (seq, step)
        self._preparing: dict[str, Any] | None = None
        self._started: dict[str, Any] | None = None
        self._end: dict[str, Any] | None = None
        self._speed: float | None = None  # pictures a second
        self._idle = 0.0  # seconds the run has waited so far
        self._paused: float | None = None
        self._pace: deque[tuple[int, float]] = deque(maxlen=PACE_STEPS)  # step, and seconds without the waiting
        self._judged: tuple[tuple[int, int], Verdict | None] = ((-1, -1), None)

    def since(self, seq: int, step: int, width: int = 1) -> dict[str, Any]:
        """What a viewer lacks who has the events up to `seq`, and the steps up to `step` in buckets of `width`.

        Returns:
            ``seq`` and ``more``: where the next answer begins, and whether there is one already. ``events``: what
            happened beside steps, in order. ``steps``: ``width`` (steps to a bucket), ``first`` and ``last`` (steps;
            buckets are aligned, so step s lies in bucket (s - 1) // width), and a list for each of ``loss`` and
            ``accuracy`` (means), ``lr``, and where width > 1 ``loss_low``, ``loss_high`` and so on. They replace what
            the viewer has from step ``first`` on; the last bucket may still grow. ``speed``: pictures a second.
            ``left``: seconds, or None. ``verdict``: kind and numbers, or None.
        """
        with self._mutex:
            self._catch_up()
            begin = bisect_right(self._seqs, seq)
            end = min(begin + EVENTS_AN_ANSWER, len(self._events))
            more = end < len(self._events)
            events = self._events[begin:end]
            if self._preparing and not self._started and self._preparing["seq"] > seq:
                events = [self._preparing, *events]
            kept = min([step, self._step, *(kept for when, kept in self._resumes if when > seq)])
            if width > self._width:  # nobody can make two buckets of one
                kept = 0
            verdict = self._verdict()
            return {
                "seq": self._seqs[end - 1] if more else self._seq,
                "more": more,
                "events": events,
                "steps": self._steps(kept),
                "speed": self._speed,
                "left": self._left(),
                "verdict": verdict and verdict.as_dict(),
            }

    def _steps(self, kept: int) -> dict[str, Any]:
        begin = kept // self._width  # the bucket of step kept + 1: whole, or with what came to it since
        columns: dict[str, Any] = {"width": self._width, "first": begin * self._width + 1, "last": self._step}
        for name, curve in self._curves.items():
            columns[name] = curve.means(begin)
            if self._width > 1:
                columns[f"{name}_low"] = [rounded(value) for value in curve.low[begin:]]
                columns[f"{name}_high"] = [rounded(value) for value in curve.high[begin:]]
        columns["lr"] = [rounded(value) for value in self._rates[begin:]]
        return columns

    def _left(self) -> float | None:
        """Seconds until the end at the pace of the last epoch's worth of steps, validation included, pauses not."""
        if self._started is None or self._end is not None or len(self._pace) < 2:
            return None
        back = min(len(self._pace) - 1, max(10, self._started["steps_per_epoch"]))
        (from_step, begin), (to_step, end) = self._pace[-1 - back], self._pace[-1]
        return round((end - begin) / (to_step - from_step) * max(0, self._started["steps"] - to_step), 1)

    def _verdict(self) -> Verdict | None:
        if self._started is None:
            return None
        key = (len(self._epochs), self._end["seq"] if self._end else 0)
        if self._judged[0] != key:  # once for all viewers
            self._judged = (key, judge(self._started, self._epochs, self._end))
        return self._judged[1]

    def _catch_up(self) -> None:
        if self._log.summary()["seq"] < self._seq:  # another log by the same name
            self._forget()
        while events := self._log.read(self._seq, EVENTS_A_READ):
            for event in events:
                if event["kind"] == "resumed" and event["step"] < self._step:
                    self._forget()  # steps were taken back; what is read anew leaves them out
                    break
                self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        self._seq, kind = event["seq"], event["kind"]
        if kind == "step":
            self._take_step(event)
        elif kind == "preparing":
            self._preparing = event
        elif kind == "paused":
            self._paused = event["time"]
        elif kind == "continued":
            self._go_on(event["time"])
        if kind not in PASSED_ON:
            return
        self._seqs.append(event["seq"])
        self._events.append(event)
        if kind == "started":
            self._started = event
        elif kind == "epoch":
            self._epochs.append(event)
        elif kind == "resumed":
            self._resumes.append((event["seq"], event["step"]))
            self._paused = self._end = None
            if self._pace:
                self._idle = event["time"] - self._pace[-1][1]
        elif kind in ENDS:
            self._end = event

    def _go_on(self, now: float) -> None:
        """Leave the time since the pause out of the pace."""
        if self._paused is not None:
            self._idle += now - self._paused
        self._paused = None

    def _take_step(self, event: dict[str, Any]) -> None:
        step = event["step"]
        if step <= self._step:
            return
        self._go_on(event["time"])  # a single step is taken without a word before it
        self._step, self._speed = step, event["images_per_second"]
        self._pace.append((step, event["time"] - self._idle))
        if step > self._fits:
            self._widen(width_for(step))
        bucket = (step - 1) // self._width
        self._rates += [None] * (bucket + 1 - len(self._rates))
        self._rates[bucket] = event["lr"]
        for name, curve in self._curves.items():
            curve.add(bucket, event[name])

    def _widen(self, width: int) -> None:
        while self._width < width:
            self._width *= 2
            self._rates = [pair[-1] for pair in _pairs(self._rates)]
            for curve in self._curves.values():
                curve.widen()
        self._fits = MOST_BUCKETS * width


class _Curve:
    """Lowest, highest, sum and number of the values of each bucket; None, 0 and 0 where none is finite."""

    def __init__(self) -> None:
        self.low: list[float | None] = []
        self.high: list[float | None] = []
        self.sum: list[float] = []
        self.count: list[int] = []

    def add(self, bucket: int, value: float | None) -> None:
        lacking = bucket + 1 - len(self.low)
        if lacking > 0:
            self.low += [None] * lacking
            self.high += [None] * lacking
            self.sum += [0.0] * lacking
            self.count += [0] * lacking
        if value is None:
            return
        low, high = self.low[bucket], self.high[bucket]
        self.low[bucket] = value if low is None else min(low, value)
        self.high[bucket] = value if high is None else max(high, value)
        self.sum[bucket] += value
        self.count[bucket] += 1

    def widen(self) -> None:
        """Make one bucket of every two."""
        self.low = [min(_known(pair), default=None) for pair in _pairs(self.low)]
        self.high = [max(_known(pair), default=None) for pair in _pairs(self.high)]
        self.sum = [sum(pair) for pair in _pairs(self.sum)]
        self.count = [sum(pair) for pair in _pairs(self.count)]

    def means(self, begin: int) -> list[float | None]:
        pairs = zip(self.sum[begin:], self.count[begin:], strict=True)
        return [rounded(total / count) if count else None for total, count in pairs]


def _pairs(values: list[Any]) -> list[list[Any]]:
    return [values[at : at + 2] for at in range(0, len(values), 2)]


def _known(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def rounded(value: float | None) -> float | None:
    """The value to six significant digits, which is more than a chart can show."""
    return None if value is None else float(f"{value:.{DIGITS}g}")


@lru_cache(maxsize=64)
def chart_of(path: Path) -> Chart:
    """The one chart of this log in this process, for all viewers."""
    return Chart(log_of(path))
