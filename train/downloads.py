"""Large files from the web, fetched so that nothing is lost: size told first, resumed where it stopped, verified."""

from __future__ import annotations

import hashlib
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from resnet.errors import UserError
from train.cache import FULL, gigabytes
from train.events import Preparing

TRIES = 5
PATIENCE = 30.0  # seconds without a byte
PAUSE = 2.0  # seconds before another try, longer each time
EVENT_SECONDS = 0.2  # between two events
CHUNK = 2**18  # bytes
MB = 10**6


@dataclass(frozen=True, slots=True)
class Download:
    """A file on the web, known to the last byte.

    Attributes:
        url: where it is.
        md5: of its contents, in hexadecimal; against accidents, as its publisher gives it.
        size: in bytes.
    """

    url: str
    md5: str
    size: int


def fetch(file: Download, target: Path) -> Generator[Preparing, None, None]:
    """Bring a file to `target`, unless it is there; what is there already is verified.

    The bytes gather in `target` + ".part", which stays when the connection breaks, and is gone on with next time.

    Raises:
        UserError: offline, not there, no room, or other contents than expected; with the place to put it by hand.
    """
    if target.exists():
        if not (yield from _is_right(target, file)):
            cure = "Delete it and start again: it is then downloaded"
            raise UserError("The file is not the one that was published", where=str(target), cure=cure)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    missing = file.size - _size(part)
    if shutil.disk_usage(target.parent).free < missing:
        raise UserError(
            f"{target.name} needs {gigabytes(missing)}, and the disk has less",
            where=str(target.parent),
            cure="Make room there, or name a folder on a larger disk in RESNET_LAB_CACHE",
        )
    yield Preparing(_size(part) // MB, file.size // MB, "downloading", file.size)
    yield from _gather(file, part, target)
    if not (yield from _is_right(part, file)):
        part.unlink()
        cure = f"Start again; if that does not help, put {file.url} there by hand"
        raise UserError("What was downloaded is not the file that was published", where=str(target), cure=cure)
    part.replace(target)


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Make a refusal of what the disk does not allow: on it, no connection is at fault. For work at this path.

    Raises:
        UserError: in place of any OSError; names the file where it is known.
    """
    try:
        yield
    except OSError as error:
        where = str(error.filename or path)
        if error.errno in FULL:
            cure = "Make room there, or name a folder elsewhere in RESNET_LAB_CACHE; what was downloaded so far is kept"
            raise UserError("The disk is full", where=where, cure=cure) from error
        cure = "Make it writable or delete it, or name another folder in RESNET_LAB_CACHE"
        raise UserError(f"It cannot be read or written ({error.strerror})", where=where, cure=cure) from error


def _gather(file: Download, part: Path, target: Path) -> Generator[Preparing, None, None]:
    """Make the part as long as the file, in as many tries as it takes, up to TRIES without a byte more."""
    tries, most = 0, _size(part)  # a server that cannot resume may break off earlier each time
    while _size(part) < file.size:
        try:
            yield from _append(file, part)
            reason = "the connection was cut"
        except urllib.error.HTTPError as error:
            reason = f"the server answers {error.code}"
            tries = TRIES if error.code in (401, 403, 404, 410) else tries
            if error.code == 416:  # nothing follows what we have: it is another file
                return
        except urllib.error.URLError as error:
            reason = str(getattr(error.reason, "strerror", None) or error.reason)
        except OSError as error:
            reason = error.strerror or "the connection was cut"
        except HTTPException:
            reason = "the connection was cut"
        size = _size(part)
        if size >= file.size:
            return
        tries = 0 if size > most else tries + 1
        most = max(most, size)
        if tries >= TRIES:
            cure = f"Connect the computer that trains to the internet and start again, or put {file.url} there by hand"
            raise UserError(f"{target.name} cannot be downloaded ({reason})", where=str(target), cure=cure)
        yield from _wait(PAUSE * tries, Preparing(size // MB, file.size // MB, "downloading"))


def _wait(seconds: float, event: Preparing) -> Generator[Preparing, None, None]:
    """With events meanwhile: only between two of them is it heard that the run shall stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(EVENT_SECONDS, left))
        yield event


def _append(file: Download, part: Path) -> Generator[Preparing, None, None]:
    """One connection: whatever follows what we have, or everything if the server does not resume."""
    have = _size(part)
    request = urllib.request.Request(file.url, headers={"Range": f"bytes={have}-"} if have else {})
    answer: HTTPResponse
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        resumed = answer.status == 206
        if not resumed:
            have = 0
        with on_disk(part):
            out = part.open("ab" if resumed else "wb")
        with out:
            told = time.monotonic()
            while have < file.size and (chunk := answer.read1(CHUNK)):
                with on_disk(part):
                    out.write(chunk)
                    out.flush()
                have += len(chunk)
                if time.monotonic() > told + EVENT_SECONDS:
                    told = time.monotonic()
                    yield Preparing(have // MB, file.size // MB, "downloading")


def _is_right(path: Path, file: Download) -> Generator[Preparing, None, bool]:
    if _size(path) != file.size:
        return False
    yield Preparing(0, 0, "checking")
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(2**20):
            digest.update(chunk)
    return digest.hexdigest() == file.md5


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
