"""The building blocks of residual networks, and the variants people argue about.

A block is one of two kinds, `BasicBlock` or `Bottleneck`. The variants each change one thing about either kind: "no
shortcut" is written once and holds for both. `resnet.composing` puts them together.

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


# --- What all blocks share: the shortcut and the addition (paper, figure 2) ------------------------------------------


class _Residual(nn.Module):
    """F(x) + x. Which F it is, the two kinds of block below say."""

    expansion: ClassVar[int]  # a block puts out this many times `planes` channels
    last_norm: ClassVar[str]  # the norm that `zero_init_residual` sets to zero; "" where none ends the branch
    bias: ClassVar[bool] = False
    preactivation: ClassVar[bool] = False
    stride_first: ClassVar[bool] = False
    downsample: nn.Module | None
    relu: nn.ReLU

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module | None:
        """What carries x where F(x) has another shape: option B, a 1x1 convolution with its own norm (section 3.3)."""
        return nn.Sequential(conv1x1(in_planes, out_planes, stride), norm_layer(out_planes))

    def add(self, out: Tensor, x: Tensor) -> Tensor:
        """`out` is F(x); the shortcut carries x, or its projection."""
        return self.join(out, x if self.downsample is None else self.downsample(x))

    def join(self, residual: Tensor, shortcut: Tensor) -> Tensor:
        """The sum takes the place of F(x), which has done its work."""
        residual += shortcut
        return residual


# --- Two convolutions of 3x3 (paper, figure 5 left): ResNet-18 and -34 -----------------------------------------------


class BasicBlock(_Residual):
    """conv3x3 - norm - ReLU - conv3x3 - norm, plus the shortcut, then ReLU.

    #: A block learns the *difference* from its input: with its last norm at zero it passes x on unchanged.
    """

    expansion = 1
    last_norm = "bn2"

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
        return self.relu(self.add(out, x))


class BiasedBasicBlock(BasicBlock):
    """d2l's residual block: every convolution has a bias, and the projection has no norm of its own."""

    bias = True

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module:
        """A 1x1 convolution with a bias and without norm."""
        return conv1x1(in_planes, out_planes, stride, bias=True)


# --- 1x1, 3x3, 1x1 (paper, figure 5 right): ResNet-50 and deeper -----------------------------------------------------


class Bottleneck(_Residual):
    """conv1x1 down - conv3x3 - conv1x1 up to four times `planes`, plus the shortcut, then ReLU.

    The stride sits in the 3x3 convolution (often called v1.5, as in torchvision); the paper has it in the first 1x1,
    see `PaperStride`. With groups and base_width this is the block of ResNeXt and Wide ResNet.
    """

    expansion = 4
    last_norm = "bn3"

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
        return self.relu(self.add(out, x))


# --- Norm and ReLU before each convolution, nothing after the addition (He 2016, figure 4e) --------------------------


class _PreActivation(_Residual):
    """x passes through unchanged: not even a ReLU stands in its way."""

    preactivation = True
    last_norm = ""

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module | None:
        """Option B without norm: what goes in is normalised already."""
        return conv1x1(in_planes, out_planes, stride)


class PreActBasicBlock(_PreActivation, BasicBlock):
    """norm - ReLU - conv3x3, twice, plus the shortcut."""

    def forward(self, x: Tensor) -> Tensor:
        ready = self.relu(self.bn1(x))
        out = self.conv1(ready)
        out = self.conv2(self.relu(self.bn2(out)))
        return self.add(out, x if self.downsample is None else ready)


class PreActBottleneck(_PreActivation, Bottleneck):
    """norm - ReLU - conv, three times, plus the shortcut."""

    def forward(self, x: Tensor) -> Tensor:
        ready = self.relu(self.bn1(x))
        out = self.conv1(ready)
        out = self.conv2(self.relu(self.bn2(out)))
        out = self.conv3(self.relu(self.bn3(out)))
        return self.add(out, x if self.downsample is None else ready)


# --- One thing changed, for either kind ------------------------------------------------------------------------------


class PaddedShortcut(nn.Module):
    """Option A of the paper: keep every second pixel and fill the new channels with zeros. No parameters."""

    def __init__(self, in_planes: int, out_planes: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.before = (out_planes - in_planes) // 2
        self.after = out_planes - in_planes - self.before

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after))


class Padded(_Residual):
    """Parameter-free shortcuts throughout, as in the paper's CIFAR-10 nets (section 4.2)."""

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module | None:
        """Option A: no parameters."""
        return PaddedShortcut(in_planes, out_planes, stride)


class Plain(_Residual):
    """The same convolutions without any shortcut: what a residual net is measured against (paper, section 4.1)."""

    last_norm = ""

    @staticmethod
    def shortcut(in_planes: int, out_planes: int, stride: int, norm_layer: NormLayer) -> nn.Module | None:
        """There is none: nothing goes past the convolutions."""
        return None

    def add(self, out: Tensor, x: Tensor) -> Tensor:
        """Nothing is added: F(x) is all there is."""
        return out


class ReluBeforeAdd(_Residual):
    """A further ReLU on the branch before the addition, so a block can only ever add (He 2016, figure 4c).

    #: Written with an in-place ReLU followed by `out += x` this cannot be trained: ReLU's gradient is computed from its
    #: own *output*, and the in-place addition has overwritten it. After a batch norm, whose gradient needs its input,
    #: the in-place addition does no harm. So the addition here makes a new tensor.
    """

    def add(self, out: Tensor, x: Tensor) -> Tensor:
        """ReLU(F(x)) + x."""
        return super().add(self.relu(out), x)

    def join(self, residual: Tensor, shortcut: Tensor) -> Tensor:
        """The sum is a new tensor, which leaves ReLU(F(x)) as it is."""
        return residual + shortcut


class PaperStride(_Residual):
    """The paper's bottleneck (v1): the stride is in the first 1x1, so three pixels of four are dropped unseen.

    #: This is why the paper counts 3.8 billion multiply-adds for ResNet-50 and torchvision 4.1: with the stride in the
    #: 3x3, the first 1x1 of each stage still works at the larger size.
    """

    stride_first = True


Block = BasicBlock | Bottleneck  # what a stage is made of, whatever was changed about it
