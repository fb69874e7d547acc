"""Ready-made experiments: runs that differ in one thing alone, and take turns so that their curves can be compared.

Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from train.recipe import Recipe
from train.recipes import SHIPPED

SLICE_STEPS = 5  # few, so that all curves grow, and a run whose turn it is not obeys its owner within a second or two


@dataclass(frozen=True)
class Experiment:
    """A question, as runs that answer it.

    Attributes:
        name: the key of `EXPERIMENTS`.
        recipes: one of each run, in the order of their turns.
        slice_steps: how many steps a turn has.
    """

    name: str
    recipes: tuple[Recipe, ...]
    slice_steps: int

    def on(self, data: str) -> Experiment:
        """The same question asked of other pictures, named as a recipe names its `data`."""
        return replace(self, recipes=tuple(replace(recipe, data=data) for recipe in self.recipes))


_DEPTH = Recipe(
    name="depth",
    image_px=24,  # a drawn pet can still be told, and 56 layers take an eighth of a second a step on two cores
    epochs=9,
    optimizer="sgd",
    lr=0.03,  # with the article's 0.1 resnet56 learns more slowly: 65 % after 282 steps in place of 74 %
    weight_decay=1e-4,
    shift_px=2,
)
"""Does depth help? The degradation result (He et al. 2015, section 4): 56 layers learn worse than 20, unless blocks
have shortcuts. In 423 steps this is the beginning of learning, not its end, where the article looked: plain20 reached
98 % of 500 other drawings, resnet56 96 %, plain56 stayed at chance (42, 124 and 116 CPU-seconds of one thread of an AMD
EPYC core, in bfloat16; one seed).
"""

_RELU = Recipe(name="relu", image_px=32, epochs=9, shift_px=2)
"""Where should the ReLU go? Before the addition, a block can only add to what it is given (He et al. 2016, figure 4c).
Two blocks a stage are too few to tell: after 92 steps they had 86 and 91 % of 500 drawings (one seed each).
"""

_WARM = Recipe(name="warm", net="resnet18_w40", epochs=9)
"""Warm or cold start. The shipped weights know drawings as well as photos, so what is warm begins nearly finished."""


def _nets(name: str, recipe: Recipe, *nets: str) -> Experiment:
    return Experiment(name, tuple(replace(recipe, net=net) for net in nets), SLICE_STEPS)


_ALL = (
    _nets("depth", _DEPTH, "plain20", "plain56", "resnet20", "resnet56"),
    _nets("relu", _RELU, "resnet18", "resnet18_relu_before_add"),
    Experiment("warm", (replace(_WARM, init=str(SHIPPED)), _WARM), SLICE_STEPS),
)
EXPERIMENTS: dict[str, Experiment] = {experiment.name: experiment for experiment in _ALL}
