"""One table of named networks. Builders, drop-downs, command line and tests all iterate over it.

Parameter counts and operations of every row are checked in the tests: against torchvision's published figures where it
has the net, against `torch.utils.flop_counter` everywhere.
"""

from __future__ import annotations

import difflib
import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from torch import nn

from resnet import blocks, composing
from resnet.errors import UserError
from resnet.inputs import MAX_CHANNELS, MAX_CLASSES, checked_shape
from resnet.network import ResNet, StemName, smallest_side
from resnet.predecessors import FIXED_SIDE, VGG, AlexNet, GoogLeNet, InceptionBlock

HE_2015 = "He et al. 2015, arXiv 1512.03385"
HE_2016 = "He et al. 2016, arXiv 1603.05027"

# The groups in the order in which people meet them.
GROUPS = ("resnet", "wide", "variant", "small", "live", "predecessor")

# What makes a row that row: not for the caller to change.
_STRUCTURE = frozenset({"block", "layers", "stages", "batch_norm"})


@dataclass(frozen=True, slots=True)
class Net:
    """A row of the catalogue.

    Args:
        name: what `create` and the command line call it.
        title: what people call it.
        group: one of `GROUPS`; "custom" for a row that a `Design` made.
        source: where it was published.
        factory: the class, called with `arguments` and whatever the caller adds.
        input_shape: channels, height, width it was made for.
        classes: outputs it was made for; None for a block that classifies nothing.
        min_side: the smallest height and width at which every stage still has something to halve, in pixels.
        fixed_side: the only height and width it takes, in pixels; None for nets that take any.
    """

    name: str
    title: str
    group: str
    source: str
    factory: Callable[..., nn.Module]
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)  # a mapping has no hash; it counts in ==
    input_shape: tuple[int, int, int] = (3, 224, 224)
    classes: int | None = 1000
    min_side: int = field(kw_only=True)
    fixed_side: int | None = None

    def options(self) -> list[str]:
        """The keyword arguments that `create` accepts for this net."""
        return [name for name in inspect.signature(self.factory).parameters if name not in _STRUCTURE]

    def build(self, **kwargs: Any) -> nn.Module:
        """The network with freshly drawn weights, on PyTorch's current default device."""
        unknown = sorted(set(kwargs) - set(self.options()))
        if unknown:
            raise UserError(
                f"{self.title} has no option {unknown[0]!r}", cure=f"Choose from {', '.join(self.options())}"
            )
        defaults: dict[str, Any] = {"in_channels": self.input_shape[0]}
        if self.classes is not None:
            defaults["num_classes"] = self.classes
            check_classes(kwargs.get("num_classes", self.classes))
        check_channels(kwargs.get("in_channels", self.input_shape[0]))
        return self.factory(**{**defaults, **self.arguments, **kwargs})

    def check_input(self, shape: Sequence[int]) -> tuple[int, int, int]:
        """(C, H, W) if this net can work on it; else UserError with the sizes it takes."""
        channels, height, width = checked_shape(shape)
        if self.fixed_side is not None and (height, width) != (self.fixed_side, self.fixed_side):
            side = self.fixed_side
            raise UserError(
                f"{self.title} takes {side}x{side} pixels only, not {height}x{width}: it has no adaptive pooling "
                "before its first linear layer",
                where="input",
                cure=f"Use {channels},{side},{side}, or choose a ResNet, which takes any size",
            )
        if min(height, width) < self.min_side:
            raise UserError(
                f"{height}x{width} pixels are too few for {self.title}: a stage would have nothing left to halve",
                where="input",
                cure=f"Give at least {self.min_side} pixels each way",
            )
        return channels, height, width

    def takes(self, shape: Sequence[int]) -> bool:
        """Whether this net can work on (C, H, W)."""
        try:
            self.check_input(shape)
        except UserError:
            return False
        return True


def check_classes(classes: object) -> int:
    """The number of classes, if it is one.

    Raises:
        UserError: for anything but a whole number within the limits.
    """
    if isinstance(classes, bool) or not isinstance(classes, int) or not 1 <= classes <= MAX_CLASSES:
        raise UserError(f"{classes!r} classes are not possible", where="classes", cure=f"Choose 1 to {MAX_CLASSES}")
    return classes


def check_channels(channels: object) -> None:
    """Refuse what is no number of input channels.

    Raises:
        UserError: for anything but a whole number within the limits.
    """
    if isinstance(channels, bool) or not isinstance(channels, int) or not 1 <= channels <= MAX_CHANNELS:
        raise UserError(f"in_channels is {channels!r}", cure=f"Give 1 to {MAX_CHANNELS}: 3 for colour, 1 for grey")


