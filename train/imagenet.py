"""torchvision's ImageNet weights of the catalogue's ResNets, ready to be asked: 1,000 classes, and their names.

Their published accuracies (`resnet.published`) are of the middle 224x224 pixels of pictures whose shorter side was made
256, or 232 for ResNeXt-101 64x4d, bilinearly. Here a picture is made square as for every other checkpoint, bicubically:
the whole of its shorter side becomes 224 pixels, so the net sees a seventh more of it, and all a little smaller.
"""

from __future__ import annotations

from pathlib import Path

import torch

from resnet import pretrained
from resnet.catalogue import find
from train.checkpoint import Classifier

SIDE = 224  # pixels; the side they were trained at
CLASSES = 1000
#: What there is to download, about, in MB (10**6 bytes): four bytes a parameter.
MEGABYTES = {
    "resnet18": 47,
    "resnet34": 87,
    "resnet50": 102,
    "resnet101": 178,
    "resnet152": 241,
    "resnext50_32x4d": 100,
    "resnext101_32x8d": 355,
    "resnext101_64x4d": 334,
    "wide_resnet50_2": 276,
    "wide_resnet101_2": 508,
}
#: Of two names that differ in one capital letter only, the dog's in full, as WordNet has it.
_IN_FULL = {"Cardigan": "Cardigan Welsh corgi"}


def class_names() -> tuple[str, ...]:
    """The names of the classes in order, as torchvision has them; no two are the same."""
    from torchvision.models import ResNet18_Weights  # late: it takes two seconds, and few ask for it

    names = ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    return tuple(_IN_FULL.get(name, name) for name in names)


def classifier(net: str, path: Path | None = None) -> Classifier:
    """A net of `pretrained.IMAGENET` with its published weights. Nobody has fitted a temperature or what is familiar.

    Args:
        net: its name.
        path: of the downloaded file; None for the one that is kept, or else is downloaded.

    Raises:
        UserError: as `pretrained.load`.
    """
    model = pretrained.load(find(net), path or "imagenet").to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    about = {"net": net, "net_args": {"num_classes": CLASSES, "norm": "batch"}}
    return Classifier(model, class_names(), SIDE, about=about)
