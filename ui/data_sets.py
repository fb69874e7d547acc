"""The pictures one can train on from the page: drawn ones, Oxford-IIIT Pet, the data folder's, and an uploaded ZIP."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

from resnet.errors import UserError
from train import oxford_pets
from train.datasets import OXFORD_PETS
from ui.text import t

UPLOADS_KEPT = 8  # of runs that were left on their way: about an evening's
UPLOADED_BYTES_KEPT = 2 << 30  # all of those together
DRAWN, OXFORD, UPLOAD = "drawn", OXFORD_PETS, "upload"  # what the page calls pictures outside the data folder


def found(folder: Path) -> dict[str, Path]:
    """Return the ZIPs and picture folders directly inside `folder`, by name; empty when there is no such folder.

    What may not be read is left out, and so is what is called `DRAWN`, `OXFORD` or `UPLOAD`: nobody could choose it.
    """
    offered: dict[str, Path] = {}
    with contextlib.suppress(OSError):
        for entry in sorted(folder.iterdir()):
            with contextlib.suppress(OSError):
                if _can_be_named(entry) and (_is_zip(entry) or _has_class_folders(entry)):
                    offered[entry.name] = entry
    return offered


def offers_oxford(public: bool) -> bool:
    """Whether Oxford-IIIT Pet can be chosen. A stranger must not make the host download 0.8 GB: on a public page it can
    be once it lies on the host's disk, where `python -m train data oxford-pets` brings it.
    """
    return not public or oxford_pets.are_here()


def title(source: str) -> str:
    """What people call the pictures that a recipe calls `source`; a folder or ZIP by its name, never by its path."""
    return t("train.form.oxford") if source == OXFORD else Path(source).name


def source(folder: Path, name: str, *, public: bool = True) -> str:
    """Return what a recipe calls the data set `name`: `DRAWN`, `OXFORD`, or a path inside `folder`.

    Only names that are offered are accepted, so that nobody can point the app at other files of the machine.

    Args:
        folder: the data folder.
        name: what was asked for.
        public: whether it may be a stranger who asks, as `offers_oxford`.

    Raises:
        UserError: there is no such data set.
    """
    own = [DRAWN, *([OXFORD] if offers_oxford(public) else [])]
    if name in own:
        return name
    offered = found(folder)
    if not isinstance(name, str) or name not in offered:
        what = t("train.no_data", asked=repr(str(name)[:80]))
        raise UserError(what, where="data", cure=t("train.no_data_cure", names=", ".join([*own, *offered])))
    return str(offered[name])


def keep_upload(uploads: Path, temporary: Path) -> Path:
    """Copy an uploaded ZIP into `uploads`, inside a folder of its own that nobody can guess, and return its path.

    The web server deletes its own copy after an hour; a run that waits in the queue needs it longer. `forget_uploads`
    removes it.

    Raises:
        UserError: it is not a ZIP, or it cannot be copied.
    """
    if not zipfile.is_zipfile(temporary):
        raise UserError(t("train.no_zip"), where=temporary.name, cure=t("train.no_zip_cure"))
    name = re.sub(r"[^\w.-]+", "_", temporary.name)[-80:]
    kept = uploads / secrets.token_hex(16) / name
    try:
        kept.parent.mkdir(parents=True)
        shutil.copyfile(temporary, kept)
    except OSError as error:
        shutil.rmtree(kept.parent, ignore_errors=True)
        what = t("train.not_kept", reason=error.strerror)
        raise UserError(what, where=temporary.name, cure=t("train.not_kept_cure")) from error
    return kept


def forget_uploads(uploads: Path, needed: Collection[Path], useful: Iterable[Path]) -> None:
    """Delete uploaded ZIPs. What cannot be deleted now is left for the next time.

    Args:
        uploads: the folder they are in.
        needed: those of runs that train or wait for it: all are kept.
        useful: those of runs that somebody may go on with, the newest first: kept are `UPLOADS_KEPT` at most, together
            no larger than `UPLOADED_BYTES_KEPT`.
    """
    folders = {path.parent for path in needed}
    spare = [path for path in dict.fromkeys(useful) if path.is_relative_to(uploads) and path.parent not in folders]
    room = UPLOADED_BYTES_KEPT
    for path in spare[:UPLOADS_KEPT]:
        with contextlib.suppress(OSError):  # gone already
            room -= path.stat().st_size
            if room < 0:
                break
            folders.add(path.parent)
    with contextlib.suppress(OSError):  # nothing was ever uploaded
        for folder in uploads.iterdir():
            if folder not in folders:
                shutil.rmtree(folder, ignore_errors=True)


def _can_be_named(entry: Path) -> bool:
    return not entry.name.startswith(".") and entry.name not in (DRAWN, OXFORD, UPLOAD)


def _is_zip(entry: Path) -> bool:
    return entry.is_file() and entry.suffix.lower() == ".zip"


def _has_class_folders(entry: Path) -> bool:
    return entry.is_dir() and any(child.is_dir() and not child.name.startswith(".") for child in entry.iterdir())
