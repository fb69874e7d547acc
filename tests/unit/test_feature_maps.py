"""Feature maps: sorted by activity, one honest scale, exactly the layer's own pixels."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from PIL import Image

import resnet
from resnet.errors import UserError
from ui.feature_maps import as_picture, as_told, caption, develop, filters_of, peaks

MAPS = np.stack([np.full((4, 4), 0.5), np.eye(4) * 8, np.zeros((4, 4)), np.full((4, 4), 4.0)]).astype(np.float32)


def strip(told: dict[str, Any]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(told["strip"].split(",")[1]))).convert("RGB"))


def colour(name: str, value: int) -> list[int]:
    return [round(255 * part) for part in colormaps[name](value / 255)[:3]]


def test_channels_are_sorted_by_mean_absolute_value():
    sheet = develop(MAPS - 2, "layer1")
    means = np.abs(MAPS - 2).mean(axis=(1, 2))
    assert sheet.order == tuple(np.argsort(-means, kind="stable"))
    assert sheet.means == pytest.approx(sorted(means, reverse=True))


def test_all_channels_share_one_scale_that_starts_at_zero():
    sheet = develop(MAPS, "layer1")
    assert sheet.scale == (0, 8)
    assert sheet.order == (3, 1, 0, 2)
    by_channel = dict(zip(sheet.order, sheet.indices, strict=True))
    assert by_channel[1].max() == 255  # the layer's largest value, and nothing else, reaches the top
    assert set(by_channel[3].flat) == {128}
    assert set(by_channel[0].flat) == {16}
    assert set(by_channel[2].flat) == {0}


def test_negative_values_put_zero_in_the_middle():
    sheet = develop(MAPS - 6, "bn1")
    assert sheet.scale == (-6, 6)
    assert sheet.extremes == (-6, 2)
    zero = develop(np.array([[[-3.0, 0.0, 1.0]]], np.float32), "bn1").indices[0, 0]
    assert zero.tolist() == [0, 128, 170]


def test_the_strongest_are_kept():
    sheet = develop(np.arange(100, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32), "x", 10)
    assert sheet.order == tuple(range(99, 89, -1))
    assert caption(sheet) == "x: 100 channels of 2×2, the 10 most active shown"
    assert sheet.scale == (0, 99)


def test_the_page_gets_every_value_as_one_pixel():
    maps = np.arange(35, dtype=np.float32).reshape(1, 5, 7)
    told = as_told(develop(maps, "layer2.0.conv1"))
    tile = strip(told)
    assert tile.shape == (5, 7, 3)
    for row in range(5):
        for column in range(7):
            assert tile[row, column].tolist() == colour("viridis", round((row * 7 + column) * 255 / 34))
    assert (told["width"], told["height"], told["factor"]) == (7, 5, 8)  # 56 pixels wide on the screen


def test_the_file_shows_the_same_pixels_enlarged_without_blur():
    maps = np.zeros((1, 2, 2), np.float32)
    maps[0, 0, 1] = 1
    picture = np.asarray(as_picture(develop(maps, "conv1")))
    yellow = (picture == colour("viridis", 255)).all(axis=2)
    purple = (picture == colour("viridis", 0)).all(axis=2)
    below = slice(72, None)  # under title and scale
    assert yellow[below].sum() == 28 * 28
    assert purple[below].sum() == 3 * 28 * 28


def test_a_dead_layer_can_be_drawn():
    sheet = develop(np.zeros((3, 2, 2), np.float32), "layer4")
    assert sheet.scale == (0, 0)
    assert sheet.indices.max() == 0
    assert as_picture(sheet).width > 0


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(UserError, match="layer4: The network's numbers are not finite"):
        develop(np.array([[[np.nan]]], np.float32), "layer4")


def test_the_strongest_places_of_a_channel_do_not_touch():
    channel = np.zeros((6, 6), np.float32)
    channel[0, 0], channel[0, 1], channel[3, 3], channel[5, 5] = 9, 8, -7, 1
    assert peaks(channel) == [(0, 0, 9), (3, 3, -7), (5, 5, 1)]
    assert channel[0, 1] == 8  # the map is left as it was
    assert peaks(np.zeros((2, 2), np.float32)) == []


def test_the_first_convolution_shows_its_filters_in_colour():
    model = resnet.create("resnet20", num_classes=2)
    with torch.no_grad():
        model.conv1.weight.zero_()
        model.conv1.weight[3, 0] = 2.0  # channel 3 sees red
    maps = np.arange(16, dtype=np.float32)[:, None, None] * np.ones((1, 4, 4), np.float32)
    told = filters_of(model, develop(maps, "conv1"))
    tiles = strip(told)
    assert (told["side"], tiles.shape) == (3, (3, 16 * 3, 3))
    place = develop(maps, "conv1").order.index(3)
    red = tiles[:, 3 * place : 3 * place + 3]
    assert (red == (255, 128, 128)).all()
    assert (np.delete(tiles, np.s_[3 * place : 3 * place + 3], axis=1) == 128).all()
    assert told["largest"] == 2.0
    assert filters_of(model, develop(maps, "layer1")) is None
