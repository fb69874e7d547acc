"""`train.datasets`: folders and ZIPs in, checked tensors out; hostile, broken and repeated files named and left out."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
import time
import zipfile
from collections.abc import Callable, Generator, Iterable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from PIL import Image

from resnet.errors import UserError
from train import archives, datasets
from train.datasets import Data, Pictures, open_data, open_pictures
from train.events import Preparing

SIDE = 16
Files = dict[str, bytes]
Store = Callable[[Files], str]
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


def numbers(images: torch.Tensor) -> list[int]:
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


@pytest.fixture(params=["folder", "zip"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Write files into a folder or a ZIP, and say where."""

    def save(files: Files) -> str:
        if request.param == "folder":
            return write_folder(tmp_path / "pets", files)
        return write_zip(tmp_path / "pets.zip", files.items())

    return save


# Layouts


def test_parts_are_used_as_they_are(store: Store) -> None:
    data = opened(store(parts()))
    assert data.classes == ("cat", "dog")
    assert data.train.images.shape == (20, 3, SIDE, SIDE)
    assert data.train.images.dtype == torch.uint8
    assert data.train.labels.dtype == torch.int64
    assert numbers(data.train.images) == [*range(20)]
    assert data.train.labels.tolist() == [0] * 10 + [1] * 10
    assert numbers(data.val.images) == [20, 21, 22, 23, 24]
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
def test_layouts_that_mean_the_same(files: Files, store: Store) -> None:
    data = opened(store(files))
    assert data.classes == ("cat", "dog")
    assert numbers(data.train.images) == [*range(20)]
    assert numbers(data.val.images) == [20, 21, 22, 23, 24]
    assert [refused.name for refused in data.refused] == [name for name in files if name.endswith(".txt")]


def test_val_is_used_before_test_and_the_rest_is_listed(store: Store) -> None:
    data = opened(store(parts() | pets(top="test/", start=90) | {"train/loose.png": picture(99)}))
    assert numbers(data.val.images) == [20, 21, 22, 23, 24]
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("test/", "20 files outside train/ and val/ are not used"),
        ("train/loose.png", "It lies outside the class folders"),
    ]


def test_class_folders_only_are_divided(store: Store) -> None:
    source = store(pets(40, 21))
    data = opened(source)
    train, val = numbers(data.train.images), numbers(data.val.images)
    assert sorted(train + val) == [*range(61)]
    assert torch.bincount(data.train.labels).tolist() == [36, 19]
    assert torch.bincount(data.val.labels).tolist() == [4, 2]
    assert [number >= 40 for number in train] == [bool(label) for label in data.train.labels]
    assert [number >= 40 for number in val] == [bool(label) for label in data.val.labels]
    assert numbers(opened(source).val.images) == val
    assert numbers(opened(source, seed=1).val.images) != val


def test_a_train_folder_alone_is_divided(store: Store) -> None:
    data = opened(store(pets(top="train/") | {"notes/read.me": b"Hello"}))
    assert data.classes == ("cat", "dog")
    assert (len(data.train.labels), len(data.val.labels)) == (18, 2)


def test_folder_and_zip_give_the_same(tmp_path: Path) -> None:
    folder = opened(write_folder(tmp_path / "pets", pets(20, 20)))
    archive = opened(write_zip(tmp_path / "pets.zip", reversed(pets(20, 20).items())))
    assert torch.equal(folder.train.images, archive.train.images)
    assert torch.equal(folder.val.images, archive.val.images)


def test_ceilings_take_equally_from_each_class(store: Store) -> None:
    source = store(pets(40, 20, "train/") | pets(20, 20, "val/", 60))
    data = opened(source, train_pictures=10, val_pictures=4)
    assert torch.bincount(data.train.labels).tolist() == [5, 5]
    assert torch.bincount(data.val.labels).tolist() == [2, 2]
    assert set(numbers(data.train.images)) < set(range(60))
    assert numbers(opened(source, train_pictures=10).train.images) == numbers(data.train.images)
    assert numbers(opened(source, seed=1, train_pictures=10).train.images) != numbers(data.train.images)
    assert torch.bincount(opened(source, train_pictures=50).train.labels).tolist() == [30, 20]
    assert len(opened(source, train_pictures=1000).train.labels) == 60


def test_ceiling_below_the_classes() -> None:
    layout = datasets.Layout({"a": ["a/1"], "b": ["b/1"], "c": ["c/1"]}, None, ())
    with pytest.raises(UserError, match="val_pictures=2 is less than one picture for each of 3 classes"):
        datasets._check_request(layout, "pets", {"train_pictures": 0, "val_pictures": 2})


