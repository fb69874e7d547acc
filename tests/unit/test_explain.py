"""Every formula in an explanation arrives at the figure it explains."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import resnet
from resnet.derivations import Derivation, Formula
from resnet.explain import Division, Explanation, Share, Work, explain
from resnet.outline import find_part, outline
from resnet.summary import summarize
from resnet.windows import Slide
from tests.nets import every_net

FIGURES = ("size", "params", "macs", "madd", "read", "written", "intensity")


@cache
def worked_out(left: str) -> float:
    """The printed left side, calculated."""
    for sign, python in {"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "·": "*", "−": "-", ",": ""}.items():
        left = left.replace(sign, python)
    assert re.fullmatch(r"[\d\s+*/().\-]*", re.sub("floor|ceil", "", left)), left
    return eval(left, {"floor": math.floor, "ceil": math.ceil})


def holds(formula: Formula) -> bool:
    """Whether both printed sides agree, to the decimals that are printed."""
    left, sign, right = re.fullmatch(r"(.+) ([=≈]) (.+)", str(formula)).groups()
    right = float(right.replace(",", ""))
    return worked_out(left) == right if sign == "=" else abs(worked_out(left) - right) <= 0.005 + 1e-9


def about(net, name: str, shape=None) -> Explanation:
    summary = summarize(net, shape)
    return explain(summary, find_part(summary, name))


def size_formula(slide: Slide) -> Formula:
    return Formula(slide.textbook or slide.formula, slide.places)


def formulas(work: Work | Division | Share) -> Iterator[Formula]:
    if isinstance(work, Work):
        yield from map(size_formula, work.sides.values())
        derivations = [getattr(work, figure) for figure in FIGURES]
    elif isinstance(work, Division):
        derivations = [work.params, work.macs]
    else:
        yield from filter(None, (work.params, work.macs))
        derivations = []
    for derivation in derivations:
        yield from derivation.formulas


@pytest.mark.parametrize("name", every_net())
def test_every_formula_of_every_net(name):
    summary = summarize(name)
    for stage in outline(summary):
        for part in stage.walk():
            work = explain(summary, part).about
            wrong = [str(formula) for formula in formulas(work) if not holds(formula)]
            assert wrong == [], part.name
            if part.level == "call":
                check_figures(work, part.calls[0])


def check_figures(work: Work, call) -> None:
    """The figures that are explained are the table's, and each has a formula or needs none."""
    explained = (work.params.value, work.macs.value, work.madd.value, work.read.value, work.written.value)
    assert explained == (call.params, call.macs, call.madd, call.read_bytes, call.write_bytes), call.name
    for figure in FIGURES[1:]:
        derivation = getattr(work, figure)
        assert derivation.rule not in ("figure", "unknown", "again"), (call.name, figure)
        assert bool(derivation.formulas) == bool(derivation.value), (call.name, figure)
    if call.window and call.type != "slice":
        places = [slide.places for slide in work.sides.values()]
        assert (places * 2)[:2] == list(call.output_shape[1:]), call.name
    else:
        assert work.size.rule not in ("unknown", "window"), call.name


