"""What a file really is, told from its bytes: its name proves nothing.

The first bytes decide which one decoder may touch a picture (`picture_kind`), and give a file that is no picture its
real name (`describe`), because "cannot identify image file" helps nobody.
"""

from __future__ import annotations

import re

HEAD_BYTES = 4096  # enough for every signature here, and for telling text from binary
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"

_PICTURES = (  # kind, what the file starts with
    ("JPEG", b"\xff\xd8\xff"),  # also "MPO": some phones append a second view, which is left alone
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
    ("TIFF", b"II*\x00"),
    ("TIFF", b"MM\x00*"),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}

_CHOOSE = f"Choose a photo: {READABLE}"
_EXPORT = "Export it as PNG or JPEG"
_STILL = "Take a still picture from it"
_OTHERS = (  # what the file starts with, what it is, what to do
    (b"version https://git-lfs", "a git-LFS pointer, not the picture itself", "Run `git lfs pull` to fetch it"),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"%!PS", "a PostScript drawing", _EXPORT),
    (b"\xc5\xd0\xd3\xc6", "a PostScript drawing", _EXPORT),
    (b"8BPS", "a Photoshop document", _EXPORT),
    (b"\x00\x00\x00\x0cjP  \r\n", "a JPEG 2000 picture", _EXPORT),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture", _EXPORT),
    (b"\x00\x00\x00\x0cJXL \r\n", "a JPEG XL picture", _EXPORT),
    (b"\xff\x0a", "a JPEG XL picture", _EXPORT),
    (b"\x00\x00\x01\x00", "an icon file (ICO)", _EXPORT),
    (b"PK\x03\x04", "a ZIP archive or an office document, not a picture", "Unpack it and choose a picture"),
    (b"PK\x05\x06", "an empty ZIP archive", _CHOOSE),
    (b"Rar!", "a RAR archive", "Unpack it and choose a picture"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it and choose a picture"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and choose a picture"),
    (b"BZh", "a bzip2 archive", "Unpack it and choose a picture"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it and choose a picture"),
    (b"\x1aE\xdf\xa3", "a video", _STILL),
    (b"\x00\x00\x01\xba", "a video", _STILL),
    (b"\x00\x00\x01\xb3", "a video", _STILL),
    (b"FLV", "a video", _STILL),
    (b"ID3", "a sound file", _CHOOSE),
    (b"OggS", "a sound or video file", _CHOOSE),
    (b"fLaC", "a sound file", _CHOOSE),
    (b"\x00\x05\x16\x07", "a macOS companion file (AppleDouble), not a picture", "Choose the file without `._`"),
    (b"MZ", "a program, not a picture", _CHOOSE),
    (b"\x7fELF", "a program, not a picture", _CHOOSE),
    (b"SQLite format 3", "a database, not a picture", _CHOOSE),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05][(}\]cX\x8a\x8c\x95]")


def picture_kind(head: bytes) -> str | None:
    """Name the picture format that `head`, the first bytes of a file, announces; None if it is not one we open."""
    for kind, start in _PICTURES:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":  # two letters are too common in text for a signature
        return "BMP"
    brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & _HEIC_BRANDS else None


def describe(head: bytes) -> tuple[str, str]:
    """Say what a file that is no readable picture is: (what, cure), both without a full stop."""
    if not head:
        return "The file is empty", "Copy or download it again"
    if not head.strip(b"\0"):
        return "The file holds nothing but zeros", "Copy or download it again"
    for start, what, cure in _OTHERS:
        if head.startswith(start):
            return f"The file is {what}", cure
    if head[:4] == b"RIFF":
        return ("The file is a video", _STILL) if head[8:11] == b"AVI" else ("The file is a sound file", _CHOOSE)
    if _brands(head) or head[4:8] in (b"moov", b"mdat", b"wide"):
        return "The file is a video", _STILL
    if _PICKLE.match(head):
        return "The file is a Python pickle, which is never opened here", _CHOOSE
    return _describe_text(head) if _is_text(head) else ("The file is not in a picture format known here", _CHOOSE)


def _brands(head: bytes) -> set[bytes]:
    """The brands of an ISO media file (HEIC, AVIF, MP4, QuickTime): empty for anything else."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head), 256)
    return {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}


def _describe_text(head: bytes) -> tuple[str, str]:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "The file is a web page, not a picture", "Save the picture itself, not the page that shows it"
    if start.startswith(b"<") and b"<svg" in start:
        return "The file is an SVG drawing", _EXPORT
    return "The file is text, not a picture", _CHOOSE


def _is_text(head: bytes) -> bool:
    """True for UTF-8, UTF-16 with a mark, and Latin-1: bytes without control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head)
