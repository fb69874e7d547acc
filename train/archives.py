"""Folders and ZIP files as one thing: a list of names, and the bytes behind each.

A ZIP may come from anybody. It is read in place, so no file is ever written under a name that it chose; what its
directory states about counts, sizes and names is checked before any member is opened.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from resnet.errors import UserError
from train.file_kinds import HEAD_BYTES, describe, picture_kind
from train.layout import Refused, clean, empty_folders, is_clutter
from train.pictures import MAX_BYTES, read_bytes

MAX_FILES = 200_000  # in a ZIP, which may come from anybody; a folder is its owner's
MAX_UNPACKED = 20_000_000_000  # bytes of all members together
MAX_DIRECTORY = 20_000_000  # bytes: what a ZIP of MAX_FILES members with long names needs for its list of members
BOMB_RATIO = 100  # photos do not shrink at all; a bomb shrinks a thousandfold
BOMB_BYTES = 1_000_000  # a flat drawing may shrink as much, but is small

_DEFLATE = "Pack it again as a plain ZIP without a password (on Windows: Send to, Compressed folder)"


class Shelf(Protocol):
    """Something with named files in it; close it after use.

    Attributes:
        names: relative paths with "/" between folders, without clutter.
        refused: files that are there but will not be read, and folders without any.
    """

    names: list[str]
    refused: list[Refused]

    def read(self, name: str) -> bytes:
        """The bytes of one file (of a file over MAX_BYTES, enough to show it is). From any thread. Raises UserError."""

    def fingerprint(self, name: str) -> str:
        """What changes when the contents of a file do, told without decoding it."""

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
        return Folder(path)
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

    def __init__(self, paths: Mapping[str, str | Path]) -> None:
        self.names = list(paths)
        self.refused: list[Refused] = []
        self._paths = dict(paths)

    def read(self, name: str) -> bytes:
        return read_bytes(Path(self._paths[name]), name=name)

    def fingerprint(self, name: str) -> str:
        """Its size, times and inode, as for `git`: reading a large set to tell it takes minutes."""
        try:
            status = os.stat(self._paths[name])
        except OSError as error:
            return f"unreadable {error.errno}"
        return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"

    def close(self) -> None:
        """Nothing is held open."""


class Folder(Files):
    """A folder on disk, with everything below it. Linked folders are followed, each once."""

    def __init__(self, root: Path) -> None:
        super().__init__({})
        self._root = root
        self._entered: dict[tuple[int, int], str] = {}
        starts = [str(root)]
        for start in starts:  # links come last, so that none takes the place of the folder that it leads to
            if self._enter(start):
                starts += self._list(start)
        self.refused += empty_folders(self._entered.values(), [*self.names, *(each.name for each in self.refused)])

    def _list(self, start: str) -> list[str]:
        """Add the files below a folder; the links to folders that were met are left for later."""
        links = []
        for top, folders, files in os.walk(start, onerror=self._unreadable):
            paths = {folder: os.path.join(top, folder) for folder in sorted(folders) if not is_clutter(folder)}
            links += [path for path in paths.values() if os.path.islink(path)]
            folders[:] = [folder for folder, path in paths.items() if not os.path.islink(path) and self._enter(path)]
            place = self._place(top)
            for file in sorted(files):
                if not is_clutter(file):
                    self._add(clean(place + file), os.path.join(top, file))
        return links

    def _enter(self, folder: str) -> bool:
        place = self._place(folder)
        try:
            status = os.stat(folder)
        except OSError:
            return True  # os.walk then reports what is wrong with it
        first = self._entered.setdefault((status.st_dev, status.st_ino), place)
        if first != place:
            self.refused.append(Refused(place, f"The same folder as {first or './'}"))
        return first == place

    def _add(self, name: str, path: str) -> None:
        if name in self._paths:
            self.refused.append(Refused(name, "Another file's name reads the same"))
        else:
            self._paths[name] = path
            self.names.append(name)

    def _place(self, folder: str) -> str:
        """A folder as names in it begin: "cat/"; "" for the whole."""
        inside = Path(folder).relative_to(self._root).as_posix()
        return "" if inside == "." else clean(inside) + "/"

    def _unreadable(self, error: OSError) -> None:
        place = self._place(error.filename)
        if not place:
            where = str(self._root)
            raise UserError("Reading it is not permitted", where=where, cure="Change its permissions") from error
        self.refused.append(Refused(place, "It cannot be opened"))


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
            self._digest = self._hash()
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
        """What the whole ZIP hashes to: the checksums that it states itself can be made to match (CRC-32)."""
        return self._digest

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    def _hash(self) -> str:
        digest, chunk = hashlib.blake2b(digest_size=16), bytearray(2**20)
        self._file.seek(0)
        while count := self._file.readinto(chunk):
            digest.update(memoryview(chunk)[:count])
        return digest.hexdigest()

    def _list(self, where: str) -> None:
        folders = []
        members = self._zip.infolist()
        _check_directory(members, os.fstat(self._file.fileno()).st_size, where)
        for member, path in zip(members, _names(members), strict=True):
            name = clean("/".join(part for part in path.split("/") if part not in ("", ".")))
            if _leads_outside(path):
                what = f"It names a file outside itself ({name[:80]})"
                raise UserError(what, where=where, cure="Pack the folder of pictures again; do not trust this ZIP")
            if not name or is_clutter(name):
                continue
            if path.endswith(("/", "/.")):
                folders.append(f"{name}/")
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
        self.refused += empty_folders(folders, [*self.names, *(each.name for each in self.refused)])


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
