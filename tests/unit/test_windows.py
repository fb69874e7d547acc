"""A window's places, and what it does not reach: counted pixel by pixel, and against PyTorch."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional as F

from resnet.operations import named_arguments
from resnet.windows import Slide, Window, window_in, window_of

GRID = itertools.product((1, 7, 12, 33), (1, 2, 3, 5, 7), (1, 2, 3, 5, 20), (0, 1, 3, 5), (1, 2, 3))  # size, k, s, p, d


def possible() -> Iterator[Slide]:
    """Every slide of the grid whose window fits; rounded up only where PyTorch allows that: its pools."""
    for size, kernel, stride, padding, dilation in GRID:
        if size + 2 * padding > dilation * (kernel - 1):
            yield Slide(size, kernel, stride, padding, dilation)
            if 2 * padding <= kernel:
                yield Slide(size, kernel, stride, padding, dilation, ceil=True)


SLIDES = tuple(possible())


def test_places_are_pytorchs() -> None:
    for slide in SLIDES:
        map_ = torch.empty(1, 1, slide.size, slide.size, device="meta")
        numbers = (slide.stride, slide.padding, slide.dilation)
        if slide.ceil:
            output = F.max_pool2d(map_, slide.kernel, *numbers, ceil_mode=True)
        else:
            weight = torch.empty(1, 1, slide.kernel, slide.kernel, device="meta")
            output = F.conv2d(map_, weight, None, *numbers)
        assert output.shape[2:] == (slide.places, slide.places), slide


def test_what_is_not_reached_is_what_no_window_covers() -> None:
    for slide in SLIDES:
        reached = torch.zeros(slide.padded + slide.over, dtype=torch.bool)
        for start in range(0, slide.places * slide.stride, slide.stride):
            assert start + slide.span <= len(reached), slide
            reached[start : start + slide.span] = True
        end = int(reached.nonzero().max()) + 1
        of_map = slice(slide.padding, slide.padding + slide.size)
        beyond = torch.arange(slide.padded) >= end
        assert slide.dropped == int(beyond.sum()), slide
        assert slide.lost == int(beyond[of_map].sum()), slide
        assert slide.over == max(0, end - slide.padded), slide
        assert slide.gap * (slide.places - 1) == int((~reached[:end]).sum()), slide
        assert (slide.rounding == "exact") == (slide.dropped == slide.over == 0), slide
        assert (slide.rounding == "ceil") == (slide.over > 0), slide


def test_no_more_is_lost_than_there_is() -> None:
    slide = Slide(size=1, kernel=1, stride=20, padding=5)
    assert (slide.padded, slide.dropped, slide.lost) == (11, 10, 1)


def test_formulas_hold_their_numbers_and_are_true() -> None:
    halved = Slide(4096, 3, stride=2, padding=1)
    assert halved.formula == "⌊(4,096 + 2·1 − 1·(3 − 1) − 1)/2⌋ + 1"
    assert halved.textbook == "⌊(4,096 − 3 + 2·1)/2⌋ + 1"
    assert Slide(112, 3, stride=2, ceil=True).textbook == "⌈(112 − 3 + 2·0)/2⌉ + 1"
    for slide in SLIDES:
        assert (slide.textbook is None) == (slide.dilation > 1)
        for formula in filter(None, (slide.formula, slide.textbook)):
            opening, sum_, stride, rest = re.fullmatch(r"([⌊⌈])\((.+)\)/(\d+)[⌋⌉](.*)", formula).groups()
            slack = eval(sum_.replace("·", "*").replace("−", "-"))
            rounded = -(-slack // int(stride)) if opening == "⌈" else slack // int(stride)
            assert eval(f"{rounded}{rest.replace('−', '-')}") == slide.places, formula


def test_each_axis_has_its_own_numbers() -> None:
    window = window_of((3, 5), (2, 1), (0, 2), (1, 2), ceil=True)
    assert window.slide(9, 0) == Slide(9, 3, 2, 0, 1, ceil=True)
    assert window.slide(9, 1) == Slide(9, 5, 1, 2, 2, ceil=True)
    assert window_of(2) == Window((2, 2), stride=(2, 2))


ALL = slice(None)


@pytest.mark.parametrize(
    ("index", "steps"),
    [
        ((ALL, ALL, slice(None, None, 2), slice(None, None, 2)), (2, 2)),
        ((ALL, ALL, slice(None, None, 3)), (3, 1)),
        ((..., slice(None, None, 2), slice(0, 16, 5)), (2, 5)),
        ((slice(None), ..., slice(None, None, 2)), (1, 2)),
        ((ALL, slice(4), ALL, ALL), (1, 1)),  # some channels: what stays keeps its place
        (ALL, (1, 1)),
        ((ALL, ALL, slice(8), slice(8)), None),  # a crop
        ((ALL, ALL, slice(0, 15, 2), slice(0, 16, 2)), (2, 2)),  # nothing is cut off: the walk ends at 14 anyway
        ((ALL, ALL, slice(0, 13, 2), slice(0, 13, 2)), None),
        ((ALL, ALL, slice(1, None, 2), slice(1, None, 2)), None),  # every second value, but not from the first on
        ((slice(0, 0),), None),
        ((ALL, 0), None),
        ((..., None), None),
        ((ALL, torch.tensor([0, 1])), None),
        (0, None),
    ],
    ids=str,
)
def test_an_index_is_a_window_where_it_walks_over_the_whole_map(index: object, steps: tuple[int, int] | None) -> None:
    map_ = torch.empty(1, 8, 16, 16)
    window = window_in("slice", named_arguments("slice", (map_, index), {}))
    assert window == (Window((1, 1), steps) if steps else None)
    if window:
        assert map_[index].shape[2:] == (window.places(16, 0), window.places(16, 1))
