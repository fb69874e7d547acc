"""What the page adds to the decoder: a count, names fit to show, refusals one by one, squares, drawings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet.errors import UserError
from train.drawn_pets import CLASSES, draw
from train.pictures import decode, fit_square
from ui.images import (
    DRAWN_SEED,
    MAX_PICTURES,
    Picture,
    RefusedPicture,
    checked_fit,
    drawn,
    load,
    next_drawn,
    shown_name,
)


def stripes(path: Path, width: int = 120, height: int = 60) -> str:
    """Red left third, green middle, blue right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for third in range(3):
        pixels[:, third * width // 3 : (third + 1) * width // 3, third] = 255
    Image.fromarray(pixels).save(path)
    return str(path)


def test_a_refused_picture_is_named_and_the_others_are_read(tmp_path):
    first, last = stripes(tmp_path / "a.png"), stripes(tmp_path / "c.png")
    (tmp_path / "b.jpg").write_text("not a picture at all")
    got = list(load([first, str(tmp_path / "b.jpg"), str(tmp_path / "gone.png"), last], 16, "crop"))
    assert [type(one) for one in got] == [Picture, RefusedPicture, RefusedPicture, Picture]
    assert [one.name for one in got] == ["a.png", "b.jpg", "gone.png", "c.png"]
    refused = got[1]
    assert isinstance(refused, RefusedPicture)
    assert "text" in refused.reason.what
    assert refused.reason.cure
    assert str(tmp_path) not in str(refused.reason)


def test_the_square_is_the_one_training_would_make(tmp_path):
    path = stripes(tmp_path / "wide.png", 900, 600)
    for fit in ("crop", "squash"):
        (picture,) = load([path], 30, fit)
        assert isinstance(picture, Picture)
        expected = fit_square(decode(Path(path), name="", side=30), 30, fit)
        assert np.array_equal(picture.square, np.asarray(expected))
        assert (picture.crop is not None) is (fit == "crop")
        assert picture.whole is None


def test_a_crop_loses_the_edges_and_a_squash_keeps_them(tmp_path):
    path = stripes(tmp_path / "wide.png")
    crop, squash = (next(iter(load([path], 30, fit))).square for fit in ("crop", "squash"))
    red_in = [int((square[15, :, 0] > 128).sum()) for square in (crop, squash)]
    assert red_in == [5, 10]  # of 30 columns: the crop shows 60 of 120 pixels, and 10 of the 40 red ones


def test_more_pictures_than_one_look_takes_are_refused_one_by_one(tmp_path):
    path = stripes(tmp_path / "a.png")
    got = list(load([path] * (MAX_PICTURES + 2), 8, "crop"))
    assert [isinstance(one, RefusedPicture) for one in got] == [False] * MAX_PICTURES + [True, True]
    assert "25" in str(got[-2].reason)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/tmp/gradio/0f3a/IMG_1.jpg", "IMG_1.jpg"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("/x/evil\u202egpj.exe\n", "evilgpj.exe"),
        ("/x/\x00\x1b", "picture"),
        ("/x/" + "a" * 300 + "-2026.jpg", "a" * 47 + "…" + "aaa-2026.jpg"),
    ],
)
def test_names_are_short_and_harmless(file, name):
    assert shown_name(file) == name
    assert len(shown_name(file)) <= 60


def test_an_unknown_fit_is_refused():
    assert checked_fit("squash") == "squash"
    with pytest.raises(UserError, match=r"'stretch' is no way to make a picture square.* crop / squash"):
        checked_fit("stretch")


def test_drawings_say_what_they_show():
    index = -1
    for animal in ("cat", "dog", "dog", "cat"):
        before, index = index, next_drawn(animal, index)
        assert index > before
        picture = drawn(index, 24, "example")
        assert picture.truth == animal == CLASSES[draw(DRAWN_SEED, index, 24).label]
        assert np.array_equal(picture.square, draw(DRAWN_SEED, index, 24).image)


def test_a_drawing_for_a_net_of_very_small_pictures_is_shrunk():
    picture = drawn(0, 8, "example")
    assert picture.square.shape == (8, 8, 3)
    assert picture.square.dtype == np.uint8
    assert picture.truth == drawn(0, 16, "example").truth
