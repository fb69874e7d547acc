"""Which pictures each step of an epoch sees, and which of them each process."""

from __future__ import annotations

import torch
from torch import Tensor

from train.distributed import Group
from train.randomness import generator

PICTURES_EACH = 2  # of a batch, at least, for every process: batch norm has no variance of one picture


def smallest_batch(batch: int) -> int:
    """Of an epoch with several batches, the fewest pictures that one can have."""
    return max(PICTURES_EACH, (batch + 1) // 2)


def batch_sizes(n: int, batch: int) -> list[int]:
    """How `n` pictures are dealt out to steps, whoever takes them.

    A last batch of less than half joins the one before: its step would count as much as any other's for fewer pictures,
    and several processes could not share it. Dropping it would leave different pictures out each epoch.
    """
    sizes = [batch] * (n // batch) + ([n % batch] if n % batch else [])
    if len(sizes) > 1 and sizes[-1] < smallest_batch(batch):
        sizes[-2:] = [batch + sizes[-1]]
    return sizes


def batches(n: int, sizes: list[int], seed: int, epoch: int) -> tuple[Tensor, ...]:
    """Positions from 0 to n - 1, every one once, in this epoch's order: a tensor for each step."""
    return torch.randperm(n, generator=generator(seed, "order", epoch)).split(sizes)


def part_of(n: int, group: Group) -> slice:
    """Which of a batch's `n` rows are this process's; shares differ by one at most."""
    return slice(n * group.rank // group.world, n * (group.rank + 1) // group.world)
