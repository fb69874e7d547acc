"""A heat map told in words and numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ui.heat_reading import reading


def test_most_of_the_heat_is_where_it_is_said_to_be():
    heat = torch.zeros(6, 6)
    heat[0:2, 4:6] = 3.0
    heat[5, 0] = 4.0  # the hottest place, but not most of the heat
    assert reading(heat, None)["place"] == "upper_right"
    assert reading(heat.flip(0), None)["place"] == "lower_right"
    assert reading(torch.ones(1, 1), None)["place"] != ""


def test_half_of_the_heat_takes_its_hottest_places():
    heat = torch.tensor([[6.0, 3.0], [2.0, 1.0]])
    assert reading(heat, None)["half"] == 1 / 4  # 6 of 12 is half
    assert reading(torch.ones(10, 10), None)["half"] == 0.5
    assert reading(torch.tensor([[1.0, -9.0]]), None)["half"] == 0.5  # what is negative is no heat


def test_the_share_on_what_tells_is_of_the_heat_not_of_the_area():
    mask = np.zeros((4, 4), bool)
    mask[0, 0] = True
    heat = torch.zeros(4, 4)
    heat[0, 0], heat[2, 2] = 3.0, 1.0
    told = reading(heat, mask)
    assert told["telling"] == pytest.approx(0.75)
    assert told["telling_area"] == pytest.approx(1 / 16)
    assert reading(heat, None)["telling"] is None


def test_a_map_without_heat_lies_nowhere():
    told = reading(-torch.ones(3, 3), np.ones((3, 3), bool))
    assert told == {"place": "", "half": None, "telling": None, "telling_area": None}
