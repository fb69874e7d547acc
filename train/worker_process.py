"""A worker as its launcher sees it: a process that imports torch, takes a run, trains it and ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from train.events import Failed
from train.run import Run

PROJECT = Path(__file__).resolve().parent.parent
LOG_TAIL_BYTES = 64_000  # of what a dying worker printed


@dataclass(eq=False)
class WorkerProcess:
    """One process, the file that catches what it prints, and the run it was given."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]
    run: Run | None = None
    resumes: bool = False  # the run had begun before

    @classmethod
    def spawn(cls) -> WorkerProcess:
        """Start one; it takes seconds until it is ready. Raises OSError if there can be no such process."""
        output = tempfile.TemporaryFile()  # noqa: SIM115 - what even a dying process prints; `close` closes it
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        process = subprocess.Popen(
            [sys.executable, "-m", "train", "worker"],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # no terminal: Ctrl-C in it is the launcher's business
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        return cls(process, output)

    def give(self, run: Run) -> None:
        """Hand a run over, to be begun or gone on with; the process reads it as soon as it is ready.

        Raises:
            OSError: the process is gone.
        """
        self.run, self.resumes = run, run.has_begun()
        word = b"resume " if self.resumes else b"train "
        assert self.process.stdin is not None
        self.process.stdin.write(word + os.fsencode(run.path) + b"\n")
        self.process.stdin.flush()

    def dismiss(self) -> None:
        """Close its input: save and leave."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def close(self) -> None:
        """Put away what belongs to a process that has ended."""
        self.output.close()
        self.dismiss()

    def keep_output(self) -> None:
        """Add the last of what it printed to its run's error.log."""
        self.output.seek(max(0, os.fstat(self.output.fileno()).st_size - LOG_TAIL_BYTES))
        printed = self.output.read()
        if printed and self.run:
            with contextlib.suppress(OSError), (self.run.path / "error.log").open("ab") as file:
                file.write(printed)


def death(code: int) -> Failed:
    """What is said of a process that ended with this exit code before its run had an end."""
    cure = "It may have run out of memory: try again with smaller pictures, a smaller batch or a smaller net"
    if code >= 0:
        return Failed("The training process broke off", where="", cure=f"{cure}. Details are in the run's error.log")
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
        return Failed(f"The training process was killed (signal {-code}, {name})", where="", cure=cure)
    return Failed(f"The training process was killed (signal {-code})", where="", cure=cure)
