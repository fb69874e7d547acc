"""The layer table: published figures, an independent counter, and identities."""

import copy
import csv
import io
import itertools

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import resnet
from resnet.formats import COLUMNS, as_csv, as_table
from resnet.operations import known_shape
from resnet.summary import summarize

# torchvision's published figures (weights.meta): parameters, and multiply-adds in billions to three decimals.
PUBLISHED = {
    name: (meta["num_params"], meta["_ops"])
    for name in (
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d"),
        *("resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"),
        *("alexnet", "vgg11", "vgg13", "vgg16", "vgg16_bn", "vgg19", "googlenet"),
    )
    for meta in [torchvision.models.get_model_weights(name).DEFAULT.meta]
}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_totals_are_torchvisions(name):
    params, gmacs = PUBLISHED[name]
    totals = summarize(name).totals
    assert totals.params == params
    assert round(totals.macs / 1e9, 3) == gmacs
    assert totals.flops == 2 * totals.macs


@pytest.mark.parametrize("name", sorted(resnet.CATALOGUE))
def test_macs_are_half_of_what_pytorch_counts(name):
    net = resnet.CATALOGUE[name]
    with torch.device("meta"):
        model = net.build().eval()
        picture = torch.empty(1, *net.input_shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(picture)
    summary = summarize(name)
    assert summary.totals.flops == counter.get_total_flops()
    assert summary.totals.params == sum(parameter.numel() for parameter in model.parameters())
    assert summary.totals.unknown == ()


# Sums of the tables that torchstat printed for the third article's AlexNet (10 classes) and VGG-16.
@pytest.mark.parametrize(
    ("name", "classes", "params", "madd"),
    [("alexnet", 10, 57_044_810, 1_421_458_422), ("vgg16", 1000, 138_357_544, 30_958_666_264)],
)
def test_madd_is_torchstats(name, classes, params, madd):
    totals = summarize(name, num_classes=classes).totals
    assert (totals.params, totals.madd) == (params, madd)


def test_first_rows_of_any_resnet_to_the_digit():
    rows = {row.name: row for row in summarize("resnet50").rows}
    first = rows["conv1"]
    assert (first.type, first.input_shapes, first.output_shape) == ("conv2d", ((3, 224, 224),), (64, 112, 112))
    assert (first.params, first.macs, first.flops, first.madd) == (9_408, 118_013_952, 236_027_904, 235_225_088)
    assert (first.read_bytes, first.write_bytes) == (639_744, 3_211_264)
    assert (rows["bn1"].params, rows["bn1"].madd, rows["bn1"].read_bytes) == (128, 3_211_264, 3_211_776)
    assert (rows["maxpool"].madd, rows["maxpool"].read_bytes, rows["maxpool"].write_bytes) == (
        1_605_632,
        3_211_264,
        802_816,
    )


def test_rows_are_calls():
    names = [row.name for row in summarize("resnet50").rows]
    assert len(names) == len(set(names))
    start = names.index("layer1.0.conv1")
    assert names[start : start + 12] == [
        "layer1.0.conv1",
        "layer1.0.bn1",
        "layer1.0.relu",
        "layer1.0.conv2",
        "layer1.0.bn2",
        "layer1.0.relu#2",
        "layer1.0.conv3",
        "layer1.0.bn3",
        "layer1.0.downsample.0",
        "layer1.0.downsample.1",
        "layer1.0.add",
        "layer1.0.relu#3",
    ]
    assert names[-3:] == ["avgpool", "flatten", "fc"]
    assert sum(name.endswith(".add") for name in names) == 16
    assert "inception3a.cat" in [row.name for row in summarize("googlenet").rows]
    assert {"classifier.0", "classifier.3", "flatten"} <= {row.name for row in summarize("alexnet").rows}


@pytest.mark.parametrize("name", sorted(resnet.CATALOGUE))
def test_every_row_is_consistent(name):
    for row in summarize(name).rows:
        size = torch.Size
        inputs = sum(size(shape).numel() for shape in row.input_shapes)
        assert row.read_bytes == 4 * (inputs + row.params), row.name  # no parameter is used twice in these nets
        assert row.write_bytes == row.output_bytes == 4 * size(row.output_shape).numel(), row.name
        assert (row.macs > 0) == (row.type in ("conv2d", "linear")), row.name
        if row.type == "add":
            assert len(row.input_shapes) == 2, row.name


@pytest.mark.parametrize("name", ["resnet152", "googlenet", "vgg16"])
def test_totals_are_the_sums_of_their_columns(name):
    summary = summarize(name)
    lines = list(csv.DictReader(io.StringIO(as_csv(summary))))
    assert tuple(lines[0]) == COLUMNS
    for column in ("params", "macs", "flops", "madd", "output_bytes", "read_bytes", "write_bytes"):
        assert sum(int(line[column]) for line in lines) == getattr(summary.totals, column), column


def test_shape_rules_are_pytorchs():
    def check(function, *args, **kwargs):
        shape = known_shape(function, args, kwargs)
        if shape is not None:
            assert shape == tuple(function(*args, **kwargs).shape), (function, kwargs)
        return shape is not None

    x = torch.zeros(2, 4, 15, 22)
    known = 0
    for kernel, stride, padding, dilation in itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1), (1, 2)):
        weight = torch.zeros(6, 2, kernel, kernel)
        sizes = {"stride": stride, "padding": padding, "dilation": dilation}
        known += check(F.conv2d, x, weight, None, groups=2, **sizes)
        if padding <= kernel // 2:
            known += check(F.max_pool2d, x, kernel, **sizes)
            known += check(F.max_pool2d, x, kernel, ceil_mode=True, **sizes)
    assert known > 100
    assert check(F.linear, x, torch.zeros(7, 22))
    assert check(F.relu, x)
    assert check(torch.cat, [x, torch.zeros(2, 9, 15, 22)], 1)
    assert check(torch.cat, [x, x], dim=-1)
    assert known_shape(torch.cat, ([x, torch.zeros(2, 4, 15, 21)], 1), {}) is None
    assert check(F.adaptive_avg_pool2d, x, 1)
    assert check(F.batch_norm, x, torch.zeros(4), torch.ones(4))
    assert known_shape(F.conv2d, (x, torch.zeros(6, 3, 3, 3)), {}) is None, "PyTorch is to say that channels differ"
    assert known_shape(F.linear, (x, torch.zeros(7, 5)), {}) is None