# Worked out by hand.
@pytest.mark.parametrize(
    ("net", "name", "size", "params", "macs", "madd"),
    [
        (
            "resnet18",
            "conv1",
            "⌊(224 − 7 + 2·3)/2⌋ + 1 = 112",
            "64 · 3 · 7 · 7 = 9,408",
            ["3 · 7 · 7 = 147", "64 · 112 · 112 = 802,816", "147 · 802,816 = 118,013,952"],
            "2 · 118,013,952 − 802,816 = 235,225,088",
        ),
        (
            "resnet18",
            "layer2.0.conv1",
            "⌊(56 − 3 + 2·1)/2⌋ + 1 = 28",
            "128 · 64 · 3 · 3 = 73,728",
            ["64 · 3 · 3 = 576", "128 · 28 · 28 = 100,352", "576 · 100,352 = 57,802,752"],
            "2 · 57,802,752 − 100,352 = 115,505,152",
        ),
        (
            "resnet50",
            "layer2.0.downsample.0",
            "⌊(56 − 1 + 2·0)/2⌋ + 1 = 28",
            "512 · 256 · 1 · 1 = 131,072",
            ["256 · 1 · 1 = 256", "512 · 28 · 28 = 401,408", "256 · 401,408 = 102,760,448"],
            "2 · 102,760,448 − 401,408 = 205,119,488",
        ),
        (
            "resnext50_32x4d",
            "layer1.0.conv2",
            "⌊(56 − 3 + 2·1)/1⌋ + 1 = 56",
            "128 · (128 / 32) · 3 · 3 = 4,608",
            ["(128 / 32) · 3 · 3 = 36", "128 · 56 · 56 = 401,408", "36 · 401,408 = 14,450,688"],
            "2 · 14,450,688 − 401,408 = 28,499,968",
        ),
        (
            "resnet18_d2l",
            "conv1",
            "⌊(224 − 7 + 2·3)/2⌋ + 1 = 112",
            "64 · 1 · 7 · 7 + 64 = 3,200",
            ["1 · 7 · 7 = 49", "64 · 112 · 112 = 802,816", "49 · 802,816 = 39,337,984"],
            "2 · 39,337,984 = 78,675,968",
        ),
        (
            "resnet18",
            "fc",
            None,
            "512 · 1,000 + 1,000 = 513,000",
            ["512 · 1,000 = 512,000"],
            "2 · 512,000 − 1,000 = 1,023,000",
        ),
        ("resnet18", "bn1", None, "2 · 64 = 128", [], "4 · 64 · 112 · 112 = 3,211,264"),
        ("resnet18", "layer1.0.add", None, None, [], "64 · 56 · 56 = 200,704"),
        ("resnet18", "avgpool", "7 · 7 = 49", None, [], "512 · 7 · 7 = 25,088"),
        ("googlenet", "maxpool1", "⌈(112 − 3 + 2·0)/2⌉ + 1 = 56", None, [], "(3 · 3 − 1) · 64 · 56 · 56 = 1,605,632"),
        ("googlenet", "inception3a.cat", "64 + 128 + 32 + 32 = 256", None, [], None),
        ("alexnet", "flatten", "256 · 6 · 6 = 9,216", None, [], None),
        ("resnet20", "layer2.0.downsample", "⌈32/2⌉ = 16", None, [], None),
        ("resnet20", "layer2.0.downsample#2", "16 + 16 = 32", None, [], None),
        (
            "inception_block",
            "branchpool_1",
            "⌊(224 − 3 + 2·0)/1⌋ + 1 = 222",
            None,
            [],
            "3 · 3 · 3 · 222 · 222 = 1,330,668",
        ),
    ],
)
def test_formulas_by_name(net, name, size, params, macs, madd):
    def last(derivation: Derivation) -> str | None:
        return str(derivation.formulas[-1]) if derivation.formulas else None

    work = about(net, name).about
    assert (str(size_formula(work.sides["both"])) if work.sides else last(work.size)) == size
    assert last(work.params) == params
    assert [str(formula) for formula in work.macs.formulas] == macs
    assert last(work.madd) == madd


def test_a_dilated_convolution_has_the_full_form():
    model = resnet.create("resnet50", replace_stride_with_dilation=[False, True, True])
    slide = about(model, "layer4.1.conv2", (3, 224, 224)).about.sides["both"]
    assert str(size_formula(slide)) == "⌊(28 + 2·4 − 4·(3 − 1) − 1)/1⌋ + 1 = 28"


def test_traffic_in_numbers():
    work = about("resnet18", "conv1").about
    assert str(work.read.formulas[0]) == "4 · (150,528 + 9,408) = 639,744"
    assert str(work.written.formulas[0]) == "4 · 802,816 = 3,211,264"
    assert str(work.intensity.formulas[0]) == "118,013,952 / (639,744 + 3,211,264) ≈ 30.64"


class Twice(nn.Module):
    """One layer used again, one weight shared, one operation without a definition."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.tied = nn.Conv2d(2, 2, 3, padding=1)
        self.tied.weight = self.conv.weight

    def forward(self, x):
        return self.tied(self.conv(self.conv(x))).sigmoid()


def test_a_layer_used_again_and_an_unknown_operation():
    def work(name: str) -> Work:
        return about(Twice(), name, (2, 8, 8)).about

    again, tied, unknown = work("conv#2"), work("tied"), work("sigmoid")
    assert (again.params.rule, again.params.value, again.params.numbers) == ("again", 0, {"all": 38, "first": "conv"})
    assert (tied.params.rule, tied.params.value, tied.params.numbers) == ("again", 2, {"all": 38, "first": ""})
    assert again.macs == work("conv").macs
    assert [unknown.macs.rule, unknown.madd.rule, unknown.intensity.rule] == ["unknown"] * 3


class FromNothing(nn.Module):
    """Operations without an input: new zeros, a class token, layers that read buffers and parameters alone."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 4))
        self.linear = nn.Linear(4, 4)
        self.conv = nn.Conv2d(1, 1, 3)
        self.register_buffer("grid", torch.zeros(1, 1, 6, 6))

    def forward(self, x):
        zeros = torch.zeros(x.shape[0], 4, device=x.device)
        grid = self.conv(self.grid).flatten(1)
        return torch.cat([zeros, self.token.expand(x.shape[0], -1), self.linear(self.token), grid, x.flatten(1)], 1)


