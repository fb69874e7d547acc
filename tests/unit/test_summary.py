"""The layer table: published figures, an independent counter, and identities."""

import copy
import csv
import io
from dataclasses import replace

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import resnet
from resnet.formats import COLUMNS, write
from resnet.summary import summarize
from tests.nets import every_net

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


@pytest.mark.parametrize("name", every_net())
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


@pytest.mark.parametrize("name", every_net())
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
    lines = list(csv.DictReader(io.StringIO(write(summary, "calls", "csv"))))
    assert tuple(lines[0]) == COLUMNS
    for column in ("params", "macs", "flops", "madd", "output_bytes", "read_bytes", "write_bytes"):
        assert sum(int(line[column]) for line in lines) == getattr(summary.totals, column), column


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
    assert "partial" in write(summary, "calls", "table")
    assert "n/a" in write(summary, "calls", "csv")


class With(nn.Module):
    """A net whose forward is a function of its layers and the pictures."""

    def __init__(self, forward, *layers):
        super().__init__()
        self.body, self.layers = forward, nn.ModuleList(layers)

    def forward(self, x):
        return self.body(x, *self.layers)


def tokens(x):
    return x.flatten(2)  # 3 tokens of 64 numbers, of 8 x 8 pixels


@pytest.mark.parametrize(
    ("net", "unknown"),
    [
        (With(lambda x, attend: attend(tokens(x), tokens(x), tokens(x))[0], nn.MultiheadAttention(64, 4)), True),
        (With(lambda x, recur: recur(tokens(x))[0], nn.LSTM(64, 5)), True),
        (With(lambda x, recur: recur(tokens(x))[1], nn.GRU(64, 5)), True),
        (With(lambda x, pool: pool(x)[0], nn.MaxPool2d(2, return_indices=True)), False),
        (torchvision.models.vit_b_16(image_size=32), True),
    ],
)
def test_operations_with_several_outputs_are_rows(net, unknown):
    summary = summarize(net, (3, 32, 32) if isinstance(net, torchvision.models.VisionTransformer) else (3, 8, 8))
    assert summary.totals.params == sum(parameter.numel() for parameter in net.parameters())
    assert bool(set(summary.totals.unknown) & {"multi_head_attention_forward", "lstm", "gru"}) == unknown
    assert summary.rows[-1].write_bytes > 0


def test_the_pieces_of_a_tensor_are_by_its_maker():
    cut = With(lambda x, conv: [y := conv(x).chunk(2, 1), y[0] + y[1].real][1], nn.Conv2d(3, 4, 1))
    assert [(row.name, row.inputs) for row in summarize(cut, (3, 8, 8)).rows] == [("layers.0", (-1,)), ("add", (0, 0))]


@pytest.mark.parametrize("relu", [nn.ReLU(inplace=True), lambda x: nn.functional.relu(x, True)])
def test_what_is_done_in_place_is_done_to_that_tensor(relu):
    def forward(x, first, second):
        y = first(x)
        y.add_(x)
        relu(y)
        return second(y)

    rows = summarize(With(forward, nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)), (3, 8, 8)).rows
    assert [(row.type, row.inputs) for row in rows] == [
        ("conv2d", (-1,)),
        ("add", (0, -1)),
        ("relu", (1,)),
        ("conv2d", (2,)),
    ]


@pytest.mark.parametrize(
    ("forward", "shape"),
    [
        (lambda x: x[:, :, torch.arange(4) + torch.arange(4)], (3, 4, 8)),
        (lambda x: x[:, :, torch.cat([torch.arange(2), torch.arange(1)])], (3, 3, 8)),
        (lambda x: torch.cat([x, x], axis=1), (6, 8, 8)),
    ],
)
def test_rules_for_maps_leave_everything_else_to_pytorch(forward, shape):
    assert summarize(With(forward), (3, 8, 8)).rows[-1].output_shape == shape


@pytest.mark.parametrize(
    ("net", "says"),
    [
        (nn.MaxPool2d(3, padding=2), "does not accept 3x8x8"),
        (With(lambda x, conv: nn.functional.conv2d(x, conv.weight, stride=0), nn.Conv2d(3, 3, 1)), "does not accept"),
        (With(lambda x, attend: attend(x[0], x[0], x[0]), nn.MultiheadAttention(64, 4)), "does not accept"),
        (nn.LazyConv2d(3, 3), "cannot be copied.*Run lazy layers"),
    ],
)
def test_modules_that_cannot_be_traced_are_refused_with_the_cure(net, says):
    with pytest.raises(resnet.UserError, match=f"(?s){says}"):
        summarize(net, (3, 8, 8))


def test_a_module_with_a_made_up_weight_is_refused_with_the_cure():
    with pytest.warns(FutureWarning):
        net = torch.nn.utils.weight_norm(nn.Conv2d(3, 3, 3))
    with pytest.raises(resnet.UserError, match=r"(?s)cannot be copied.*parametrizations.weight_norm"):
        summarize(net, (3, 8, 8))


def test_a_module_has_the_classes_it_was_built_with():
    with pytest.raises(resnet.UserError, match="Leave the classes out"):
        summarize(nn.Conv2d(3, 4, 3), (3, 8, 8), num_classes=7)


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


def halves_everywhere(net, side):
    """Whether a square picture of that side leaves every convolution and pooling with a stride something to halve."""
    try:
        rows = summarize(replace(net, min_side=1), (3, side, side)).rows
    except resnet.UserError:
        return False
    return all(min(row.input_shapes[0][1:]) > 1 for row in rows if row.window and max(row.window.stride) > 1)


@pytest.mark.parametrize("name", sorted(name for name, net in resnet.CATALOGUE.items() if not net.fixed_side))
def test_smallest_side_is_where_every_stage_still_halves(name):
    net = resnet.CATALOGUE[name]
    assert halves_everywhere(net, net.min_side)
    assert not halves_everywhere(net, net.min_side - 1)
    with pytest.raises(resnet.UserError, match=f"at least {net.min_side} pixels"):
        summarize(name, (3, net.min_side - 1, 300))
