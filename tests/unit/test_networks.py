"""Our networks against torchvision's: same names, same initialisation, bit-equal outputs."""

import pytest
import torch
import torchvision
from torch import nn

import resnet

RESNETS = [
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "wide_resnet50_2",
    "wide_resnet101_2",
]
PREDECESSORS = ["alexnet", "vgg11", "vgg13", "vgg16", "vgg16_bn", "vgg19", "googlenet"]
LARGE = (
    "resnet101",
    "resnet152",
    "wide_resnet50_2",
    "wide_resnet101_2",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg16_bn",
    "vgg19",
)
SMALL = (33, 49)  # odd, not square, and 2 x 2 after the last stage
OPTIONS = {"googlenet": {"aux_logits": False, "init_weights": True}}


def ours_and_theirs(name: str, **kwargs) -> tuple[nn.Module, nn.Module]:
    """Ours is made without weights, since it is given torchvision's."""
    with torch.device("meta"):
        ours = resnet.create(name, **kwargs)
    ours, other = ours.to_empty(device="cpu"), theirs(name, **kwargs)
    ours.load_state_dict(other.state_dict(), strict=True)
    return ours, other


def theirs(name: str, **kwargs) -> nn.Module:
    return torchvision.models.get_model(name, **OPTIONS.get(name, {}), **kwargs)


def slow_if_large(names: list[str]) -> list:
    return [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in names]


def assert_same_answers(ours: nn.Module, other: nn.Module, *sizes: tuple[int, int]) -> None:
    for size in sizes:
        pictures = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            for training in (False, True):
                ours.train(training)
                other.train(training)
                torch.manual_seed(2)  # dropout draws
                answer = ours(pictures)
                torch.manual_seed(2)
                assert torch.equal(answer, other(pictures)), f"{size}, training={training}"
    for name, value in other.state_dict().items():  # running statistics too
        assert torch.equal(ours.state_dict()[name], value), name


@pytest.mark.parametrize("name", slow_if_large(RESNETS))
@pytest.mark.slow
def test_weights_pass_both_ways_and_answers_are_bit_equal(name):
    ours, other = ours_and_theirs(name)
    other.load_state_dict(ours.state_dict(), strict=True)
    assert_same_answers(ours, other, SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*RESNETS, "googlenet"])
def test_bit_equal_at_224(name):
    assert_same_answers(*ours_and_theirs(name), (224, 224))


@pytest.mark.parametrize("name", slow_if_large(PREDECESSORS))
def test_predecessors_are_torchvisions(name):
    ours, other = ours_and_theirs(name)
    other.load_state_dict(ours.state_dict(), strict=True)
    # torchvision's adaptive pooling is the identity at 224; GoogLeNet takes odd sizes too
    assert_same_answers(ours, other, SMALL if name == "googlenet" else (224, 224))


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_equal_seeds_draw_equal_weights(name):
    torch.manual_seed(3)
    ours = resnet.create(name, zero_init_residual=True)
    torch.manual_seed(3)
    other = theirs(name, zero_init_residual=True)
    assert all(torch.equal(a, b) for a, b in zip(ours.state_dict().values(), other.state_dict().values(), strict=True))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet50", {"replace_stride_with_dilation": [False, True, True]}),
        ("resnet50", {"groups": 4, "width_per_group": 8}),
        ("resnet18", {"num_classes": 7, "norm_layer": lambda channels: nn.GroupNorm(4, channels)}),
        ("resnet34", {"zero_init_residual": True}),
    ],
)
@pytest.mark.slow
def test_every_option_means_what_it_means_in_torchvision(name, options):
    assert_same_answers(*ours_and_theirs(name, **options), SMALL)


def test_zero_init_makes_every_block_the_identity():
    net = resnet.create("resnet18", zero_init_residual=True).eval()
    x = torch.rand(1, 64, 8, 8)
    with torch.no_grad():
        assert torch.equal(net.layer1(x), x)


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("resnet18", {"groups": 2}, "bottleneck"),
        ("resnet34", {"width_per_group": 128}, "bottleneck"),
        ("resnet18", {"replace_stride_with_dilation": [False, True, False]}, "bottleneck"),
        ("resnet50", {"replace_stride_with_dilation": [True]}, "Give 3"),
        ("resnet50", {"replace_stride_with_dilation": True}, "Give 3"),
        ("resnet50", {"stem": "5x5"}, "7x7"),
        ("resnet50", {"head": "none"}, "pool"),
        ("vgg16", {"in_channels": -1}, "3 for colour"),
        ("alexnet", {"in_channels": 0}, "3 for colour"),
        ("resnet50", {"num_classes": 0}, "Choose 1 to"),
        ("resnet50", {"in_channels": -1}, "3 for colour"),
        ("resnet50", {"width_per_group": 0}, "at least 1"),
        ("plain18", {"zero_init_residual": True}, "Leave it off"),
        ("resnet50", {"colour": "red"}, "Choose from"),
        ("alexnet", {"groups": 2}, "Choose from num_classes, in_channels"),
    ],
)
def test_impossible_combinations_name_the_cure(name, options, says):
    with pytest.raises(resnet.UserError, match=says) as refusal:
        resnet.create(name, **options)
    assert refusal.value.what
    assert refusal.value.cure


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("resnet_18", "Try resnet18 or "),
        ("RESNET50", "Try resnet50."),
        ("ResNet-50", "Try resnet50 or "),
        ("zzz", "list"),
    ],
)
def test_unknown_name_suggests_the_nearest(name, hint):
    with pytest.raises(ValueError, match=hint):
        resnet.create(name)
