"""The drawn pets: the same everywhere and in any order, balanced, and told apart by shape, not by colour."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from resnet.errors import UserError
from train.drawn_pets import CLASSES, MAX_SIDE, MIN_SIDE, draw, draw_image, label_of, labels_of

ROOT = Path(__file__).resolve().parents[2]


def digest(seed: int, index: int, side: int) -> str:
    drawing = draw(seed, index, side)
    return hashlib.sha256(drawing.image.tobytes() + drawing.mask.tobytes() + bytes([drawing.label])).hexdigest()


def test_same_arguments_give_the_same_bytes_in_any_order():
    forward = [digest(7, index, 48) for index in range(24)]
    backward = [digest(7, index, 48) for index in reversed(range(24))]
    assert forward == backward[::-1]


@pytest.mark.slow
def test_another_process_draws_the_same_bytes():
    # hash randomisation and global random state must not reach a drawing
    code = (
        "import hashlib; from train.drawn_pets import draw; d = draw(3, 11, 64);"
        "print(hashlib.sha256(d.image.tobytes() + d.mask.tobytes() + bytes([d.label])).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.strip() == digest(3, 11, 64)


def test_drawing_leaves_global_random_state_alone():
    np.random.seed(5)  # noqa: NPY002 (the state that must not be touched)
    torch.manual_seed(5)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    draw(1, 1, 32)
    assert np.array_equal(before[0], np.random.get_state()[1])  # noqa: NPY002
    assert torch.equal(before[1], torch.get_rng_state())


def test_seeds_and_indices_all_differ():
    seen = {draw(seed, index, 32).image.tobytes() for seed in range(5) for index in range(40)}
    assert len(seen) == 200
    assert draw(0, 1, 32).image.tobytes() != draw(1, 0, 32).image.tobytes()


@pytest.mark.parametrize("seed", [0, -1, 2**31, 2**63, 2**64 - 1])
def test_any_whole_number_is_a_seed(seed):
    assert draw(seed, 10**12, 24).image.shape == (24, 24, 3)


def test_image_and_labels_alone_are_those_of_the_drawing():
    for index in (9, 2, 100_000):
        assert np.array_equal(draw_image(4, index, 40), draw(4, index, 40).image)
    for first, count in ((0, 9), (7, 4), (10**9 + 1, 1), (5, 0)):
        labels = labels_of(4, first, count)
        assert labels.dtype == torch.int64
        assert labels.tolist() == [draw(4, index, 16).label for index in range(first, first + count)]


def test_labels_are_balanced_but_do_not_follow_parity():
    labels = np.array([label_of(11, index) for index in range(2000)])
    assert set(labels) == set(range(len(CLASSES)))
    assert np.all(labels[0::2] + labels[1::2] == 1)  # one of each in every pair
    assert abs(labels[0::2].mean() - 0.5) < 0.06
    assert all(draw(11, index, 24).label == labels[index] for index in range(20))


@pytest.mark.parametrize("side", [MIN_SIDE, 24, 33, 64, 100, 160, 224, 256])
def test_any_side(side):
    for index in range(4):
        drawing = draw(2, index, side)
        assert drawing.image.shape == (side, side, 3)
        assert drawing.image.dtype == np.uint8
        assert drawing.mask.shape == (side, side)
        assert drawing.mask.dtype == np.bool_
        assert drawing.label in (0, 1)


@pytest.mark.parametrize("side", [-3, 0, MIN_SIDE - 1, MAX_SIDE + 1])
def test_impossible_sides_are_refused_with_a_cure(side):
    with pytest.raises(UserError, match=f"Give a side from {MIN_SIDE}"):
        draw(0, 0, side)
    with pytest.raises(UserError, match=f"Give a side from {MIN_SIDE}"):
        draw_image(0, 0, side)


def test_a_drawing_is_the_same_picture_at_every_side():
    for index in range(12):
        small = draw(6, index, 32).image.astype(float)
        large = draw(6, index, 128).image.reshape(32, 4, 32, 4, 3).mean(axis=(1, 3))
        assert np.abs(small - large).mean() < 12


def test_masks_cover_a_sensible_part_of_every_picture():
    for side in (24, 64):
        shares = np.array([draw(8, index, side).mask.mean() for index in range(300)])
        assert shares.min() > 0.03
        assert shares.max() < 0.45


def test_masks_lie_on_what_differs_between_cat_and_dog():
    """Over many drawings the telling parts gather in the middle of the picture, not in its corners."""
    mean = np.mean([draw(9, index, 32).mask for index in range(200)], axis=0)
    corners = np.mean([mean[:4, :4], mean[:4, -4:], mean[-4:, :4], mean[-4:, -4:]])
    assert mean[10:22, 10:22].mean() > 5 * corners


def test_pictures_are_neither_blank_nor_blown_out():
    for index in range(200):
        image = draw(10, index, 32).image
        assert image.std() > 12
        assert 30 < image.mean() < 250


def pixels(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    images = np.stack([draw_image(seed, index, 32) for index in range(count)]).transpose(0, 3, 1, 2)
    return images, labels_of(seed, 0, count).numpy()


def histograms(seed: int, count: int, bins: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """How much of each picture has each of bins x bins x bins colours, wherever that is, as square roots."""
    images, labels = pixels(seed, count)
    red, green, blue = (images.astype(np.int64) * bins // 256).transpose(1, 0, 2, 3).reshape(3, count, -1)
    colours = (red * bins + green) * bins + blue
    shares = np.stack([np.bincount(row, minlength=bins**3) / len(row) for row in colours])
    return torch.from_numpy(shares).float().sqrt(), torch.from_numpy(labels)


def histogram_accuracy(seed: int) -> float:
    """A small net on the histograms of 2000 drawings, scored on 1000 others."""
    (train_x, train_y), (test_x, test_y) = histograms(seed, 2000), histograms(seed + 1, 1000)
    mean, spread = train_x.mean(dim=0), train_x.std(dim=0) + 0.02
    train_x, test_x = (train_x - mean) / spread, (test_x - mean) / spread
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = torch.nn.Sequential(
            torch.nn.Linear(train_x.shape[1], 64), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(64, 2)
        )
        optimiser = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.01)
        for _ in range(20):
            for batch in torch.randperm(len(train_x)).split(100):
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(net(train_x[batch]), train_y[batch]).backward()
                optimiser.step()
        net.eval()
        return float((net(test_x).argmax(dim=1) == test_y).float().mean())


@pytest.mark.slow
def test_colours_do_not_give_the_class_away():
    assert histogram_accuracy(20) < 0.64


def corners_accuracy() -> float:
    """Least squares on means, spreads and corners of 400 drawings, scored on 1200 others."""
    parts = []
    for seed, count in ((22, 400), (23, 1200)):
        images, labels = pixels(seed, count)
        corners = images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].reshape(count, -1)
        x = np.concatenate([images.mean(axis=(2, 3)), images.std(axis=(2, 3)), corners], axis=1) / 255
        parts.append((np.concatenate([x, np.ones((count, 1))], axis=1), labels))
    (train_x, train_y), (test_x, test_y) = parts
    weights, *_ = np.linalg.lstsq(train_x, 2.0 * train_y - 1, rcond=None)
    return float(((test_x @ weights > 0) == test_y).mean())


@pytest.mark.slow
def test_neither_do_spread_and_corners():
    assert corners_accuracy() < 0.62
