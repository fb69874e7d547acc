"""How the size of an output is explained, side by side of its map or as a whole."""

from __future__ import annotations

import pytest
from torch import nn

from resnet.sizes import sides_of, size_of
from resnet.summary import Call, summarize


def first_call(net: str | nn.Module, shape: tuple[int, int, int]) -> Call:
    return summarize(net, shape).rows[0]


@pytest.mark.parametrize(
    ("window", "shape", "rounding", "dropped", "over", "lost", "gap"),
    [
        (nn.Conv2d(1, 1, 7, 2, 3), (1, 224, 224), "floor", 1, 0, 0, 0),  # 223/2: one padded column
        (nn.Conv2d(1, 1, 3, 2), (1, 8, 8), "floor", 1, 0, 1, 0),
        (nn.Conv2d(1, 1, 3, 4, 1), (1, 8, 8), "floor", 3, 0, 2, 1),
        (nn.Conv2d(1, 1, 3, 1, 1), (1, 8, 8), "exact", 0, 0, 0, 0),
        (nn.Conv2d(1, 1, 1, 2), (1, 8, 8), "floor", 1, 0, 1, 1),
        (nn.MaxPool2d(3, 2, ceil_mode=True), (1, 8, 8), "ceil", 0, 1, 0, 0),
        (nn.MaxPool2d(3, 3, ceil_mode=True), (1, 8, 8), "ceil", 0, 1, 0, 0),
        (nn.MaxPool2d(2, 3, 1, ceil_mode=True), (1, 5, 5), "cut", 2, 0, 1, 1),
        (nn.Conv2d(1, 1, 3, 9), (1, 8, 8), "floor", 5, 0, 5, 0),  # a single window: nothing lies between two
        (nn.Conv2d(1, 1, 1, 20, 5), (1, 1, 1), "floor", 10, 0, 1, 0),  # no more is lost than the map has
    ],
    ids=str,
)
def test_what_rounding_does(window, shape, rounding, dropped, over, lost, gap):
    slide = sides_of(first_call(nn.Sequential(window), shape))["both"]
    assert (slide.rounding, slide.dropped, slide.over, slide.lost, slide.gap) == (rounding, dropped, over, lost, gap)


def test_both_sides_of_a_picture_that_is_not_square():
    sides = sides_of(first_call("resnet18", (3, 96, 225)))
    assert {axis: (slide.textbook, slide.places, slide.rounding) for axis, slide in sides.items()} == {
        "height": ("⌊(96 − 7 + 2·3)/2⌋ + 1", 48, "floor"),
        "width": ("⌊(225 − 7 + 2·3)/2⌋ + 1", 113, "exact"),
    }


class Index(nn.Module):
    """What an index leaves of the picture."""

    def __init__(self, *index) -> None:
        super().__init__()
        self.index = index

    def forward(self, x):
        return x[self.index]


ALL, SECOND = slice(None), slice(None, None, 2)


@pytest.mark.parametrize(
    ("index", "rule", "steps"),
    [
        ((ALL, ALL, SECOND, SECOND), "thinned", ["⌈15/2⌉ = 8"]),
        ((..., SECOND), "thinned", ["⌈15/1⌉ = 15", "⌈15/2⌉ = 8"]),
        ((ALL, ALL, slice(8), slice(8)), "unknown", []),  # as many as every second value, but a corner
        ((ALL, slice(1)), "unknown", []),
        ((ALL,), "kept", []),
    ],
    ids=str,
)
def test_a_slice_is_thinned_out_or_not_explained(index, rule, steps):
    call = first_call(Index(*index), (2, 15, 15))
    size = size_of(call)
    assert sides_of(call) == {}
    assert (size.rule, [str(formula) for formula in size.formulas]) == (rule, steps)
