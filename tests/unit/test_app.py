"""What `python app.py` takes, and what it does when it cannot start: one sentence, exit code 2, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
from tests.running_app import PROJECT, free_port
from ui.check import check


def test_a_runs_folder_that_cannot_be_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    said = subprocess.run(
        [sys.executable, "app.py", "--port", str(free_port()), "--runs", str(tmp_path / "file")],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 2
    assert said.stdout == ""
    assert len(said.stderr.splitlines()) == 1
    assert "file: Runs cannot be kept there" in said.stderr
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("flags", "host"),
    [
        ([], "127.0.0.1"),
        (["--presenter"], "0.0.0.0"),
        (["--presenter", "--host", "192.0.2.7"], "192.0.2.7"),
        (["--public"], "127.0.0.1"),
    ],
)
def test_a_presenter_is_heard_in_the_network(monkeypatch: pytest.MonkeyPatch, flags: list[str], host: str) -> None:
    for name in ("SPACE_ID", "GRADIO_SERVER_NAME"):
        monkeypatch.delenv(name, raising=False)
    assert app.read_flags(flags).host == host


@pytest.mark.parametrize(("host", "says"), [("127.0.0.1", "with --presenter and no --host)"), ("0.0.0.0", "reach it)")])
def test_the_check_says_how_phones_reach_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, host: str, says: str
) -> None:
    monkeypatch.setattr("ui.network.lan_address", lambda: "192.0.2.7")
    monkeypatch.setattr("ui.check.PACKAGES", {})  # their imports take long
    check(host, free_port(), tmp_path / "runs", tmp_path / "data")
    line = next(line for line in capsys.readouterr().out.splitlines() if "local network" in line)
    assert line.startswith("ok    local network: 192.0.2.7 (phones reach it")
    assert line.endswith(says)
