"""What others published about nets of the catalogue: accuracies, and the paper's own count of operations.

Nothing here was measured by us. Every figure stands beside how it was measured and who printed it, because one crop
and ten crops of the same picture, or ImageNet and CIFAR-10, are not the same examination.

Sources
    torchvision: `weights.meta["_metrics"]` of IMAGENET1K_V1; the tests compare each figure with the installed package
    He et al. 2015, arXiv 1512.03385: tables 1 (FLOPs), 2 and 3 (ten crops), 6 (CIFAR-10); printed as errors
    He et al. 2016, github.com/KaimingHe/deep-residual-networks: one crop of the paper's own nets; printed as errors
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from resnet.catalogue import CATALOGUE, Net

Measure = Literal["one_crop", "ten_crops", "cifar10"]
#: one_crop: ImageNet validation, shorter side 256, the 224x224 pixels in its middle
#: ten_crops: ImageNet validation, the mean over corners, centre and their mirror images
#: cifar10: the test pictures of CIFAR-10, whole
MEASURES: tuple[Measure, ...] = get_args(Measure)

Note = Literal["", "newer_recipe", "ported", "option_a", "their_test"]

TORCHVISION = "torchvision, IMAGENET1K_V1"
HE_RELEASE = "He et al. 2016, github.com/KaimingHe/deep-residual-networks"
HE_TABLE_2 = "He et al. 2015, table 2"
HE_TABLE_3 = "He et al. 2015, table 3"
HE_TABLE_6 = "He et al. 2015, table 6"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One published accuracy.

    Args:
        net: a name of the catalogue.
        measure: how it was measured, one of `MEASURES`.
        top1: percent of the pictures whose class was the first answer.
        top5: percent of the pictures whose class was among the first five answers; None where nobody printed it.
        source: who printed it.
        note: why it may not be comparable with its neighbours; empty for no reason.
            newer_recipe: trained much longer and with more augmentation than the other IMAGENET1K_V1 weights.
            ported: not torchvision's training but weights converted from another framework.
            option_a: measured with zero-padded shortcuts (option A), where the catalogue's net has projections.
            their_test: the authors' own test of another group's net.
    """

    net: str
    measure: Measure
    top1: float
    top5: float | None
    source: str
    note: Note = ""


def _torchvision(net: str, top1: float, top5: float, note: Note = "") -> Accuracy:
    return Accuracy(net, "one_crop", top1, top5, TORCHVISION, note)


def _from_errors(
    net: str, measure: Measure, source: str, top1: float, top5: float | None = None, note: Note = ""
) -> Accuracy:
    """A figure printed as the percentage of wrong answers; rounding only undoes what the subtraction adds."""
    return Accuracy(net, measure, round(100 - top1, 2), None if top5 is None else round(100 - top5, 2), source, note)


ACCURACIES: tuple[Accuracy, ...] = (
    _torchvision("resnet18", 69.758, 89.078),
    _torchvision("resnet34", 73.314, 91.420),
    _torchvision("resnet50", 76.130, 92.862),
    _torchvision("resnet101", 77.374, 93.546),
    _torchvision("resnet152", 78.312, 94.046),
    _torchvision("resnext50_32x4d", 77.618, 93.698),
    _torchvision("resnext101_32x8d", 79.312, 94.526),
    _torchvision("resnext101_64x4d", 83.246, 96.454, "newer_recipe"),
    _torchvision("wide_resnet50_2", 78.468, 94.086),
    _torchvision("wide_resnet101_2", 78.848, 94.284),
    _torchvision("alexnet", 56.522, 79.066),
    _torchvision("vgg11", 69.020, 88.628),
    _torchvision("vgg13", 69.928, 89.246),
    _torchvision("vgg16", 71.592, 90.382),
    _torchvision("vgg16_bn", 73.360, 91.516),
    _torchvision("vgg19", 72.376, 90.876),
    _torchvision("googlenet", 69.778, 89.530, "ported"),
    _from_errors("resnet50_v1", "one_crop", HE_RELEASE, 24.7, 7.8),
    _from_errors("resnet101_v1", "one_crop", HE_RELEASE, 23.6, 7.1),
    _from_errors("resnet152_v1", "one_crop", HE_RELEASE, 23.0, 6.7),
    _from_errors("plain18", "ten_crops", HE_TABLE_2, 27.94),
    _from_errors("resnet18", "ten_crops", HE_TABLE_2, 27.88, note="option_a"),
    _from_errors("plain34", "ten_crops", HE_TABLE_3, 28.54, 10.02),
    _from_errors("resnet34", "ten_crops", HE_TABLE_3, 24.52, 7.46),  # option B: projections, as in the catalogue
    _from_errors("resnet50_v1", "ten_crops", HE_TABLE_3, 22.85, 6.71),
    _from_errors("resnet101_v1", "ten_crops", HE_TABLE_3, 21.75, 6.05),
    _from_errors("resnet152_v1", "ten_crops", HE_TABLE_3, 21.43, 5.71),
    _from_errors("vgg16", "ten_crops", HE_TABLE_3, 28.07, 9.33, "their_test"),
    _from_errors("resnet20", "cifar10", HE_TABLE_6, 8.75),
    _from_errors("resnet32", "cifar10", HE_TABLE_6, 7.51),
    _from_errors("resnet44", "cifar10", HE_TABLE_6, 7.17),
    _from_errors("resnet56", "cifar10", HE_TABLE_6, 6.97),
    _from_errors("resnet110", "cifar10", HE_TABLE_6, 6.43),  # the best of five runs; their mean is 6.61
)

#: The "FLOPs" row of He et al. 2015, table 1, by depth: billions of multiply-adds at 224x224, to one decimal.
PAPER_GMACS: Mapping[int, float] = MappingProxyType({18: 1.8, 34: 3.6, 50: 3.8, 101: 7.6, 152: 11.3})


def accuracy(net: Net, measure: Measure) -> Accuracy | None:
    """What was published for a net by that measure; None for nothing, and for every net that is not a catalogue row."""
    if CATALOGUE.get(net.name) != net:  # a design may bear any name
        return None
    return next((figure for figure in ACCURACIES if (figure.net, figure.measure) == (net.name, measure)), None)
