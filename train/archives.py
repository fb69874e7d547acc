"""Folders and ZIP files as one thing: a list of names, and the bytes behind each.

A ZIP may come from anybody. It is read in place, so no file is ever written under a name that it chose; what its
directory states about counts, sizes and names is checked before any member is opened.
"""

from __future__ import annotations

import io
import os
import re
import stat
import threading
import zipfile
from pathlib import Path
from typing import Protocol

from resnet.errors import UserError
from train.file_kinds import HEAD_BYTES, describe, picture_kind
from train.layout import Refused, clean, is_clutter
from train.pictures import MAX_BYTES, read_bytes

MAX_FILES = 200_000
MAX_UNPACKED = 20_000_000_000  # bytes of all members together
MAX_DIRECTORY = 20_000_000  # bytes: what a ZIP of MAX_FILES members with long names needs for its list of members
BOMB_RATIO = 100  # photos do not shrink at all; a bomb shrinks a thousandfold
BOMB_BYTES = 1_000_000  # a flat drawing may shrink as much, but is small

_DEFLATE = "Pack it again as a plain ZIP without a password (on Windows: Send to, Compressed folder)"


class Shelf(Protocol):
    """Something with named files in it; close it after use.

    Attributes:
        names: relative paths with "/" between folders, without clutter.
        refused: files that are there but will not be read.
    """

    names: list[str]
    refused: list[Refused]

    def read(self, name: str) -> bytes:
        """The bytes of one file (of a file over MAX_BYTES, enough to show it is). From any thread. Raises UserError."""

    def fingerprint(self, name: str) -> str:
        """What changes when the contents of a file do, told without reading it."""

    def close(self) -> None:
        """Let go of the file."""


def open_shelf(source: str) -> Shelf:
    """Open a folder or a ZIP file.

    Raises:
        UserError: it does not exist, is neither, cannot be read, or is a ZIP that is damaged or meant to do harm.
    """
    cure = "Give a folder, a ZIP file, drawn, oxford-pets or hub:OWNER/NAME"
    try:
        path = Path(source).expanduser()
        mode = path.stat().st_mode
    except PermissionError as error:
        raise UserError("Reading it is not permitted", where=source, cure="Change its permissions") from error
    except (OSError, ValueError, RuntimeError) as error:  # also a name too long, with a zero byte, or ~nobody/
        raise UserError("There is no such folder or file", where=clean(source), cure=cure) from error
    if stat.S_ISDIR(mode):
        return Folder(path, source)
    if not stat.S_ISREG(mode):
        raise UserError("It is neither a folder nor a ZIP file", where=source, cure=cure)
    head = read_bytes(path, name=source, limit=HEAD_BYTES)
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        kind = picture_kind(head)
        what = f"The file is one {kind} picture, not a set of pictures" if kind else describe(head)[0]
        raise UserError(what, where=source, cure="Give a folder or a ZIP file with one folder of pictures per class")
    return Archive(path, source)


class Files:
    """Files on disk, each under a name of its own."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self.names = list(paths)
        self.refused: list[Refused] = []
        self._paths = paths

    def read(self, name: str) -> bytes:
        return read_bytes(self._paths[name], name=name)

    def fingerprint(self, name: str) -> str:
        """Its place, size and time of change, as for `make`: reading a large set to tell it takes minutes."""
        try:
            status = self._paths[name].stat()
        except OSError as error:
            return f"unreadable {error.errno}"
        return f"{self._paths[name].absolute()} {status.st_size} {status.st_mtime_ns}"

    def close(self) -> None:
        """Nothing is held open."""


class Folder(Files):
    """A folder on disk, with everything below it. Linked folders are followed, each once."""

    def __init__(self, root: Path, where: str) -> None:
        super().__init__({})
        self._root = root
        self._seen: set[tuple[int, int]] = set()
        self._enter(root)
        for top, folders, files in os.walk(root, followlinks=True, onerror=self._unreadable):
            folders[:] = sorted(folder for folder in folders if self._enter(Path(top, folder)))
            for file in sorted(files):
                self._add(Path(top, file), where)

    def _enter(self, folder: Path) -> bool:
        if folder != self._root and is_clutter(folder.name):
            return False
        try:
            status = folder.stat()
        except OSError:
            return True  # os.walk then reports what is wrong with it
        place = (status.st_dev, status.st_ino)
        known = place in self._seen
        self._seen.add(place)
        return not known

    def _add(self, path: Path, where: str) -> None:
        if is_clutter(path.name):
            return
        if len(self.names) >= MAX_FILES:
            cure = "Give the folder that holds the class folders, or fewer pictures"
            raise UserError(f"There are more than {MAX_FILES} files in it", where=where, cure=cure)
        name = clean(path.relative_to(self._root).as_posix())
        self._paths[name] = path
        self.names.append(name)

    def _unreadable(self, error: OSError) -> None:
        folder = Path(error.filename)
        if folder == self._root:
            raise UserError("Reading it is not permitted", where=str(folder), cure="Change its permissions") from error
        self.refused.append(Refused(clean(folder.relative_to(self._root).as_posix()) + "/", "It cannot be opened"))


class Archive:
    """A ZIP file, read in place."""

    def __init__(self, path: Path, where: str) -> None:
        self.names: list[str] = []
        self.refused: list[Refused] = []
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._one_reader = threading.Lock()  # members share one file position
        self._file = _Bounded(open(path, "rb", buffering=0), where)  # noqa: SIM115 (closed in `close` or below)
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._list(where)
        except UserError:
            self._file.close()
            raise
        except Exception as error:  # zipfile raises a dozen unrelated kinds on broken archives
            self._file.close()
            cure = "Copy or download it again, or pack it again"
            raise UserError("The ZIP file is damaged or cut off", where=where, cure=cure) from error

    def read(self, name: str) -> bytes:
        member = self._members[name]
        try:
            with self._one_reader, self._zip.open(member) as file:
                return file.read(MAX_BYTES + 1)
        except Exception as error:  # as above: BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ...
            raise UserError("It is damaged inside the ZIP", where=name, cure="Pack the ZIP again") from error

    def fingerprint(self, name: str) -> str:
        """CRC-32 and size, from the ZIP's directory; reading fails if they are not those of the contents."""
        return f"{self._members[name].CRC:08x} {self._members[name].file_size}"

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    def _list(self, where: str) -> None:
        members = self._zip.infolist()
        _check_directory(members, os.fstat(self._file.fileno()).st_size, where)
        for member, path in zip(members, _names(members), strict=True):
            name = clean(path)
            if _leads_outside(path):
                what = f"It names a file outside itself ({name[:80]})"
                raise UserError(what, where=where, cure="Pack the folder of pictures again; do not trust this ZIP")
            if path.endswith("/") or is_clutter(path):
                continue
            reason = "The name appears twice in the ZIP" if name in self._members else _reason(member)
            if reason:
                self.refused.append(Refused(name, reason))
            else:
                self._members[name] = member
                self.names.append(name)
        if not self.names:
            what = f"No file in it can be used ({self.refused[0].reason})" if self.refused else "The ZIP file is empty"
            raise UserError(what, where=where, cure=_DEFLATE)


