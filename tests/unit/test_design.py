"""Build your own: every design that is accepted can be built, counted, written down and read back."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import resnet
from resnet.design import (
    CHOICES,
    MAX_DEPTH,
    MAX_STAGES,
    QUERY_FIELDS,
    Design,
    as_python,
    as_query,
    as_text,
    from_query,
    from_text,
)
from resnet.network import STEMS, halvings
from resnet.outline import outline
from resnet.summary import summarize

LAYERS_50 = (3, 4, 6, 3)
RESNET_50 = Design("bottleneck", LAYERS_50)
# What a design says, and the net of the catalogue that it says it of.
KNOWN = {
    "resnet18": Design(),
    "resnet34": Design(layers=LAYERS_50),
    "resnet50": RESNET_50,
    "resnet101": replace(RESNET_50, layers=(3, 4, 23, 3)),
    "resnext50_32x4d": replace(RESNET_50, groups=32, width_per_group=4),
    "wide_resnet50_2": replace(RESNET_50, width_per_group=128),
    "plain34": Design(layers=LAYERS_50, shortcut="none"),
    "preact_resnet18": Design(order="preactivation"),
    "preact_resnet50": replace(RESNET_50, order="preactivation"),
    "resnet18_relu_before_add": Design(order="before"),
    "resnet50_v1": replace(RESNET_50, stride="1x1"),
    "resnet50_v1_flatten": replace(RESNET_50, stride="1x1", head="flatten"),
    "resnet20": Design(layers=(3, 3, 3), width=16, shortcut="padded", stem="3x3"),
    "plain56": Design(layers=(9, 9, 9), width=16, shortcut="none", stem="3x3"),
    "resnet10_w24": Design(layers=(1, 1, 1, 1), width=24, stem="3x3/2"),
}


def blocks() -> list[Design]:
    """A small net of every kind of block there is."""
    found = []
    for block, shortcut, order, stride in product(
        *(CHOICES[name] for name in ("block", "shortcut", "order", "stride"))
    ):
        if (shortcut, order) != ("none", "before") and (block, stride) != ("basic", "1x1"):
            found.append(Design(block, (1, 2), 8, shortcut, order=order, stride=stride))
    return found


def variants(design: Design) -> list[Design]:
    """The same block with each stem, head and number of groups."""
    grouped = ((1, 64), (4, 32)) if design.block == "bottleneck" else ((1, 64),)
    return [
        replace(design, stem=stem, head=head, groups=groups, width_per_group=width_per_group)
        for stem, head, (groups, width_per_group) in product(CHOICES["stem"], CHOICES["head"], grouped)
    ]


def pairs(design: Design) -> list[Design]:
    """Of these variants as many as show every two of stem, head and groups together."""
    found = variants(design)
    if design.block == "basic":
        return found
    return [found[place] for place in (0, 3, 5, 6, 8, 11)]


def label(design: Design) -> str:
    return "-".join((design.block, design.shortcut, design.order, design.stride))


each_depth = pytest.mark.parametrize(("stem", "stages"), list(product(STEMS, range(1, MAX_STAGES + 1))))
each_block = pytest.mark.parametrize("design", blocks(), ids=label)


def shapes_of(model: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_design_equal_to_a_catalogue_net_is_that_net(name):
    net, design = resnet.CATALOGUE[name], KNOWN[name]
    with torch.device("meta"):
        assert shapes_of(design.build(net.classes, net.input_shape[0])) == shapes_of(net.build())
    ours = summarize(design.net(), net.input_shape, num_classes=net.classes)
    assert ours.rows == summarize(name).rows
    assert design.net().min_side == net.min_side


def test_the_blocks_are_all_there_are():
    assert len(blocks()) == 24
    assert len({design.net().arguments["block"] for design in blocks()}) == 24
    assert sum(len(variants(design)) for design in blocks()) == 320


@each_block
def test_every_combination_is_counted_as_pytorch_counts(design):
    for variant in pairs(design):
        net = variant.net()
        summary = summarize(net)
        with torch.device("meta"):
            model = variant.build().eval()
            picture = torch.empty(1, *net.input_shape)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(picture)
        assert summary.totals.flops == counter.get_total_flops(), variant
        assert summary.totals.params == sum(parameter.numel() for parameter in model.parameters()), variant
        assert summary.totals.unknown == (), variant


@each_block
def test_the_table_shows_what_was_chosen(design):
    stages = {part.name: part for part in outline(summarize(design.net()))}
    first, second = stages["layer2"].parts  # one that halves the map, one that keeps it
    halved = design.shortcut if design.shortcut != "none" else ""
    assert (first.shortcut, second.shortcut) == (halved, "identity" if halved else "")
    types = [call.type for call in second.calls]
    convolutions = 2 if design.block == "basic" else 3
    assert types.count("conv2d") == convolutions
    assert types.count("relu") == convolutions + (design.order == "before")
    assert types[0] == ("batch_norm" if design.order == "preactivation" else "conv2d")
    end = {"after": ["add", "relu"], "before": ["relu", "add", "relu"], "preactivation": ["conv2d", "add"]}[
        design.order
    ]
    end = [type for type in end if halved or type != "add"]
    assert types[-len(end) :] == end
    strided = [call.name for call in first.calls if call.window is not None and call.window.stride == (2, 2)]
    expected = "layer2.0.conv1" if design.block == "basic" or design.stride == "1x1" else "layer2.0.conv2"
    assert [name for name in strided if "downsample" not in name] == [expected]
    assert any("downsample" in name for name in strided) == (design.shortcut != "none")


@each_block
def test_every_block_learns(design):
    """One step forward and back on real numbers, at the smallest size and with groups where there are any."""
    design = variants(replace(design, stem="3x3"))[-1]
    torch.manual_seed(0)
    model = design.build(num_classes=5, in_channels=1)
    answer = model(torch.rand(4, 1, 2, 2))
    assert answer.shape == (4, 5)
    torch.nn.functional.cross_entropy(answer, torch.tensor([0, 1, 2, 3])).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    assert next(model.conv1.parameters()).grad.abs().sum() > 0


@each_depth
def test_every_halving_has_something_to_halve(stem, stages):
    net = Design(layers=(1,) * stages, width=2, stem=stem).net()
    rows = summarize(net, (3, net.min_side, net.min_side)).rows
    before = [row.input_shapes[0][-1] for row in rows if row.window is not None and row.window.stride == (2, 2)]
    assert min(before, default=2) == 2
    if net.min_side > 1:
        with pytest.raises(resnet.UserError, match=f"at least {net.min_side} pixels"):
            summarize(net, (3, net.min_side - 1, 64))


@each_depth
def test_the_head_without_pooling_says_how_large_a_picture_may_be(stem, stages):
    net = Design(layers=(1,) * stages, width=2, stem=stem, head="flatten").net()
    most = 2 ** halvings(stem, stages)
    assert net.input_shape == (3, most, most)
    for side in (net.min_side, most):
        summarize(net, (3, side, most))
    with pytest.raises(resnet.UserError, match=f"here it is 1x2.* Give at most {most} pixels each way"):
        summarize(net, (3, most, most + 1))


@pytest.mark.parametrize(
    ("choices", "where", "says"),
    [
        ({"groups": 2}, "groups", "Choose bottleneck blocks, or set it to 1"),
        ({"width_per_group": 4}, "width_per_group", "Choose bottleneck blocks, or set it to 64"),
        ({"stride": "1x1"}, "stride", "Choose bottleneck blocks"),
        ({"shortcut": "none", "order": "before"}, "order", "no addition"),
        (
            {"block": "bottleneck", "width": 40, "width_per_group": 4},
            "width_per_group",
            "2.5 channels.* multiple of 8,",
        ),
        ({"block": "bottleneck", "width": 8, "width_per_group": 4}, "width_per_group", "0.5 channels.* multiple of 16"),
        ({"layers": ()}, "layers", "Give 1 to 5 numbers"),
        ({"layers": (1,) * (MAX_STAGES + 1)}, "layers", "Give 1 to 5 numbers"),
        ({"layers": (2, 0, 2)}, "layers", "Stage 2 .* leave the stage out"),
        ({"layers": (2, -1)}, "layers", "Stage 2 cannot have -1"),
        ({"layers": (2, 2.0)}, "layers", "Stage 2 cannot have 2.0"),
        ({"layers": (MAX_DEPTH + 1,)}, "layers", "Give each stage 1 to 100"),
        ({"layers": (MAX_DEPTH,) * 4}, "layers", "within 300"),
        ({"layers": "3463"}, "layers", "such as 3,4,6,3"),
        ({"layers": 3}, "layers", "such as 3,4,6,3"),
        ({"width": 0}, "width", "from 1 to 1024"),
        ({"width": 1025}, "width", "from 1 to 1024"),
        ({"width": True}, "width", "from 1 to 1024"),
        ({"block": "bottleneck", "groups": -1}, "groups", "from 1 to 1024"),
        ({"stem": "5x5"}, "stem", "7x7"),
        ({"head": ["pool"]}, "head", "pool, flatten"),
        ({"order": None}, "order", "preactivation"),
    ],
)
def test_what_cannot_be_built_says_why(choices, where, says):
    with pytest.raises(resnet.UserError, match=says) as refusal:
        Design(**choices)
    assert refusal.value.where == where
    assert refusal.value.cure


def test_equal_designs_are_one_net():
    one, two = Design("bottleneck", [3, 4, 6, 3]).net(), RESNET_50.net()
    assert (one, hash(one)) == (two, hash(two))
    assert one.title == "Your net: 3-4-6-3 bottlenecks, width 64"
    assert summarize(one) is summarize(two), "the table is remembered"
    assert replace(RESNET_50, stride="1x1").net() != one


def test_a_table_of_the_most_blocks_has_them_all():
    summary = summarize(Design("bottleneck", (MAX_DEPTH,) * 3, 1024, groups=1024, width_per_group=1024).net())
    assert sum(row.type == "add" for row in summary.rows) == 300


@pytest.mark.parametrize("design", [*KNOWN.values(), *blocks()], ids=as_query)
def test_in_one_word_it_stands_where_a_nets_name_does(design):
    for variant in variants(design):
        word = as_text(variant)
        assert from_text(word) == variant
        net = resnet.catalogue.find(word)
        assert replace(net, name="custom") == variant.net()
        assert net.name == word
    assert as_text(Design()) == "design:"
    assert as_text(Design(layers=(1, 1), width=16)) == "design:layers=1,1:width=16"
    assert resnet.catalogue.find("design:width=16:layers=1,1").name == "design:layers=1,1:width=16"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("design:depth=3", "'depth=3' says nothing about a design"),
        ("design:width", "'' is no whole number"),
        ("design:width=2:width=2", "or says it twice"),
        ("design:" + "width=2," * 10_000, "at most 40 characters"),
        ("design:" + "layers" * 10_000, "says nothing about a design"),
        ("design:layers=301", "Give each stage 1 to 100"),
        ("design:width=1e9", "no whole number"),
    ],
)
def test_a_word_that_describes_no_design_is_refused(word, says):
    with pytest.raises(resnet.UserError, match=says) as caught:
        resnet.create(word)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("design", [*KNOWN.values(), *blocks()], ids=as_query)
def test_an_address_is_read_back(design):
    for variant in (design, *variants(replace(design, width=16))):
        query = as_query(variant)
        assert set(query) <= set(QUERY_FIELDS)
        assert from_query({**query, "net": "resnet50", "view": "build"}) == variant
    assert as_query(Design()) == {}
    assert as_query(KNOWN["resnext50_32x4d"]) == {
        "block": "bottleneck",
        "layers": "3,4,6,3",
        "groups": "32",
        "group_width": "4",
    }


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("width", "9" * 5000),
        ("width", "٣"),
        ("width", ""),
        ("width", "12\n"),
        ("width", "-1"),
        ("width", "1e3"),
        ("groups", "0x2"),
        ("layers", "3,,4"),
        ("layers", "1," * 100_000),
        ("layers", "999999,999999"),
        ("layers", ["3"]),
        ("block", None),
        ("stem", "<script>"),
        ("head", "__class__"),
    ],
)
def test_a_malformed_address_names_the_parameter(parameter, value):
    with pytest.raises(resnet.UserError) as refusal:
        from_query({parameter: value})
    assert refusal.value.where == parameter
    assert len(str(refusal.value)) < 200


def test_no_address_does_harm():
    dice = random.Random(0)
    words = [
        *(word for words in CHOICES.values() for word in words),
        "0",
        "1",
        "4",
        "64",
        "2,2",
        ",",
        "9" * 30,
        "-",
        "é",
    ]
    made = 0
    for _ in range(3000):
        query = {parameter: dice.choice(words) for parameter in QUERY_FIELDS if dice.random() < 0.2}
        try:
            design = from_query(query)
        except resnet.UserError:
            continue
        made += 1
        assert from_query(as_query(design)) == design
    assert made > 100


RUN_PROGRAMS = """
import contextlib, io, json, sys
for program, channels in json.load(sys.stdin):
    made, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, made)
    shapes = {name: list(value.shape) for name, value in made["net"].state_dict().items()}
    print(json.dumps([shapes, made["net"].conv1.weight.shape[1] == channels, printed.getvalue().splitlines()]))
