"""The pictures one can train on from the page: drawn ones, those in the data folder, and an uploaded ZIP."""

from __future__ import annotations

import re
import secrets
import shutil
import zipfile
from pathlib import Path

from resnet.errors import UserError

DRAWN = "drawn"


def found(folder: Path) -> dict[str, Path]:
    """Return the ZIPs and picture folders directly inside `folder`, by name; empty when there is no such folder."""
    if not folder.is_dir():
        return {}
    return {
        entry.name: entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".") and (_is_zip(entry) or _has_class_folders(entry))
    }


def source(folder: Path, name: str) -> str:
    """Return what a recipe calls the data set `name`: `DRAWN`, or a path inside `folder`.

    Only names that `found` lists are accepted, so that nobody can point the app at other files of the machine.

    Raises:
        UserError: there is no such data set.
    """
    if name == DRAWN:
        return DRAWN
    offered = found(folder)
    if not isinstance(name, str) or name not in offered:
        choices = ", ".join([DRAWN, *offered])
        raise UserError(
            f"There are no pictures called {str(name)[:80]!r}",
            where="data",
            cure=f"Choose one of: {choices}; or put a ZIP or a folder into the data folder",
        )
    return str(offered[name])


def keep_upload(uploads: Path, temporary: Path) -> str:
    """Copy an uploaded ZIP to `uploads` under a name nobody can guess, and return its path.

    The web server deletes its own copy after an hour; a run that waits in the queue needs it longer.

    Raises:
        UserError: it is not a ZIP.
    """
    if not zipfile.is_zipfile(temporary):
        raise UserError(
            "This file is not a ZIP",
            where=temporary.name,
            cure="Upload a ZIP with one folder of pictures for each class",
        )
    name = re.sub(r"[^\w.-]+", "_", temporary.name)[-80:]
    kept = uploads / secrets.token_hex(16) / name
    kept.parent.mkdir(parents=True)
    try:
        shutil.copyfile(temporary, kept)
    except OSError as error:
        shutil.rmtree(kept.parent, ignore_errors=True)
        raise UserError(
            f"The ZIP could not be kept ({error.strerror})",
            where=temporary.name,
            cure="Free some disk space and try again",
        ) from error
    return str(kept)


def _is_zip(entry: Path) -> bool:
    return entry.is_file() and entry.suffix.lower() == ".zip"


def _has_class_folders(entry: Path) -> bool:
    return entry.is_dir() and any(child.is_dir() and not child.name.startswith(".") for child in entry.iterdir())
