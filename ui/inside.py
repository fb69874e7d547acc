"""Inside a residual block, for the page: its two paths on one scale, and the answer without one of them. No Gradio."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from torch import nn

from resnet.blocks import ReluBeforeAdd
from resnet.inside import altered, block_names, look_inside
from train.augment import normalise
from train.drawn_pets import CLASSES
from ui import feature_maps
from ui.checkpoints import Checkpoint, as_batch
from ui.images import Square, drawn

CHANNELS = 8  # of each path
DRAWINGS = 200
AT_ONCE = 20  # drawings of one turn at the net: other visitors come in between
KEPT = 256  # accuracies
PATHS = ("x", "shortcut", "residual", "total", "output")


def paths(checkpoint: Checkpoint, square: Square, block: str) -> dict[str, Any]:
    """What a block makes of a picture.

    Returns:
        ``block``; what its ``shortcut`` is: "identity", "projection" or "padded" (thinned out, with zeros for new
        channels); whether F(x) is ``rectified`` before the addition; the shapes ``from`` and ``to``; and ``paths``, all
        on one scale and of those channels where the sum has the largest mean absolute value: each has its ``name``,
        the ``mean`` absolute value over all its channels, and what draws the channels shown, as
        `feature_maps.as_told`. ``x`` is left out where it has another shape than the sum: its channels are others.

    Raises:
        UserError: there is no such block, or a value is not finite.
    """
    with checkpoint.borrowed() as own:
        seen = look_inside(own.model, block, normalise(as_batch(square), own.mean, own.std))
        module = own.model.get_submodule(block)
    maps = {name: getattr(seen, name)[0].float().numpy() for name in PATHS}
    shortcut = _kind(module.downsample)
    shown = [
        name for name in PATHS
        if maps[name].shape == maps["total"].shape and (name != "shortcut" or shortcut != "identity")
    ]  # fmt: skip
    scale = feature_maps.scale_of(np.stack([maps[name] for name in shown]), block)
    order = np.argsort(-np.abs(maps["total"]).mean(axis=(1, 2)), kind="stable")[:CHANNELS]
    told = {name: feature_maps.as_told(feature_maps.place(maps[name], name, order, scale)) for name in shown}
    return {
        "block": block,
        "shortcut": shortcut,
        "rectified": isinstance(module, ReluBeforeAdd),
        "from": list(seen.x.shape[1:]),
        "to": list(seen.total.shape[1:]),
        "paths": [{"name": name, "mean": float(np.abs(maps[name]).mean()), **told[name]} for name in shown],
    }


def _kind(downsample: nn.Module | None) -> str:
    """What a block's shortcut does to x."""
    if downsample is None:
        return "identity"
    return "projection" if any(True for _ in downsample.parameters()) else "padded"


class Switches:
    """A net with some blocks skipped, or without some shortcuts."""

    def __init__(self) -> None:
        self._accuracies: OrderedDict[tuple[Any, ...], float] = OrderedDict()
        self._mutex = threading.Lock()

    def answer(
        self, checkpoint: Checkpoint, square: Square, skipped: list[str], cut: list[str]
    ) -> list[tuple[str, float]]:
        """Classes and their probabilities, the likeliest first.

        Raises:
            UserError: there is no such block, or one is both skipped and cut.
        """
        with checkpoint.borrowed() as own, altered(own.model, skipped=skipped, cut=cut):
            shares = own.probabilities(as_batch(square))[0].tolist()
        return sorted(zip(own.classes, shares, strict=True), key=lambda pair: -pair[1])

    def accuracy(self, checkpoint: Checkpoint, skipped: list[str], cut: list[str]) -> float | None:
        """The share of 200 drawings it gets right; None where it does not know cats and dogs.

        Raises:
            UserError: as `answer`.
        """
        key = (checkpoint.offer.key, checkpoint.offer.stamp, frozenset(skipped), frozenset(cut))
        with self._mutex:
            if key in self._accuracies:
                return self._accuracies[key]
        right = 0
        for begin in range(0, DRAWINGS, AT_ONCE):
            pictures = [drawn(number, checkpoint.side, "") for number in range(begin, begin + AT_ONCE)]
            batch = torch.cat([as_batch(picture.square) for picture in pictures])
            with checkpoint.borrowed() as own, altered(own.model, skipped=skipped, cut=cut):
                if not set(CLASSES) <= set(own.classes):
                    return None
                answers = own.probabilities(batch).argmax(dim=1).tolist()
            right += sum(own.classes[one] == picture.truth for one, picture in zip(answers, pictures, strict=True))
        with self._mutex:
            self._accuracies[key] = right / DRAWINGS
            while len(self._accuracies) > KEPT:
                self._accuracies.popitem(last=False)
        return right / DRAWINGS


def blocks(checkpoint: Checkpoint) -> list[str]:
    """Names of its residual blocks; none in a net without shortcuts."""
    with checkpoint.borrowed() as own:
        return block_names(own.model)
