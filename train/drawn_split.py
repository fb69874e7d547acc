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
import io
import threading
import weakref
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL
import torch
from torch import Tensor

from train.cache import PIXELS, Cache
from train.drawn_pets import check_side, draw_image, labels_of
from train.store import MEMORY_LIMIT

_CHECK_BYTES = 4


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
        self.kept = "cache" if isinstance(self._kept, io.FileIO) else "memory" if self._kept else ""
        self._one_position = threading.Lock()  # the file has only one
        if self._kept:
            weakref.finalize(self, self._kept.close)

    def take(self, positions: Tensor) -> Tensor:
        """As `Split.take`; draws what nobody has drawn before."""
        batch = np.empty((len(positions), self.side, self.side, 3), dtype=np.uint8)
        for place, position in enumerate(positions.tolist()):
            if not self._read(position, batch[place]):
                batch[place] = draw_image(self._seed, self._first + position, self.side)
                self._write(position, batch[place])
        return torch.from_numpy(batch).permute(0, 3, 1, 2)

    def _read(self, position: int, image: npt.NDArray[np.uint8]) -> bool:
        """Fill an image S,S,3 with what was kept of it; False if that is nothing."""
        if not self._kept:
            return False
        record = bytearray(self._record)
        with self._one_position:
            self._kept.seek(position * self._record)
            if self._kept.readinto(record) != self._record:
                return False
        pixels, check = record[:-_CHECK_BYTES], record[-_CHECK_BYTES:]
        if zlib.crc32(pixels) != int.from_bytes(check, "little"):
            return False
        image[:] = np.frombuffer(pixels, np.uint8).reshape(image.shape)
        return True

    def _write(self, position: int, image: npt.NDArray[np.uint8]) -> None:
        if not self._kept:
            return
        pixels = image.tobytes()
        with self._one_position, contextlib.suppress(OSError):  # a full disk: it is drawn again next time
            self._kept.seek(position * self._record)
            self._kept.write(pixels + zlib.crc32(pixels).to_bytes(_CHECK_BYTES, "little"))


def _open_kept(fingerprint: str, side: int, size: int) -> io.FileIO | io.BytesIO | None:
    """Where records are kept: in the cache; in memory where that cannot be written; nowhere if they are too many."""
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
    return io.BytesIO() if size <= MEMORY_LIMIT else None


@functools.cache
def _program() -> str:
    """What tells one version of the drawing program from another."""
    digest = hashlib.blake2b(PIL.__version__.encode(), digest_size=16)
    for file in sorted([Path(__file__).with_name("drawn_pets.py"), *Path(__file__).parent.glob("pet_*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()
