"""From a recipe to a training that is ready for its first step: its weights and its pictures are fetched, checked or
drawn.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

from resnet.pretrained import locate, missing
from train.clock import Clock
from train.datasets import Data, open_data
from train.distributed import ALONE, Group, refusing_together
from train.engine import Training
from train.events import Event, Preparing
from train.recipe import Recipe
from train.scaling import check_start
from train.watched import downloading


def pictures_of(recipe: Recipe, *, kept_only: bool = False) -> Generator[Preparing, None, Data]:
    """What a recipe trains on and validates on; the cache has it from then on. Raises what `open_data` raises.

    Args:
        recipe: how to train.
        kept_only: as for `open_data`.
    """
    return (
        yield from open_data(
            recipe.data,
            side=recipe.stored_side,
            val_side=recipe.val_side,
            seed=recipe.seed,
            train_pictures=recipe.train_pictures,
            val_pictures=recipe.val_pictures,
            drawn_pictures=recipe.drawn_pictures,
            kept_only=kept_only,
        )
    )


def fetch_weights(recipe: Recipe) -> Generator[Preparing, None, None]:
    """Download the weights a recipe begins with, where they are not here yet, telling how far it is.

    Raises:
        UserError: as `resnet.pretrained.locate`.
    """
    if recipe.init and (lacking := missing(recipe.net, recipe.init)):
        yield from downloading(lambda: locate(recipe.net, recipe.init), lacking.folder, lacking.size)


def prepare(recipe: Recipe, group: Group = ALONE, *, resumed: bool = False) -> Generator[Preparing, None, Training]:
    """Read the recipe's pictures, telling how far it is; returns the training, ready for its first step.

    Args:
        recipe: how to train.
        group: the processes that train together.
        resumed: its weights are in a training state: those that it began with may be gone.

    Raises:
        UserError: what the recipe names does not exist or cannot be trained on.
    """
    clock = Clock()
    with refusing_together():
        if not resumed:
            yield from fetch_weights(recipe)
        check_start(replace(recipe, init="") if resumed else recipe, group)  # before minutes are spent on pictures
        data = yield from pictures_of(recipe)
    return Training(recipe, data, clock, group)


def fit(recipe: Recipe) -> Iterator[Event]:
    """Train as the recipe says: every event from the first `Preparing` on. Raises what `prepare` raises."""
    training = yield from prepare(recipe)
    training.begin()
    yield from training.events()