def test_evaluation_takes_the_validation_part_or_everything(tmp_path: Path) -> None:
    pictures, _ = run(open_pictures(write_folder(tmp_path / "parts", parts()), SIDE))
    assert isinstance(pictures, Pictures)
    assert pictures.classes == ("cat", "dog")
    assert numbers(pictures.split.images) == [20, 21, 22, 23, 24]
    pictures, _ = run(open_pictures(write_folder(tmp_path / "all", pets()), SIDE))
    assert numbers(pictures.split.images) == [*range(20)]
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


def test_backslashes_in_zips(tmp_path: Path) -> None:
    files = []
    for name, data in pets(top="pets/").items():
        member = zipfile.ZipInfo()
        member.filename = name.replace("/", "\\")
        files.append((member, data))
    assert opened(write_zip(tmp_path / "windows.zip", files)).classes == ("cat", "dog")


# Files that cannot be used


def test_unusable_files_are_listed_and_skipped(store: Store) -> None:
    odd = {
        "train/cat/empty.jpg": b"",
        "train/cat/half.jpg": picture(1, size=(300, 300), kind="JPEG")[:900],
        "train/cat/notes.txt": b"Hello",
        "train/dog/tiny.png": picture(1, size=(7, 90)),
        "train/dog/archive.zip": b"PK\x03\x04" + bytes(40),
        "val/dog/film.jpg": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
    }
    data = opened(store(parts() | odd))
    assert {refused.name: refused.reason for refused in data.refused} == {
        "train/cat/empty.jpg": "The file is empty",
        "train/cat/half.jpg": "The JPEG picture is cut off",
        "train/cat/notes.txt": "The file is text, not a picture",
        "train/dog/tiny.png": "The picture is 7x90 pixels, too small",
        "train/dog/archive.zip": "The file is a ZIP archive or an office document, not a picture",
        "val/dog/film.jpg": "The file is a video",
    }
    assert numbers(data.train.images) == [*range(20)]
    assert data.train.labels.tolist() == [0] * 10 + [1] * 10
    assert numbers(data.val.images) == [20, 21, 22, 23, 24]


def test_repeated_pictures_are_used_once(store: Store) -> None:
    copies = {"train/cat/copy.png": picture(3), "train/dog/cat.png": picture(4), "val/cat/seen.png": picture(5)}
    data = opened(store(parts() | copies | {"val/dog/again.png": picture(24)}))
    assert {refused.name: refused.reason for refused in data.refused} == {
        "train/cat/copy.png": "The same picture as train/cat/3.png",
        "train/dog/cat.png": "The same picture as train/cat/4.png",
        "val/cat/seen.png": "It is also trained on, as train/cat/5.png",
    }
    assert numbers(data.train.images) == [*range(20)]


@pytest.mark.parametrize("seed", range(6))
def test_refused_files_do_not_eat_the_validation_share(store: Store, seed: int) -> None:
    bad = {f"cat/bad{n:02}.jpg": b"Hello" for n in range(36)}
    source = store(pets(4, 40) | bad | {"dog/copy.png": picture(7)})
    data = opened(source, seed=seed)
    assert torch.bincount(data.train.labels).tolist() == [3, 36]
    assert torch.bincount(data.val.labels).tolist() == [1, 4]
    train, val = numbers(data.train.images), numbers(data.val.images)
    assert sorted(train + val) == [*range(44)]
    assert [number >= 4 for number in train + val] == [
        bool(label) for label in torch.cat([data.train.labels, data.val.labels])
    ]
    assert len(data.refused) == 37
    assert numbers(opened(source, seed=seed).val.images) == val


@pytest.mark.parametrize("seed", range(6))
def test_ceilings_hold_where_files_are_refused(store: Store, seed: int) -> None:
    bad = {f"cat/bad{n:02}.jpg": b"Hello" for n in range(10)}
    data = opened(store(pets(30, 40) | bad), seed=seed, train_pictures=30, val_pictures=6)
    train, val = torch.bincount(data.train.labels).tolist(), torch.bincount(data.val.labels).tolist()
    assert (train[1], val[1]) == (15, 3)
    assert 1 <= train[0] <= 15
    assert 1 <= val[0] <= 3


def test_a_folder_without_pictures_is_no_class(store: Store) -> None:
    data = opened(store(pets() | {"docs/about.txt": b"Hello", "docs/more.txt": b"Hello again"}))
    assert data.classes == ("cat", "dog")
    assert data.train.labels.max() == 1
    assert [refused.name for refused in data.refused] == ["docs/about.txt", "docs/more.txt"]


