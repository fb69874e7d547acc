"""Find a Chromium for the browser tests, or get one: `python -m tests.browser.find_browser`.

The order: a Chromium or Chrome that is installed, Playwright's own download (at most a minute), the system's
package manager when we are root, and else one sentence that names the cure.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
CURE = (
    "No Chromium was found for the browser tests: install chromium or google-chrome, "
    "or run `.venv/bin/python -m playwright install --with-deps chromium`."
)
DOWNLOAD_SECONDS = 60
APT_SECONDS = 300


class NoBrowserError(Exception):
    """No browser is there and none could be had; the message is one sentence with the cure."""


def flags() -> list[str]:
    """The command line switches Chromium is started with: quiet, no network of its own, no sandbox for root."""
    return [*FLAGS, "--no-sandbox"] if is_root() else list(FLAGS)


def find() -> Path:
    """The browser that is on this machine already; NoBrowserError where there is none."""
    browser = installed() or downloaded()
    if browser is None:
        raise NoBrowserError(CURE)
    return browser


def find_or_get() -> Path:
    """`find`, and where it finds nothing, download or install a browser; NoBrowserError when that fails too."""
    browser = installed() or downloaded()
    if browser is None:
        say(f"No Chromium is installed; trying Playwright's download (at most {DOWNLOAD_SECONDS} s) ...")
        run([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_SECONDS)
        browser = downloaded()
    if browser is None and is_root() and shutil.which("apt-get"):
        say("That did not work; installing the system's chromium with apt-get ...")
        run(["apt-get", "update", "-qq"], APT_SECONDS)
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], APT_SECONDS)
        browser = installed()
    if browser is None:
        raise NoBrowserError(CURE)
    return browser


def installed() -> Path | None:
    """A Chromium or Chrome of the system, or None."""
    candidates = [shutil.which(name) for name in ON_PATH]
    if sys.platform == "darwin":
        candidates += MAC_APPS
    return next((Path(candidate) for candidate in candidates if candidate and works(candidate)), None)


def downloaded() -> Path | None:
    """The Chromium that Playwright downloaded, or None."""
    from playwright.sync_api import sync_playwright  # imported late: slow, and not needed for an installed browser

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return Path(path) if works(path) else None


def works(path: str) -> bool:
    """Whether the program starts: Ubuntu's stub without its snap and a build without its libraries do not."""
    return Path(path).is_file() and run([path, "--version"], 30, quiet=True)


def run(command: Sequence[str], seconds: float, *, quiet: bool = False) -> bool:
    """Whether `command` ended with 0 within `seconds`; past that, it and all that it started are killed."""
    output = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, start_new_session=True
        )
    except OSError:
        return False
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_root() -> bool:
    """Whether this process is root's (never on Windows)."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def say(text: str) -> None:
    """Print at once, also into a log file."""
    print(text, flush=True)


def main() -> int:
    """Get a browser before the tests start; without one, fail where CI is set and warn elsewhere."""
    try:
        say(f"Browser tests use {find_or_get()}")
    except NoBrowserError as problem:
        say(str(problem))
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