class _Bounded(io.BufferedReader):
    """A file that hands out no more than MAX_DIRECTORY bytes at once: zipfile reads its list of members in one go."""

    def __init__(self, raw: io.RawIOBase, where: str) -> None:
        super().__init__(raw)
        self._where = where

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise UserError("Its list of files is too long", where=self._where, cure=f"Pack at most {MAX_FILES} files")
        return super().read(size)


def _check_directory(members: list[zipfile.ZipInfo], packed: int, where: str) -> None:
    """Refuse an archive for what its directory states about all members together; `packed` is its own size in bytes."""
    if len(members) > MAX_FILES:
        what = f"There are {len(members)} files in it, more than {MAX_FILES}"
        raise UserError(what, where=where, cure="Pack fewer pictures")
    unpacked = sum(member.file_size for member in members)
    overlapping = sum(member.compress_size for member in members) > packed
    if unpacked > MAX_UNPACKED or overlapping or (unpacked > BOMB_RATIO * packed and unpacked > 50 * BOMB_BYTES):
        what = f"{packed} bytes that claim to unpack to {unpacked} are a ZIP bomb, or far too much"
        raise UserError(what, where=where, cure=f"Pack photos only, up to {MAX_UNPACKED // 10**9} GB together")


def _reason(member: zipfile.ZipInfo) -> str:
    """Why a member will not be read; empty if it will."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "It is a link, not a file" if kind == stat.S_IFLNK else "It is not an ordinary file"
    if member.flag_bits & 1:
        return "It is encrypted with a password"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "It is compressed by a method other than Deflate"
    if member.file_size > MAX_BYTES:
        return f"The file is larger than {MAX_BYTES // 1_000_000} MB"
    if member.file_size > max(BOMB_BYTES, BOMB_RATIO * member.compress_size):
        return "It unpacks to far more than it should, like a ZIP bomb"
    return ""


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    """The members' paths with "/" between folders, in the letters that were meant."""
    # Names not marked as UTF-8 reach us read in the first PC's letters (code page 437). macOS packs UTF-8 without the
    # mark, a Chinese Windows its own code page. One name may make sense in several; all of an archive seldom do.
    unmarked = [None if member.flag_bits & 0x800 else _first_pc(member.filename) for member in members]
    raw = [name for name in unmarked if name is not None]
    encoding = next((encoding for encoding in ("utf-8", "gb2312") if _all_read_as(encoding, raw)), "cp437")
    names = [
        member.filename if name is None else name.decode(encoding)
        for member, name in zip(members, unmarked, strict=True)
    ]
    return [name.replace("\\", "/") for name in names]  # some Windows tools pack with backslashes


def _first_pc(name: str) -> bytes | None:
    """The bytes behind a name that zipfile took for code page 437; None if it did not."""
    try:
        return name.encode("cp437")
    except UnicodeEncodeError:
        return None


def _all_read_as(encoding: str, names: list[bytes]) -> bool:
    try:
        text = b"/".join(names).decode(encoding)
    except UnicodeDecodeError:
        return False
    return encoding == "utf-8" or all(letter.isascii() or "\u4e00" <= letter <= "\u9fff" for letter in text)


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or bool(re.match(r"[A-Za-z]:", name)) or ".." in name.split("/")
