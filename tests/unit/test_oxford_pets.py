"""`train.oxford_pets`: fetched, unpacked by torchvision, opened like any other set. The archives here are tiny."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from resnet.errors import UserError
from tests.picture_sets import SIDE, numbers, opened, picture, refusal, run
from tests.web_server import Site, served
from train import downloads, oxford_pets
from train.datasets import open_data, open_pictures

TRAINVAL = [("Abyssinian_1", 1, 1, 1), ("Bengal_2", 6, 1, 3), ("beagle_3", 5, 2, 4), ("pug_4", 26, 2, 18)]
TEST = [("Abyssinian_201", 1, 1, 1), ("beagle_202", 5, 2, 4), ("broken_203", 5, 2, 4)]


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def lines(part: list[tuple[str, int, int, int]]) -> bytes:
    return "".join(f"{name} {breed} {species} {number}\n" for name, breed, species, number in part).encode()


@pytest.fixture
def oxford(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    from torchvision.datasets import OxfordIIITPet

    photos = {name: picture(100 + place) for place, (name, *_) in enumerate(TRAINVAL + TEST)}
    photos["broken_203"] = b"Hello"
    files = {
        "/images.tar.gz": archive({f"images/{name}.jpg": photo for name, photo in photos.items()}),
        "/annotations.tar.gz": archive(
            {"annotations/trainval.txt": lines(TRAINVAL), "annotations/test.txt": lines(TEST)}
        ),
    }
    monkeypatch.setattr(downloads, "PAUSE", 0.001)
    monkeypatch.setattr(oxford_pets, "SIZES", {path[1:]: len(content) for path, content in files.items()})
    with served(Site(files)) as site:
        resources = [(site.address + path, hashlib.md5(content).hexdigest()) for path, content in files.items()]
        monkeypatch.setattr(OxfordIIITPet, "_RESOURCES", resources)
        yield site


def test_cats_and_dogs(oxford: Site) -> None:
    data, events = run(open_data("oxford-pets", side=SIDE, seed=0))
    assert data.classes == ("cat", "dog")
    assert data.train.labels.tolist() == [0, 0, 1, 1]
    assert data.val.labels.tolist() == [0, 1]
    assert sorted(numbers(data.train)) == [100, 101, 102, 103]
    assert numbers(data.val) == [104, 105]
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("images/broken_203.jpg", "The file is text, not a picture")
    ]
    whats = [event.what for event in events]
    assert whats.index("downloading") < whats.index("unpacking") < len(whats) - 1
    assert [event.size for event in events if event.what == "downloading" and event.size] == [
        len(content) for content in oxford.files.values()
    ]


def test_the_second_time_needs_no_network(oxford: Site) -> None:
    first = opened("oxford-pets")
    asked = len(oxford.asked)
    again, _ = run(open_pictures("oxford-pets", SIDE))
    assert torch.equal(again.split.labels, first.val.labels)
    assert len(oxford.asked) == asked == 2


def test_drawn_pets_may_join(oxford: Site) -> None:
    assert len(opened("oxford-pets", drawn_pictures=10).train.labels) == 14


def test_unpacking_that_broke_off_is_done_again(oxford: Site, cache: Path) -> None:
    opened("oxford-pets")
    folder = cache.parent / "downloads" / "oxford-iiit-pet"
    (folder / "complete").unlink()
    shutil.rmtree(folder / "images")
    (folder / "images").mkdir()
    assert len(opened("oxford-pets").train.labels) == 4


HOLES = {
    "the photos": lambda folder: shutil.rmtree(folder / "images"),
    "one photo": lambda folder: (folder / "images" / "pug_4.jpg").unlink(),
    "a list": lambda folder: (folder / "annotations" / "test.txt").unlink(),
    "half a list": lambda folder: (folder / "annotations" / "test.txt").write_text("Abyssinian_201 1"),
}


@pytest.mark.parametrize("hole", HOLES)
def test_what_was_removed_is_fetched_again(hole: str, oxford: Site, cache: Path) -> None:
    opened("oxford-pets")
    HOLES[hole](cache.parent / "downloads" / "oxford-iiit-pet")
    data = opened("oxford-pets")
    assert (len(data.train.labels), len(data.val.labels)) == (4, 2)
    assert len(oxford.asked) == 4


def test_a_set_with_holes_is_refused_after_one_more_try(
    oxford: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(root: Path) -> None:
        raise RuntimeError("Dataset not found")

    monkeypatch.setattr(oxford_pets, "_read", broken)
    error = refusal("oxford-pets")
    assert error.where == str(cache.parent / "downloads" / "oxford-iiit-pet")
    assert "Delete the folder and start again" in error.cure
    assert len(oxford.asked) == 4


def test_the_archives_go_once_they_are_unpacked(oxford: Site, cache: Path) -> None:
    opened("oxford-pets")
    folder = cache.parent / "downloads" / "oxford-iiit-pet"
    assert sorted(path.name for path in folder.iterdir()) == ["annotations", "complete", "images"]
    (folder / "images.tar.gz").write_bytes(b"of an earlier version")
    opened("oxford-pets")
    assert not (folder / "images.tar.gz").exists()


@pytest.mark.parametrize("place", ["", "images", "images.tar.gz.part/deep"])
def test_something_else_is_in_the_way(place: str, oxford: Site, cache: Path) -> None:
    folder = cache.parent / "downloads" / "oxford-iiit-pet"
    (folder / place).parent.mkdir(parents=True)
    (folder / place).write_text("not a folder, or no file")
    error = refusal("oxford-pets")
    assert Path(error.where).is_relative_to(folder)
    assert "It cannot be read or written" in error.what
    assert "delete it" in error.cure
    assert len(oxford.asked) <= 2


def test_archives_put_there_by_hand(oxford: Site, cache: Path) -> None:
    folder = cache.parent / "downloads" / "oxford-iiit-pet"
    folder.mkdir(parents=True)
    for path, content in oxford.files.items():
        (folder / path[1:]).write_bytes(content)
    assert len(opened("oxford-pets").train.labels) == 4
    assert oxford.asked == []


def test_offline_names_the_place(oxford: Site, cache: Path) -> None:
    oxford.files.clear()
    error = refusal("oxford-pets")
    assert error.where == str(cache.parent / "downloads" / "oxford-iiit-pet" / "images.tar.gz")
    assert "by hand" in error.cure


def test_no_room_to_unpack(oxford: Site, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cache.parent / "downloads" / "oxford-iiit-pet"
    folder.mkdir(parents=True)
    for path, content in oxford.files.items():
        (folder / path[1:]).write_bytes(content)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    error = refusal("oxford-pets")
    assert "Unpacking needs 1 MB" in error.what
    assert "Make room" in error.cure


@pytest.mark.usefixtures("oxford")
def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UserError, match="Name another folder in RESNET_LAB_CACHE"):
        opened("oxford-pets")


def test_the_sizes_are_of_the_archives_torchvision_knows() -> None:
    from torchvision.datasets import OxfordIIITPet

    assert [url.rsplit("/", 1)[-1] for url, _ in OxfordIIITPet._RESOURCES] == list(oxford_pets.SIZES)
