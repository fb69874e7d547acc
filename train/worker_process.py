"""A worker as its launcher sees it: a process that imports torch, takes what is to be trained, trains it and ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from train.events import Failed
from train.run import Run
from train.waiting import Entry

PROJECT = Path(__file__).resolve().parent.parent
LOG_TAIL_BYTES = 64_000  # of what a dying worker printed


@dataclass(eq=False)
class WorkerProcess:
    """One process, the file that catches what it prints, and what it was given."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]
    entry: Entry | None = None
    resumes: bool = False  # its run had begun before
    paused_for: float | None = None  # seconds, if it was dismissed because others waited

    @property
    def runs(self) -> tuple[Run, ...]:
        return self.entry.runs if self.entry else ()

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

    def give(self, entry: Entry) -> None:
        """Hand over a run, to be begun or gone on with, or a set of new ones; the process reads it once it is ready.

        Raises:
            OSError: the process is gone.
        """
        first, *others = entry.runs
        self.entry, self.resumes = entry, not others and first.has_begun()
        line = f"{'resume' if self.resumes else 'train'} {first.path}"
        if others:
            line = f"together {entry.slice_steps} {','.join(run.id for run in entry.runs)} {first.path.parent}"
        assert self.process.stdin is not None
        self.process.stdin.write(os.fsencode(line) + b"\n")
        self.process.stdin.flush()

    def dismiss(self) -> None:
        """Close its input: save and leave."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def wait_until(self, deadline: float) -> None:
        """Wait for its end, and bring that about once the deadline of `time.monotonic` has passed."""
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
            self.process.kill()  # nothing happens if it is gone
            self.process.wait()

    def close(self) -> None:
        """Put away what belongs to a process that has ended."""
        self.output.close()
        self.dismiss()

    def keep_output(self, run: Run) -> None:
        """Add the last of what it printed to the error.log of a run it was given."""
        self.output.seek(max(0, os.fstat(self.output.fileno()).st_size - LOG_TAIL_BYTES))
        printed = self.output.read()
        if printed:
            with contextlib.suppress(OSError), (run.path / "error.log").open("ab") as file:
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
