"""`train.pictures`: what is no picture, or no longer a whole one, is refused by its real name."""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet.errors import UserError
from tests.picture_files import encoded, gradient
from train.pictures import MAX_BYTES, decode, read_bytes


def png_header(width: int, height: int) -> bytes:
    """A whole but tiny 1-bit PNG that claims to be `width` x `height`."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    )


NO_PICTURES = [
    (b"", "empty"),
    (bytes(5000), "zeros"),
    (b"Dear cat,\n", "text"),
    ("Übung".encode("latin-1"), "text"),
    ("ä".encode("utf-16"), "text"),
    (b"BM is how this text begins", "text"),
    (b'{"a": 1}', "text"),
    (b"<!DOCTYPE html><p>Not found", "web page"),
    (b"\xef\xbb\xbf\n <HTML>", "web page"),
    (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    (b"<svg/>", "SVG"),
    (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
    (b"8BPS\0\x01\0\0", "Photoshop"),
    (b"PK\x03\x04\x14\0\0\0", "ZIP"),
    (b"\x1f\x8b\x08\0", "gzip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05posix", "pickle"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git-LFS pointer"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "video"),
    (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video"),
    (b"\x1aE\xdf\xa3\x93", "video"),
    (b"RIFF\x24\0\0\0AVI LIST", "video"),
    (b"RIFF\x24\0\0\0WAVEfmt ", "sound"),
    (b"\x00\x05\x16\x07\0\x02\0\0Mac OS X", "AppleDouble"),
    (b"\x0c\x1d\x02\x7f random bytes", "not in a picture format"),
]


FLAT = {"PNG": {}, "WEBP": {"lossless": True, "method": 0}}


@pytest.mark.parametrize(("data", "word"), NO_PICTURES, ids=[word for _, word in NO_PICTURES])
def test_no_picture_is_named_for_what_it_is(data: bytes, word: str) -> None:
    with pytest.raises(UserError) as refusal:
        decode(data, name="cat.jpg")
    assert word in refusal.value.what
    assert refusal.value.where == "cat.jpg"
    assert refusal.value.cure


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("part", [0.3, 0.7])
def test_cut_off_pictures_are_refused(kind: str, part: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8))
    whole = encoded(noise, kind)
    with pytest.raises(UserError) as refusal:
        decode(whole[: int(len(whole) * part)], name="half")
    assert refusal.value.what.endswith(("is cut off", "is damaged") if kind == "TIFF" else "is cut off")
    assert refusal.value.cure


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damage_is_decoded_or_named(kind: str) -> None:
    whole = encoded(gradient(), kind)
    random = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(whole)
        for at in random.integers(4, len(whole), 6):
            damaged[at] = random.integers(0, 256)
        with suppress(UserError):  # every other exception fails the test
            assert decode(bytes(damaged), name="damaged", side=16).mode == "RGB"


@pytest.mark.parametrize(("width", "height"), [(20000, 20000), (13300, 13300), (60000, 20), (2**31 - 1, 2**31 - 1)])
def test_bombs_are_refused_unopened(width: int, height: int) -> None:
    with pytest.raises(UserError) as refusal:
        decode(png_header(width, height), name="bomb.png")
    assert f"{width}x{height} pixels" in refusal.value.what
    assert refusal.value.cure


def test_webp_bomb_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile", None)  # calling it would fail
    header = b"RIFF\xff\0\0\0WEBPVP8X\n\0\0\0" + bytes(4) + (16382).to_bytes(3, "little") * 2
    with pytest.raises(UserError, match="16383x16383 pixels"):
        decode(header, name="bomb.webp")


def test_a_format_that_takes_more_memory_may_have_fewer_pixels() -> None:
    header = b"RIFF\xff\0\0\0WEBPVP8X\n\0\0\0" + bytes(4) + (5999).to_bytes(3, "little") * 2
    with pytest.raises(UserError) as refusal:
        decode(header + bytes(20_000), name="large.webp")
    assert refusal.value.what == "The picture is 6000x6000 pixels, too large"
    assert "up to 32 megapixels as WebP" in refusal.value.cure


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_large_pictures_of_nothing_are_refused_undecoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = encoded(Image.new("1" if kind == "PNG" else "RGB", (5000, 5000)), kind, **FLAT[kind])
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)  # calling it would fail
    with pytest.raises(UserError) as refusal:
        decode(flat, name="bomb")
    assert refusal.value.what == f"The picture is 5000x5000 pixels in {len(flat)} bytes: empty, or cut off"
    monkeypatch.undo()
    assert "up to 9 megapixels" in refusal.value.cure
    assert decode(encoded(Image.new("RGB", (3000, 3000)), kind, **FLAT[kind]), name="flat", side=8).size == (8, 8)


def test_a_refusal_keeps_no_pixels_alive() -> None:
    whole = encoded(gradient(), "PNG")
    with pytest.raises(UserError) as refusal:
        decode(whole[: len(whole) // 2], name="half")
    assert refusal.value.__context__ is None  # its traceback would lead to the picture


def test_too_many_bytes() -> None:
    with pytest.raises(UserError, match="larger than 30 MB"):
        decode(encoded(gradient(), "PNG") + bytes(MAX_BYTES), name="large.png")


def test_limits_of_pillow_are_left_as_they_were() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(UserError):
        decode(png_header(20000, 20000), name="bomb.png")
    assert before == Image.MAX_IMAGE_PIXELS


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        decode(tmp_path / "missing.jpg", name="missing.jpg")
    with pytest.raises(UserError, match="is a folder"):
        decode(tmp_path, name="folder")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a Unix thing")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(UserError, match="not an ordinary file"):
        decode(tmp_path / "pipe.jpg", name="pipe.jpg")


def test_reading_stops_just_beyond_the_limit(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(bytes(100))
    assert len(read_bytes(tmp_path / "long", name="long", limit=10)) == 11