def _resnet(
    name: str,
    title: str,
    block: type[blocks.Block],
    layers: tuple[int, ...],
    group: str = "resnet",
    source: str = HE_2015 + ", table 1",
    input_shape: tuple[int, int, int] = (3, 224, 224),
    classes: int = 1000,
    fixed_side: int | None = None,
    stem: StemName = "7x7",
    **arguments: Any,
) -> Net:
    return Net(
        name,
        title,
        group,
        source,
        ResNet,
        MappingProxyType({"block": block, "layers": layers, "stem": stem, **arguments}),
        input_shape,
        classes,
        min_side=smallest_side(stem, len(layers)),
        fixed_side=fixed_side,
    )


def _small(name: str, title: str, block: type[blocks.Block], depth: int) -> Net:
    """The paper's nets for CIFAR-10: 6n + 2 layers, three stages of 16, 32 and 64 channels."""
    layers = ((depth - 2) // 6,) * 3
    source = HE_2015 + ", section 4.2"
    return _resnet(name, title, block, layers, "small", source, (3, 32, 32), 10, width=16, stem="3x3")


def _live(name: str, title: str, layers: tuple[int, ...], width: int, side: int, stem: StemName = "3x3/2") -> Net:
    """Nets of ours, narrow enough to train on a laptop."""
    shape = (3, side, side)
    return _resnet(name, title, blocks.BasicBlock, layers, "live", "ResNet Lab", shape, 2, width=width, stem=stem)


def _vgg(name: str, title: str, stages: tuple[int, ...], batch_norm: bool = False) -> Net:
    arguments = MappingProxyType({"stages": stages, "batch_norm": batch_norm})
    source = "Simonyan and Zisserman 2014, arXiv 1409.1556"
    return Net(name, title, "predecessor", source, VGG, arguments, min_side=FIXED_SIDE, fixed_side=FIXED_SIDE)


_BASIC, _BOTTLENECK = blocks.BasicBlock, blocks.Bottleneck
_V1 = composing.compose("bottleneck", stride="1x1")
_PADDED, _PLAIN = composing.compose("basic", shortcut="padded"), composing.compose("basic", shortcut="none")
_18, _34, _50, _101, _152 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
_RESNEXT = "Xie et al. 2017, arXiv 1611.05431"
_WIDE = "Zagoruyko and Komodakis 2016, arXiv 1605.07146"
_D2L = "Zhang et al., Dive into Deep Learning, section 8.6"

_NETS = (
    _resnet("resnet18", "ResNet-18", _BASIC, _18),
    _resnet("resnet34", "ResNet-34", _BASIC, _34),
    _resnet("resnet50", "ResNet-50", _BOTTLENECK, _50),
    _resnet("resnet101", "ResNet-101", _BOTTLENECK, _101),
    _resnet("resnet152", "ResNet-152", _BOTTLENECK, _152),
    _resnet("resnext50_32x4d", "ResNeXt-50 32x4d", _BOTTLENECK, _50, "wide", _RESNEXT, groups=32, width_per_group=4),
    _resnet("resnext101_32x8d", "ResNeXt-101 32x8d", _BOTTLENECK, _101, "wide", _RESNEXT, groups=32, width_per_group=8),
    _resnet("resnext101_64x4d", "ResNeXt-101 64x4d", _BOTTLENECK, _101, "wide", _RESNEXT, groups=64, width_per_group=4),
    _resnet("wide_resnet50_2", "Wide ResNet-50-2", _BOTTLENECK, _50, "wide", _WIDE, width_per_group=128),
    _resnet("wide_resnet101_2", "Wide ResNet-101-2", _BOTTLENECK, _101, "wide", _WIDE, width_per_group=128),
    _resnet("resnet50_v1", "ResNet-50, paper's stride (v1)", _V1, _50, "variant"),
    _resnet("resnet101_v1", "ResNet-101, paper's stride (v1)", _V1, _101, "variant"),
    _resnet("resnet152_v1", "ResNet-152, paper's stride (v1)", _V1, _152, "variant"),
    _resnet(
        "resnet50_v1_flatten",
        "ResNet-50 (v1), head without pooling",
        _V1,
        _50,
        "variant",
        input_shape=(3, 32, 32),
        fixed_side=32,
        head="flatten",
    ),
    _resnet("plain18", "Plain-18, no shortcuts", _PLAIN, _18, "variant"),
    _resnet("plain34", "Plain-34, no shortcuts", _PLAIN, _34, "variant"),
    _resnet("preact_resnet18", "ResNet-18, pre-activation", blocks.PreActBasicBlock, _18, "variant", HE_2016),
    _resnet("preact_resnet50", "ResNet-50, pre-activation", blocks.PreActBottleneck, _50, "variant", HE_2016),
    _resnet(
        "resnet18_relu_before_add",
        "ResNet-18, ReLU before the addition",
        composing.compose("basic", order="before"),
        _18,
        "variant",
        HE_2016 + ", figure 4c",
    ),
    _resnet(
        "resnet18_d2l",
        "d2l ResNet-18",
        blocks.BiasedBasicBlock,
        _18,
        "variant",
        _D2L,
        input_shape=(1, 224, 224),
        classes=10,
    ),
    *(_small(f"resnet{depth}", f"ResNet-{depth}", _PADDED, depth) for depth in (20, 32, 44, 56, 110)),
    *(_small(f"plain{depth}", f"Plain-{depth}", _PLAIN, depth) for depth in (20, 32, 44, 56, 110)),
    _live("resnet10_w16", "ResNet-10, width 16", (1, 1, 1, 1), width=16, side=32),
    _live("resnet10_w24", "ResNet-10, width 24", (1, 1, 1, 1), width=24, side=48),
    _live("resnet18_w32", "ResNet-18, width 32", (2, 2, 2, 2), width=32, side=64),
    _live("resnet18_w40", "ResNet-18, width 40", (2, 2, 2, 2), width=40, side=128, stem="two 3x3"),
    Net(
        "alexnet",
        "AlexNet",
        "predecessor",
        "Krizhevsky 2014, arXiv 1404.5997",
        AlexNet,
        min_side=FIXED_SIDE,
        fixed_side=FIXED_SIDE,
    ),
    _vgg("vgg11", "VGG-11", (1, 1, 2, 2, 2)),
    _vgg("vgg13", "VGG-13", (2, 2, 2, 2, 2)),
    _vgg("vgg16", "VGG-16", (2, 2, 3, 3, 3)),
    _vgg("vgg16_bn", "VGG-16 with batch norm", (2, 2, 3, 3, 3), batch_norm=True),
    _vgg("vgg19", "VGG-19", (2, 2, 4, 4, 4)),
    Net(
        "googlenet",
        "GoogLeNet",
        "predecessor",
        "Szegedy et al. 2014, arXiv 1409.4842",
        GoogLeNet,
        min_side=31,  # 31 -> 16 -> 8 -> 4 -> 2 -> 1: its pools round up, but the stem's convolution does not
    ),
    Net(
        "inception_block",
        "Inception block",
        "predecessor",
        "after Inception v3: Szegedy et al. 2015, arXiv 1512.00567, figure 5",
        InceptionBlock,
        classes=None,
        min_side=3,  # the 3x3 average pool needs a whole window
    ),
)

CATALOGUE: Mapping[str, Net] = MappingProxyType({net.name: net for net in _NETS})


def find(name: str) -> Net:
    """The row of that name; for a design, written as `resnet.design.as_text` does, a row of that name as well.

    Raises:
        UserError: naming the nearest rows; or the design makes no sense.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    from resnet.design import PREFIX, as_text, from_text  # late: it builds on this module

    if str(name).startswith(PREFIX):
        design = from_text(name)
        return replace(design.net(), name=as_text(design))
    near = _nearest(str(name).lower())
    hint = f"Try {' or '.join(near)}" if near else "`python -m resnet list` names them all"
    raise UserError(f"There is no net called {name!r}", where="net", cure=hint)


def _nearest(name: str) -> list[str]:
    """Up to two rows that may have been meant: among those spelt alike, those whose number begins alike come first."""
    if name in CATALOGUE:
        return [name]
    near = difflib.get_close_matches(name, CATALOGUE, n=8, cutoff=0.5)
    near.sort(key=lambda row: _number(row)[:1] != _number(name)[:1])
    return near[:2]


def _number(name: str) -> str:
    """The first digits of a name: "50" of "wide_resnet50_2"."""
    found = re.search(r"\d+", name)
    return found.group() if found else ""


def create(
    name: str,
    *,
    weights: str | os.PathLike[str] | None = None,
    tell: Callable[[str], None] | None = None,
    **kwargs: Any,
) -> nn.Module:
    """Build a network of the catalogue.

    Args:
        name: a key of `CATALOGUE`, such as "resnet50".
        weights: "imagenet"; "hub:OWNER/NAME", a repository of the Hugging Face Hub; or the path of a safetensors file
            or a run's folder. Freshly drawn where left out.
        tell: called with a sentence before weights are downloaded; left out, it is printed to standard error.
        kwargs: `num_classes`, `in_channels` and what else the net has (`Net.options`).

    Raises:
        UserError: unknown name, unknown option, a combination that cannot be built, or weights that cannot be had or
            are of another net.
    """
    net = find(name)
    if weights is None:
        return net.build(**kwargs)
    from resnet.pretrained import load  # late: it builds on this module

    return load(net, weights, tell=tell, **kwargs)
