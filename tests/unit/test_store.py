"""`train.store`: files decoded once, found again by any process, and nothing half-made ever found."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from resnet.errors import UserError
from tests.picture_sets import (
    SIDE,
    everything,
    numbers,
    opened,
    parts,
    pets,
    picture,
    refusal,
    run,
    write_folder,
    write_zip,
)
from train import archives, store
from train.cache import PIXELS
from train.datasets import Data, open_data
from train.events import Preparing
from train.splits import StoredSplit
from train.streaming import StreamedSplit

PROJECT = Path(__file__).resolve().parents[2]
SLOWLY = """
import sys, time
from train import store
from train.datasets import open_data
decode = store.square
def slowly(data, *, name, side):
    print(name, flush=True)
    time.sleep(float(sys.argv[2]))
    return decode(data, name=name, side=side)
store.square = slowly
events = []
work = open_data(sys.argv[1], side=16, seed=0)
try:
    while True:
        events.append(next(work).what)
except StopIteration as end:
    print(end.value.fingerprint, int(end.value.train.take(end.value.train.labels.argsort()).sum()), "waiting" in events)
"""


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.is_dir())


def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that are decoded from now on."""
    names: list[str] = []
    real = store.square

    def square(data: bytes, *, name: str, side: int) -> store.Square:
        names.append(name)
        return real(data, name=name, side=side)

    monkeypatch.setattr(store, "square", square)
    return names


