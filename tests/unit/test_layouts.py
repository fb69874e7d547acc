"""`open_data` on folders and ZIPs: the ways in which people arrange pictures, and the names they give them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch

from resnet.errors import UserError
from tests.picture_sets import (
    SIDE,
    Files,
    Save,
    everything,
    numbers,
    opened,
    parts,
    pets,
    picture,
    run,
    write_folder,
    write_zip,
)
from train.datasets import Pictures, open_pictures
from train.layout import Layout
from train.settle import check_request


def test_parts_are_used_as_they_are(save: Save) -> None:
    data = opened(save(parts()))
    assert data.classes == ("cat", "dog")
    assert everything(data.train).shape == (20, 3, SIDE, SIDE)
    assert everything(data.train).dtype == torch.uint8
    assert data.train.labels.dtype == torch.int64
    assert numbers(data.train) == [*range(20)]
    assert data.train.labels.tolist() == [0] * 10 + [1] * 10
    assert numbers(data.val) == [20, 21, 22, 23, 24]
    assert data.val.labels.tolist() == [0, 0, 1, 1, 1]
    assert data.refused == ()


LAYOUTS = {
    "test for val": parts(val="test"),
    "capitals": parts("Train", "Validation"),
    "wrapped": parts(top="My pets/"),
    "wrapped twice": parts(top="pets/pets/"),
    "wrapped with a note beside it": {**parts(top="pets/"), "ReadMe.txt": b"Hello"},
    "clutter": {
        **parts(),
        "__MACOSX/train/cat/._1.png": b"\0\5\x16\7",
        ".DS_Store": b"?",
        "train/.hidden/1.png": b"?",
        "train/cat/Thumbs.db": b"?",
        "train/desktop.ini": b"?",
    },
    "deeper folders in a class": {
        name.replace("train/cat/", "train/cat/more/" * (len(name) % 2) + "train/cat/"[10 * (len(name) % 2) :]): data
        for name, data in parts().items()
    },
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_that_mean_the_same(files: Files, save: Save) -> None:
    data = opened(save(files))
    assert data.classes == ("cat", "dog")
    assert numbers(data.train) == [*range(20)]
    assert numbers(data.val) == [20, 21, 22, 23, 24]
    assert [refused.name for refused in data.refused] == [name for name in files if name.endswith(".txt")]


def test_val_is_used_before_test_and_the_rest_is_listed(save: Save) -> None:
    data = opened(save(parts() | pets(top="test/", start=90) | {"train/loose.png": picture(99)}))
    assert numbers(data.val) == [20, 21, 22, 23, 24]
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("test/", "20 files outside train/ and val/ are not used"),
        ("train/loose.png", "It lies outside the class folders"),
    ]


def test_class_folders_only_are_divided(save: Save) -> None:
    source = save(pets(40, 21))
    data = opened(source)
    train, val = numbers(data.train), numbers(data.val)
    assert sorted(train + val) == [*range(61)]
    assert torch.bincount(data.train.labels).tolist() == [36, 19]
    assert torch.bincount(data.val.labels).tolist() == [4, 2]
    assert [number >= 40 for number in train] == [bool(label) for label in data.train.labels]
    assert [number >= 40 for number in val] == [bool(label) for label in data.val.labels]
    assert numbers(opened(source).val) == val
    assert numbers(opened(source, seed=1).val) != val


def test_a_train_folder_alone_is_divided(save: Save) -> None:
    data = opened(save(pets(top="train/") | {"notes/read.me": b"Hello"}))
    assert data.classes == ("cat", "dog")
    assert (len(data.train.labels), len(data.val.labels)) == (18, 2)


def test_folder_and_zip_give_the_same(tmp_path: Path) -> None:
    folder = opened(write_folder(tmp_path / "pets", pets(20, 20)))
    archive = opened(write_zip(tmp_path / "pets.zip", reversed(pets(20, 20).items())))
    assert torch.equal(everything(folder.train), everything(archive.train))
    assert torch.equal(everything(folder.val), everything(archive.val))


def test_ceilings_take_equally_from_each_class(save: Save) -> None:
    source = save(pets(40, 20, "train/") | pets(20, 20, "val/", 60))
    data = opened(source, train_pictures=10, val_pictures=4)
    assert torch.bincount(data.train.labels).tolist() == [5, 5]
    assert torch.bincount(data.val.labels).tolist() == [2, 2]
    assert set(numbers(data.train)) < set(range(60))
    assert numbers(opened(source, train_pictures=10).train) == numbers(data.train)
    assert numbers(opened(source, seed=1, train_pictures=10).train) != numbers(data.train)
    assert torch.bincount(opened(source, train_pictures=50).train.labels).tolist() == [30, 20]
    assert len(opened(source, train_pictures=1000).train.labels) == 60


def test_ceiling_below_the_classes() -> None:
    layout = Layout({"a": ["a/1"], "b": ["b/1"], "c": ["c/1"]}, None, ())
    with pytest.raises(UserError, match="val_pictures=2 is less than one picture for each of 3 classes"):
        check_request(layout, "pets", {"train_pictures": 0, "val_pictures": 2}, [])


def test_evaluation_takes_the_validation_part_or_everything(tmp_path: Path) -> None:
    pictures, _ = run(open_pictures(write_folder(tmp_path / "parts", parts()), SIDE))
    assert isinstance(pictures, Pictures)
    assert pictures.classes == ("cat", "dog")
    assert numbers(pictures.split) == [20, 21, 22, 23, 24]
    pictures, _ = run(open_pictures(write_folder(tmp_path / "all", pets()), SIDE))
    assert numbers(pictures.split) == [*range(20)]
    assert pictures.split.labels.tolist() == [0] * 10 + [1] * 10
    pictures, _ = run(open_pictures(write_folder(tmp_path / "one", pets(3, 0)), SIDE))
    assert pictures.classes == ("cat",)
    pictures, _ = run(open_pictures(write_folder(tmp_path / "no train", pets(top="val/") | pets(top="test/")), SIDE))
    assert len(pictures.split.labels) == 20


def test_names_in_other_scripts_and_from_other_systems(tmp_path: Path) -> None:
    composed, decomposed = "Pingu\u00efn", "Pingui\u0308n"
    files = {
        f"train/{composed}/Größe 1.png": picture(0),
        f"val/{decomposed}/1.png": picture(1),
        "train/猫/一.png": picture(2),
        "val/猫/二.png": picture(3),
    }
    for source in (write_folder(tmp_path / "f", files), write_zip(tmp_path / "f.zip", files.items())):
        data = opened(source)
        assert data.classes == (composed, "猫")
        assert data.val.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("猫".encode(), "猫"),  # macOS: UTF-8 without saying so
        ("狗".encode("gbk"), "狗"),  # Chinese Windows
        ("Kätzchen".encode("cp437"), "Kätzchen"),  # German Windows
    ],
)
def test_unmarked_names_in_zips(raw: bytes, meant: str, tmp_path: Path) -> None:
    stand_in = "x" * len(raw)
    files = {f"{stand_in}/{n}.png": picture(n) for n in range(4)} | pets(0, 4, start=9)
    source = write_zip(tmp_path / "a.zip", files.items())
    archive = Path(source).read_bytes().replace(stand_in.encode(), raw)
    Path(source).write_bytes(archive)
    assert meant in opened(source).classes


def test_unmarked_names_are_read_alike(tmp_path: Path) -> None:
    """By itself the Chinese for cat is also UTF-8 for "è"; the dog beside it settles the matter."""
    cat, dog = "猫".encode("gbk"), "狗".encode("gbk")
    source = write_zip(tmp_path / "a.zip", pets(top="?/", start=50).items())
    archive = Path(source).read_bytes().replace(b"?/cat", b"?/" + cat + b"_").replace(b"?/dog", b"?/" + dog + b"_")
    Path(source).write_bytes(archive)
    assert opened(source).classes == ("狗_", "猫_")


def test_folders_that_zips_name_by_dots(tmp_path: Path) -> None:
    folders = [(f"{name}/", b"") for name in (".", "./dog", "cat/.")]
    members = [(name.replace("cat/", "./cat//"), data) for name, data in pets().items()]
    data = opened(write_zip(tmp_path / "dots.zip", [*folders, *members, ("./.hidden/1.png", b"?")]))
    assert data.classes == ("cat", "dog")
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(20)]
    assert data.refused == ()


def test_backslashes_in_zips(tmp_path: Path) -> None:
    files = []
    for name, data in pets(top="pets/").items():
        member = zipfile.ZipInfo()
        member.filename = name.replace("/", "\\")
        files.append((member, data))
    assert opened(write_zip(tmp_path / "windows.zip", files)).classes == ("cat", "dog")
