"""`open_data` on ZIPs that mean harm: nothing is written, nothing is trusted, and the refusal says why."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Callable, Generator
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest

from resnet.errors import UserError
from tests.picture_sets import opened, pets, picture, refusal, write_folder, write_zip
from train import archives


@pytest.fixture
def untouched(tmp_path: Path) -> Generator[None, None, None]:
    """Whatever the test does, nothing is written but the ZIPs themselves."""
    yield
    assert [path.name for path in tmp_path.rglob("*") if path.suffix != ".zip"] == []
    assert not Path("/tmp/resnet-lab-evil.png").exists()


def _member(name: str, **fields: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("name")
    member.filename = name
    for field, value in fields.items():
        setattr(member, field, value)
    return member


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "cat/../../../evil.png",
        "/tmp/resnet-lab-evil.png",
        "C:/evil.png",
        "C:evil.png",
        "..\\evil.png",
        "\\\\server\\share\\evil.png",
        "__MACOSX/../../evil.png",
    ],
)
def test_zips_that_name_files_outside_are_refused(name: str, tmp_path: Path) -> None:
    error = refusal(write_zip(tmp_path / "evil.zip", [*pets().items(), (_member(name), picture(99))]))
    assert "names a file outside itself" in error.what
    assert error.where.endswith("evil.zip")


def _flag_encrypted(data: bytes) -> bytes:
    """Set the flag for encryption of the last member, in both places where a ZIP keeps it."""
    changed = bytearray(data)
    struct.pack_into("<H", changed, data.rindex(b"PK\x03\x04") + 6, 1)
    struct.pack_into("<H", changed, data.rindex(b"PK\x01\x02") + 8, 1)
    return bytes(changed)


def _spoil_last_member(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[data.rindex(b"PK\x03\x04") + 45] ^= 255
    return bytes(changed)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("member", "data", "change", "reason"),
    [
        (
            _member("dog/x", external_attr=(stat.S_IFLNK | 0o777) << 16),
            b"/etc/passwd",
            None,
            "It is a link, not a file",
        ),
        (_member("dog/x", external_attr=(stat.S_IFIFO | 0o777) << 16), b"", None, "It is not an ordinary file"),
        (_member("dog/x"), picture(99), _flag_encrypted, "It is encrypted with a password"),
        (
            _member("dog/x", compress_type=zipfile.ZIP_BZIP2),
            picture(99),
            None,
            "It is compressed by a method other than",
        ),
        (_member("dog/x", compress_type=zipfile.ZIP_DEFLATED), bytes(4_000_000), None, "It unpacks to far more than"),
        (
            _member("dog/x", compress_type=zipfile.ZIP_DEFLATED),
            os.urandom(30_000_001),
            None,
            "The file is larger than 30 MB",
        ),
        (_member("dog/x"), picture(99), _spoil_last_member, "It is damaged inside the ZIP"),
        (_member("dog/1.png"), picture(99), None, "The name appears twice in the ZIP"),
    ],
    ids=["link", "pipe", "encrypted", "bzip2", "bomb", "large", "spoilt", "twice"],
)
def test_members_that_are_not_read(
    member: zipfile.ZipInfo, data: bytes, change: Callable[[bytes], bytes] | None, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.zip"
    with pytest.warns(UserWarning, match="Duplicate") if "twice" in reason else nullcontext():
        source = write_zip(path, [*pets().items(), (member, data)])
    if change:
        path.write_bytes(change(path.read_bytes()))
    read = opened(source)
    assert len(read.train.labels) + len(read.val.labels) == 20
    ((name, why),) = [(refused.name, refused.reason) for refused in read.refused]
    assert name == member.filename
    assert why.startswith(reason)


@pytest.mark.usefixtures("untouched")
def test_a_zip_with_nothing_to_read_says_why(tmp_path: Path) -> None:
    source = write_zip(tmp_path / "secret.zip", [("cat/1.png", picture(1))])
    Path(source).write_bytes(_flag_encrypted(Path(source).read_bytes()))
    assert "encrypted" in refusal(source).what


@pytest.mark.usefixtures("untouched")
def test_zip_bombs_are_refused_whole(tmp_path: Path) -> None:
    source = write_zip(tmp_path / "bomb.zip", [(f"cat/{n}.bmp", bytes(20_000_000)) for n in range(4)])
    assert "ZIP bomb" in refusal(source).what


@pytest.mark.usefixtures("untouched")
def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    """The trick of 42 MB that become 281 TB: many members that share the same packed bytes."""
    source = write_zip(tmp_path / "overlap.zip", [("cat/1.png", os.urandom(50_000))])
    data = Path(source).read_bytes()
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    closing = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 50, 50, 50 * (end - start), start, 0)
    Path(source).write_bytes(data[:start] + data[start:end] * 50 + closing)
    assert "ZIP bomb" in refusal(source).what


@pytest.mark.usefixtures("untouched")
def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_zip(tmp_path / "many.zip", pets().items())
    monkeypatch.setattr(archives, "MAX_FILES", 19)
    assert "20 files in it, more than 19" in refusal(source).what
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 900)
    assert "list of files is too long" in refusal(source).what


def test_a_folder_may_hold_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is its owner's own, and ImageNet has more files than anybody may ask for by a ZIP."""
    monkeypatch.setattr(archives, "MAX_FILES", 19)
    assert len(opened(write_folder(tmp_path / "pets", pets())).train.labels) == 18


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("seed", range(5))
def test_damaged_zips_are_read_or_refused_by_name(seed: int, tmp_path: Path) -> None:
    source = write_zip(tmp_path / "damaged.zip", pets(3, 3).items())
    whole = Path(source).read_bytes()
    random = np.random.default_rng(seed)
    for _ in range(20):
        damaged = bytearray(whole[: len(whole) - int(random.integers(0, 2) * random.integers(0, len(whole)))])
        for at in random.integers(4, max(5, len(damaged)), 8):
            damaged[at % len(damaged)] = random.integers(0, 256)
        Path(source).write_bytes(damaged)
        with suppress(UserError):  # every other exception fails the test
            opened(source)
