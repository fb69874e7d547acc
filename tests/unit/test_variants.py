"""The nets that torchvision has not: against the articles and papers they come from."""

import copy
import pickle
import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import resnet
from resnet.blocks import BasicBlock
from resnet.composing import compose
from resnet.network import probabilities
from resnet.stages import stage_outputs
from resnet.summary import summarize


class D2lBlock(nn.Module):
    """d2l's residual block as its book describes it: biased convolutions, 1x1 convolution on the shortcut."""

    def __init__(self, channels_in: int, channels: int, project: bool, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride, 1)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        self.project = nn.Conv2d(channels_in, channels, 1, stride) if project else nn.Identity()
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, x):
        out = self.norm2(self.second(F.relu(self.norm1(self.first(x)))))
        return F.relu(out + self.project(x))


def d2l_resnet18() -> nn.Sequential:
    stem = nn.Sequential(nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    stages, channels = [], 64
    for width in (64, 128, 256, 512):
        shrinks = width != 64
        stages.append(nn.Sequential(D2lBlock(channels, width, shrinks, 1 + shrinks), D2lBlock(width, width, False, 1)))
        channels = width
    return nn.Sequential(stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def test_d2l_resnet18_computes_what_the_article_computes():
    ours, article = resnet.create("resnet18_d2l").eval(), d2l_resnet18().eval()
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in article.parameters()) == 11_178_378
    # Same modules in another order within a block: match them by kind and shape, block by block.
    renamed = {"first": "conv1", "norm1": "bn1", "second": "conv2", "norm2": "bn2", "project": "downsample"}
    state = {}
    for name, value in article.state_dict().items():
        parts = name.split(".")
        if parts[0] == "0":
            parts = [("conv1", "bn1")[int(parts[1])], *parts[2:]]
        elif parts[0] == "7":
            parts[0] = "fc"
        else:
            parts = [f"layer{parts[0]}", parts[1], renamed[parts[2]], *parts[3:]]
        state[".".join(parts)] = value
    ours.load_state_dict(state, strict=True)
    picture = torch.rand(2, 1, 96, 96)
    with torch.no_grad():
        assert torch.allclose(ours(picture), article(picture), atol=1e-5)


def test_d2l_shape_print():
    x = torch.rand(1, 1, 224, 224)
    expected = []
    for layer in d2l_resnet18():
        x = layer(x)
        expected.append(tuple(x.shape[1:]))
    names, shapes = zip(*stage_outputs(summarize("resnet18_d2l")), strict=True)
    assert names == ("stem", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc")
    assert list(shapes) == expected


def test_inception_block_as_printed():
    block = resnet.create("inception_block").eval()
    with torch.no_grad():
        out = block(torch.randn(1, 3, 32, 40))
    assert out.shape == (1, 288, 32, 40)
    assert (out < 0).any(), "there is no ReLU in it"
    assert not any(row.type == "relu" for row in summarize("inception_block").rows)


def test_v1_moves_the_stride_and_nothing_else():
    assert summarize("resnet50_v1").totals.params == summarize("resnet50").totals.params == 25_557_032
    block = compose("bottleneck", stride="1x1")(64, 32, stride=2)
    assert block.conv1.stride == (2, 2)
    assert block.conv2.stride == (1, 1)


def test_head_without_pooling_needs_a_last_map_of_one_pixel():
    net = resnet.create("resnet50_v1_flatten", num_classes=5).eval()
    pooled = resnet.create("resnet50_v1", num_classes=5).eval()
    pooled.load_state_dict(net.state_dict(), strict=True)
    pictures = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(net(pictures), pooled(pictures), atol=1e-6)  # an average of one pixel is that pixel
        chances = probabilities(net(pictures))
    assert torch.allclose(chances.sum(dim=1), torch.ones(2))
    with pytest.raises(resnet.UserError, match="Give at most 32 pixels"), torch.no_grad():
        net(torch.rand(2, 3, 64, 64))


def test_dilated_stages_do_not_halve():
    with torch.device("meta"):
        net = resnet.create("resnet50", head="flatten", replace_stride_with_dilation=[False, True, True]).eval()
        assert net(torch.empty(1, 3, 8, 8)).shape == (1, 1000)
        with pytest.raises(resnet.UserError, match="Give at most 8 pixels"):
            net(torch.empty(1, 3, 9, 8))


def test_relu_before_the_addition_trains_only_out_of_place():
    class AsPrinted(BasicBlock):
        def forward(self, x):
            out = self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))
            out += x  # overwrites what the in-place ReLU needs for its gradient
            return self.relu(out)

    torch.manual_seed(0)
    printed = AsPrinted(4, 4)
    mended = compose("basic", order="before")(4, 4)
    mended.load_state_dict(copy.deepcopy(printed.state_dict()))
    x = torch.rand(2, 4, 6, 6)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        printed(x).sum().backward()
    mended.load_state_dict(copy.deepcopy(printed.state_dict()))
    torch.testing.assert_close(mended.eval()(x), printed.eval()(x))
    mended.train()(x).sum().backward()
    assert mended.conv1.weight.grad.abs().sum() > 0
    assert (mended(x) >= x).all(), "such a block can only add"


