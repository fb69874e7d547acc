"""Frame times while a wheel turns through the unfolded table of ResNet-152, in a Chromium without a window.

The time between two frames is what `requestAnimationFrame` reports while the wheel turns, notch after notch, from the
table's head to its end. The same cells in a bare page without style or script, scrolled alike in turn, show what the
machine allows.
"""

from __future__ import annotations

import math
import re
import statistics
import tempfile
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

from _fresh import median_of
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.find_browser import find, flags
from tests.running_app import start_app

ADDRESS = "?net=resnet152&open=*"
ALL_ON_SHOW = '.net-table [data-part="fc"]'
ASKED_LAST = '[data-region="about"] > :first-child'
NOTCH = 120  # pixels that one notch of the wheel scrolls
VIEW = {"width": 1440, "height": 900}

BEGIN = """() => {
  window.shown = [];
  const next = (now) => { window.shown.push(now); window.asked = requestAnimationFrame(next); };
  window.asked = requestAnimationFrame(next);
}"""
END = "() => { cancelAnimationFrame(window.asked); return window.shown; }"
REACHED_END = "(table) => table.scrollTop + table.clientHeight >= table.scrollHeight - 1"


def scrolling(samples: int) -> dict[str, dict[str, float]]:
    """Of ResNet-152's table on the page, then in a bare page: medians of what each scroll gives, see `scroll`.

    Raises:
        NoBrowserError: no Chromium is on this machine.
    """
    path = find()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        app = stack.enter_context(contextmanager(start_app)(Path(folder)))
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = stack.enter_context(chromium.launch(executable_path=path, args=flags()))
        page = unfolded(browser, app.url + ADDRESS)
        places = {"on the page": page, "the same cells in a bare page": bare(browser, page)}
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in places}
        for _ in range(samples):
            for name, place in places.items():
                place.bring_to_front()
                taken[name].append(scroll(place))
    return {name: median_of(scrolls) for name, scrolls in taken.items()}


def unfolded(browser: Browser, url: str) -> Page:
    """The page with all of the net on show and nothing under way."""
    page = browser.new_page(viewport=VIEW)
    page.goto(url)
    page.wait_for_selector(ALL_ON_SHOW)
    page.wait_for_selector(ASKED_LAST)
    return page


def bare(browser: Browser, page: Page) -> Page:
    """The table's cells as they are, in a frame of the same size."""
    table = page.locator(".net-table")
    size = table.bounding_box()
    tags = re.sub(r"<(\w+)[^>]*>", r"<\1>", table.inner_html())
    other = browser.new_page(viewport=VIEW)
    style = f"width: {size['width']}px; height: {size['height']}px; overflow: auto"
    other.set_content(f'<!doctype html><div class="net-table" style="{style}">{tags}</div>')
    return other


def scroll(page: Page) -> dict[str, float]:
    """Turn the wheel from the table's head to its end: rows, frames, and milliseconds between two frames."""
    table = page.locator(".net-table")
    table.evaluate("(table) => { table.scrollTop = 0; }")
    table.hover()
    notches = math.ceil(table.evaluate("(table) => table.scrollHeight - table.clientHeight") / NOTCH)
    page.evaluate(BEGIN)
    for _ in range(notches):
        page.mouse.wheel(0, NOTCH)
    page.wait_for_function(REACHED_END, arg=table.element_handle())
    shown = page.evaluate(END)
    between = [later - earlier for earlier, later in pairwise(shown)]
    return {
        "rows": table.locator("tbody tr").count(),
        "frames": len(between),
        "median": statistics.median(between),
        "95th percentile": statistics.quantiles(between, n=20)[-1],
        "longest": max(between),
    }
