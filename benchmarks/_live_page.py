"""What somebody sees who clicks on Start: when the first point is on the page, and how far the page is behind the run.

The page itself says when a step is there: its step figure changes with every poll, and the next frame draws the curves
(motion is reduced; otherwise they glide there for another quarter of a second). Nothing else is asked of it meanwhile.
The clock is the machine's, which the run's events are stamped with, too.
"""

from __future__ import annotations

import json
import shutil
import statistics
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Request

from tests.running_app import App

VIEW = {"width": 1440, "height": 900}
PATIENT = 120_000  # milliseconds: a machine may have much else to do
PANEL = "#train-live .live"

SPY = """() => {
  const panel = document.querySelector("#train-live .live");
  const figure = panel.querySelector("[data-figure=step]");
  const start = document.querySelector("#train-start");
  window.drawn = []; // [unix milliseconds, step]
  start.addEventListener("click", () => { window.clicked = Date.now(); }, { capture: true });
  let shown = 0;
  new MutationObserver(() => {
    const step = panel.dataset.state === "empty" ? 0 : Number.parseInt(figure.textContent.replaceAll(",", "")) || 0;
    if (step === shown) return;
    shown = step;
    requestAnimationFrame(() => window.drawn.push([Date.now(), step]));
  }).observe(figure, { childList: true });
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one start gave."""

    first: float  # seconds from the click to the first point
    lags: list[float]  # seconds from each step's event to its being on the page
    body: float  # bytes of a poll's answer as it was sent, median
    whole: float  # the same with the answer's head
    poll: str  # the address of a poll


def start(browser: Browser, app: App, seconds: float, rest: float, *, cold: bool) -> Seen:
    """Open the page as a new visitor, wait `rest` seconds (a worker has to be ready), click on Start, look on for
    `seconds` after the first point, and stop the run. `cold`: no drawing is kept yet.
    """
    context = browser.new_context(viewport=VIEW, reduced_motion="reduce")
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    polls: list[Request] = []
    page.on("requestfinished", lambda request: polls.append(request) if is_poll(request) else None)
    page.goto(f"{app.url}?tab=train")
    page.wait_for_selector(f"{PANEL} [data-say=recorded]:not([hidden])")
    page.wait_for_timeout(1000 * rest)
    page.evaluate(SPY)
    if cold:
        forget_drawings(app)
    page.locator("#train-start").click()
    page.wait_for_function("() => window.drawn.length > 0", polling=100)
    page.wait_for_timeout(1000 * seconds)
    drawn, clicked = page.evaluate("() => [window.drawn, window.clicked]")
    sizes = [request.sizes() for request in polls]
    (run,) = parse_qs(urlsplit(polls[-1].url).query)["run"]
    stop(page)
    context.close()
    return Seen(
        first=(drawn[0][0] - clicked) / 1000,
        lags=lags(drawn, step_times(app.runs / run)),
        body=statistics.median(size["responseBodySize"] for size in sizes),
        whole=statistics.median(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes),
        poll=polls[-1].url,
    )


def is_poll(request: Request) -> bool:
    """Whether it asks for what is new of a run."""
    return urlsplit(request.url).path.endswith("/poll")


def forget_drawings(app: App) -> None:
    """Empty the cache beside the app's folders."""
    cache = app.runs.parent / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir()


def stop(page: Page) -> None:
    """End the run on show, as its owner does."""
    page.locator(f"{PANEL} [data-do=stop]").click()
    page.wait_for_selector(f"{PANEL}[data-state=stopped]")


def step_times(run: Path) -> dict[int, float]:
    """When each step of a run was written down, in unix seconds."""
    events = map(json.loads, (run / "events.jsonl").read_text(encoding="utf-8").splitlines())
    return {event["step"]: event["time"] for event in events if event["kind"] == "step"}


def lags(drawn: list[list[int]], times: dict[int, float]) -> list[float]:
    """Seconds from each step's event to its drawing. `drawn`: (unix milliseconds, the last step then on the page)."""
    return [
        now / 1000 - times[step]
        for (_, before), (now, last) in pairwise([[0, 0], *drawn])
        for step in range(before + 1, last + 1)
    ]
