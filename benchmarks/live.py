"""Training on the page: click to first point, how far the page is behind the run, what a poll costs, and what viewers
cost the training.

The app runs as people start it, with folders of its own, and a real Chromium opens it. Each sample is a new visitor who
clicks on Start and leaves the form as it is: pets drawn by program, recipe `live`. A sample with nothing kept in the
cache takes turns with one where the drawings are there. `_live_page.py` says how the page tells that a step is drawn.

Then one run goes on by itself, and so many viewers come and go, each time against nobody, which of the two comes first
taking turns (`_viewers.py`). Pictures a second are the run's own, from its step events, those of validation not among
them. The page at work is not one of the viewers: a browser of this machine would take more from the training than what
the server does for it.

    python benchmarks/live.py [SAMPLES] [--quick]

`--quick` looks on for a second, and lets a tiny net take a few steps, to see whether it runs; its figures mean nothing.

Bars: first point within 1.5 s of the click (aim 0.7); training slowed by 8 viewers by at most 5 % (aim 2).
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import _viewers
from _fresh import keeps, where
from _live_page import Seen, start
from gradio_client import Client
from playwright.sync_api import sync_playwright

from tests.browser.find_browser import NoBrowserError, find, flags
from tests.running_app import App, start_app
from train.event_log import EventLog

VIEWERS = (1, 8, 32)
CROWD = 8  # of them the bar is about


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is looked at what."""

    watched: float = 8.0  # seconds after a run's first point
    rest: float = 15.0  # seconds before a click, until a worker is ready: five after the last start, and its imports
    settled: int = 40  # steps beside other viewers; more than the 20 over which a run averages its speed
    counted: int = 160  # steps
    settings: dict[str, Any] = field(default_factory=lambda: {"epochs": 10_000})


TINY = {"epochs": 10_000, "train_pictures": 64, "val_pictures": 32, "batch": 16, "image_px": 16, "shift_px": 1}
QUICK = Pace(watched=1, rest=0, settled=2, counted=20, settings=TINY)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="?", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    pace = QUICK if options.quick else Pace()
    try:
        browser = find()
    except NoBrowserError as problem:
        print(f"Nothing can be measured: {problem}")
        return 1
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        os.environ["RESNET_LAB_CACHE"] = str(folder / "cache")  # the app's and its workers'
        app = stack.enter_context(contextmanager(start_app)(folder))
        print(f"Medians of {options.samples} samples each, {where()}")
        cold, warm = starts(browser, app, options.samples, pace)
        kept = [tell_start("no drawing kept yet", cold), tell_start("drawings kept", warm)]
        tell_polls(warm)
        kept.append(crowd(app, warm[-1], options.samples, pace))
    return 0 if all(kept) else 1


def starts(browser: Path, app: App, samples: int, pace: Pace) -> tuple[list[Seen], list[Seen]]:
    """What a click on Start gives, with nothing in the cache and with all of it, in turn."""
    cold: list[Seen] = []
    warm: list[Seen] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=flags())
        for _ in range(samples):
            cold.append(start(chromium, app, pace.watched, pace.rest, cold=True))
            warm.append(start(chromium, app, pace.watched, pace.rest, cold=False))
        chromium.close()
    return cold, warm


def tell_start(title: str, seen: list[Seen]) -> bool:
    """Print how soon the first point was there; whether the bar is kept."""
    taken = sorted(each.first for each in seen)
    print(f"click to first point, {title}: {taken[0]:.2f} to {taken[-1]:.2f} s")
    return keeps(f"click to first point, {title} (aim 0.7)", statistics.median(taken), "s", at_most=1.5)


def tell_polls(seen: list[Seen]) -> None:
    """Print how far the page is behind the run, and what a poll transfers."""
    lags = sorted(lag for each in seen for lag in each.lags)
    late = lags[math.ceil(0.95 * len(lags)) - 1]
    print(f"update lag of {len(lags)} steps: median {statistics.median(lags):.3f} s, 95th percentile {late:.3f} s")
    body, whole = (statistics.median(getattr(each, part) for each in seen) for part in ("body", "whole"))
    print(f"bytes of a poll's answer: median {body:.0f}, with its head {whole:.0f}")


def crowd(app: App, seen: Seen, samples: int, pace: Pace) -> bool:
    """Print how fast one run trains beside viewers and alone; whether the bar is kept."""
    client = Client(app.url, verbose=False)
    run = client.predict("drawn", "", "live", pace.settings, api_name="/start_run")
    log = EventLog(app.runs / run["run"] / "events.jsonl")
    poll = f"{urlsplit(seen.poll)._replace(query='').geturl()}?run={run['run']}"
    slowed = {count: slowdown(log, poll, count, samples, pace) for count in VIEWERS}
    client.predict(run["run"], run["token"], "stop", api_name="/control_run")
    return keeps(f"training slowed by {CROWD} viewers (aim 2)", max(0.0, 100 * slowed[CROWD]), "%", at_most=5)


def slowdown(log: EventLog, poll: str, count: int, samples: int, pace: Pace) -> float:
    """Print how fast the run trains beside so many viewers and alone; the share of its speed that they cost."""
    alone, beside, answers = [], [], []
    for sample in range(samples):
        for viewers in (0, count) if sample % 2 else (count, 0):
            if not viewers:
                alone.append(speed(log, pace))
                continue
            with looking_on(poll, viewers) as answered:
                beside.append(speed(log, pace))
            answers.append(answered[0])
    lost = 1 - statistics.median(one / other for one, other in zip(beside, alone, strict=True))
    print(
        f"{count:4} viewers: {statistics.median(beside):8.0f} pictures/s, alone {statistics.median(alone):8.0f},"
        f" {lost:+6.1%} lost; {statistics.median(answers):6.1f} answers/s"
    )
    return lost


@contextmanager
def looking_on(poll: str, count: int) -> Iterator[list[float]]:
    """So many viewers meanwhile; afterwards the list holds the answers a second that all of them got together."""
    command = [sys.executable, _viewers.__file__, poll, str(count)]
    answered: list[float] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as viewers:
        assert viewers.stdout is not None
        viewers.stdout.readline()
        began = time.perf_counter()
        yield answered
        told, _ = viewers.communicate()
        answered.append(int(told) / (time.perf_counter() - began))


def speed(log: EventLog, pace: Pace) -> float:
    """Pictures a second that a run says of its next steps, once it has settled: the median."""
    wait_for_steps(log, pace.settled)
    since = log.summary()["seq"]
    wait_for_steps(log, pace.counted)
    events = log.read(since, limit=10 * pace.counted)
    return statistics.median(event["images_per_second"] for event in events if event["kind"] == "step")


def wait_for_steps(log: EventLog, count: int) -> None:
    """Until the run has taken so many more."""
    last = log.summary()["step"] + count
    while log.summary()["step"] < last:
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
