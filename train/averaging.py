"""A running mean of a net's weights: steadier than the weights themselves, and usually a little better.

Exponential moving average as in Polyak and Juditsky 1992 and in most image recipes since Inception.
"""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average:
    """The mean of a model over its last steps, as a model of its own in `model`.

    Each step it keeps `decay` of itself and takes the rest from the model; less in the first steps, when it is still
    made of initial weights. Whole numbers, such as a norm's count of batches, are copied.

    Args:
        model: whose weights are averaged.
        decay: 0 to 1.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self._decay = decay
        # Put together once: whoever loads a state into either model copies it into these same tensors.
        own, new = self.model.state_dict(), model.state_dict()
        floats = [name for name in own if own[name].is_floating_point()]
        self._means, self._sources = [own[name] for name in floats], [new[name] for name in floats]
        self._counts = [(own[name], new[name]) for name in own if name not in floats]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the model as it is after `step` steps, counted from 1."""
        taken = 1 - min(self._decay, step / (step + 9))
        torch._foreach_lerp_(self._means, self._sources, taken)
        for count, original in self._counts:
            count.copy_(original)
