"""How fast a net learns at each step, and by which rule its weights change."""

from __future__ import annotations

import math

import torch
from torch import nn

from train.recipe import Recipe

WARM_UP = {"one-cycle": 0.25, "cosine": 0.05}  # part of a run in which the learning rate rises
DROPS = 3  # equal parts of a run of "steps", each with a tenth of the rate before


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The rate for the step after `step` steps of `steps`.

    A function of position, not an object with a state of its own: nothing to save, nothing to get out of step.
    One-cycle (Smith 2018, arXiv 1803.09820) and cosine (Loshchilov and Hutter 2016, arXiv 1608.03983) rise in a
    straight line, the first for a quarter of the run, the second just long enough to survive fresh weights (Goyal et
    al. 2017), and come down on half a cosine. No step of either has a rate of zero.
    """
    position = (step + 0.5) / steps
    if recipe.schedule == "constant":
        return recipe.lr
    if recipe.schedule == "steps":
        return recipe.lr / 10 ** int(position * DROPS)
    warm_up = WARM_UP[recipe.schedule]
    if position < warm_up:
        return recipe.lr * position / warm_up
    return recipe.lr * (1 + math.cos(math.pi * (position - warm_up) / (1 - warm_up))) / 2


def optimizer_for(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer. Norms and biases, which have one dimension, are not decayed."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer in ("adam", "adamw"):
        kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
        return kind(groups, lr=recipe.lr, betas=(recipe.momentum, 0.999), fused=True)
    nesterov = recipe.momentum > 0
    return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, nesterov=nesterov, fused=True)
