"""The building blocks of residual networks, and the variants people argue about.

Every block is called like torchvision's: `Block(in_planes, planes, stride, downsample, groups, base_width, dilation,
norm_layer)`, maps N x in_planes x H x W to N x (planes * expansion) x H/stride x W/stride, and uses torchvision's
parameter names (conv1, bn1, ..., downsample), so that weights pass between the two libraries.

Sources
    He et al. 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385 (figures 2, 3 and 5; section 3.3)
    He et al. 2016, "Identity Mappings in Deep Residual Networks", arXiv 1603.05027 (figure 4: order of operations)
    Xie et al. 2017, "Aggregated Residual Transformations", arXiv 1611.05431 (groups)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from resnet.errors import UserError

NormLayer = Callable[[int], nn.Module]


def conv3x3(
    in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1, bias: bool = False
) -> nn.Conv2d:
    """3x3 convolution whose padding keeps the size: with stride 1 the map stays H x W, with stride 2 it halves."""
    return nn.Conv2d(in_planes, out_planes, 3, stride, padding=dilation, dilation=dilation, groups=groups, bias=bias)


def conv1x1(in_planes: int, out_planes: int, stride: int = 1, bias: bool = False) -> nn.Conv2d:
    """1x1 convolution: mixes channels at each place, looks at no neighbour."""
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=bias)


# --- Shortcuts: what carries x to the addition when x and F(x) differ in shape (paper, section 3.3) ------------------


class PaddedShortcut(nn.Module):
    """Option A of the paper: keep every second pixel and fill the new channels with zeros. No parameters."""

    def __init__(self, in_planes: int, out_planes: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.before = (out_planes - in_planes) // 2
        self.after = out_planes - in_planes - self.before

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after))


# --- Two convolutions of 3x3 (paper, figure 5 left): ResNet-18 and -34 -----------------------------------------------


class BasicBlock(nn.Module):
    """conv3x3 - norm - ReLU - conv3x3 - norm, plus the shortcut, then ReLU.

    #: A block learns the *difference* from its input: with its last norm at zero it passes x on unchanged.
    """

    expansion: ClassVar[int] = 1
    bias: ClassVar[bool] = False
    preactivation: ClassVar[bool] = False
    last_norm: ClassVar[str] = "bn2"  # the norm that `zero_init_residual` sets to zero; "" where none ends the branch

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module | None:
        """What carries x where F(x) has another shape: option B, a 1x1 convolution with its own norm."""
        return nn.Sequential(conv1x1(in_planes, out_planes, stride), norm_layer(out_planes))

    def __init__(
        self,
        in_planes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: NormLayer = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        if groups != 1 or base_width != 64:
            raise UserError(
                f"A block of two 3x3 convolutions has no inner width to set (groups={groups}, "
                f"width_per_group={base_width})",
                cure="Use a net of bottleneck blocks (50 layers and more) or leave groups=1 and width_per_group=64",
            )
        if dilation > 1:
            raise UserError(
                "A block of two 3x3 convolutions is not defined with dilation",
                cure="Use a net of bottleneck blocks (50 layers and more) or leave replace_stride_with_dilation off",
            )
        self.conv1 = conv3x3(in_planes, planes, stride, bias=self.bias)
        self.bn1 = norm_layer(in_planes if self.preactivation else planes)
        self.relu = nn.ReLU(inplace=not self.preactivation)  # there the norm may hand over x itself, which is needed
        self.conv2 = conv3x3(planes, planes, bias=self.bias)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class BiasedBasicBlock(BasicBlock):
    """d2l's residual block: every convolution has a bias, and the projection has no norm of its own."""

    bias = True

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module:
        """A 1x1 convolution with a bias and without norm."""
        return conv1x1(in_planes, out_planes, stride, bias=True)


class PaddedBasicBlock(BasicBlock):
    """The block of the paper's CIFAR-10 nets (section 4.2): parameter-free shortcuts throughout."""

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module:
        """Option A: no parameters."""
        return PaddedShortcut(in_planes, out_planes, stride)


