"""What `python app.py` does when it cannot start: one sentence, exit code 2, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.running_app import PROJECT, free_port


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
