"""Who sees which pictures when."""

from __future__ import annotations

import pytest
import torch

from train.batches import batch_sizes, batches, part_of, smallest_batch
from train.distributed import Group


@pytest.mark.parametrize(
    ("n", "batch", "sizes"),
    [
        (32, 16, [16, 16]),
        (33, 16, [16, 17]),
        (39, 16, [16, 23]),
        (40, 16, [16, 16, 8]),
        (17, 16, [17]),
        (3, 2, [3]),
        (5, 3, [3, 2]),
        (2, 16, [2]),
    ],
)
def test_a_last_batch_of_less_than_half_joins_the_one_before(n, batch, sizes):
    assert batch_sizes(n, batch) == sizes
    assert min(sizes) >= min(n, smallest_batch(batch))


def test_every_epoch_sees_every_picture_once_in_its_own_order():
    one, again, two = (torch.cat(batches(33, [16, 17], 7, epoch)) for epoch in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.equal(one, two)
    assert one.sort().values.tolist() == two.sort().values.tolist() == list(range(33))
    assert [len(step) for step in batches(33, [16, 17], 7, 0)] == [16, 17]


@pytest.mark.parametrize(("n", "world"), [(16, 1), (11, 2), (17, 4)])
def test_processes_share_a_batch_without_gap_or_overlap(n, world):
    parts = [list(range(n))[part_of(n, Group(rank, world, rank))] for rank in range(world)]
    assert [row for part in parts for row in part] == list(range(n))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
