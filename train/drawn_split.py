"""Drawn pets as a split: each is drawn when it is first asked for, then kept in the cache.

A training's first step so costs only the drawings of its own batch. The file in the cache holds a record a picture,
its pixels and their CRC-32, in the order of the series. Any number of processes may fill it at once: they all write
the same bytes, and a record that is missing, torn or damaged is drawn again. N drawings, B of them asked for at once,
S pixels a side.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
import weakref
import zlib
from io import FileIO

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from train import drawn_pets
from train.cache import PIXELS, Cache
from train.drawn_pets import check_side, draw_image, labels_of
from train.store import memory_limit

GOLDEN = (5, 8, 12, 14, 18, 19, 20, 23, 26, 34, 56, 69, 107, 118, 139, 152)  # of seed 0; chosen for their variety
_CHECK_BYTES = 4

Image = npt.NDArray[np.uint8]  # S,S,3


class DrawnSplit:
    """Drawings `first` to `first + count - 1` of the series `seed`.

    Args:
        seed, first, count: which.
        side: S, in pixels.
        labels: which label cats have, and which dogs.

    Attributes:
        labels: N int64, known without drawing.
        side: S.
        size: bytes that all of them take.
        kept: where, as in `Preparing`.
        fingerprint: tells these drawings from all others, whatever their side.

    Raises:
        UserError: nothing can be drawn at this side.
    """

    def __init__(self, seed: int, first: int, count: int, side: int, labels: tuple[int, int] = (0, 1)) -> None:
        check_side(side)
        self.labels = torch.tensor(labels)[labels_of(seed, first, count)]
        self.side = side
        self.fingerprint = f"drawn {_program()} {seed} {first} {count}"
        self._seed, self._first = seed, first
        self._record = 3 * side * side + _CHECK_BYTES
        self.size = count * self._record
        self._kept = _open_kept(self.fingerprint, side, self.size)
        self.kept = "" if self._kept is None else "memory" if isinstance(self._kept, dict) else "cache"
        self._one_position = threading.Lock()  # the file has only one
        if isinstance(self._kept, FileIO):
            weakref.finalize(self, self._kept.close)

    def take(self, positions: Tensor) -> Tensor:
        """As `Split.take`; draws what nobody has drawn before."""
        batch = np.empty((len(positions), self.side, self.side, 3), dtype=np.uint8)
        for place, position in enumerate(positions.tolist()):
            if not self._read(position, batch[place]):
                batch[place] = draw_image(self._seed, self._first + position, self.side)
                self._write(position, batch[place])
        return torch.from_numpy(batch).permute(0, 3, 1, 2)

    def _read(self, position: int, image: Image) -> bool:
        """Fill an image with what was kept of it; False if that is nothing."""
        if self._kept is None or isinstance(self._kept, dict):
            found = (self._kept or {}).get(position)
        else:
            found = self._read_record(self._kept, position)
        if found is None:
            return False
        image[:] = np.frombuffer(found, np.uint8).reshape(image.shape)
        return True

    def _read_record(self, file: FileIO, position: int) -> bytes | None:
        with self._one_position:
            file.seek(position * self._record)
            record = file.read(self._record)
        pixels, check = record[:-_CHECK_BYTES], record[-_CHECK_BYTES:]
        whole = len(record) == self._record and zlib.crc32(pixels) == int.from_bytes(check, "little")
        return pixels if whole else None

    def _write(self, position: int, image: Image) -> None:
        if self._kept is None:
            return
        pixels = image.tobytes()
        if isinstance(self._kept, dict):
            self._kept[position] = pixels
            return
        with self._one_position, contextlib.suppress(OSError):  # a full disk: it is drawn again next time
            self._kept.seek(position * self._record)
            self._kept.write(pixels + zlib.crc32(pixels).to_bytes(_CHECK_BYTES, "little"))


def _open_kept(fingerprint: str, side: int, size: int) -> FileIO | dict[int, bytes] | None:
    """Where they are kept: in the cache; in memory where that cannot be written; nowhere if they are too many."""
    with contextlib.suppress(OSError):
        cache = Cache()
        key = hashlib.blake2b(f"{fingerprint} {side}".encode(), digest_size=16).hexdigest()
        kept = cache.use(key, "r+b")
        if kept:
            return kept
        if cache.make_room(size, key):
            cache.path(key).mkdir(exist_ok=True)
            with (cache.path(key) / PIXELS).open("ab") as file:
                file.truncate(size)  # so that it counts; empty records hold no valid CRC
            kept = cache.use(key, "r+b")
            if kept:
                return kept
    return {} if size <= memory_limit() else None


@functools.cache
def _program() -> str:
    """What tells one version of the drawing program from another: what it draws, in about 60 ms.

    Its source would tell more, but also every comment, and nobody can put back an old one to resume a run.
    """
    digest = hashlib.blake2b(digest_size=16)
    for place in GOLDEN:
        digest.update(drawn_pets.draw_image(0, place, drawn_pets.MIN_SIDE).data)
    return digest.hexdigest()