def test_what_is_made_of_no_input_is_explained_by_its_figures():
    summary = summarize(FromNothing(), (1, 2, 2))
    for part in (part for stage in outline(summary) for part in stage.walk() if part.level == "call"):
        work, call = explain(summary, part).about, part.calls[0]
        assert all(map(holds, formulas(work))), part.name
        figures = (work.params.value, work.macs.value, work.madd.value, work.read.value, work.written.value)
        assert figures == (call.params, call.macs, call.madd, call.read_bytes, call.write_bytes), part.name
        if not call.input_shapes:
            assert (work.size.rule, work.sides) == ("unknown", {}), part.name


class Bare(nn.Module):
    """A convolution that is no layer, twice with one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 2, 1, 1))

    def forward(self, x):
        return F.conv2d(F.conv2d(F.relu(x), self.weight), self.weight)


def test_a_weight_without_a_layer_names_none():
    params = about(Bare(), "conv2d#2", (2, 4, 4)).about.params
    assert (params.rule, params.numbers) == ("again", {"all": 4, "first": ""})


def test_groups_in_numbers():
    params = about(nn.Sequential(nn.Conv2d(4, 10, 3, groups=2, bias=False)), "0", (4, 8, 8)).about.params
    assert str(params.formulas[0]) == "10 · (4 / 2) · 3 · 3 = 180"
    assert params.numbers == {"groups": 2, "inputs": 4, "share": 2, "biases": 10}


def test_a_block_divides_into_its_branches():
    block = about("resnet18", "layer2.0").about
    main, shortcut = block.branches.each
    assert (main.totals.params, shortcut.totals.params) == (73_728 + 256 + 147_456 + 256, 8_192 + 256)
    assert str(block.params.formulas[0]) == "221,696 + 8,448 = 230,144"
    assert str(block.macs.formulas[0]) == "173,408,256 + 6,422,528 = 179,830,784"
    assert [window.kernel for _, window in shortcut.windows] == [(1, 1)]
    assert (shortcut.input_shape, shortcut.output_shape) == ((64, 56, 56), (128, 28, 28))
    assert about("resnet18", "layer2.1").about.params.rule == "figure", "nothing to add up beside an identity"


@pytest.mark.parametrize(("name", "size"), [("conv1", 7), ("layer1.0", 27), ("layer1", 43), ("layer2.0.conv2", 67)])
def test_the_field_is_that_of_the_output(name, size):
    assert about("resnet18", name).field.size == (size, size)


@pytest.mark.parametrize("name", every_net())
def test_branches_hold_everything_before_they_meet(name):
    summary = summarize(name)
    for block in (part for stage in outline(summary) for part in stage.parts if part.level == "block"):
        found = explain(summary, block).about
        calls = [call for branch in found.branches.each for call in branch.calls]
        assert len(calls) == len(set(calls))
        assert found.params.value == block.totals.params
        assert found.macs.value == block.totals.macs
        if found.branches.join == "add":
            shortcut = {call.name for call in found.branches.each[1].calls}
            assert shortcut == {call.name for call in block.calls if ".downsample" in call.name}, block.name
        else:
            assert len(found.branches.each) == (4 if name == "googlenet" else 1)


def test_a_stage_and_its_share():
    share = about("resnet18", "layer2").about
    assert share.blocks == 2
    assert str(share.params) == "100 · 525,568 / 11,689,512 ≈ 4.50"
    assert str(share.macs) == "100 · 411,041,792 / 1,814,073,344 ≈ 22.66"


@pytest.mark.parametrize("name", ["resnet50", "vgg16", "googlenet", "resnet20"])
def test_shares_add_up(name):
    summary = summarize(name)
    shares = [explain(summary, stage).about for stage in outline(summary)]
    assert sum(share.params.value for share in shares) == pytest.approx(100)
    assert sum(share.macs.value for share in shares) == pytest.approx(100)


def test_nothing_to_share():
    share = about(nn.Sequential(nn.ReLU()), "head", (1, 4, 4)).about
    assert (share.params, share.macs) == (None, None)
