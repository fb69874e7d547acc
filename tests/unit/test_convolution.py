"""The convolution calculator: PyTorch's own layer is the oracle; the miniature has the edges of what it stands for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import astuple, replace

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resnet.convolution import DRAWN_MOST, EXAMPLES, Convolution, miniature
from resnet.errors import UserError

GRID = list(
    itertools.product((7, 12, 33), (1, 2, 3, 5, 7), (1, 2, 3, 5), (0, 1, 3), (1, 2, 3))  # side, k, s, p, d
)


def possible() -> Iterator[Convolution]:
    """Every convolution of the grid whose kernel fits."""
    for side, kernel, stride, padding, dilation in GRID:
        if side + 2 * padding > dilation * (kernel - 1):
            yield Convolution(side, 4, 6, kernel, stride, padding, dilation)


def layer(convolution: Convolution) -> nn.Conv2d:
    """The same as PyTorch's layer, without memory."""
    return nn.Conv2d(
        convolution.in_channels, convolution.out_channels, convolution.kernel, convolution.stride,
        convolution.padding, convolution.dilation, convolution.groups, convolution.bias, device="meta",
    )  # fmt: skip


def picture(side: int, channels: int) -> torch.Tensor:
    """One picture, N x C x H x W, without memory."""
    return torch.empty(1, channels, side, side, device="meta")


@pytest.mark.parametrize(("groups", "bias"), [(1, True), (1, False), (2, True), (2, False)])
def test_sizes_parameters_and_macs_are_pytorchs(groups: int, bias: bool) -> None:
    for plain in possible():
        convolution = replace(plain, groups=groups, bias=bias)
        oracle = layer(convolution)
        with FlopCounterMode(display=False) as counter:
            output = oracle(picture(convolution.side, 4))
        assert output.shape == (1, 6, convolution.places, convolution.places), convolution
        assert convolution.params == sum(each.numel() for each in oracle.parameters()), convolution
        assert 2 * convolution.macs == counter.get_total_flops(), convolution


def test_what_pytorch_cannot_compute_is_refused_and_nothing_else() -> None:
    fits = {astuple(each) for each in possible()}
    assert 0 < len(GRID) - len(fits) < len(GRID) / 4
    for side, kernel, stride, padding, dilation in GRID:
        if (side, 4, 6, kernel, stride, padding, dilation, 1, True) in fits:
            continue
        with pytest.raises(UserError, match="kernel: "):
            Convolution(side, 4, 6, kernel, stride, padding, dilation)
        with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
            nn.Conv2d(4, 6, kernel, stride, padding, dilation, device="meta")(picture(side, 4))


def test_the_three_examples_do_what_the_article_says() -> None:
    sizes = [(each.places, each.out_channels, each.params) for each in EXAMPLES.values()]
    assert sizes == [(512, 3, 84), (256, 3, 84), (512, 64, 1792)]
    assert {(each.side, each.in_channels) for each in EXAMPLES.values()} == {(512, 3)}


@pytest.mark.parametrize(
    ("change", "where", "cure"),
    [
        ({"stride": 0}, "stride", "from 1 to 64"),
        ({"padding": -1}, "padding", "from 0 to 512"),
        ({"side": 4097}, "side", "from 1 to 4096"),
        ({"kernel": 32}, "kernel", "from 1 to 31"),
        ({"in_channels": True}, "input channels", "from 1 to 4096"),
        ({"side": 2, "padding": 0}, "kernel", "at most 2"),
        ({"side": 6, "padding": 0, "dilation": 3}, "kernel", "at most 2"),
        ({"groups": 2}, "groups", "divides both"),
        ({"groups": 3, "out_channels": 64}, "groups", "divides both"),
    ],
)
def test_refusals_name_the_number_and_the_cure(change: dict[str, int], where: str, cure: str) -> None:
    with pytest.raises(UserError) as refused:
        replace(EXAMPLES["keep"], **change)
    assert refused.value.where == where
    assert cure in refused.value.cure


def test_a_miniature_has_the_edges_of_what_it_stands_for() -> None:
    sizes = itertools.product((1, 9, 14, 56, 223, 224, 512), (1, 2, 3, 5, 7, 11), (1, 2, 3, 4), (0, 1, 2, 3, 5), (1, 2))
    count = 0
    for side, kernel, stride, padding, dilation in sizes:
        if side + 2 * padding <= dilation * (kernel - 1):
            continue
        whole = Convolution(side, 3, 64, kernel, stride, padding, dilation)
        small = miniature(whole)
        if small is None:
            # Even the smallest with two places would not fit.
            assert whole.slide.span + stride + whole.slide.dropped > DRAWN_MOST, whole
            continue
        count += 1
        assert replace(small, side=side) == whole
        drawn, meant = small.slide, whole.slide
        assert drawn.padded <= DRAWN_MOST
        assert (drawn.dropped, drawn.lost, drawn.gap) == (meant.dropped, meant.lost, meant.gap), whole
        assert small.places <= whole.places
        assert small.side == side or (small.places > 1 and small.side < side)
    assert count > 500


def test_the_examples_are_drawn_alike() -> None:
    drawn = [(small.side, small.places) for each in EXAMPLES.values() if (small := miniature(each))]
    assert drawn == [(8, 8), (8, 4), (8, 8)]
