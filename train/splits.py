"""Pictures with labels as the training loop asks for them: a batch of positions at a time.

N pictures of a split, B of them asked for at once, S pixels a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Split(Protocol):
    """Pictures to train on, or to validate on. Labels are positions in the data's classes."""

    @property
    def labels(self) -> Tensor:
        """N int64."""

    @property
    def side(self) -> int:
        """S, in pixels."""

    def take(self, positions: Tensor) -> Tensor:
        """The pictures at these positions, each 0 to N-1: B,3,S,S uint8, channels last in memory, not shared."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredSplit:
    """Pictures that were decoded before; many splits may share one store.

    Attributes:
        store: M,S,S,3 uint8, in memory or mapped from a file; more pictures than the split has, where some were
            refused or belong to another part.
        rows: N int64, where in the store each picture of the split lies.
        labels: N int64.
    """

    store: Tensor
    rows: Tensor
    labels: Tensor

    @property
    def side(self) -> int:
        return self.store.shape[1]

    def take(self, positions: Tensor) -> Tensor:
        return self.store.index_select(0, self.rows[positions]).permute(0, 3, 1, 2)


class JoinedSplit:
    """Several splits of one side, one after the other."""

    def __init__(self, parts: Sequence[Split]) -> None:
        self.labels = torch.cat([part.labels for part in parts])
        self.side = parts[0].side
        self._parts = parts
        self._ends = torch.tensor([len(part.labels) for part in parts]).cumsum(0)

    def take(self, positions: Tensor) -> Tensor:
        batch = torch.empty(
            (len(positions), 3, self.side, self.side), dtype=torch.uint8, memory_format=torch.channels_last
        )
        owner = torch.bucketize(positions, self._ends, right=True)
        for number, part in enumerate(self._parts):
            (places,) = torch.nonzero(owner == number, as_tuple=True)
            if len(places):
                batch[places] = part.take(positions[places] - (self._ends[number] - len(part.labels)))
        return batch
