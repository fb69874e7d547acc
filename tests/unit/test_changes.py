"""What a visitor does to a picture before the net gets it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resnet.errors import UserError
from ui.changes import Changes

SIDE = 8
SQUARE = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def test_nothing_asked_changes_nothing():
    assert Changes.asked(None)(SQUARE) is SQUARE
    assert Changes.asked({})(SQUARE) is SQUARE


def test_a_cover_hides_its_part_in_the_mean_colour_and_nothing_else():
    covered = Changes.asked({"cover": [0.25, 0.5, 0.75, 1]})(SQUARE)
    hidden = np.zeros((SIDE, SIDE), bool)
    hidden[4:8, 2:6] = True
    assert np.array_equal(covered[~hidden], SQUARE[~hidden])
    assert np.array_equal(covered[hidden], np.broadcast_to(SQUARE.mean(axis=(0, 1)).round(), (16, 3)))


def test_turns_go_against_the_clock():
    for turns in range(4):
        assert np.array_equal(Changes(turns)(SQUARE), np.rot90(SQUARE, turns))


def test_grey_has_one_value_and_the_lightness_it_had():
    grey = Changes.asked({"grey": True})(SQUARE)
    assert (grey == grey[:, :, :1]).all()
    assert np.abs(grey[:, :, 0] - SQUARE @ [0.299, 0.587, 0.114]).max() <= 1


def test_a_blur_takes_away_contrast_but_not_light():
    deviations = [Changes(blur=share)(SQUARE).std() for share in (0, 0.05, 0.2)]
    assert deviations == sorted(deviations, reverse=True)
    assert deviations[2] < deviations[0] / 2
    assert abs(Changes(blur=0.05)(SQUARE).mean() - SQUARE.mean()) < 8


@pytest.mark.parametrize(
    "sent",
    [
        "grey", [], {"turns": 4}, {"turns": True}, {"turns": "1"}, {"grey": 1}, {"blur": -0.1}, {"blur": 0.3},
        {"blur": float("nan")}, {"blur": "0"}, {"cover": [0, 0, 1]}, {"cover": "0011"}, {"cover": [0, 0, 1, 2]},
        {"cover": [0.6, 0, 0.5, 1]}, {"cover": [0, 0, 1, None]}, {"cover": {}},
    ],
)  # fmt: skip
def test_what_is_no_change_is_refused(sent: Any):
    with pytest.raises(UserError, match="Reload the page"):
        Changes.asked(sent)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_mask_goes_where_its_part_of_the_picture_goes(turns: int):
    mask = np.zeros((8, 8), bool)
    mask[1, 2:5] = True
    shown = np.where(mask, 200, 0).astype(np.uint8)[:, :, None].repeat(3, axis=2)
    assert (Changes(turns=turns).mask(mask) == (Changes(turns=turns)(shown)[:, :, 0] == 200)).all()


def test_what_is_covered_is_no_longer_in_the_mask():
    mask = np.ones((4, 4), bool)
    assert Changes(cover=(0.5, 0, 1, 1)).mask(mask).sum() == 8
    assert mask.all()
