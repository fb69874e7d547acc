"""The net a recipe or a checkpoint asks for."""

from __future__ import annotations

import math
from typing import Any

from torch import nn

from resnet.catalogue import create, find
from resnet.errors import UserError

GROUPS = 32  # as Wu and He 2018, arXiv 1803.08494, or as many as divide the channels


def group_norm(channels: int) -> nn.GroupNorm:
    """Normalises each picture by itself, groups of channels at a time: the batch does not matter."""
    return nn.GroupNorm(math.gcd(GROUPS, channels), channels)


def build(name: str, *, classes: int, norm: str = "batch") -> nn.Module:
    """A net of the catalogue for colour pictures.

    With group norm each residual block begins as the identity (Goyal et al. 2017, arXiv 1706.02677, section 5.1):
    nothing else keeps the sums of many blocks small, and a rounding error would grow threefold in each of the first
    steps.

    Args:
        name: its row.
        classes: how many answers it gives.
        norm: "batch", or "group" for norms that do not depend on the batch.

    Raises:
        UserError: there is no such net, or it has no norms to choose.
    """
    net = find(name)
    arguments: dict[str, Any] = {"num_classes": classes, "in_channels": 3}
    if norm == "group":
        if "norm_layer" not in net.options():
            raise UserError(f"The norms of {net.title} cannot be chosen", where="norm", cure="Use batch, or a ResNet")
        arguments["norm_layer"] = group_norm
        arguments["zero_init_residual"] = bool(net.arguments["block"].last_norm)
    return create(name, **arguments)
