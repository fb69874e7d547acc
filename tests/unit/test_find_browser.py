"""The order in which the browser tests look for a Chromium, with every real program faked."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.browser import find_browser

SYSTEM = Path("/usr/bin/chromium")
PLAYWRIGHT = Path("/cache/ms-playwright/chrome")


class Machine:
    """A pretended machine: which browsers it has, and which commands would give it one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.installed: Path | None = None
        self.downloaded: Path | None = None
        self.download_works = False
        self.root = False
        self.asked: list[str] = []
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.setattr(find_browser, "installed", lambda: self.installed)
        monkeypatch.setattr(find_browser, "downloaded", lambda: self.downloaded)
        monkeypatch.setattr(find_browser, "is_root", lambda: self.root)
        monkeypatch.setattr(find_browser.shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(find_browser, "run", self.run)

    def run(self, command: list[str], seconds: float) -> bool:
        self.asked.append(" ".join(command[:2]) if command[0] == "apt-get" else command[2])
        if "playwright" in command and self.download_works:
            assert seconds <= 60
            self.downloaded = PLAYWRIGHT
        if command[:2] == ["apt-get", "install"]:
            self.installed = SYSTEM
        return True


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_an_installed_browser_comes_first(machine: Machine) -> None:
    machine.installed, machine.downloaded = SYSTEM, PLAYWRIGHT
    assert find_browser.find_or_get() == SYSTEM
    assert machine.asked == []


def test_a_browser_downloaded_earlier_comes_second(machine: Machine) -> None:
    machine.downloaded = PLAYWRIGHT
    assert find_browser.find_or_get() == PLAYWRIGHT
    assert machine.asked == []


def test_playwrights_download_is_tried_before_apt(machine: Machine) -> None:
    machine.root, machine.download_works = True, True
    assert find_browser.find_or_get() == PLAYWRIGHT
    assert machine.asked == ["playwright"]


def test_root_falls_back_to_apt(machine: Machine) -> None:
    machine.root = True
    assert find_browser.find_or_get() == SYSTEM
    assert machine.asked == ["playwright", "apt-get update", "apt-get install"]


def test_without_root_the_cure_is_named(machine: Machine) -> None:
    with pytest.raises(find_browser.NoBrowserError, match="playwright install"):
        find_browser.find_or_get()
    assert machine.asked == ["playwright"]


def test_finding_alone_installs_nothing(machine: Machine) -> None:
    machine.root = True
    with pytest.raises(find_browser.NoBrowserError):
        find_browser.find()
    assert machine.asked == []


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_only_ci_fails_without_a_browser(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, status: int
) -> None:
    monkeypatch.setenv("CI", ci)
    assert find_browser.main() == status
    assert find_browser.CURE in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="uses shell scripts")
def test_a_program_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, status in (("chromium", 1), ("google-chrome", 0)):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\nexit {status}\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(find_browser, "MAC_APPS", ())
    assert find_browser.installed() == tmp_path / "google-chrome"


@pytest.mark.skipif(sys.platform == "win32", reason="uses a shell")
@pytest.mark.slow
def test_a_command_past_its_time_is_killed_with_its_children(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        start = time.monotonic()
        assert not find_browser.run(["sh", "-c", f"(echo begun; exec sleep 300) > {pipe} & wait"], 2)
        assert time.monotonic() - start < 100
        assert os.read(reading, 100) == b"begun\n"
        os.set_blocking(reading, True)
        assert os.read(reading, 100) == b""  # comes when its last writer is gone
    finally:
        os.close(reading)
    assert time.monotonic() - start < 200


def test_root_runs_without_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_browser, "is_root", lambda: True)
    assert "--no-sandbox" in find_browser.flags()
    monkeypatch.setattr(find_browser, "is_root", lambda: False)
    assert "--no-sandbox" not in find_browser.flags()