def test_a_shared_parameter_counts_once_and_an_unknown_operation_is_said():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x):
            return torch.fft.fft(self.conv(self.conv(x))).real

    summary = summarize(Odd(), (3, 8, 8))
    assert summary.totals.params == 84
    assert [row.name for row in summary.rows][:2] == ["conv", "conv#2"]
    assert summary.rows[1].read_bytes == 4 * (3 * 8 * 8 + 84)
    assert "fft_fft" in summary.totals.unknown
    assert "partial" in as_table(summary)
    assert "n/a" in as_csv(summary)


def test_a_module_is_left_as_it_was():
    model = resnet.create("resnet18")
    before = copy.deepcopy(model.state_dict())
    assert summarize(model, (3, 64, 64)).totals.params == 11_689_512
    assert model.training
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.conv1.weight.device.type == "cpu"


def test_input_channels_and_classes_follow_the_request():
    summary = summarize("resnet18", (1, 64, 96), num_classes=2)
    assert summary.rows[0].input_shapes == ((1, 64, 96),)
    assert summary.rows[-1].output_shape == (2,)


@pytest.mark.parametrize(
    ("name", "shape", "says"),
    [
        ("resnet50", (224, 224), "three numbers"),
        ("resnet50", (3, 0, 224), "Choose 1 to 4096"),
        ("resnet50", (3, -224, 224), "Choose 1 to 4096"),
        ("resnet50", (3, 100_000, 224), "Choose 1 to 4096"),
        ("resnet50", (3, 2.5, 224), "Choose 1 to 4096"),
        ("resnet50", (3, 16, 224), "at least 17"),
        ("vgg16", (3, 256, 256), "3,224,224"),
        ("alexnet", (3, 192, 192), "any size"),
    ],
)
def test_impossible_shapes_name_the_cure(name, shape, says):
    with pytest.raises(resnet.UserError, match=says):
        summarize(name, shape)


def test_smallest_side_is_where_every_stage_still_halves():
    for name, net in resnet.CATALOGUE.items():
        if net.group not in ("resnet", "wide", "small", "live") or net.fixed_side:
            continue
        rows = summarize(name, (net.input_shape[0], net.min_side, net.min_side)).rows
        shrinking = [row for row in rows if row.type == "conv2d" and row.output_shape[-1] < row.input_shapes[0][-1]]
        reached = {row.output_shape[-1] for row in shrinking}
        assert min(reached) == 1, name
        assert all(row.input_shapes[0][-1] > 1 for row in shrinking), name
        with pytest.raises(resnet.UserError):
            summarize(name, (3, net.min_side - 1, net.min_side - 1))
