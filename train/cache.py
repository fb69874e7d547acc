"""Decoded pictures on disk: a folder of bounded size that all processes of a person share.

Every entry is a folder named by a key that tells what is in it, so no entry is ever wrong, only unused:

    KEY/images.u8     pixels, mapped by whoever needs them; none where they were too many to keep
    KEY/index.json    what became of each file
    KEY.lock          held by whoever makes or removes the entry; the system lets go of it when a process dies
    KEY.tmp/          an entry in the making, renamed when it is complete; without its lock it is rubbish

A process that uses pixels holds a shared lock on their file, for as long as it has it open or mapped. Entries that
were not used for the longest time are removed first, and those in use never (on Windows a file in use cannot be).
Locks are empty and stay: were one removed, whoever waited for it and whoever made it anew would both have "the" lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from io import FileIO
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from resnet.errors import UserError
from train.events import Preparing

if sys.platform != "win32":
    import fcntl

LIMIT = 20 * 10**9  # bytes, where RESNET_LAB_CACHE_LIMIT says nothing else
PIXELS = "images.u8"
WAIT_SECONDS = 0.2  # between two events while another process is at work
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def cache_folder() -> Path:
    """Where caches and downloads are kept: RESNET_LAB_CACHE, or "resnet-lab" where the system keeps such things.

    Raises:
        OSError: there is no such place, because this user has no home folder.
    """
    named = os.environ.get("RESNET_LAB_CACHE")
    if named:
        return Path(named).absolute()
    try:
        home = Path.home()
    except RuntimeError as error:
        raise OSError(errno.ENOENT, "There is no home folder") from error
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "resnet-lab"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "resnet-lab"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "resnet-lab"


def cache_limit() -> int:
    """How many bytes of pictures may be kept: RESNET_LAB_CACHE_LIMIT, or LIMIT.

    Raises:
        UserError: RESNET_LAB_CACHE_LIMIT is no number.
    """
    text = os.environ.get("RESNET_LAB_CACHE_LIMIT", "")
    if text and not text.isdecimal():
        cure = "Give a number of bytes, such as 20000000000"
        raise UserError(f"{text[:40]!r} is no size", where="RESNET_LAB_CACHE_LIMIT", cure=cure)
    return int(text) if text else LIMIT


def gigabytes(count: int) -> str:
    """A number of bytes as people read it: "1.7 GB", "24 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{max(1, round(count / 1e6))} MB"