class PlainBasicBlock(BasicBlock):
    """The same two convolutions without any shortcut: what a residual net is measured against (paper, section 4.1)."""

    last_norm = ""

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> None:
        """There is none: nothing goes past the convolutions."""

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)))


class ReluBeforeAddBasicBlock(BasicBlock):
    """A further ReLU on the branch before the addition, so a block can only ever add (He 2016, figure 4c).

    #: Written with an in-place ReLU followed by `out += x` this cannot be trained: ReLU's gradient is computed from its
    #: own *output*, and the in-place addition has overwritten it. After a batch norm, whose gradient needs its input,
    #: the in-place addition does no harm. So the addition here makes a new tensor.
    """

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = out + (x if self.downsample is None else self.downsample(x))
        return self.relu(out)


class PreActBasicBlock(BasicBlock):
    """norm - ReLU - conv3x3, twice, and nothing after the addition: x passes through unchanged (He 2016, figure 4e)."""

    preactivation = True
    last_norm = ""

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module:
        """Without norm: the input is normalised already."""
        return conv1x1(in_planes, out_planes, stride)

    def forward(self, x: Tensor) -> Tensor:
        ready = self.relu(self.bn1(x))
        out = self.conv1(ready)
        out = self.conv2(self.relu(self.bn2(out)))
        out += x if self.downsample is None else self.downsample(ready)
        return out


# --- 1x1, 3x3, 1x1 (paper, figure 5 right): ResNet-50 and deeper -----------------------------------------------------


class Bottleneck(nn.Module):
    """conv1x1 down - conv3x3 - conv1x1 up to four times `planes`, plus the shortcut, then ReLU.

    The stride sits in the 3x3 convolution (often called v1.5, as in torchvision); the paper has it in the first 1x1,
    see `BottleneckV1`. With groups and base_width this is the block of ResNeXt and Wide ResNet.
    """

    expansion: ClassVar[int] = 4
    bias: ClassVar[bool] = False
    preactivation: ClassVar[bool] = False
    stride_first: ClassVar[bool] = False
    last_norm: ClassVar[str] = "bn3"
    shortcut = staticmethod(BasicBlock.shortcut)

    def __init__(
        self,
        in_planes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: NormLayer = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        width = int(planes * (base_width / 64.0)) * groups
        if width < 1:
            raise UserError(
                f"width_per_group={base_width} leaves a block of {planes} planes without inner channels",
                cure=f"Give at least {-(-64 // planes)}",
            )
        stride1, stride2 = (stride, 1) if self.stride_first else (1, stride)
        self.conv1 = conv1x1(in_planes, width, stride1)
        self.bn1 = norm_layer(in_planes if self.preactivation else width)
        self.conv2 = conv3x3(width, width, stride2, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(width if self.preactivation else planes * self.expansion)
        self.relu = nn.ReLU(inplace=not self.preactivation)  # there the norm may hand over x itself, which is needed
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class BottleneckV1(Bottleneck):
    """The paper's bottleneck: the stride is in the first 1x1, so three pixels of four are dropped unseen.

    #: This is why the paper counts 3.8 billion multiply-adds for ResNet-50 and torchvision 4.1: with the stride in the
    #: 3x3, the first 1x1 of each stage still works at the larger size.
    """

    stride_first = True


class PreActBottleneck(Bottleneck):
    """norm - ReLU - conv, three times, and nothing after the addition (He 2016, figure 4e, bottleneck form)."""

    preactivation = True
    last_norm = ""
    shortcut = staticmethod(PreActBasicBlock.shortcut)

    def forward(self, x: Tensor) -> Tensor:
        ready = self.relu(self.bn1(x))
        out = self.conv1(ready)
        out = self.conv2(self.relu(self.bn2(out)))
        out = self.conv3(self.relu(self.bn3(out)))
        out += x if self.downsample is None else self.downsample(ready)
        return out


Block = BasicBlock | Bottleneck
