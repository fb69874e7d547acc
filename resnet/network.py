"""ResNet: a stem that shrinks the picture, stages of blocks that work on it, a head that decides.

Shapes in comments: N pictures, C channels, H x W pixels, K classes.
Source: He et al. 2015, arXiv 1512.03385, table 1; parameter names and initialisation as in torchvision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

import torch
from torch import Tensor, nn

from resnet.blocks import BasicBlock, Block, Bottleneck, NormLayer
from resnet.errors import UserError

StemName = Literal["7x7", "3x3", "3x3/2", "two 3x3"]
HeadName = Literal["pool", "flatten"]
HEADS: tuple[HeadName, ...] = get_args(HeadName)


@dataclass(frozen=True, slots=True)
class Stem:
    """How a picture enters: one convolution or two, with or without the max-pool after it."""

    kernel: int
    stride: int
    pool: bool
    side: int  # height and width, in pixels, of the pictures it suits
    deep: bool = False  # two convolutions: the first with the stride and half the channels

    def convolution(self, in_channels: int, width: int, norm_layer: NormLayer, bias: bool) -> nn.Module:
        """N x in_channels x H x W -> N x width x H/stride x W/stride, without the norm and ReLU that follow."""
        padding = self.kernel // 2
        if not self.deep:
            return nn.Conv2d(in_channels, width, self.kernel, self.stride, padding, bias=bias)
        half = max(1, width // 2)
        return nn.Sequential(
            nn.Conv2d(in_channels, half, self.kernel, self.stride, padding, bias=bias),
            norm_layer(half),
            nn.ReLU(inplace=True),
            nn.Conv2d(half, width, self.kernel, padding=padding, bias=bias),
        )


STEMS: dict[StemName, Stem] = {
    "7x7": Stem(kernel=7, stride=2, pool=True, side=224),  # the paper's: 4 times smaller before the first block
    "3x3": Stem(kernel=3, stride=1, pool=False, side=32),  # the paper's for CIFAR-10: keeps every pixel
    "3x3/2": Stem(kernel=3, stride=2, pool=False, side=64),  # between the two, for training live at 48 to 96 px
    # The 7x7 in smaller steps, as in Inception and in ResNet-C (He et al. 2018, arXiv 1812.01187, which has three).
    "two 3x3": Stem(kernel=3, stride=2, pool=True, side=128, deep=True),
}


def halvings(stem: StemName, stages: int) -> int:
    """How often the map is halved between picture and head: by the stem, and by each stage but the first."""
    entry = STEMS[stem]
    return (entry.stride == 2) + entry.pool + stages - 1


def smallest_side(stem: StemName, stages: int) -> int:
    """The smallest height and width, in pixels, at which each halving still has something to halve.

    A halving rounds up, so five of them take 17 -> 9 -> 5 -> 3 -> 2 -> 1, where 16 would reach 1 one too early.
    """
    return 2 ** halvings(stem, stages) // 2 + 1


class ResNet(nn.Module):
    """A residual network.  N x in_channels x H x W  ->  N x num_classes (logits: softmax is left to the caller).

    The first eight arguments are torchvision's, in its order; what follows the star is ours.

    Args:
        block: a class of `resnet.blocks`, or of `resnet.composing`.
        layers: how many blocks each stage has; (3, 4, 6, 3) is ResNet-50.
        zero_init_residual: start every block as the identity (last norm of each branch at zero; Goyal et al. 2017).
        groups, width_per_group: the inner width of bottleneck blocks (ResNeXt, Wide ResNet).
        replace_stride_with_dilation: for each stage after the first, dilate instead of shrinking.
        norm_layer: called with a number of channels; batch norm unless given.
        in_channels: 3 for colour, 1 for grey.
        width: channels of the first stage; each later stage doubles them.
        stem: how the picture enters, a key of `STEMS`.
        head: "pool" averages the last map; "flatten" does not, and so needs a last map of 1x1.

    Raises:
        UserError: for combinations that cannot be built, naming what to change.
    """

    def __init__(
        self,
        block: type[Block],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: NormLayer | None = None,
        *,
        in_channels: int = 3,
        width: int = 64,
        stem: StemName = "7x7",
        head: HeadName = "pool",
    ) -> None:
        super().__init__()
        if stem not in STEMS:
            raise UserError(f"There is no stem {stem!r}", cure=f"Choose one of {', '.join(STEMS)}")
        if head not in HEADS:
            raise UserError(f"There is no head {head!r}", cure=f"Choose one of {', '.join(HEADS)}")
        if replace_stride_with_dilation is None:
            replace_stride_with_dilation = [False] * (len(layers) - 1)
        _check(block, layers, num_classes, groups, width_per_group, replace_stride_with_dilation, in_channels, width)
        if zero_init_residual and not block.last_norm:
            raise UserError(
                f"zero_init_residual needs a norm at the end of each branch, which {block.__name__} has not",
                cure="Leave it off for this kind of block",
            )
        norm_layer = norm_layer or nn.BatchNorm2d
        entry = STEMS[stem]
        self._plan = _StagePlan(block, groups, width_per_group, norm_layer, planes=width)

        self.conv1 = entry.convolution(in_channels, width, norm_layer, block.bias)
        # Pre-activation blocks bring their own norm and ReLU, so theirs is a stem of one bare convolution.
        self.bn1 = nn.Identity() if block.preactivation else norm_layer(width)
        self.relu = nn.Identity() if block.preactivation else nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1) if entry.pool else nn.Identity()
        for number, depth in enumerate(layers, start=1):
            dilate = number > 1 and replace_stride_with_dilation[number - 2]
            stage = self._plan.stage(width * 2 ** (number - 1), depth, stride=1 if number == 1 else 2, dilate=dilate)
            self.add_module(f"layer{number}", stage)
        self.stage_names = tuple(f"layer{number}" for number in range(1, len(layers) + 1))
        if block.preactivation:  # ... and the last sum has nobody after it to activate it (He 2016, section 3)
            self.bn_last = norm_layer(self._plan.planes)
            self.relu_last = nn.ReLU(inplace=True)
        self.preactivation = block.preactivation
        self.head = head
        self.halvings = halvings(stem, len(layers)) - sum(replace_stride_with_dilation)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1)) if head == "pool" else nn.Identity()
        self.fc = nn.Linear(self._plan.planes, num_classes)
        self._initialise(zero_init_residual)

    def _initialise(self, zero_init_residual: bool) -> None:
        """He initialisation of convolutions, as torchvision draws it: equal seeds give equal weights."""
        if self.fc.weight.is_meta:
            return  # only the shapes are wanted
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
                nn.init.constant_(module.weight, 1)
                nn.init.constant_(module.bias, 0)
        if zero_init_residual:
            for module in self.modules():
                if isinstance(module, BasicBlock | Bottleneck):
                    norm = getattr(module, module.last_norm)
                    if norm.weight is not None:
                        nn.init.constant_(norm.weight, 0)

    def stages(self) -> Iterator[nn.Module]:
        """layer1, layer2, ... in the order of execution."""
        return (cast(nn.Module, getattr(self, name)) for name in self.stage_names)

    def forward(self, x: Tensor) -> Tensor:
        # Comments follow ResNet-50 at 224x224.
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))  # N x 3 x 224 x 224 -> N x 64 x 56 x 56
        for stage in self.stages():  # -> 256 x 56 x 56 -> 512 x 28 x 28 -> 1024 x 14 x 14 -> 2048 x 7 x 7
            x = stage(x)
        if self.preactivation:
            x = self.relu_last(self.bn_last(x))
        x = self.avgpool(x)  # N x 2048 x 1 x 1: one number a channel, wherever in the picture it was found
        if self.head == "flatten" and x.shape[2:] != (1, 1):
            raise UserError(
                f"The head does not pool, so the last map has to be 1x1, and here it is {x.shape[2]}x{x.shape[3]}",
                where="input",
                cure=f"Give at most {2**self.halvings} pixels each way, or choose the head that pools",
            )
        return self.fc(torch.flatten(x, 1))  # N x K


class _StagePlan:
    """What the stages have in common, and how far the stack has come: channels so far, dilation so far."""

    def __init__(
        self, block: type[Block], groups: int, width_per_group: int, norm_layer: NormLayer, *, planes: int
    ) -> None:
        self.block, self.groups, self.width_per_group, self.norm_layer = block, groups, width_per_group, norm_layer
        self.planes = planes
        self.dilation = 1

    def stage(self, planes: int, depth: int, *, stride: int, dilate: bool) -> nn.Sequential:
        """`depth` blocks; the first one shrinks the map and changes the channels, so only it may need a projection."""
        first_dilation = self.dilation
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        out_planes = planes * self.block.expansion
        downsample = None
        if stride != 1 or self.planes != out_planes:
            downsample = self.block.shortcut(self.planes, out_planes, stride, self.norm_layer)
        blocks = [self._block(planes, stride, downsample, first_dilation)]
        self.planes = out_planes
        blocks += [self._block(planes, 1, None, self.dilation) for _ in range(1, depth)]
        return nn.Sequential(*blocks)

    def _block(self, planes: int, stride: int, downsample: nn.Module | None, dilation: int) -> nn.Module:
        return self.block(
            self.planes, planes, stride, downsample, self.groups, self.width_per_group, dilation, self.norm_layer
        )


def _check(
    block: type[Block],
    layers: Sequence[int],
    num_classes: int,
    groups: int,
    width_per_group: int,
    replace_stride_with_dilation: Sequence[bool],
    in_channels: int,
    width: int,
) -> None:
    numbers = {
        "num_classes": num_classes,
        "groups": groups,
        "width_per_group": width_per_group,
        "in_channels": in_channels,
        "width": width,
    }
    for name, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UserError(f"{name} is {value!r}", cure=f"Give {name} as a whole number of at least 1")
    if not layers or any(not isinstance(depth, int) or depth < 1 for depth in layers):
        raise UserError(f"layers is {list(layers)!r}", cure="Give at least one block for each stage, such as 2,2,2,2")
    if not isinstance(replace_stride_with_dilation, Sequence) or len(replace_stride_with_dilation) != len(layers) - 1:
        raise UserError(
            f"replace_stride_with_dilation is {replace_stride_with_dilation!r}",
            cure=f"Give {len(layers) - 1} times true or false, once for each stage after the first",
        )
    if any(replace_stride_with_dilation) and issubclass(block, BasicBlock):
        raise UserError(
            "A block of two 3x3 convolutions is not defined with dilation",
            cure="Use bottleneck blocks (50 layers and more) or leave replace_stride_with_dilation off",
        )


def probabilities(logits: Tensor) -> Tensor:
    """N x K logits -> N x K probabilities that sum to 1 over the classes.

    #: A softmax belongs here, outside `forward`: cross-entropy takes logits and applies its own, and a softmax of a
    #: softmax flattens the gradient that training lives on.
    """
    return logits.softmax(dim=1)
