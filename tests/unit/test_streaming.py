"""`train.streaming`: batches straight from checked files, the same as from the cache, and named when one is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resnet.errors import UserError
from tests.picture_sets import SIDE, Save, everything, numbers, opened, parts, pets, picture, write_folder, write_zip
from train.streaming import StreamedSplit


@pytest.fixture
def small_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that holds not even a picture."""
    monkeypatch.setenv("RESNET_LAB_CACHE_LIMIT", "100")


@pytest.mark.usefixtures("small_cache")
def test_the_same_as_from_the_cache(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    source = save(parts() | {"train/cat/note.txt": b"Hello", "train/cat/copy.png": picture(3)})
    streamed = opened(source)
    monkeypatch.delenv("RESNET_LAB_CACHE_LIMIT")
    stored = opened(source)
    assert isinstance(streamed.train, StreamedSplit)
    assert not isinstance(stored.train, StreamedSplit)
    assert torch.equal(streamed.train.labels, stored.train.labels)
    positions = torch.tensor([17, 0, 5, 5, 19])
    batch, expected = streamed.train.take(positions), stored.train.take(positions)
    assert torch.equal(batch, expected)
    assert (batch.dtype, batch.stride(), batch.shape) == (torch.uint8, expected.stride(), (5, 3, SIDE, SIDE))
    assert numbers(streamed.val) == numbers(stored.val)
    assert streamed.fingerprint == stored.fingerprint
    assert streamed.refused == stored.refused


@pytest.mark.usefixtures("small_cache")
def test_a_divided_set_and_a_side_of_its_own_for_validation(tmp_path: Path) -> None:
    data = opened(write_zip(tmp_path / "pets.zip", pets().items()), val_side=24)
    assert everything(data.val).shape == (2, 3, 24, 24)
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(20)]


@pytest.mark.usefixtures("small_cache")
def test_files_that_are_gone_or_changed_are_named(tmp_path: Path) -> None:
    data = opened(write_folder(tmp_path / "pets", parts()))
    (tmp_path / "pets/train/cat/3.png").unlink()
    (tmp_path / "pets/train/dog/4.png").write_bytes(picture(99))
    assert numbers(data.val) == [20, 21, 22, 23, 24]
    for position, name, words in ((3, "train/cat/3.png", "no such file"), (14, "train/dog/4.png", "not what it was")):
        with pytest.raises(UserError) as caught:
            data.train.take(torch.tensor([0, position]))
        assert caught.value.where == name
        assert words in caught.value.what
        assert "Put it back" in caught.value.cure
