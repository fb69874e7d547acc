"""`train.splits`: any positions, in any order, channels last."""

from __future__ import annotations

import torch

from train.splits import JoinedSplit, StoredSplit

STORE = torch.arange(7 * 4 * 4 * 3, dtype=torch.uint8).view(7, 4, 4, 3)


def stored(*rows: int) -> StoredSplit:
    return StoredSplit(STORE, torch.tensor(rows), torch.tensor(rows) % 2)


def test_a_stored_split_takes_its_rows_of_the_store() -> None:
    split = stored(6, 0, 3)
    batch = split.take(torch.tensor([2, 0, 0]))
    assert split.side == 4
    assert batch.shape == (3, 3, 4, 4)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch.permute(0, 2, 3, 1), STORE[[3, 6, 6]])
    batch.zero_()
    assert STORE[3].any()


def test_joined_splits_follow_one_another() -> None:
    split = JoinedSplit((stored(6, 0), stored(5), stored(1, 2, 4)))
    assert split.labels.tolist() == [0, 0, 1, 1, 0, 0]
    assert split.side == 4
    batch = split.take(torch.tensor([5, 0, 2, 3, 1, 5]))
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch.permute(0, 2, 3, 1), STORE[[4, 6, 5, 1, 0, 4]])
    assert torch.equal(split.take(torch.tensor([3])).permute(0, 2, 3, 1), STORE[[1]])
