"""The shapes of what a net's layers put out, without computing anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from resnet.activations import layer_names, watch
from resnet.operations import known_shape
from train.nets import build


def layer_shapes(net: str, arguments: Mapping[str, Any], side: int) -> dict[str, tuple[int, ...]]:
    """Every layer of a catalogue net that is used, in order, with the shape of its output: C,H,W or C.

    A net of its own runs on tensors without data, so that not even ResNet-152 on large pictures takes memory or time.

    Args:
        net: the catalogue's name.
        arguments: `num_classes` and `norm`, as a checkpoint's `net_args`.
        side: of the picture, in pixels.
    """
    with torch.device("meta"):
        model = build(net, classes=arguments["num_classes"], norm=arguments["norm"])
    names = layer_names(model)
    with watch(model, names) as seen, torch.inference_mode(), _ByRule():
        model(torch.empty(1, 3, side, side, device="meta"))
    return {name: tuple(seen[name].shape[1:]) for name in names if name in seen}


class _ByRule(TorchFunctionMode):
    """Answers by rule what has one: PyTorch imports its compiler before it tells some of these shapes, for seconds."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        shape = known_shape(func, args, kwargs)
        return func(*args, **kwargs) if shape is None else torch.empty(shape, device="meta")