def another_process(source: str, seconds: float = 0.02) -> subprocess.Popen[str]:
    """Opens a set in a process of its own, so many seconds a picture; prints names, then what came out."""
    return subprocess.Popen(
        [sys.executable, "-c", SLOWLY, source, str(seconds)],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def told(source: str) -> tuple[Data, list[Preparing]]:
    return run(open_data(source, side=SIDE, seed=0))


def test_what_was_decoded_is_found_again(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = decoded(monkeypatch)
    source = write_folder(tmp_path / "pets", parts() | {"val/dog/note.txt": b"Hello"})
    first, events = told(source)
    assert events[1:3] == [Preparing(0, 20, "decoding", 20 * 3 * SIDE**2, "cache"), Preparing(20, 20, "decoding")]
    assert len(names) == 26
    again, events = told(source)
    assert events == [Preparing(0, 0, "decoding")]
    assert len(names) == 26
    assert torch.equal(everything(again.train), everything(first.train))
    assert torch.equal(everything(again.val), everything(first.val))
    assert (again.refused, again.fingerprint) == (first.refused, first.fingerprint)
    assert [refused.name for refused in again.refused] == ["val/dog/note.txt"]
    assert len(entries(cache)) == 2


def test_a_zip_is_known_by_its_contents(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_zip(tmp_path / "a.zip", pets().items())
    opened(source)
    names = decoded(monkeypatch)
    moved = str(shutil.copy(source, tmp_path / "b.zip"))
    opened(moved)
    assert names == []
    opened(moved, seed=1)  # divides the same pictures otherwise
    assert names == []
    run(open_data(moved, side=SIDE + 1, seed=0))
    opened(write_zip(tmp_path / "c.zip", (pets() | {"cat/0.png": picture(99)}).items()))
    assert len(names) == 40
    assert len(entries(cache)) == 3


@pytest.mark.usefixtures("cache")
def test_a_file_that_changes_is_decoded_again(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", parts())
    opened(source)
    (tmp_path / "pets/train/cat/3.png").write_bytes(picture(333))
    assert 333 in numbers(opened(source).train)
    (tmp_path / "pets/train/cat/3.png").write_bytes(b"Hello")
    assert [refused.name for refused in opened(source).refused] == ["train/cat/3.png"]


@pytest.mark.usefixtures("cache")
def test_what_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_folder(tmp_path / "pets", parts())

    def denied(path: Path, *, name: str) -> bytes:
        if name == "train/cat/3.png":
            raise UserError("Reading it is not permitted", where=name)
        return path.read_bytes()

    with monkeypatch.context() as closed:
        closed.setattr(archives, "read_bytes", denied)
        for _ in range(2):
            assert [refused.reason for refused in opened(source).refused] == ["Reading it is not permitted"]
    assert opened(source).refused == ()


def test_changing_the_pictures_changes_no_file(cache: Path, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", parts())
    data = opened(source)
    before = everything(data.train)
    data.train.store[:] = 0  # type: ignore[attr-defined]
    assert not everything(data.train).any()
    assert torch.equal(everything(opened(source).train), before)


@pytest.mark.parametrize("damage", ["short", "no index", "half an index"])
def test_damaged_entries_are_made_again(damage: str, cache: Path, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    before = everything(opened(source).train)
    (entry,) = [path for path in cache.iterdir() if path.is_dir()]
    index = entry / "index.json"
    if damage == "short":
        (entry / PIXELS).write_bytes((entry / PIXELS).read_bytes()[:-1])
    elif damage == "no index":
        index.unlink()
    else:
        index.write_text(index.read_text()[:30])
    data, events = told(source)
    assert torch.equal(everything(data.train), before)
    assert len(events) > 1
    assert json.loads(index.read_text())["reasons"] == {}


@pytest.mark.slow
def test_two_processes_decode_once(cache: Path, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets(30, 30))
    processes = [another_process(source) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].splitlines() for process in processes]
    assert sorted(len(lines) for lines in said) == [1, 61]
    *first, made = said[0][-1].split()
    *second, waited = said[1][-1].split()
    assert first == second
    assert {made, waited} == {"True", "False"}
    assert len(entries(cache)) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_half_way(cache: Path, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets(30, 30))
    process = another_process(source, 0.1)
    assert process.stdout
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert [Path(name).suffix for name in entries(cache)] == [".tmp"]
    data = opened(source)
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(60)]
    assert [Path(name).suffix for name in entries(cache)] == [""]


def test_closed_half_way(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_folder(tmp_path / "pets", pets(100, 100))
    real = store.square

    def slowly(data: bytes, *, name: str, side: int) -> store.Square:
        time.sleep(0.02)
        return real(data, name=name, side=side)

    with monkeypatch.context() as slow:
        slow.setattr(store, "square", slowly)
        slow.setattr(store, "EVENT_SECONDS", 0.01)
        work = open_data(source, side=SIDE, seed=0)
        while next(work).done == 0:
            pass
        work.close()
    assert entries(cache) == []
    assert len(opened(source).train.labels) == 180


def test_a_disk_that_fills_up(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BufferedWriter):
        """A file on a disk with room for five squares."""

        def write(self, data: Any, /) -> int:
            if self.tell() >= 5 * 3 * SIDE**2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    real = Path.open

    def small(path: Path, mode: str = "r", **more: Any) -> Any:
        return Full(io.FileIO(path, "wb")) if mode == "wb" else real(path, mode, **more)

    source = write_folder(tmp_path / "pets", pets())
    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", small)
        error = refusal(source)
    assert error.what == "The disk is full: the pictures do not fit"
    assert "RESNET_LAB_CACHE" in error.cure
    assert entries(cache) == []
    assert len(opened(source).train.labels) == 18


# Where the cache cannot hold them


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be written, even by the superuser: there is a file in its place."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "file" / "cache"))


@pytest.mark.usefixtures("no_cache")
def test_without_a_cache_pictures_are_kept_in_memory(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", parts())
    data, events = told(source)
    assert numbers(data.train) == [*range(20)]
    assert Preparing(0, 20, "decoding", 20 * 3 * SIDE**2, "memory") in events


@pytest.mark.usefixtures("no_cache")
def test_what_memory_cannot_hold_is_read_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MEMORY_LIMIT", 20 * 3 * SIDE**2 - 1)
    data, events = told(write_folder(tmp_path / "pets", parts()))
    assert numbers(data.train) == [*range(20)]
    assert isinstance(data.train, StreamedSplit)
    assert isinstance(data.val, StoredSplit)
    assert Preparing(0, 20, "checking", 20 * 3 * SIDE**2, "files") in events


def test_what_the_cache_cannot_hold_is_checked_once(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 20 * 3 * SIDE**2 - 1
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", str(limit))
    source = write_folder(tmp_path / "pets", parts() | {"train/cat/note.txt": b"Hello"})
    data, events = told(source)
    assert isinstance(data.train, StreamedSplit)
    assert numbers(data.train) == [*range(20)]
    assert Preparing(0, 21, "checking", 21 * 3 * SIDE**2, "files") in events
    assert sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()) < limit
    names = decoded(monkeypatch)
    again, _ = told(source)
    assert names == []
    assert (again.refused, again.fingerprint) == (data.refused, data.fingerprint)
    assert [refused.name for refused in again.refused] == ["train/cat/note.txt"]
    monkeypatch.delenv("RESNET_LAB_CACHE_LIMIT")
    assert isinstance(opened(source).train, StoredSplit)