def test_a_class_may_be_missing_from_the_validation_part(store: Store) -> None:
    data = opened(store(pets(top="train/") | {"val/dog/1.png": picture(90)}))
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
    "too many classes": ({f"{n}/1.png": b"" for n in range(1001)}, "1001 class folders, more than 1000"),
    "nothing to validate on": (pets(1, 1), "no usable picture to validate on"),
}


@pytest.mark.parametrize(("files", "words"), REFUSED_SETS.values(), ids=REFUSED_SETS)
def test_sets_that_cannot_be_trained_on(files: Files, words: str, store: Store) -> None:
    source = store(files)
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
    assert [refused.reason for refused in data.refused] == ["There is no such file"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are always letters")
def test_undecodable_file_names_can_be_printed(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    (tmp_path / "pets/cat" / os.fsdecode(b"k\xe4tzchen\n.txt")).write_bytes(b"Hello")
    (name,) = [refused.name for refused in opened(source).refused]
    assert name.encode()
    assert name.isprintable()


# ZIPs that mean harm


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


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILES", 19)
    assert "more than 19 files" in refusal(write_folder(tmp_path / "pets", pets())).what


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


# Work in progress


def test_progress_counts_up_to_the_end(tmp_path: Path) -> None:
    _, events = run(open_data(write_folder(tmp_path / "pets", pets()), side=SIDE, seed=0))
    assert events[0] == Preparing(0, 0, "decoding")
    assert events[-1] == Preparing(20, 20, "decoding")
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_closing_early_stops_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_folder(tmp_path / "pets", pets(100, 100))
    decoded: list[str] = []
    slowly = datasets.decode

    def decode(data: bytes, *, name: str, side: int) -> Image.Image:
        decoded.append(name)
        time.sleep(0.02)
        return slowly(data, name=name, side=side)

    monkeypatch.setattr(datasets, "decode", decode)
    monkeypatch.setattr(datasets, "EVENT_SECONDS", 0.01)
    work = open_data(source, side=SIDE, seed=0)
    while next(work).done == 0:
        pass
    work.close()
    reached = len(decoded)
    time.sleep(0.1)
    assert reached == len(decoded) < 200


def test_unforeseen_errors_are_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(data: bytes, *, name: str, side: int) -> Image.Image:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(datasets, "decode", decode)
    with pytest.raises(KeyError, match="ours"):
        opened(write_folder(tmp_path / "pets", pets()))


def test_a_set_that_needs_too_much_memory(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pets", pets())
    with pytest.raises(UserError) as caught:
        run(open_data(source, side=20_000, seed=0))
    assert "22.4 GB of memory, more than 4" in caught.value.what
    assert "8460 pixels a side, or at most 3 pictures" in caught.value.cure


# Drawings


def test_drawn_pets() -> None:
    data, events = run(open_data("drawn", side=SIDE, seed=3, train_pictures=12, val_pictures=6))
    assert data.classes == ("cat", "dog")
    assert data.train.images.shape == (12, 3, SIDE, SIDE)
    assert torch.bincount(data.val.labels).tolist() == [3, 3]
    assert events[-1] == Preparing(18, 18, "drawing")
    both = torch.cat([data.train.images, data.val.images]).flatten(1)
    assert len(both.unique(dim=0)) == 18
    again = opened("drawn", seed=3, train_pictures=4, val_pictures=2)
    assert torch.equal(again.train.images, data.train.images[:4])
    assert torch.equal(again.val.images, data.val.images[:2])
    assert not torch.equal(opened("drawn", seed=4, train_pictures=4, val_pictures=2).train.images, again.train.images)


def test_drawn_pets_to_evaluate_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "DRAWN_VAL", 8)
    pictures, _ = run(open_pictures("drawn", SIDE))
    assert pictures.classes == ("cat", "dog")
    assert torch.bincount(pictures.split.labels).tolist() == [4, 4]


@pytest.mark.photos
def test_real_photos(photos_zip: Path) -> None:
    data, _ = run(open_data(str(photos_zip), side=64, seed=0, train_pictures=200, val_pictures=50))
    assert data.classes == ("cat", "dog")
    assert torch.bincount(data.train.labels).tolist() == [100, 100]
    assert torch.bincount(data.val.labels).tolist() == [25, 25]
    assert data.refused == ()
    assert 90 < data.train.images.float().mean() < 150
    assert data.train.images.float().std(dim=0).min() > 30  # every place differs from photo to photo
