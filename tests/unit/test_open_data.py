"""`open_data` and `open_pictures` as a training meets them: progress, drawings, sides, fingerprints."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resnet.errors import UserError
from tests.picture_sets import (
    SIDE,
    Files,
    everything,
    opened,
    parts,
    pets,
    picture,
    refusal,
    run,
    write_folder,
    write_zip,
)
from train import datasets, drawn_split, store
from train.datasets import open_data, open_pictures
from train.drawn_pets import draw_image, labels_of
from train.events import Preparing
from train.pictures import decode, to_tensor


def test_progress_counts_up_to_the_end(tmp_path: Path) -> None:
    _, events = run(open_data(write_folder(tmp_path / "pets", pets()), side=SIDE, seed=0))
    assert events[0] == Preparing(0, 0, "decoding")
    assert events[-1] == Preparing(20, 20, "decoding")
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_closing_early_stops_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_folder(tmp_path / "pets", pets(100, 100))
    decoded: list[str] = []
    slowly = store.decode

    def decode(data: bytes, *, name: str, side: int) -> Image.Image:
        decoded.append(name)
        time.sleep(0.02)
        return slowly(data, name=name, side=side)

    monkeypatch.setattr(store, "decode", decode)
    monkeypatch.setattr(store, "EVENT_SECONDS", 0.01)
    work = open_data(source, side=SIDE, seed=0)
    while next(work).done == 0:
        pass
    work.close()
    reached = len(decoded)
    time.sleep(0.1)
    assert reached == len(decoded) < 200


def test_unforeseen_errors_are_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(data: bytes, *, name: str, side: int) -> Image.Image:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(store, "decode", decode)
    with pytest.raises(KeyError, match="ours"):
        opened(write_folder(tmp_path / "pets", pets()))


# Drawings


def test_drawn_pets(cache: Path) -> None:
    data, events = run(open_data("drawn", side=SIDE, seed=3, train_pictures=12, val_pictures=6))
    assert data.classes == ("cat", "dog")
    assert events == [Preparing(0, 18, "drawing", size=18 * (3 * SIDE * SIDE + 4), kept="cache")]
    assert everything(data.train).shape == (12, 3, SIDE, SIDE)
    assert torch.bincount(data.val.labels).tolist() == [3, 3]
    both = torch.cat([everything(data.train), everything(data.val)]).flatten(1)
    assert len(both.unique(dim=0)) == 18
    again = opened("drawn", seed=3, train_pictures=4, val_pictures=2)
    assert torch.equal(everything(again.train), everything(data.train)[:4])
    assert torch.equal(everything(again.val), everything(data.val)[:2])
    other = opened("drawn", seed=4, train_pictures=4, val_pictures=2)
    assert not torch.equal(everything(other.train), everything(again.train))


def test_nothing_is_drawn_before_it_is_asked_for(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(drawn_split, "draw_image", lambda *which: drawn.append(which[1]) or draw_image(*which))
    data = opened("drawn", train_pictures=1000)
    assert len(data.train.labels) == 1000
    assert drawn == []
    data.train.take(torch.tensor([5, 999]))
    assert drawn == [5, 999]


def test_drawn_pets_to_evaluate_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "DRAWN_VAL", 8)
    pictures, _ = run(open_pictures("drawn", SIDE))
    assert pictures.classes == ("cat", "dog")
    assert torch.bincount(pictures.split.labels).tolist() == [4, 4]


def test_too_small_to_be_drawn() -> None:
    with pytest.raises(UserError, match="cannot be 8 pixels wide"):
        run(open_data("drawn", side=8, seed=0))


@pytest.mark.parametrize("names", [("cat", "dog"), ("Dogs", "cats"), ("CAT", "dogs")])
def test_drawn_pets_join_cats_and_dogs(names: tuple[str, str], tmp_path: Path) -> None:
    files = {f"{name}/{n}.png": picture(10 * place + n) for place, name in enumerate(names) for n in range(10)}
    source = write_folder(tmp_path / "pets", files)
    data, plain = opened(source, drawn_pictures=40), opened(source)
    assert len(data.train.labels) == 58
    assert torch.equal(everything(data.train)[:18], everything(plain.train))
    assert torch.equal(everything(data.train)[18:], everything(opened("drawn", train_pictures=40).train))
    drawn = [data.classes[label].lower().removesuffix("s") for label in data.train.labels[18:].tolist()]
    assert drawn == [("cat", "dog")[label] for label in labels_of(0, 0, 40)]
    assert len(data.val.labels) == len(plain.val.labels)
    assert data.fingerprint != plain.fingerprint


def test_drawn_pets_join_nothing_else(tmp_path: Path) -> None:
    error = refusal(write_folder(tmp_path / "pets", pets() | {"fox/1.png": picture(90)}), drawn_pictures=4)
    assert error.where == "drawn_pictures"
    assert "cat, dog, fox" in error.what


# Sides and fingerprints


@pytest.mark.parametrize("files", [parts(), pets()], ids=["parts", "divided"])
def test_validation_has_a_side_of_its_own(files: Files, tmp_path: Path) -> None:
    """And sees exactly what a prediction sees: the file, not a square that was made for training."""
    rng = np.random.default_rng(0)
    noisy = {}
    for name in files:
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (90, 70, 3), dtype=np.uint8)).save(file, "JPEG")
        noisy[name] = file.getvalue()
    source = write_folder(tmp_path / "pets", noisy)
    data, same = opened(source, val_side=24), opened(source)
    assert (data.train.side, data.val.side) == (SIDE, 24)
    assert torch.equal(everything(data.train), everything(same.train))
    seen = {to_tensor(decode(noisy[name], name=name, side=24), 24).numpy().tobytes() for name in noisy}
    validated = {image.numpy().tobytes() for image in everything(data.val)}
    assert len(validated) == len(data.val.labels)
    assert validated < seen
    assert data.fingerprint == same.fingerprint


def test_the_fingerprint_is_of_contents_labels_and_parts(tmp_path: Path) -> None:
    folder = opened(write_folder(tmp_path / "a", parts()))
    renamed = {name.replace(".png", " (copy).jpg"): data for name, data in parts().items()}  # the order stays
    archive = opened(write_zip(tmp_path / "b.zip", renamed.items()))
    assert folder.fingerprint == archive.fingerprint
    assert len(bytes.fromhex(folder.fingerprint)) == 16
    cats_as_dogs = {
        name.replace("cat/", "_/").replace("dog/", "cat/").replace("_/", "dog/"): data for name, data in parts().items()
    }
    others = [
        opened(write_folder(tmp_path / "c", cats_as_dogs)),
        opened(write_folder(tmp_path / "d", parts() | {"val/cat/0.png": picture(91)})),
        opened(write_folder(tmp_path / "e", parts() | {"val/cat/another.png": picture(92)})),
        opened("drawn", train_pictures=4, val_pictures=2),
        opened("drawn", seed=1, train_pictures=4, val_pictures=2),
        opened("drawn", train_pictures=6, val_pictures=2),
    ]
    assert len({data.fingerprint for data in [folder, *others]}) == 7


@pytest.mark.photos
def test_real_photos(photos_zip: Path) -> None:
    data, _ = run(open_data(str(photos_zip), side=64, seed=0, train_pictures=200, val_pictures=50))
    assert data.classes == ("cat", "dog")
    assert torch.bincount(data.train.labels).tolist() == [100, 100]
    assert torch.bincount(data.val.labels).tolist() == [25, 25]
    assert data.refused == ()
    images = everything(data.train).float()
    assert 90 < images.mean() < 150
    assert images.std(dim=0).min() > 30  # every place differs from photo to photo
