"""A run's `probes/` folder: whole, bounded, thinned evenly, taken back with the epochs of a resume."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.toys import TOY, data
from train import album
from train.album import Album, kept_weights, observed, thinned
from train.checkpoint import load_classifier
from train.engine import Training
from train.evaluate import validate
from train.events import Epoch


@pytest.fixture
def training() -> Training:
    """One that has ended its first epoch."""
    training = Training(TOY.with_settings({"epochs": "1"}), data())
    assert any(isinstance(event, Epoch) for event in training.events())
    return training


def add(kept: Album, training: Training, *epochs: int) -> None:
    """As if these epochs had ended with the same weights."""
    for epoch in epochs:
        training.epoch = epoch
        kept.add(training)


def strip(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_an_epoch_is_kept_with_its_pictures_and_weights(tmp_path: Path, training: Training) -> None:
    kept = Album(tmp_path, training)
    add(kept, training, 0)
    assert observed(kept.path) == kept_weights(kept.path) == [0]
    told = json.loads((kept.path / "epoch-00000.json").read_text())
    assert training.answers is not None
    assert told["accuracy"] == training.answers.accuracy
    assert told["classes"] == ["lying", "standing"]
    assert sum(map(sum, told["confusion"])) == told["asked"] == 32
    assert len(told["mistaken"]) == min(12, round(32 * (1 - told["accuracy"])))
    pictures = strip(kept.path / "epoch-00000.png")
    assert pictures.shape == (16, 16 * len(told["pictures"]), 3)
    for row, column, places in told["cells"]:
        for place in places:
            position = told["pictures"][place]
            answer = (int(training.answers.truths[position]), int(training.answers.labels[position]))
            assert answer == (row, column)
            exact = training.data.val.take(torch.tensor([position]))[0].permute(1, 2, 0).numpy()
            assert np.array_equal(pictures[:, 16 * place : 16 * place + 16], exact)


def test_probes_are_kept_exactly_as_the_net_gets_them(tmp_path: Path, training: Training) -> None:
    kept = Album(tmp_path, training)
    about = json.loads((kept.path / "probes.json").read_text())
    pictures = strip(kept.path / "probes.png")
    assert about["truths"].count("lying") == about["truths"].count("standing") == 4
    for place, position in enumerate(about["positions"]):
        exact = training.data.val.take(torch.tensor([position]))[0].permute(1, 2, 0).numpy()
        assert np.array_equal(pictures[:, 16 * place : 16 * place + 16], exact)


def test_the_weights_of_then_answer_as_the_net_did(tmp_path: Path, training: Training) -> None:
    kept = Album(tmp_path, training)
    add(kept, training, 0)
    classifier = load_classifier(kept.path / "epoch-00000.safetensors")
    assert classifier.about["epoch"] == 0
    again = validate(classifier.model, training.data.val, batch=32)
    assert training.answers is not None
    assert torch.allclose(again.losses, training.answers.losses, rtol=0.01, atol=0.01)  # rounded to half precision


def test_a_long_run_keeps_few_epochs_evenly_and_stays_below_the_bound(
    tmp_path: Path, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album, "MOST_EPOCHS", 5)
    kept = Album(tmp_path, training)
    add(kept, training, *range(14))
    epochs = observed(kept.path)
    assert len(epochs) == 5
    assert (epochs[0], epochs[-1]) == (0, 13)
    assert kept_weights(kept.path) == epochs
    one = (kept.path / "epoch-00000.safetensors").stat().st_size
    others = sum(file.stat().st_size for file in kept.path.iterdir() if file.suffix != ".safetensors")
    bound = others + 3 * one + 200_000
    monkeypatch.setattr(album, "MOST_BYTES", bound)
    add(kept, training, 14, 15, 16)
    assert kept_weights(kept.path)[0] == 0
    assert kept_weights(kept.path)[-1] == 16
    assert 2 <= len(kept_weights(kept.path)) <= 3
    assert sum(file.stat().st_size for file in kept.path.iterdir()) <= bound
    monkeypatch.setattr(album, "MOST_BYTES", one // 2)  # as with a net that is too large: told, without its weights
    add(kept, training, 17)
    assert kept_weights(kept.path) == []
    assert observed(kept.path)[-1] == 17


@pytest.mark.parametrize("most", [2, 3, 5, 24])
def test_epochs_are_thinned_evenly_as_they_come(most: int) -> None:
    kept: list[int] = []
    for epoch in range(200):
        kept = thinned([*kept, epoch], most)
        assert len(kept) <= most
        assert kept[-1] == epoch
        assert kept[0] == 0
    gaps = [later - earlier for earlier, later in itertools.pairwise(kept)]
    if most >= 5:
        assert max(gaps) <= 2.5 * min(gaps[:-1])  # the newest is as close as it happens to be


def test_thinning_to_one_or_none_keeps_the_newest() -> None:
    assert thinned([3, 5, 9], 1) == [9]
    assert thinned([3, 5, 9], 0) == thinned([], 24) == thinned([3], -1) == []
    assert thinned([3, 5, 9], 2) == [3, 9]


def test_what_a_resume_took_back_is_replaced(tmp_path: Path, training: Training) -> None:
    add(Album(tmp_path, training), training, 0, 1, 2, 3, 4)
    (tmp_path / "probes" / ".epoch-00004.png.0123.tmp").write_bytes(b"half")
    training.epoch = 2
    kept = Album(tmp_path, training)
    assert observed(kept.path) == kept_weights(kept.path) == [0, 1]
    assert not list(kept.path.glob(".*"))
    add(kept, training, 2)
    assert observed(kept.path) == [0, 1, 2]


def test_what_a_full_disk_left_behind_is_removed(
    tmp_path: Path, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Album(tmp_path, training)
    add(kept, training, 0)
    with monkeypatch.context() as full:
        full.setattr(album, "save_classifier", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space"):
            add(kept, training, 1)
    assert observed(kept.path) == [0]
    assert (kept.path / "epoch-00001.png").exists()
    add(kept, training, 2)
    assert observed(kept.path) == [0, 2]
    assert not (kept.path / "epoch-00001.png").exists()


def test_large_pictures_are_kept_small(tmp_path: Path) -> None:
    shrunk = album._small(torch.full((2, 3, 160, 160), 9, dtype=torch.uint8))
    assert shrunk.shape == (2, 3, 48, 48)
    assert shrunk.unique().tolist() == [9]
    assert Image.open(io.BytesIO(album._png(shrunk))).size == (96, 48)
    assert Image.open(io.BytesIO(album._png(shrunk[:0]))).size == (1, 1)
