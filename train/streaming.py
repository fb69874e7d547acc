"""Pictures that are read from their files whenever they are asked for: sets larger than the cache may hold."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from resnet.errors import UserError
from train.archives import Shelf
from train.cores import usable_cores
from train.store import Square, digest, square


class StreamedSplit:
    """A split whose files were all checked before, and are decoded in a batch's time on all cores.

    Args:
        shelf: where the files are; it stays open as long as the split is used.
        names: N files of the shelf.
        digests: N, of their contents as they were checked.
        labels: N int64.
        side: S, of the squares, in pixels.
    """

    def __init__(self, shelf: Shelf, names: Sequence[str], digests: Sequence[bytes], labels: Tensor, side: int) -> None:
        self.labels = labels
        self.side = side
        self._shelf, self._names, self._digests = shelf, names, digests
        self._threads = ThreadPoolExecutor(usable_cores(), thread_name_prefix="decode")

    def take(self, positions: Tensor) -> Tensor:
        """As `Split.take`. Raises UserError for a file that is gone, or is not what it was when it was checked."""
        squares = self._threads.map(self._read, positions.tolist())
        return torch.from_numpy(np.stack(list(squares))).permute(0, 3, 1, 2)

    def _read(self, position: int) -> Square:
        name = self._names[position]
        cure = "Put it back and resume the run, or start a new one"
        try:
            data = self._shelf.read(name)
        except UserError as error:
            raise UserError(f"{error.what}, but there was when the run began", where=name, cure=cure) from error
        if digest(data) != self._digests[position]:
            raise UserError("The file is not what it was when the run began", where=name, cure=cure)
        return square(data, name=name, side=self.side)
