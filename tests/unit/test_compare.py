"""Nets side by side: no call is lost, and the rows say where the nets differ and by how much."""

from itertools import combinations

import pytest
from torch import nn

from resnet.catalogue import CATALOGUE, Net, find
from resnet.compare import READY_MADE, _halvings, compare
from resnet.errors import UserError
from resnet.summary import summarize

SUMS = ("params", "macs", "flops", "madd", "output_bytes", "read_bytes", "write_bytes")
AT_224 = [name for name in CATALOGUE if name != "resnet50_v1_flatten"]
#: Every net that takes 224 pixels, four at a time, in the catalogue's order and each beside nets of another plan.
FOURS = [
    *(AT_224[i : i + 4] for i in range(0, len(AT_224) - 1, 4)),
    ["resnet20", "googlenet", "vgg11", "alexnet"],
    ["inception_block", "preact_resnet18", "vgg16_bn", "resnet18_d2l"],
]


def of(*names, shape=(3, 224, 224), classes=1000):
    return compare([find(name) for name in names], shape, classes)


def assert_every_call_once(comparison):
    for place, summary in enumerate(comparison.summaries):
        cells = [row.cells[place] for row in comparison.rows if row.cells[place] is not None]
        calls = [call for cell in cells for call in cell.calls]
        assert calls == list(summary.rows)
        for column in SUMS:
            assert sum(getattr(cell.totals, column) for cell in cells) == getattr(summary.totals, column)


@pytest.mark.parametrize("names", FOURS, ids="-".join)
def test_every_call_stands_in_exactly_one_row(names):
    assert_every_call_once(of(*names))


@pytest.mark.parametrize("shape", [(3, 33, 40), (1, 224, 97), (3, 31, 64)])
def test_every_call_stands_in_exactly_one_row_at_odd_sizes(shape):
    assert_every_call_once(of("resnet50", "googlenet", "resnet20", "inception_block", shape=shape, classes=7))


def test_residual_nets_are_matched_by_stage():
    comparison = of("resnet34", "preact_resnet50", "resnet20")
    assert comparison.by == "stage"
    assert [row.name for row in comparison.rows] == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    assert all(cell is None or cell.name == row.name for row in comparison.rows for cell in row.cells)
    assert comparison.rows[4].cells[2] is None, "resnet20 has three stages"
    assert [row.cells[0].blocks for row in comparison.rows] == [0, 3, 4, 6, 3, 0]


def test_v1_and_v15_differ_in_three_stages_by_one_convolution_each():
    rows = of("resnet50_v1", "resnet50").rows
    assert [row.name for row in rows if row.differences(1)] == ["layer2", "layer3", "layer4"]
    assert all(row.differences(1) <= {"macs", "write_bytes"} for row in rows)
    more = [row.cells[1].totals.macs - row.cells[0].totals.macs for row in rows]
    assert more == [0, 0, 77_070_336, 77_070_336, 77_070_336, 0]


def test_shortcuts_cost_three_projections():
    rows = of("plain34", "resnet34").rows
    assert [row.cells[1].layers - row.cells[0].layers for row in rows] == [0, 0, 1, 1, 1, 0]
    assert [row.cells[1].totals.params - row.cells[0].totals.params for row in rows] == [
        0,
        0,
        *(channels * 2 * channels + 2 * 2 * channels for channels in (64, 128, 256)),  # 1x1 convolution and its norm
        0,
    ]


def test_other_plans_are_matched_by_the_size_of_their_maps():
    comparison = of("vgg16", "resnet50")
    assert comparison.by == "map"
    assert [(row.name, *(cell and cell.name for cell in row.cells)) for row in comparison.rows] == [
        ("1/1", "features.0–features.4", None),
        ("1/2", "features.5–features.9", "stem"),
        ("1/4", "features.10–features.16", "layer1"),
        ("1/8", "features.17–features.23", "layer2"),
        ("1/16", "features.24–features.30", "layer3"),
        ("1/32", None, "layer4"),
        ("head", "head", "head"),
    ]
    head = comparison.rows[-1].cells
    assert [cell.totals.params for cell in head] == [123_642_856, 2_049_000]


def test_maps_of_one_size_meet_whatever_the_picture():
    for side in (31, 33, 224, 301):
        rows = of("googlenet", "resnet18", "inception_block", shape=(3, side, side)).rows
        assert [(row.name, *(cell and cell.name for cell in row.cells[:2])) for row in rows[1:]] == [
            ("1/2", "conv1–maxpool1", "stem"),
            ("1/4", "conv2–maxpool2", "layer1"),
            ("1/8", "inception3", "layer2"),
            ("1/16", "inception4", "layer3"),
            ("1/32", "inception5", "layer4"),
            ("head", "head", "head"),
        ]


