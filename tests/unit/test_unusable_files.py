"""`open_data` on sets with files that are no pictures, too small, repeated or not to be read: listed and left out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

from tests.picture_sets import (
    SIDE,
    Files,
    Save,
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
from train.datasets import open_pictures


def test_unusable_files_are_listed_and_skipped(save: Save) -> None:
    odd = {
        "train/cat/empty.jpg": b"",
        "train/cat/half.jpg": picture(1, size=(300, 300), kind="JPEG")[:900],
        "train/cat/notes.txt": b"Hello",
        "train/dog/tiny.png": picture(1, size=(7, 90)),
        "train/dog/archive.zip": b"PK\x03\x04" + bytes(40),
        "val/dog/film.jpg": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
    }
    data = opened(save(parts() | odd))
    assert {refused.name: refused.reason for refused in data.refused} == {
        "train/cat/empty.jpg": "The file is empty",
        "train/cat/half.jpg": "The JPEG picture is cut off",
        "train/cat/notes.txt": "The file is text, not a picture",
        "train/dog/tiny.png": "The picture is 7x90 pixels, too small",
        "train/dog/archive.zip": "The file is a ZIP archive or an office document, not a picture",
        "val/dog/film.jpg": "The file is a video",
    }
    assert numbers(data.train) == [*range(20)]
    assert data.train.labels.tolist() == [0] * 10 + [1] * 10
    assert numbers(data.val) == [20, 21, 22, 23, 24]


def test_repeated_pictures_are_used_once(save: Save) -> None:
    copies = {"train/cat/copy.png": picture(3), "val/cat/seen.png": picture(5), "val/dog/again.png": picture(24)}
    source = save(parts() | copies)
    data = opened(source)
    assert {refused.name: refused.reason for refused in data.refused} == {
        "train/cat/copy.png": "The same picture as train/cat/3.png",
        "val/cat/seen.png": "It is also trained on, as train/cat/5.png",
        "val/dog/again.png": "The same picture as val/dog/2.png",
    }
    assert numbers(data.train) == [*range(20)]
    assert numbers(data.val) == [20, 21, 22, 23, 24]
    pictures, _ = run(open_pictures(source, SIDE))
    assert sorted(numbers(pictures.split)) == [5, 20, 21, 22, 23, 24]
    assert [refused.name for refused in pictures.refused] == ["val/dog/again.png"]


@pytest.mark.parametrize("seed", range(4))
def test_pictures_filed_under_several_classes_are_used_in_none(save: Save, seed: int) -> None:
    both = {"dog/a cat.png": picture(4)}
    everywhere = {f"{name}/nothing.png": picture(99) for name in ("cat", "dog", "eel", "fox")}
    data = opened(save(pets() | {"eel/1.png": picture(50), "fox/1.png": picture(51)} | both | everywhere), seed=seed)
    assert {refused.name: refused.reason for refused in data.refused} == {
        "cat/4.png": "The same picture is filed under cat and dog",
        "dog/a cat.png": "The same picture is filed under cat and dog",
        **dict.fromkeys(everywhere, "The same picture is filed under 4 classes"),
    }
    assert not {4, 99} & {*numbers(data.train), *numbers(data.val)}


def test_parts_that_contradict_each_other(save: Save) -> None:
    data = opened(save(parts() | {"val/dog/a cat.png": picture(4)}))
    assert {refused.name for refused in data.refused} == {"train/cat/4.png", "val/dog/a cat.png"}
    assert numbers(data.val) == [20, 21, 22, 23, 24]


def test_empty_folders_are_named(tmp_path: Path) -> None:
    empty = ("fox", "fox/cubs", "gnu", ".hidden", "cat/more")
    files = {**pets(), "gnu/Thumbs.db": b"?"}
    folder = write_folder(tmp_path / "pets", files)
    for name in empty:
        (tmp_path / "pets" / name).mkdir(parents=True, exist_ok=True)
    members = [*((f"{name}/", b"") for name in empty), *files.items()]
    for source in (folder, write_zip(tmp_path / "pets.zip", members)):
        assert [(refused.name, refused.reason) for refused in opened(source).refused] == [
            (name, "It holds no pictures") for name in ("cat/more/", "fox/", "gnu/")
        ]


def test_an_only_class_has_its_empty_neighbour_named(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets(5, 0))
    (tmp_path / "pets/dog").mkdir()
    archive = write_zip(tmp_path / "pets.zip", [("dog/", b""), *pets(5, 0).items()])
    for error in (refusal(source), refusal(archive)):
        assert error.what == "There is only one class folder (cat) with files in it; dog/: It holds no pictures"


@pytest.mark.parametrize("seed", range(6))
def test_refused_files_do_not_eat_the_validation_share(save: Save, seed: int) -> None:
    bad = {f"cat/bad{n:02}.jpg": b"Hello" for n in range(36)}
    source = save(pets(4, 40) | bad | {"dog/copy.png": picture(7)})
    data = opened(source, seed=seed)
    assert torch.bincount(data.train.labels).tolist() == [3, 36]
    assert torch.bincount(data.val.labels).tolist() == [1, 4]
    train, val = numbers(data.train), numbers(data.val)
    assert sorted(train + val) == [*range(44)]
    assert [number >= 4 for number in train + val] == [
        bool(label) for label in torch.cat([data.train.labels, data.val.labels])
    ]
    assert len(data.refused) == 37
    assert numbers(opened(source, seed=seed).val) == val


@pytest.mark.parametrize("seed", range(6))
def test_ceilings_hold_where_files_are_refused(save: Save, seed: int) -> None:
    bad = {f"cat/bad{n:02}.jpg": b"Hello" for n in range(10)}
    data = opened(save(pets(30, 40) | bad), seed=seed, train_pictures=30, val_pictures=6)
    train, val = torch.bincount(data.train.labels).tolist(), torch.bincount(data.val.labels).tolist()
    assert (train[1], val[1]) == (15, 3)
    assert 1 <= train[0] <= 15
    assert 1 <= val[0] <= 3


def test_a_folder_without_pictures_is_no_class(save: Save) -> None:
    data = opened(save(pets() | {"docs/about.txt": b"Hello", "docs/more.txt": b"Hello again"}))
    assert data.classes == ("cat", "dog")
    assert data.train.labels.max() == 1
    assert [refused.name for refused in data.refused] == ["docs/about.txt", "docs/more.txt"]


def test_a_class_may_be_missing_from_the_validation_part(save: Save) -> None:
    data = opened(save(pets(top="train/") | {"val/dog/1.png": picture(90)}))
    assert data.val.labels.tolist() == [1]


REFUSED_SETS: dict[str, tuple[Files, str]] = {
    "one class": (pets(5, 0), "only one class folder (cat)"),
    "one class of several parts": (pets(5, 0, "train/") | pets(2, 0, "val/", 50), "only one class folder (cat)"),
    "no class folders": ({"1.png": picture(1), "2.png": picture(2)}, "2 files but no class folders"),
    "parts without class folders": ({"train/1.png": picture(1), "val/2.png": picture(2)}, "hold no class folders"),
    "nothing but text": ({"a/1.txt": b"Hello", "b/2.txt": b"Hello"}, "no usable pictures; a/1.txt: The file is text"),
    "one class readable": (pets(5, 0) | {"dog/1.jpg": b"Hello"}, "Only one class has usable pictures (cat)"),
    "a class of its own in val": (parts() | {"val/fox/1.png": picture(77)}, "a class fox that"),
    "no training part": (pets(top="val/") | pets(top="test/"), "no train/ folder"),
    "too many classes": ({f"{n}/1.png": b"" for n in range(1001)}, "1001 classes, more than 1000"),
    "one class readable, one file of it not": (
        pets(5, 0) | {"cat/0.jpg": b"", "dog/1.jpg": b"Hello"},
        "usable pictures (cat); dog/1.jpg: The file is text",
    ),
    "nothing to validate on": (pets(1, 1), "no usable picture to validate on"),
    "nothing usable to validate on": (
        pets(top="train/") | {"train/cat/0.jpg": b"", "val/cat/1.jpg": b"Hello"},
        "no usable picture to validate on; val/cat/1.jpg: The file is text",
    ),
}


@pytest.mark.parametrize(("files", "words"), REFUSED_SETS.values(), ids=REFUSED_SETS)
def test_sets_that_cannot_be_trained_on(files: Files, words: str, save: Save) -> None:
    source = save(files)
    error = refusal(source)
    assert words in error.what
    assert error.where == source


def test_sources_that_are_no_sets(tmp_path: Path) -> None:
    assert "no such folder or file" in refusal(str(tmp_path / "missing")).what
    assert "no such folder or file" in refusal("a\0b").what
    assert "no such folder or file" in refusal("x" * 5000).what
    (tmp_path / "empty").mkdir()
    assert "no files" in refusal(str(tmp_path / "empty")).what
    for name, data, words in (
        ("a.zip", b"", "empty"),
        ("b.zip", b"Hello", "text"),
        ("c.tar.gz", b"\x1f\x8b\x08", "gzip"),
        ("d.jpg", picture(1), "one PNG picture"),
        ("e.zip", b"PK\x05\x06" + bytes(18), "empty"),
        ("f.zip", b"PK\x03\x04" + bytes(90), "damaged or cut off"),
    ):
        (tmp_path / name).write_bytes(data)
        assert words in refusal(str(tmp_path / name)).what


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_folders_that_may_not_be_read(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets() | {"fox/1.png": picture(90)})
    (tmp_path / "pets/fox").chmod(0)
    (tmp_path / "pets/cat/1.png").chmod(0)
    try:
        data = opened(source)
        (tmp_path / "pets").chmod(0)
        assert "not permitted" in refusal(source).what
    finally:
        for name in ("pets", "pets/fox"):
            (tmp_path / name).chmod(0o700)
    reasons = {refused.name: refused.reason for refused in data.refused}
    assert reasons == {"cat/1.png": "Reading it is not permitted", "fox/": "It cannot be opened"}


def test_a_folder_linked_into_itself_is_read_once(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    try:
        (tmp_path / "pets/cat/loop").symlink_to(tmp_path / "pets", target_is_directory=True)
        (tmp_path / "pets/cat/nowhere.png").symlink_to(tmp_path / "missing.png")
    except OSError:
        pytest.skip("links are not permitted here")
    data = opened(source)
    assert len(data.train.labels) + len(data.val.labels) == 20
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("cat/loop/", "The same folder as ./"),
        ("cat/nowhere.png", "There is no such file"),
    ]


def test_links_to_class_folders_take_nobodys_place(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    write_folder(tmp_path / "elsewhere", {"1.png": picture(90), "2.png": picture(91)})
    try:
        for name, meant in (("aaa", "pets/dog"), ("katze", "pets/cat"), ("fox", "elsewhere")):
            (tmp_path / "pets" / name).symlink_to(tmp_path / meant, target_is_directory=True)
    except OSError:
        pytest.skip("links are not permitted here")
    data = opened(source)
    assert data.classes == ("cat", "dog", "fox")
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("aaa/", "The same folder as dog/"),
        ("katze/", "The same folder as cat/"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere these are one name")
def test_names_that_read_the_same_are_not_taken_for_one(tmp_path: Path) -> None:
    names = ("cat/Pingu\u00efn.png", "cat/Pingui\u0308n.png", "cat/a\nb.png", "cat/a\tb.png")
    source = write_folder(tmp_path / "pets", pets() | {name: picture(90 + n) for n, name in enumerate(names)})
    data = opened(source)
    assert len(data.train.labels) + len(data.val.labels) == 22
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("cat/Pingu\u00efn.png", "Another file's name reads the same"),
        ("cat/a\N{REPLACEMENT CHARACTER}b.png", "Another file's name reads the same"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are always letters")
def test_undecodable_file_names_can_be_printed(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    (tmp_path / "pets/cat" / os.fsdecode(b"k\xe4tzchen\n.txt")).write_bytes(b"Hello")
    (name,) = [refused.name for refused in opened(source).refused]
    assert name.encode()
    assert name.isprintable()
