"""Oxford-IIIT Pet (Parkhi et al., CVPR 2012) as cats and dogs: 3,680 photos to train on, 3,669 to validate on.

The photos are under CC BY-SA 4.0. torchvision knows where they are, what they must hash to, how they are unpacked and
which is which; fetching them is done here, because a download of 0.8 GB must be able to resume.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator
from pathlib import Path

from resnet.errors import UserError
from train.archives import Files
from train.cache import cache_folder, gigabytes, wait_for
from train.downloads import Download, fetch, on_disk
from train.events import Preparing
from train.layout import ByClass, Layout

SIZES = {"images.tar.gz": 791_918_971, "annotations.tar.gz": 19_173_078}  # bytes, as the server states them
DOWNLOAD_BYTES = sum(SIZES.values())
_COMPLETE = "complete"  # a mark that all was unpacked
_GONE = (OSError, RuntimeError, ValueError, IndexError)  # what torchvision raises on a set with holes
_PARTS = {"train": "trainval", "val": "test"}  # ours -> theirs


def are_here() -> bool:
    """Whether the photos lie in the cache folder already, so that nothing has to be downloaded."""
    try:
        return (_folder() / _COMPLETE).exists()
    except OSError:  # it may not be looked into
        return False


def _folder() -> Path:
    return cache_folder() / "downloads" / "oxford-iiit-pet"


def open_oxford_pets() -> Generator[Preparing, None, tuple[Files, Layout]]:
    """The photos, fetched into the cache folder if they are not there.

    Raises:
        UserError: they cannot be downloaded, or do not fit on the disk.
    """
    try:
        root = cache_folder() / "downloads"
        lock = yield from wait_for(root / "oxford-iiit-pet.lock")
    except OSError as error:
        what = f"The folder for downloads cannot be written ({error.strerror})"
        raise UserError(what, cure="Name another folder in RESNET_LAB_CACHE") from error
    folder = _folder()
    try:
        with on_disk(folder):
            yield from _bring(root, folder)
        try:
            return _read(root)
        except _GONE:  # somebody removed a part of it, perhaps to make room
            with on_disk(folder):
                (folder / _COMPLETE).unlink()
                yield from _bring(root, folder)
        try:
            return _read(root)
        except _GONE as error:
            cure = "Delete the folder and start again: the photos are then downloaded"
            raise UserError("What was unpacked there cannot be read", where=str(folder), cure=cure) from error
    finally:
        lock.release()


def _read(root: Path) -> tuple[Files, Layout]:
    """The photos that lie there; one of _GONE if they are not all there."""
    from torchvision.datasets import OxfordIIITPet  # here: torchvision takes a second to import

    paths: dict[str, Path] = {}
    parts: dict[str, ByClass] = {}
    for part, split in _PARTS.items():
        pets = OxfordIIITPet(root, split=split, target_types="binary-category")
        by_class: ByClass = {name.lower(): [] for name in pets.bin_classes}  # as folders of pets are called
        parts[part] = by_class
        for path, label in zip(pets._images, pets._bin_labels, strict=True):  # its public way decodes each picture
            name = f"images/{path.name}"
            paths[name] = path
            by_class[pets.bin_classes[label].lower()].append(name)
    if not all(path.exists() for path in paths.values()):
        raise FileNotFoundError
    return Files(paths), Layout(parts["train"], parts["val"], ())


def _bring(root: Path, folder: Path) -> Generator[Preparing, None, None]:
    """Fetch and unpack, unless that was done before to the end; the archives are then of no more use."""
    complete = folder / _COMPLETE
    if not complete.exists():
        yield from _fetch_and_unpack(root, folder)
        complete.touch()
    for name in SIZES:
        with contextlib.suppress(OSError):  # it only costs room
            (folder / name).unlink(missing_ok=True)


def _fetch_and_unpack(root: Path, folder: Path) -> Generator[Preparing, None, None]:
    from torchvision.datasets import OxfordIIITPet

    for url, md5 in OxfordIIITPet._RESOURCES:
        name = url.rsplit("/", 1)[-1]
        yield from fetch(Download(url, md5, SIZES[name]), folder / name)
    yield Preparing(0, 0, "unpacking")
    for unpacked in ("images", "annotations"):  # torchvision takes half of them for all of them
        shutil.rmtree(folder / unpacked, ignore_errors=True)
    room = sum(SIZES.values())  # photos do not shrink
    if shutil.disk_usage(folder).free < room:
        what = f"Unpacking needs {gigabytes(room)}, and the disk has less"
        cure = "Make room there, or name a folder elsewhere in RESNET_LAB_CACHE"
        raise UserError(what, where=str(folder), cure=cure)
    OxfordIIITPet(root, download=True)
