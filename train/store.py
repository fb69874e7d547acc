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
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import metadata
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

FORMAT = 2  # of an entry; another number, and older entries are made again
SMALLEST = 8  # pixels a side; below that there is nothing to see
MEMORY_LIMIT = 4 * 2**30  # bytes of pictures that a split keeps in memory at most, on a machine of any size
SAMPLED = 64  # pictures of an entry that are compared whenever it is used
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


def find(shelf: Shelf, names: Sequence[str], side: int) -> Store:
    """These files' squares as the cache has them. UserError: it does not have them."""
    with suppress(OSError):  # it cannot be read
        if found := _find(Cache(), _key(shelf, names, side), shelf, names, side):
            return found
    raise UserError("These pictures are not kept ready", cure="Start a run with them, or evaluate a checkpoint on them")


def keep(shelf: Shelf, names: Sequence[str], side: int) -> Generator[Preparing, None, Store]:
    """Find these files' squares in the cache, or decode them and put them there; the names are those of the shelf.

    More than the cache may hold is only checked, and what that found is kept if there is room for so much. Where the
    cache cannot be written, squares are kept in memory, up to `memory_limit`.

    Raises:
        UserError: the disk is full.
    """
    if not names:
        return Store(torch.empty((0, side, side, 3), dtype=torch.uint8), (), ())
    key, size = _key(shelf, names, side), len(names) * 3 * side * side
    with ExitStack() as held:
        try:
            cache = Cache()
            found = _find(cache, key, shelf, names, side)
            if found:
                return found
            held.callback((yield from cache.lock(key)).release)
            found = _find(cache, key, shelf, names, side)  # made by another process meanwhile
            if found:
                return found
            fits = cache.make_room(size, key)
        except OSError:  # it cannot be written
            return (yield from _without_cache(shelf, names, side, size))
        if not fits:
            return _find(cache, key, shelf, names, 0) or (yield from _check(cache, key, shelf, names, side))
        with cache.building(key) as folder:
            store = yield from _decode_to_file(folder / PIXELS, shelf, names, side)
            shape = (len(names), side, side, 3)  # mapped only for now: Windows renames no folder with a file in use
            _write_index(folder / _INDEX, store, _sample(np.memmap(folder / PIXELS, np.uint8, "r", shape=shape)))
        return _find(cache, key, shelf, names, side) or store


def memory_limit() -> int:
    """Bytes of pictures that one split may keep in memory.

    An eighth of the machine's, for a run has up to four splits; divided among the processes that torchrun started.
    """
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows tells nothing
        machine = 8 * 2**30
    return min(MEMORY_LIMIT, machine // 8) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def _key(shelf: Shelf, names: Sequence[str], side: int) -> str:
    """What an entry depends on: the files, the side, and the programs that decode."""
    try:
        heif = metadata.version("pillow-heif")
    except metadata.PackageNotFoundError:
        heif = ""
    programs = f"{FORMAT} {side} Pillow {PIL.__version__} heif {heif}"
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
        sample = index["sample"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if len(digests) != 16 * len(names) or (images is not None and _sample(images.numpy()) != sample):
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


def _sample(images: npt.NDArray[np.uint8]) -> str:
    """A digest of up to SAMPLED pictures of M,S,S,3, evenly spread: to read all of a large set takes seconds.

    It tells files that were overwritten, mixed up or lost in part, but not a few pixels between the pictures it reads.
    """
    sample = hashlib.blake2b(digest_size=16)
    for row in np.linspace(0, len(images) - 1, min(len(images), SAMPLED), dtype=np.int64):
        sample.update(images[row].data)
    return sample.hexdigest()


def _can_be_read(shelf: Shelf, name: str) -> bool:
    try:
        shelf.read(name)
    except UserError:
        return False
    return True


def _write_index(path: Path, store: Store, sample: str) -> None:
    reasons = {row: reason for row, reason in enumerate(store.reasons) if reason}
    with path.open("w", encoding="utf-8") as file:
        json.dump({"digests": b"".join(store.digests).hex(), "reasons": reasons, "sample": sample}, file)
        file.flush()
        os.fsync(file.fileno())


def _check(cache: Cache, key: str, shelf: Shelf, names: Sequence[str], side: int) -> Generator[Preparing, None, Store]:
    """Only look at the files, and keep what that found: an entry without pixels."""
    store = yield from _decode_all(shelf, names, side, None, kept="files")
    with suppress(UserError), cache.building(key) as folder:  # on a full disk the next run looks again
        _write_index(folder / _INDEX, store, "")
    return store


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
    if size > memory_limit():
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
