"""`train.store` and its entries: what each depends on, what is found wrong with it, and who else wants it."""

from __future__ import annotations

import errno
import importlib.metadata
import io
import json
import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL
import pytest
import torch

from tests.picture_sets import SIDE, everything, numbers, opened, parts, pets, run, write_folder, write_zip
from train import cache as caches
from train import store
from train.archives import open_shelf
from train.cache import PIXELS, Cache
from train.datasets import open_data
from train.splits import StoredSplit
from train.streaming import StreamedSplit


def the_entry(cache: Path) -> Path:
    """The only entry."""
    (entry,) = [path for path in cache.iterdir() if path.is_dir()]
    return entry


def is_decoded(source: str) -> bool:
    """Whether anything is, or all was found."""
    return len(run(open_data(source, side=SIDE, seed=0))[1]) > 1


@pytest.mark.parametrize("part", ["format", "Pillow", "HEIF", "no HEIF"])
def test_another_program_decodes_again(part: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_folder(tmp_path / "pets", pets())
    heif = {"HEIF": "2", "no HEIF": None}.get(part, "1")

    def version(name: str) -> str:
        if heif is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return heif

    with monkeypatch.context() as before:
        before.setattr(importlib.metadata, "version", lambda name: "1")
        assert is_decoded(source)
    monkeypatch.setattr(importlib.metadata, "version", version)
    if part == "format":
        monkeypatch.setattr(store, "FORMAT", store.FORMAT + 1)
    elif part == "Pillow":
        monkeypatch.setattr(PIL, "__version__", "0.0")
    assert is_decoded(source)
    assert not is_decoded(source)


@pytest.mark.usefixtures("cache")
def test_other_files_of_the_same_zip_are_others(tmp_path: Path) -> None:
    shelf = open_shelf(write_zip(tmp_path / "pets.zip", pets().items()))
    kept = {name: run(store.keep(shelf, [name], SIDE))[0].images for name in ("cat/0.png", "cat/1.png")}
    shelf.close()
    assert kept["cat/0.png"] is not None
    assert kept["cat/1.png"] is not None
    assert not torch.equal(kept["cat/0.png"], kept["cat/1.png"])


@pytest.mark.parametrize("damage", ["black", "last picture", "digests"])
def test_an_entry_that_was_changed_is_made_again(damage: str, cache: Path, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    before = opened(source)
    pictures = everything(before.train)
    pixels, index = the_entry(cache) / PIXELS, the_entry(cache) / "index.json"
    data = pixels.read_bytes()
    if damage == "digests":
        kept = json.loads(index.read_text())
        index.write_text(json.dumps(kept | {"digests": kept["digests"][:-32]}))
    else:
        left = 0 if damage == "black" else len(data) - 3 * SIDE**2
        pixels.write_bytes(data[:left] + bytes(len(data) - left))
    again = opened(source)
    assert torch.equal(everything(again.train), pictures)
    assert again.fingerprint == before.fingerprint
    assert pixels.read_bytes() == data


def test_an_entry_is_on_the_disk_before_it_has_its_name(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: dict[int, bool] = {}
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced[os.fstat(descriptor).st_ino] = any(cache.glob("*.tmp"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    opened(write_folder(tmp_path / "pets", pets()))
    entry = the_entry(cache)
    assert synced[(entry / PIXELS).stat().st_ino]
    assert synced[(entry / "index.json").stat().st_ino]
    if os.name == "posix":
        assert synced[cache.stat().st_ino] is False  # the name itself, after it was given


def test_threads_write_one_at_a_time(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.BufferedWriter):
        """A file that lets other threads in between seeking and writing."""

        def seek(self, target: int, whence: int = 0, /) -> int:
            place = super().seek(target, whence)
            time.sleep(0.002)
            return place

    real = Path.open

    def slow(path: Path, mode: str = "r", **more: Any) -> Any:
        return Slow(io.FileIO(path, "wb")) if mode == "wb" else real(path, mode, **more)

    source = write_folder(tmp_path / "pets", parts())
    monkeypatch.setattr(store, "usable_cores", lambda: 4)
    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", slow)
        data = opened(source)
    assert isinstance(data.train, StoredSplit)
    assert numbers(data.train) == [*range(20)]


# Room, and who else needs it


def test_who_comes_while_an_entry_is_made_waits_for_it(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_folder(tmp_path / "pets", pets())
    first = open_data(source, side=SIDE, seed=0)
    while next(first).kept != "cache":
        pass
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))  # the first one takes what there was
    second = open_data(source, side=SIDE, seed=0)
    assert [next(second).what, next(second).what] == ["decoding", "waiting"]
    run(first)
    data, _ = run(second)
    assert isinstance(data.train, StoredSplit)
    assert (the_entry(cache) / PIXELS).exists()


@pytest.mark.parametrize("full", [True, False])
def test_what_only_is_checked_needs_no_disk(
    full: bool, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "100")
    if full:
        monkeypatch.setattr(store, "_write_index", write)
    source = write_folder(tmp_path / "pets", parts())
    data = opened(source)
    assert isinstance(data.train, StreamedSplit)
    assert numbers(data.train) == [*range(20)]
    assert is_decoded(source) == full
    assert any(path.is_dir() for path in cache.iterdir()) != full


def test_what_was_only_checked_counts_as_used(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "100")
    source = write_folder(tmp_path / "pets", pets())
    opened(source)
    os.utime(the_entry(cache), (0, 0))
    opened(source)
    assert the_entry(cache).stat().st_mtime > 0


def test_memory_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    machine = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**20}
    monkeypatch.setattr(os, "sysconf", machine.__getitem__, raising=False)
    assert store.memory_limit() == 2**29
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert store.memory_limit() == 2**27
    machine["SC_PHYS_PAGES"] = 2**30
    assert store.memory_limit() == 2**30
    monkeypatch.delattr(os, "sysconf")
    assert store.memory_limit() == 2**28


# Between looking and acting


def test_an_entry_that_is_used_at_the_last_moment_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = cache / "old"
    entry.mkdir(parents=True)
    (entry / PIXELS).write_bytes(bytes(600))
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "1000")
    used: list[Any] = []
    monkeypatch.setattr(caches, "_last_used", lambda path: used.append(Cache().use(path.name)) or 0.0)
    assert not Cache().make_room(500, "next")
    assert entry.exists()
    used[0].close()


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no open file")
def test_a_file_that_was_replaced_as_it_was_opened_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = cache / "one"
    entry.mkdir(parents=True)
    (entry / PIXELS).write_bytes(b"old")
    flock = caches.fcntl.flock

    def late(file: io.FileIO, flags: int) -> None:
        (entry / PIXELS).replace(cache / "gone")
        (entry / PIXELS).write_bytes(b"new")
        flock(file, flags)

    monkeypatch.setattr(caches.fcntl, "flock", late)
    assert Cache().use("one") is None
