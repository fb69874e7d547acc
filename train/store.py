"""Every file of a list read and decoded once: its square, or the reason why it is no usable picture.

The squares go into the cache (`train.cache`), where later runs and other processes find them. M files, S pixels a side.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL
import torch
from torch import Tensor

from resnet.errors import UserError
from train.archives import Shelf
from train.cache import PIXELS, Cache
from train.cores import usable_cores
from train.events import Preparing
from train.pictures import decode, fit_square

FORMAT = 1  # of an entry; another number, and older entries are made again
SMALLEST = 8  # pixels a side; below that there is nothing to see
MEMORY_LIMIT = 4 * 2**30  # bytes of pictures, where the cache cannot be written
EVENT_SECONDS = 0.2  # between two Preparing events
_INDEX = "index.json"
_UNREAD = bytes(16)

Square = npt.NDArray[np.uint8]  # S,S,3
Put = Callable[[int, Square], None]


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """What became of each file of a list.

    Attributes:
        images: M,S,S,3 uint8, anything where there is a reason; None where they are too many to keep.
        digests: BLAKE2 of each file's bytes, sixteen of them; all zero if it could not be read.
        reasons: why it cannot be used; "" for a usable picture.
    """

    images: Tensor | None
    digests: tuple[bytes, ...]
    reasons: tuple[str, ...]


def square(data: bytes, *, name: str, side: int) -> Square:
    """The centre square of a picture file's bytes, S,S,3.

    Raises:
        UserError: it is no picture, too small, too large, cut off or damaged.
    """
    picture = decode(data, name=name, side=side)
    if min(picture.size) < SMALLEST:
        raise UserError(f"The picture is {picture.width}x{picture.height} pixels, too small", where=name)
    return np.asarray(fit_square(picture, side))


def digest(data: bytes) -> bytes:
    """What tells one file's contents from another's."""
    return hashlib.blake2b(data, digest_size=16).digest()


def keep(shelf: Shelf, names: Sequence[str], side: int) -> Generator[Preparing, None, Store]:
    """Find these files' squares in the cache, or decode them and put them there; the names are those of the shelf.

    More than the cache may hold is only checked, and what that found is kept. Where the cache cannot be written,
    squares are kept in memory, up to MEMORY_LIMIT.

    Raises:
        UserError: the disk is full.
    """
    if not names:
        return Store(torch.empty((0, side, side, 3), dtype=torch.uint8), (), ())
    key, size = _key(shelf, names, side), len(names) * 3 * side * side
    try:
        cache = Cache()
        found = _find(cache, key, shelf, names, side)
        if found:
            return found
        fits = cache.make_room(size, key)
        if not fits:
            key += "-checked"
        lock = yield from cache.lock(key)
    except OSError:  # it cannot be written
        return (yield from _without_cache(shelf, names, side, size))
    try:
        found = _find(cache, key, shelf, names, side if fits else 0)  # made by another process meanwhile
        if found:
            return found
        with cache.building(key) as folder:
            if fits:
                store = yield from _decode_to_file(folder / PIXELS, shelf, names, side)
            else:
                store = yield from _decode_all(shelf, names, side, None, kept="files")
            _write_index(folder / _INDEX, store)
        return (_find(cache, key, shelf, names, side) or store) if fits else store
    finally:
        lock.release()


def _key(shelf: Shelf, names: Sequence[str], side: int) -> str:
    """What an entry depends on: the files, the side, and the programs that decode."""
    programs = f"{FORMAT} {side} Pillow {PIL.__version__} heif {find_spec('pillow_heif') is not None}"
    key = hashlib.blake2b(programs.encode(), digest_size=16)
    for name in names:
        key.update(f"\n{name}\0{shelf.fingerprint(name)}".encode(errors="surrogatepass"))  # a path may be no text
    return key.hexdigest()


def _find(cache: Cache, key: str, shelf: Shelf, names: Sequence[str], side: int) -> Store | None:
    """What the cache has, if it is whole and still true; without pixels if the side is 0.

    Whatever could not be read when the entry was made is tried again: permissions change, and disks come back.
    """
    images = None
    if side:
        images = _map(cache, key, (len(names), side, side, 3))
        if images is None:
            return None
    try:
        index = json.loads((cache.path(key) / _INDEX).read_bytes())
        digests = bytes.fromhex(index["digests"])
        reasons = {int(row): str(reason) for row, reason in index["reasons"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    store = Store(
        images,
        tuple(digests[16 * row : 16 * row + 16] for row in range(len(names))),
        tuple(reasons.get(row, "") for row in range(len(names))),
    )
    cache.touch(key)
    unread = (name for name, each in zip(names, store.digests, strict=True) if each == _UNREAD)
    return None if any(_can_be_read(shelf, name) for name in unread) else store


def _map(cache: Cache, key: str, shape: tuple[int, int, int, int]) -> Tensor | None:
    """The entry's pixels. Copy on write: whatever a program does to them, the file stays as it is."""
    file = cache.use(key)
    if file is None:
        return None
    with file:
        if os.fstat(file.fileno()).st_size != np.prod(shape, dtype=np.int64):
            return None
        return torch.from_numpy(np.memmap(file, np.uint8, "c", shape=shape))