def test_only_strides_halve():
    class Unpadded(nn.Sequential):
        def __init__(self, num_classes=7, in_channels=3):
            super().__init__(nn.Conv2d(in_channels, 4, 5), nn.Conv2d(4, 4, 3, stride=2, padding=1))

    net = Net("unpadded", "Unpadded", "variant", "a test", Unpadded, input_shape=(3, 6, 6), min_side=5)
    assert _halvings(summarize(net).rows) == [0, 1], "from 6 to 2 pixels without a stride, then from 2 to 1"


def test_differences_are_against_the_first_net():
    rows = of("resnet18", "resnet34", "resnet18_relu_before_add").rows
    assert rows[1].differences(2) == {"write_bytes"}, "one more ReLU writes, nothing else"


def test_names_will_do_and_the_first_net_says_at_what():
    assert compare(["resnet20", "plain20"]) == of("resnet20", "plain20", shape=(3, 32, 32), classes=10)
    nets = compare(["inception_block", "resnet18", "resnet20"], (3, 64, 64))
    assert nets.num_classes is None
    assert [summary.rows[-1].output_shape for summary in nets.summaries[1:]] == [(1000,), (10,)]
    with pytest.raises(UserError, match="resnet18"):
        compare(["resnet_18", "resnet34"])


def test_classes_and_channels_apply_to_all():
    comparison = of("resnet18", "resnet20", "googlenet", shape=(1, 64, 64), classes=7)
    assert [summary.rows[-1].output_shape for summary in comparison.summaries] == [(7,)] * 3
    assert [summary.input_shape for summary in comparison.summaries] == [(1, 64, 64)] * 3


def test_a_block_without_head_has_no_classes():
    comparison = of("inception_block", "resnet18", classes=7)
    assert comparison.rows[-1].name == "head"
    assert comparison.rows[-1].cells[0] is None


@pytest.mark.parametrize("pair", READY_MADE.values(), ids="-".join)
def test_ready_made_pairs_can_be_compared_and_differ(pair):
    comparison = of(*pair)
    assert any(row.differences(1) for row in comparison.rows)
    assert {net.name for net in comparison.nets} == set(pair)


@pytest.mark.parametrize(
    ("names", "shape", "what", "cure"),
    [
        (["alexnet", "resnet18"], (3, 64, 64), "AlexNet takes", "Compare at 3,224,224, or without AlexNet"),
        (["resnet18", "vgg16"], (3, 64, 64), "VGG-16 takes", "Compare at 3,224,224, or without VGG-16"),
        (["resnet50_v1_flatten", "alexnet"], (3, 32, 32), "AlexNet takes", "Compare without AlexNet"),
        (["resnet18", "resnet20"], (1, 9, 64), "too few for ResNet-18", "Compare at 1,17,64, or without ResNet-18"),
        (["resnet18", "googlenet"], (3, 30, 30), "too few for GoogLeNet", "Compare at 3,31,31, or without GoogLeNet"),
    ],
)
def test_a_net_that_cannot_take_the_input_is_named_with_the_cure(names, shape, what, cure):
    with pytest.raises(UserError) as refused:
        of(*names, shape=shape)
    assert what in refused.value.what
    assert refused.value.cure == cure


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_nets(count):
    with pytest.raises(UserError, match=f"{count} nets"):
        of(*AT_224[:count])


@pytest.mark.parametrize(("first", "second"), list(combinations(range(3), 2)))
def test_a_net_twice_is_refused(first, second):
    names = ["resnet18", "resnet34", "resnet50"]
    names[second] = names[first]
    with pytest.raises(UserError, match="chosen twice"):
        of(*names)


@pytest.mark.parametrize(("shape", "classes"), [((3, 0, 224), 10), ((3, 224), 10), ((3, 224, 224), 0)])
def test_senseless_input_and_classes_are_refused(shape, classes):
    with pytest.raises(UserError):
        of("resnet18", "resnet34", shape=shape, classes=classes)


def test_figures_of_a_cell_are_those_of_its_calls():
    cell = of("resnet18", "resnet34").rows[2].cells[0]
    assert cell.figure("macs") == cell.totals.macs > 0
    assert cell.output_shape == cell.figure("output_shape") == (128, 28, 28)
