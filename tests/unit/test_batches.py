"""Who sees which pictures when."""

from __future__ import annotations

import pytest
import torch

from train.batches import batch_sizes, batches, part_of
from train.distributed import Group


@pytest.mark.parametrize(
    ("n", "batch", "world", "sizes"),
    [
        (33, 16, 1, [16, 17]),
        (17, 16, 1, [17]),
        (3, 2, 1, [3]),
        (34, 16, 1, [16, 16, 2]),
        (35, 16, 2, [16, 19]),
        (36, 16, 2, [16, 16, 4]),
        (2, 16, 1, [2]),
    ],
)
def test_a_last_batch_too_small_for_all_joins_the_one_before(n, batch, world, sizes):
    assert batch_sizes(n, batch, world) == sizes


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
