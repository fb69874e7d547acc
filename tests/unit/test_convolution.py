"""The convolution calculator: PyTorch's own layer is the oracle; the miniature has the edges of what it stands for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import astuple, replace

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resnet.convolution import DRAWN_MOST, EXAMPLES, LIMITS, Convolution, miniature
from resnet.errors import UserError
from ui.convolution_view import SCRIPTS, STATIC, calculate
from ui.text import section

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


def test_formulas_hold_their_numbers_and_are_true() -> None:
    assert EXAMPLES["halve"].formula == "⌊(512 + 2·1 − 1·(3 − 1) − 1)/2⌋ + 1 = 256"
    assert EXAMPLES["halve"].textbook == "⌊(512 − 3 + 2·1)/2⌋ + 1 = 256"
    assert Convolution(224, 3, 64, 7, 2, 3).textbook == "⌊(224 − 7 + 2·3)/2⌋ + 1 = 112"
    for convolution in possible():
        assert (convolution.textbook is None) == (convolution.dilation > 1)
        for formula in filter(None, (convolution.formula, convolution.textbook)):
            sum_, side = re.sub("[⌊⌋]", "", formula).replace("·", "*").replace("−", "-").replace("/", "//").split(" = ")
            assert eval(sum_) == int(side) == convolution.places, formula


def test_what_the_floor_drops_is_what_no_window_reaches() -> None:
    for convolution in possible():
        reached = torch.zeros(convolution.padded, dtype=torch.bool)
        starts = range(0, convolution.places * convolution.stride, convolution.stride)
        for start in starts:
            assert start + convolution.span <= convolution.padded
            reached[start : start + convolution.span] = True
        end = int(reached.nonzero().max()) + 1
        inside = slice(convolution.padding, convolution.padding + convolution.side)
        beyond = torch.arange(convolution.padded) >= end
        assert convolution.dropped == int(beyond.sum())
        assert convolution.lost == int(beyond[inside].sum())
        between = int((~reached[:end]).sum())
        assert between == convolution.gap * (convolution.places - 1)


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
def test_refusals_name_the_setting_and_the_cure(change: dict[str, int], where: str, cure: str) -> None:
    with pytest.raises(UserError) as refused:
        replace(EXAMPLES["keep"], **change)
    assert refused.value.where == where
    assert cure in refused.value.cure


def test_a_miniature_has_the_edges_of_what_it_stands_for() -> None:
    sizes = itertools.product((1, 9, 14, 56, 223, 224, 512), (1, 2, 3, 5, 7, 11), (1, 2, 3, 4), (0, 1, 2, 3, 5), (1, 2))
    drawn = 0
    for side, kernel, stride, padding, dilation in sizes:
        if side + 2 * padding <= dilation * (kernel - 1):
            continue
        whole = Convolution(side, 3, 64, kernel, stride, padding, dilation)
        small = miniature(whole)
        if small is None:
            # Even the smallest with two places would not fit.
            assert whole.span + stride + whole.dropped > DRAWN_MOST, whole
            continue
        drawn += 1
        assert replace(small, side=side) == whole
        assert small.padded <= DRAWN_MOST
        assert (small.dropped, small.lost, small.gap) == (whole.dropped, whole.lost, whole.gap), whole
        assert small.places <= whole.places
        assert small.side == side or (small.places > 1 and small.side < side)
    assert drawn > 500


def test_the_examples_are_drawn_alike() -> None:
    drawn = [(small.side, small.places) for each in EXAMPLES.values() if (small := miniature(each))]
    assert drawn == [(8, 8), (8, 4), (8, 8)]


def asked(**change: str) -> dict[str, str]:
    """What the page's script sends for the second example, with some of it changed."""
    return {name: str(getattr(EXAMPLES["halve"], name)) for name in LIMITS} | change


def test_the_page_gets_sentences_with_their_numbers() -> None:
    answer = calculate(asked())
    assert answer["output"].split() == ["3", "×", "256", "×", "256"]
    assert "511/2 leaves 1 over" in answer["floor"]
    assert "no pixel of the picture is lost" in answer["floor"]
    assert answer["params"] == "84"
    assert answer["macs"] == f"{3 * 256 * 256 * 27:,}"
    assert answer["drawing"]["dropped"] == 1
    assert "these pixels are never looked at" in calculate(asked(padding="0", kernel="2", side="511"))["floor"]
    both = calculate(asked(kernel="1", stride="5", side="223"))["floor"]
    assert "no window reaches the last 4 rows and columns" in both
    assert "1 of padding, 3 of the picture" in both
    assert "each window starts 4 px past the end" in both
    assert calculate(asked(dilation="2"))["textbook"] == ""
    assert "1 of 64" in calculate(asked(in_channels="64", out_channels="64", groups="64"))["params_how"]
    assert calculate(asked(kernel="31"))["drawing"] is None
    assert "leaves nothing over" in calculate(asked(stride="1"))["floor"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (asked(stride="0"), "stride"),
        (asked(groups="2"), "groups"),
        (asked(side=""), "side"),
        (asked(in_channels="1e3"), "in_channels"),
        (asked(out_channels="٣"), "out_channels"),
        (asked(side="9" * 10_000), "side"),
        (asked() | {"kernel": 3}, "kernel"),
        (asked() | {"kernel": ["3"]}, "kernel"),
        (asked() | {"bias": "0"}, ""),
        ({}, ""),
        (None, ""),
        ("<b>", ""),
    ],
)
def test_whatever_is_sent_gets_a_sentence(sent: object, field: str) -> None:
    answer = calculate(sent)
    assert set(answer) == {"refusal", "field"}
    assert answer["field"] == field
    assert 20 < len(answer["refusal"]) < 160
    assert "should not have" not in answer["refusal"]  # what the page says about a failure of its own


def test_the_script_uses_the_words_it_gets_and_no_others() -> None:
    scripts = "".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
    used = set(re.findall(r"\bwords\.(\w+)", scripts))
    assert used == set(section("architecture.convolution.live."))