def test_preactivation_leaves_a_clean_path():
    net = resnet.create("preact_resnet18").eval()
    for block in net.layer1:
        nn.init.zeros_(block.conv2.weight)
    x = torch.randn(1, 64, 8, 8)
    with torch.no_grad():
        assert torch.equal(net.layer1(x), x), "nothing on the way of x, not even a ReLU"


def padded(x: torch.Tensor) -> torch.Tensor:
    return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4))


# What a composed block adds up, written out from its inner layers: eight channels in, sixteen of half the size out.
COMPOSED = {
    ("padded", "before"): lambda block, x: (
        block.bn2(block.conv2(block.bn1(block.conv1(x)).relu())).relu() + padded(x)
    ).relu(),
    ("padded", "preactivation"): lambda block, x: (
        block.conv2(block.bn2(block.conv1(block.bn1(x).relu())).relu()) + padded(block.bn1(x).relu())
    ),
    ("none", "preactivation"): lambda block, x: block.conv2(block.bn2(block.conv1(block.bn1(x).relu())).relu()),
}


@pytest.mark.parametrize(("shortcut", "order"), list(COMPOSED))
def test_changes_of_a_block_add_up(shortcut, order):
    made = compose("basic", shortcut=shortcut, order=order)
    block = made(8, 16, 2, made.shortcut(8, 16, 2, nn.BatchNorm2d)).eval()
    x = torch.randn(2, 8, 6, 6)
    with torch.no_grad():
        torch.testing.assert_close(block(x), COMPOSED[shortcut, order](block, x))


def test_a_composed_block_is_one_class_that_pickle_finds():
    made = compose("bottleneck", shortcut="padded", order="before", stride="1x1")
    assert made is compose("bottleneck", shortcut="padded", order="before", stride="1x1")
    assert type(pickle.loads(pickle.dumps(made(8, 2)))) is made


@pytest.mark.parametrize(
    ("kind", "choices", "where"),
    [
        ("basic", {"stride": "1x1"}, "stride"),
        ("bottleneck", {"shortcut": "none", "order": "before"}, "order"),
        ("bottleneck", {"order": "sideways"}, "order"),
        ("wide", {}, "kind"),
    ],
)
def test_a_block_that_cannot_be_names_what_to_change(kind, choices, where):
    with pytest.raises(resnet.UserError) as refusal:
        compose(kind, **choices)
    assert refusal.value.where == where
    assert refusal.value.cure.startswith("Choose")


def test_plain_nets_are_their_twins_without_the_addition():
    for depth in (20, 32, 44, 56, 110):
        plain, residual = summarize(f"plain{depth}"), summarize(f"resnet{depth}")
        assert plain.totals.params == residual.totals.params
        assert plain.totals.macs == residual.totals.macs
        assert not any(row.type == "add" for row in plain.rows)
        assert sum(row.type == "add" for row in residual.rows) == (depth - 2) // 2


# He et al. 2015, table 6, in millions; to the digit as github.com/akamaster/pytorch_resnet_cifar10 counts option A.
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("resnet20", 269_722),
        ("resnet32", 464_154),
        ("resnet44", 658_586),
        ("resnet56", 853_018),
        ("resnet110", 1_727_962),
    ],
)
def test_small_nets_have_the_papers_parameters(name, params):
    assert summarize(name).totals.params == params


# The largest are compared with torchvision's elsewhere; of the rest, the deep and the wide take seconds.
SMALL_ENOUGH = [
    name for name, net in resnet.CATALOGUE.items() if net.fixed_side != 224 and "101" not in name and "152" not in name
]
LARGE = re.compile("(resnet|plain)(44|56|110)$|wide_|resnext")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if LARGE.match(name) else name for name in SMALL_ENOUGH]
)
def test_every_row_answers_and_learns(name):
    """One small step forward and back, at the smallest size the row takes."""
    net = resnet.CATALOGUE[name]
    side = net.fixed_side or net.min_side
    model = net.build()
    out = model(torch.rand(2, net.input_shape[0], side, side))
    if net.classes is not None:
        assert out.shape == (2, net.classes)
    out.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
