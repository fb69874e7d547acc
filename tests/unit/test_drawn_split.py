"""`train.drawn_split`: drawn when asked for, kept for whoever asks next, never wrong."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from train import drawn_split, pet_scenes, store
from train.cache import PIXELS
from train.drawn_pets import draw, draw_image
from train.drawn_split import DrawnSplit

PROJECT = Path(__file__).resolve().parents[2]
SIDE = 24
RECORD = 3 * SIDE * SIDE + 4


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The indices of what is drawn from now on."""
    indices: list[int] = []

    def counted(seed: int, index: int, side: int) -> np.ndarray:
        indices.append(index)
        return draw_image(seed, index, side)

    monkeypatch.setattr(drawn_split, "draw_image", counted)
    return indices


def kept(cache: Path) -> Path:
    """The file of the only entry."""
    (entry,) = [path for path in cache.iterdir() if path.is_dir()]
    return entry / PIXELS


def test_they_are_the_drawings_of_the_series(cache: Path) -> None:
    split = DrawnSplit(7, 1000, 30, SIDE)
    positions = torch.tensor([29, 0, 4, 4])
    batch = split.take(positions)
    assert (batch.dtype, batch.shape) == (torch.uint8, (4, 3, SIDE, SIDE))
    assert batch.is_contiguous(memory_format=torch.channels_last)
    for image, position in zip(batch, positions.tolist(), strict=True):
        drawing = draw(7, 1000 + position, SIDE)
        assert np.array_equal(image.permute(1, 2, 0).numpy(), drawing.image)
        assert split.labels[position] == drawing.label
    assert DrawnSplit(7, 1000, 30, SIDE, labels=(1, 0)).labels.tolist() == (1 - split.labels).tolist()


def test_each_is_drawn_once(cache: Path, drawn: list[int]) -> None:
    split = DrawnSplit(7, 100, 30, SIDE)
    first = split.take(torch.tensor([3, 8, 3]))
    assert drawn == [103, 108]
    assert torch.equal(split.take(torch.tensor([3, 8, 3])), first)
    assert torch.equal(DrawnSplit(7, 100, 30, SIDE).take(torch.tensor([8])), first[1:2])
    assert drawn == [103, 108]
    for other in (DrawnSplit(8, 100, 30, SIDE), DrawnSplit(7, 101, 30, SIDE), DrawnSplit(7, 100, 30, SIDE + 1)):
        other.take(torch.tensor([3]))
    assert len(drawn) == 5


@pytest.mark.parametrize("spoil", ["pixel", "check", "torn", "zeros"])
def test_what_was_kept_badly_is_drawn_again(spoil: str, cache: Path, drawn: list[int]) -> None:
    split = DrawnSplit(7, 0, 30, SIDE)
    before = split.take(torch.arange(3))
    data = bytearray(kept(cache).read_bytes())
    if spoil == "torn":
        data = data[: 3 * RECORD - 10]
    elif spoil == "zeros":
        data[2 * RECORD : 3 * RECORD] = bytes(RECORD)
    else:
        data[{"pixel": 2 * RECORD + 5, "check": 3 * RECORD - 1}[spoil]] ^= 1
    kept(cache).write_bytes(data)
    del drawn[:]
    assert torch.equal(split.take(torch.arange(3)), before)
    assert drawn == [2]
    assert torch.equal(split.take(torch.arange(3)), before)
    assert drawn == [2]


@pytest.mark.slow
def test_processes_fill_it_together(cache: Path, drawn: list[int]) -> None:
    code = (
        "import sys, torch; from train.drawn_split import DrawnSplit;"
        f"order = torch.randperm(40, generator=torch.Generator().manual_seed(int(sys.argv[1])));"
        f"print(int(DrawnSplit(7, 0, 40, {SIDE}).take(order)[order.argsort()].flatten(1).float().std(1).sum() * 1000))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(number)],
            env={**os.environ, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
        )
        for number in range(2)
    ]
    assert len({process.communicate(timeout=60)[0] for process in processes}) == 1
    assert kept(cache).stat().st_size == 40 * RECORD
    DrawnSplit(7, 0, 40, SIDE).take(torch.arange(40))
    assert drawn == []


def test_an_entry_in_use_is_not_removed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", str(40 * RECORD))
    first = DrawnSplit(7, 0, 30, SIDE)
    first.take(torch.arange(30))
    DrawnSplit(8, 0, 30, SIDE).take(torch.arange(30))  # found no room, and is kept in memory
    assert kept(cache).stat().st_size == 30 * RECORD
    del first
    entry = kept(cache)
    DrawnSplit(8, 0, 20, SIDE)
    assert kept(cache) != entry
    assert kept(cache).stat().st_size == 20 * RECORD


@pytest.mark.parametrize("limit", [10**6, 10])
def test_without_a_cache(limit: int, tmp_path: Path, drawn: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """They are kept in memory, and drawn each time if that were too much."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(store, "MEMORY_LIMIT", limit)
    split = DrawnSplit(7, 0, 30, SIDE)
    assert split.kept == ("memory" if limit > 10 else "")
    first = split.take(torch.tensor([20, 3]))
    assert torch.equal(split.take(torch.tensor([20, 3])), first)
    assert len(drawn) == (2 if limit > 10 else 4)


def test_a_full_disk_costs_only_time(cache: Path, drawn: list[int]) -> None:
    split = DrawnSplit(7, 0, 30, SIDE)
    assert split._kept
    split._kept.close()
    split._kept = open("/dev/full", "r+b", buffering=0) if Path("/dev/full").exists() else None  # noqa: SIM115
    if not split._kept:
        pytest.skip("this system has no /dev/full")
    first = split.take(torch.tensor([3]))
    assert torch.equal(split.take(torch.tensor([3])), first)
    assert drawn == [3, 3]


def test_memory_grows_with_what_is_drawn_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "file" / "cache"))
    split = DrawnSplit(7, 0, 24_000, SIDE)
    assert split.kept == "memory"
    tracemalloc.start()
    split.take(torch.tensor([23_999]))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < split.size / 10


@pytest.fixture
def fingerprint() -> Iterator[Callable[[], str]]:
    """What a program that starts now calls the same drawings."""

    def told() -> str:
        drawn_split._program.cache_clear()
        return DrawnSplit(7, 0, 2, SIDE).fingerprint

    yield told
    drawn_split._program.cache_clear()


@pytest.mark.usefixtures("cache")
def test_the_program_is_known_by_what_it_draws(fingerprint: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    with monkeypatch.context() as commented:
        commented.setattr(Path, "read_bytes", lambda _: b"# another comment")
        assert fingerprint() == before
    monkeypatch.setattr(pet_scenes, "SCENES", ("plain",))
    assert fingerprint() != before


@pytest.mark.usefixtures("cache")
def test_the_golden_drawings_use_the_whole_program(fingerprint: Callable[[], str]) -> None:
    """A change to a part that none of them uses would go unnoticed: then choose other places."""
    used: set[str] = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: used.add(frame.f_code.co_name) if event == "call" else None)
    try:
        fingerprint()
    finally:
        sys.setprofile(before)
    painters = [module for name, module in sys.modules.items() if name.startswith("train.pet_")]
    written = [each for module in painters for _, each in inspect.getmembers(module, inspect.isfunction)]
    names = {each.__name__ for each in written if each.__module__.startswith("train.pet_")}
    assert len(names) > 30
    assert names - used <= {"_circle", "_ring_weights"}  # which made tables when they were imported
