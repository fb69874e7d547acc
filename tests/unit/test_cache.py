"""`train.cache`: where it is, how large it gets, what is removed first, and what never."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from resnet.errors import UserError
from tests.picture_sets import run
from train.cache import PIXELS, Cache, cache_folder, cache_limit, gigabytes

GB = 10**9


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Say how many bytes are free on the disk."""

    def set_free(count: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=count))

    return set_free


def make(key: str, size: int, used: int = 0) -> Path:
    """An entry of so many bytes, used last at this time."""
    store = Cache()
    lock, _ = run(store.lock(key))
    with lock, store.building(key) as folder:
        (folder / PIXELS).write_bytes(bytes(size))
    os.utime(store.path(key), (used, used))
    return store.path(key)


def test_the_folder_is_named_or_where_systems_keep_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == Path(os.environ["RESNET_LAB_CACHE"])
    monkeypatch.setenv("RESNET_LAB_CACHE", "here")
    assert cache_folder().is_absolute()
    monkeypatch.delenv("RESNET_LAB_CACHE")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    found = {}
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        found[platform] = cache_folder().relative_to(tmp_path).as_posix()
    assert found == {
        "linux": ".cache/resnet-lab",
        "darwin": "Library/Caches/resnet-lab",
        "win32": "local/resnet-lab",
    }


def test_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_limit() == 20 * GB
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "5000")
    assert cache_limit() == 5000
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "20 GB")
    with pytest.raises(UserError, match=r"'20 GB' is no size\. Give a number of bytes"):
        cache_limit()


def test_sizes_as_people_read_them() -> None:
    assert [gigabytes(count) for count in (1, 24_000_000, 1_740_000_000)] == ["1 MB", "24 MB", "1.7 GB"]


@pytest.mark.usefixtures("cache")
def test_what_was_not_used_for_the_longest_time_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "1000")
    old, older, new = make("old", 300, used=200), make("older", 300, used=100), make("new", 300, used=300)
    store = Cache()
    assert store.make_room(100, "next")
    assert [path.exists() for path in (older, old, new)] == [True, True, True]
    assert store.make_room(101, "next")
    assert [path.exists() for path in (older, old, new)] == [False, True, True]
    file = store.use("old")  # from now on it is the newest
    assert file
    file.close()
    assert store.make_room(600, "next")
    assert [path.exists() for path in (old, new)] == [True, False]


@pytest.mark.usefixtures("cache")
def test_what_can_never_fit_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "1000")
    entry = make("old", 300)
    assert not Cache().make_room(1001, "next")
    assert entry.exists()


@pytest.mark.usefixtures("cache")
def test_never_more_than_half_of_what_is_free(free: Callable[[int], None]) -> None:
    free(10_000)
    assert Cache().make_room(5000, "next")
    assert not Cache().make_room(5001, "next")
    entry = make("old", 4000)  # without it 10,000 would be free
    free(6000)
    assert Cache().make_room(1000, "next")
    assert entry.exists()
    assert Cache().make_room(5000, "next")
    assert not entry.exists()


@pytest.mark.usefixtures("cache")
def test_an_entry_in_use_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as it is mapped, though the file it was mapped from is closed."""
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "1000")
    entry = make("used", 600)
    file = Cache().use("used")
    assert file
    with file:
        pixels = np.memmap(file, np.uint8, "c")
    assert not Cache().make_room(500, "next")
    assert entry.exists()
    assert pixels[599] == 0
    del pixels
    gc.collect()
    assert Cache().make_room(500, "next")
    assert not entry.exists()


@pytest.mark.usefixtures("cache")
def test_an_entry_that_is_being_made_counts_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "1000")
    store = Cache()
    lock, _ = run(store.lock("made"))
    with lock, store.building("made") as folder:
        (folder / PIXELS).write_bytes(bytes(600))
        assert store.use("made") is None
        assert not Cache().make_room(500, "next")
        assert Cache().make_room(500, "made")  # its own size does not count twice
        assert folder.exists()


@pytest.mark.usefixtures("cache")
def test_what_a_dead_process_left_is_removed(cache: Path) -> None:
    (cache / "half.tmp").mkdir(parents=True)
    (cache / "half.tmp" / PIXELS).write_bytes(bytes(100))
    assert Cache().make_room(1, "next")
    assert not (cache / "half.tmp").exists()


def test_what_breaks_off_leaves_nothing(cache: Path) -> None:
    store = Cache()
    lock, _ = run(store.lock("half"))

    def break_off() -> None:
        with store.building("half") as folder:
            (folder / PIXELS).write_bytes(bytes(100))
            raise KeyboardInterrupt

    with lock, pytest.raises(KeyboardInterrupt):
        break_off()
    assert [path.name for path in cache.iterdir() if path.is_dir()] == []
    assert store.use("half") is None


@pytest.mark.parametrize(
    ("number", "what", "cure"),
    [(errno.ENOSPC, "The disk is full", "Make room there"), (errno.EIO, "cannot be written", "Check the disk")],
)
def test_a_disk_that_fails_names_the_cure(number: int, what: str, cure: str, cache: Path) -> None:
    store = Cache()
    lock, _ = run(store.lock("half"))
    with lock, pytest.raises(UserError) as caught, store.building("half"):
        raise OSError(number, os.strerror(number))
    assert what in caught.value.what
    assert cure in caught.value.cure
    assert "RESNET_LAB_CACHE" in caught.value.cure
    assert caught.value.where == str(cache)
    assert [path.name for path in cache.iterdir() if path.is_dir()] == []


@pytest.mark.usefixtures("cache")
def test_waiting_is_told() -> None:
    store = Cache()
    lock, events = run(store.lock("one"))
    assert events == []
    waiting = store.lock("one")
    assert next(waiting).what == "waiting"
    lock.release()
    run(waiting)[0].release()


@pytest.mark.usefixtures("cache")
def test_what_is_left_of_an_entry_is_room_for_it(free: Callable[[int], None]) -> None:
    store = Cache()
    lock, _ = run(store.lock("made"))
    with lock, store.building("made") as folder:
        (folder / PIXELS).write_bytes(bytes(6000))
        free(4000)
        assert Cache().make_room(5000, "made")
        assert not Cache().make_room(5000, "next")


@pytest.mark.usefixtures("cache")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells of no holes in files")
def test_only_what_is_on_the_disk_would_be_free_without_it(free: Callable[[int], None], cache: Path) -> None:
    make("hole", 0)
    os.truncate(cache / "hole" / PIXELS, 10**9)
    free(10_000)
    assert not Cache().make_room(5001, "next")
