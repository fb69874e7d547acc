"""What browser tests share: one Chromium for all of them, a fresh page for each, screenshots kept to look at."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.find_browser import NoBrowserError, find, flags
from tests.browser.train_panel import LONG

if TYPE_CHECKING:
    from gradio_client import Client

ARTIFACTS = Path(__file__).resolve().parent.parent / "artifacts"
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=30_000)  # milliseconds; a first sight on two busy cores takes longer than the default five


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium. A machine without one skips the test visibly; CI fails it."""
    try:
        path = find()
    except NoBrowserError as problem:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(problem))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags())
        yield browser
        browser.close()


@pytest.fixture
def page_errors() -> list[str]:
    """Filled with every uncaught JavaScript error of the pages that `page_at` opened in this test."""
    return []


@pytest.fixture
def page_at(browser: Browser, page_errors: list[str], request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """`page_at(url, width=1280, height=800, dark=False)` opens a page in a session of its own, as a new visitor.

    When the test fails, what each page showed is kept in tests/artifacts/.
    """
    contexts: list[BrowserContext] = []

    def open_page(url: str, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda error: page_errors.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False):
            for page in context.pages:
                save_screenshot(page, f"failed-{request.node.name}-{number}")
        context.close()


@pytest.fixture
def client(app_url: str) -> Client:
    """A script that starts runs beside the page."""
    from gradio_client import Client  # not before pytest is configured: it reads the environment

    return Client(app_url, verbose=False)


@pytest.fixture
def started(client: Client) -> Iterator[dict[str, str]]:
    """A run that goes on for the whole test, started by somebody else."""
    run = client.predict("drawn", "resnet10_w16", "live", {**LONG, "threads": 1}, api_name="/start_run")
    yield run
    client.predict(run["run"], run["token"], "stop", api_name="/control_run")


@pytest.fixture
def screenshot() -> Callable[..., Path]:
    """`screenshot(page, "train-dark", full_page=False)` keeps a PNG in tests/artifacts/ and returns its path."""
    return save_screenshot


def save_screenshot(page: Page, name: str, full_page: bool = False) -> Path:
    """Write what `page` shows to tests/artifacts/NAME.png."""
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / (re.sub(r"[^\w.-]+", "-", name) + ".png")
    page.screenshot(path=path, full_page=full_page)
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let `page_at` know, when it cleans up, whether the test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report
