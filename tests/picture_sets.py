"""Small sets of pictures for tests: written as folders and ZIPs, opened, and told apart again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from PIL import Image

from resnet.errors import UserError
from train.datasets import Data, open_data
from train.events import Preparing
from train.splits import Split

SIDE = 16
Files = dict[str, bytes]
Save = Callable[[Files], str]
Result = TypeVar("Result")


def run(work: Generator[Preparing, None, Result]) -> tuple[Result, list[Preparing]]:
    """What a generator returns, and the events before."""
    events = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return end.value, events


def opened(source: str, *, seed: int = 0, **ceilings: int) -> Data:
    return run(open_data(source, side=SIDE, seed=seed, **ceilings))[0]


def refusal(source: str, **ceilings: int) -> UserError:
    with pytest.raises(UserError) as caught:
        opened(source, **ceilings)
    assert caught.value.cure
    return caught.value


def picture(number: int, *, size: tuple[int, int] = (20, 20), kind: str = "PNG") -> bytes:
    """A picture of one colour that tells its number: red is number % 250, green number // 250."""
    file = io.BytesIO()
    Image.new("RGB", size, (number % 250, number // 250, 200)).save(file, kind)
    return file.getvalue()


def everything(split: Split) -> torch.Tensor:
    return split.take(torch.arange(len(split.labels)))


def numbers(split: Split) -> list[int]:
    images = everything(split)
    return [int(image[0, 5, 5]) + 250 * int(image[1, 5, 5]) for image in images]


def pets(cats: int = 10, dogs: int = 10, top: str = "", start: int = 0) -> Files:
    """cat/ with pictures start, start + 1, ... and dog/ with those after."""
    files = {f"{top}cat/{n}.png": picture(start + n) for n in range(cats)}
    return files | {f"{top}dog/{n}.png": picture(start + cats + n) for n in range(dogs)}


def parts(train: str = "train", val: str = "val", top: str = "") -> Files:
    return pets(top=f"{top}{train}/") | pets(2, 3, top=f"{top}{val}/", start=20)


def write_folder(root: Path, files: Files) -> str:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return str(root)


def write_zip(path: Path, files: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return str(path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own; where its entries will be."""
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures"


@pytest.fixture(params=["folder", "zip"])
def save(request: pytest.FixtureRequest, tmp_path: Path) -> Save:
    """Write files into a folder or a ZIP, and say where."""

    def write(files: Files) -> str:
        if request.param == "folder":
            return write_folder(tmp_path / "pets", files)
        return write_zip(tmp_path / "pets.zip", files.items())

    return write