def _can_be_read(shelf: Shelf, name: str) -> bool:
    try:
        shelf.read(name)
    except UserError:
        return False
    return True


def _write_index(path: Path, store: Store) -> None:
    reasons = {row: reason for row, reason in enumerate(store.reasons) if reason}
    with path.open("w", encoding="utf-8") as file:
        json.dump({"digests": b"".join(store.digests).hex(), "reasons": reasons}, file)
        file.flush()
        os.fsync(file.fileno())


def _decode_to_file(path: Path, shelf: Shelf, names: Sequence[str], side: int) -> Generator[Preparing, None, Store]:
    # Written, not mapped: on a full disk writing raises an error, but a mapping gets a signal that ends the process.
    each = 3 * side * side
    one_writer = threading.Lock()
    with path.open("wb") as file:
        file.truncate(len(names) * each)

        def put(row: int, image: Square) -> None:
            with one_writer:
                file.seek(row * each)
                file.write(image.tobytes())

        store = yield from _decode_all(shelf, names, side, put, kept="cache")
        file.flush()
        os.fsync(file.fileno())
    return store


def _without_cache(shelf: Shelf, names: Sequence[str], side: int, size: int) -> Generator[Preparing, None, Store]:
    if size > MEMORY_LIMIT:
        return (yield from _decode_all(shelf, names, side, None, kept="files"))
    images = torch.empty((len(names), side, side, 3), dtype=torch.uint8)
    store = yield from _decode_all(shelf, names, side, images.numpy().__setitem__, kept="memory")
    return Store(images, store.digests, store.reasons)


def _decode_all(
    shelf: Shelf, names: Sequence[str], side: int, put: Put | None, *, kept: str
) -> Generator[Preparing, None, Store]:
    """Decode every file and `put` its square; the store that comes back has no images yet."""
    digests, reasons = [_UNREAD] * len(names), [""] * len(names)

    def decode_one(row: int) -> None:
        try:
            data = shelf.read(names[row])
            digests[row] = digest(data)
            image = square(data, name=names[row], side=side)
        except UserError as refusal:
            reasons[row] = refusal.what
        else:
            if put:
                put(row, image)

    what = "decoding" if put else "checking"
    yield Preparing(0, len(names), what, len(names) * 3 * side * side, kept)
    for done in _in_threads(decode_one, len(names)):
        yield Preparing(done, len(names), what)
    return Store(None, tuple(digests), tuple(reasons))


def _in_threads(work: Callable[[int], None], count: int) -> Generator[int, None, None]:
    """Do work(0) ... work(count - 1) on all cores, telling how many are done.

    Pillow and hashing let go of the interpreter while they work.
    """
    left = deque(range(count))

    def drain() -> None:
        while True:
            try:
                row = left.popleft()
            except IndexError:
                return
            work(row)

    threads = min(usable_cores(), count)
    with ThreadPoolExecutor(threads) as pool:
        try:
            drains = [pool.submit(drain) for _ in range(threads)]
            while True:
                ended, running = wait(drains, timeout=EVENT_SECONDS, return_when=FIRST_EXCEPTION)
                if not running or any(each.exception() for each in ended):
                    break
                yield max(0, count - len(left) - threads)
            left.clear()
            for each in drains:
                each.result()
        finally:
            left.clear()  # whoever closes the generator early waits for the pictures in hand only
    yield count