def wait_for(path: Path) -> Generator[Preparing, None, FileLock]:
    """Take the lock of this name, with events while another process has it; returns it held.

    Raises:
        OSError: it cannot be made there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, thread_local=False)  # a generator may end in another thread than it began
    try:
        while True:
            try:
                lock.acquire(timeout=WAIT_SECONDS)
                return lock
            except Timeout:
                yield Preparing(0, 0, "waiting")
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, "This file system has no locks") from error


class Cache:
    """The folder of entries. Methods raise OSError where it cannot be written."""

    def __init__(self) -> None:
        self.limit = cache_limit()
        self.folder = cache_folder() / "pictures"

    def path(self, key: str) -> Path:
        """Where the entry is, or would be."""
        return self.folder / key

    def lock(self, key: str) -> Generator[Preparing, None, FileLock]:
        """Wait until nobody else makes or removes this entry; returns the lock, held."""
        return wait_for(self._lock(key))

    def use(self, key: str, mode: Literal["rb", "r+b"] = "rb") -> FileIO | None:
        """Open an entry's pixels and keep the entry from being removed; None if there is no such entry.

        A mapping made of the file has a descriptor of its own, and with it this hold on the entry.
        """
        path = self.path(key) / PIXELS
        try:
            file = open(path, mode, buffering=0)  # noqa: SIM115 (the caller closes it)
        except FileNotFoundError:
            return None
        if not _hold(file, path):
            file.close()
            return None
        self.touch(key)
        return file

    def touch(self, key: str) -> None:
        """Note that the entry was used just now."""
        with contextlib.suppress(OSError):  # somebody else's, who only lets us read
            os.utime(self.path(key))

    def make_room(self, size: int, key: str) -> bool:
        """Remove what was not used for the longest time until an entry of `size` bytes fits; False if it cannot.

        Never more than half of what is free (or would be, were the cache empty) is used.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        entries = [path for path in self.folder.iterdir() if path.is_dir()]
        empty = shutil.disk_usage(self.folder).free + sum(_size(path, on_disk=True) for path in entries)
        sizes = {path: _size(path) for path in entries if path.stem != key}  # it replaces what is left of this one
        used = sum(sizes.values())
        allowed = min(self.limit, empty // 2)
        free_to_go = sorted((path for path in sizes if path.suffix != ".tmp" and not _in_use(path)), key=_last_used)
        if used - sum(sizes[path] for path in free_to_go) + size > allowed:
            return False
        for path in free_to_go:
            if used + size <= allowed:
                break
            if self._remove(path):
                used -= sizes[path]
        return used + size <= allowed

    @contextlib.contextmanager
    def building(self, key: str) -> Iterator[Path]:
        """An empty folder that becomes the entry when the block ends, or goes away with all that is in it.

        For whoever holds the entry's lock. Files in it must be closed and synced.

        Raises:
            UserError: the disk is full, or the folder cannot be written any more.
        """
        entry, temporary = self.path(key), self.folder / f"{key}.tmp"
        try:
            for old in (temporary, entry):  # an entry at this place was found to be damaged
                if old.exists():
                    shutil.rmtree(old)
            temporary.mkdir()
            yield temporary
            temporary.rename(entry)
            _sync_folder(self.folder)
        except OSError as error:
            if error.errno in FULL:
                cure = "Make room there, or name a folder on a larger disk in RESNET_LAB_CACHE"
                raise UserError(
                    "The disk is full: the pictures do not fit", where=str(self.folder), cure=cure
                ) from error
            cure = "Check the disk, or name another folder in RESNET_LAB_CACHE"
            what = f"The cache cannot be written ({error.strerror})"
            raise UserError(what, where=str(self.folder), cure=cure) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _lock(self, key: str) -> Path:
        return self.folder / f"{key}.lock"

    def _remove(self, entry: Path) -> bool:
        """Remove an entry unless somebody makes or uses it; False if so."""
        with self._if_free(entry.stem) as free:
            if not free or _in_use(entry):
                return False
            gone = entry.with_suffix(".tmp")
            try:
                entry.rename(gone)  # at once, so that nobody finds half of it; Windows refuses if a file is open
            except OSError:
                return False
            shutil.rmtree(gone, ignore_errors=True)
            return True

    def _sweep(self) -> None:
        """Remove what processes left behind that died while they made an entry."""
        for temporary in self.folder.glob("*.tmp"):
            with self._if_free(temporary.stem) as free:
                if free:
                    shutil.rmtree(temporary, ignore_errors=True)

    @contextlib.contextmanager
    def _if_free(self, key: str) -> Iterator[bool]:
        """Hold an entry's lock for as long as the block lasts, if nobody else does."""
        lock = FileLock(self._lock(key), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()


def _size(entry: Path, *, on_disk: bool = False) -> int:
    """Bytes of an entry's files, or of the disk: a file in the making takes less there. Windows tells no difference."""
    with contextlib.suppress(OSError):  # removed meanwhile
        found = [file.stat() for file in entry.iterdir()]
        return sum(512 * each.st_blocks if on_disk and hasattr(each, "st_blocks") else each.st_size for each in found)
    return 0


def _last_used(entry: Path) -> float:
    with contextlib.suppress(OSError):
        return entry.stat().st_mtime
    return 0.0


def _hold(file: FileIO, path: Path) -> bool:
    """Share the lock of an open file; False if it is being removed at this moment, or was."""
    if sys.platform == "win32":  # which removes no open file
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nothing is ever removed from under a reader there
        pass
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _in_use(entry: Path) -> bool:
    """Whether somebody holds `Cache.use` on it. Windows tells only when the entry is renamed."""
    if sys.platform == "win32":
        return False
    try:
        with open(entry / PIXELS, "r+b") as file:  # over NFS only a writer may have a file for itself
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