assert not {"gradio", "torchvision"} & set(sys.modules)
"""


@pytest.mark.slow
def test_copied_code_makes_the_same_net_elsewhere():
    narrow = [replace(design, layers=(2, 1, 1), width=16) for design in blocks()[::2]]
    asked = [
        *((design, (3, 64, 64), 1000) for design in (Design(), RESNET_50, KNOWN["resnext50_32x4d"])),
        *((design, (1, 40, 72), 7) for design in narrow),
        (KNOWN["resnet50_v1_flatten"], (3, 32, 32), 10),
    ]
    programs = [(as_python(*choices), choices[1][0]) for choices in asked]
    # A fresh process, so that only what the programs import is there.
    answer = subprocess.run(
        [sys.executable, "-c", RUN_PROGRAMS], input=json.dumps(programs), capture_output=True, text=True, check=True
    )
    for (design, shape, classes), line in zip(asked, answer.stdout.splitlines(), strict=True):
        shapes, right_channels, printed = json.loads(line)
        summary = summarize(design.net(), shape, num_classes=classes)
        with torch.device("meta"):
            wanted = shapes_of(design.build(classes, shape[0]))
        assert {name: tuple(value) for name, value in shapes.items()} == wanted
        assert right_channels
        assert printed[:-1] == [f"{row.name} {row.output_shape} {row.params} {row.macs}" for row in summary.rows]
        assert printed[-1] == f"{summary.totals.params:,} parameters, {summary.totals.macs:,} MACs"


def test_copied_code_names_only_what_differs():
    assert "resnet.design.Design()\nnet = design.build()\n" in as_python(Design(), (3, 224, 224), 1000)
    code = as_python(Design(width=32, order="before"), (1, 48, 64), 10)
    assert 'Design(\n    width=32,\n    order="before",\n)\nnet = design.build(num_classes=10, in_channels=1)\n' in code
    assert "(design.net(), (1, 48, 64), num_classes=10)" in code
    with pytest.raises(resnet.UserError, match="at least 17"):
        as_python(Design(), (3, 8, 8), 1000)
