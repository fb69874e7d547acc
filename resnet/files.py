"""Files that are written as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import uuid
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in place of whatever is at `path`: a reader sees the old file or the new one, also after a crash.

    The bytes go to a temporary file in the same folder, are synced, and then replace `path`.

    Raises:
        OSError: it cannot be written; the old file is as it was, and nothing is left beside it.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):  # what went wrong first is what has to be told
            temporary.unlink(missing_ok=True)


def sweep(folder: Path, *, but: str = "") -> None:
    """Remove the temporary files of writers that were killed; for when nobody writes there, save perhaps `but`."""
    for leftover in folder.glob(".*.tmp"):
        if but and leftover.name.startswith(f".{but}."):
            continue
        with contextlib.suppress(OSError):
            leftover.unlink()


def close_output() -> None:
    """Give up standard output after a write to it failed: on its way out the interpreter would try once more."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.close()


def _replace(source: Path, target: Path) -> None:
    """Move a file over another; on Windows that fails for as long as somebody reads the other, which is never long."""
    for _ in range(50 if os.name == "nt" else 0):
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(0.01)
    source.replace(target)
