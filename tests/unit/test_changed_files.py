"""What was decoded is found again only where the files are the same, whatever is done to make others look like them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
import torch

from tests.picture_sets import SIDE, everything, numbers, opened, parts, pets, picture, run, write_folder, write_zip
from train.datasets import open_data
from train.events import Preparing

pytestmark = pytest.mark.usefixtures("cache")
POLYNOMIAL = (0xEDB88320 << 1 | 1).to_bytes(5, "little")  # of CRC-32: added to anything, it leaves the checksum alone


def test_a_zip_with_the_same_checksums(tmp_path: Path) -> None:
    data = picture(3, size=(SIDE, SIDE), kind="BMP")
    at = len(data) // 2
    forged = bytes(a ^ b for a, b in zip(data[at:], POLYNOMIAL, strict=False))
    forged = data[:at] + forged + data[at + len(POLYNOMIAL) :]
    sources = [
        write_zip(tmp_path / name, (parts() | {"train/cat/3.png": content}).items())
        for name, content in (("a.zip", data), ("b.zip", forged))
    ]
    stated = [[(each.filename, each.file_size, each.CRC) for each in zipfile.ZipFile(at).infolist()] for at in sources]
    assert stated[0] == stated[1]
    first, second = (everything(opened(source).train) for source in sources)
    differ = (first != second).flatten(1).any(dim=1)
    assert torch.nonzero(differ).tolist() == [[3]]


def test_a_file_changed_behind_its_times(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", parts())
    file = tmp_path / "pets/train/cat/3.png"
    file.write_bytes(picture(3, kind="BMP"))
    before = file.stat()
    opened(source)
    file.write_bytes(picture(249, kind="BMP"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert numbers(opened(source).train)[3] == 249


def test_a_folder_that_moves_stays_the_same(tmp_path: Path) -> None:
    opened(write_folder(tmp_path / "pets", pets()))
    moved = (tmp_path / "pets").rename(tmp_path / "moved")
    assert run(open_data(str(moved), side=SIDE, seed=0))[1] == [Preparing(0, 0, "decoding")]
