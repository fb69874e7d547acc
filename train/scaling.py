"""A recipe on this machine and for this many processes."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from resnet.errors import UserError
from train.batches import PICTURES_EACH, smallest_batch
from train.datasets import Data
from train.distributed import Group
from train.machine import device_for, usual_threads
from train.metadata import MAX_NAME
from train.nets import build
from train.recipe import Recipe
from train.schedule import WARM_UP
from train.warm_start import check_init, frozen_parameters

FEW_STEPS = 100  # fresh weights, and the means that batch norm keeps, need about so many to settle
FEW_WARM_STEPS = 30  # with initial weights: 3 steps on 90 pictures of 3 classes stayed below chance, 72 had 89 %
SMALL_BATCH = 16  # below so many pictures a process, batch norm's means are too rough to rely on


def check_enough(data: Data, where: str, group: Group) -> None:
    """Refuse what nothing can be learned from.

    Args:
        where: the pictures' name, for the refusal.

    Raises:
        UserError: there is one class, or one with a name no checkpoint could hold; no picture to validate on, or less
            than `PICTURES_EACH` for a process.
    """
    if len(data.classes) < 2:
        raise UserError("There is only one class to learn", where=where, cure="Give at least two class folders")
    if max(map(len, data.classes)) > MAX_NAME:
        what = f"A class has a name of more than {MAX_NAME} characters"
        raise UserError(what, where=where, cure="Give its folder a shorter one")
    train, val, fewest = len(data.train.labels), len(data.val.labels), PICTURES_EACH * group.world
    if train < fewest or not val:
        what = f"{train} pictures to train on and {val} to validate on are too few"
        raise UserError(what, where=where, cure=f"Give at least {fewest} to train on and one to validate on")


def check_start(recipe: Recipe, group: Group) -> None:
    """Refuse what can be known to be impossible before any picture is read.

    Raises:
        UserError: the net, its norm, the layers to freeze, the weights to begin with or the device are not to be had.
    """
    recipe.check_net()
    device_for(recipe.device, group.local_rank)
    with torch.device("meta"):
        frozen_parameters(build(recipe.net, classes=2, norm=recipe.norm), recipe.freeze)
    if recipe.init:
        check_init(recipe.net, recipe.norm, recipe.init)


def settled(recipe: Recipe, group: Group, device: torch.device) -> Recipe:
    """The recipe with what depends on the machine and on the number of processes put down as numbers.

    With `batch_per_process` the batch grows with the processes, and the learning rate in proportion to the batch
    (Goyal et al. 2017, arXiv 1706.02677, section 2.1).

    Raises:
        UserError: half a batch has less than `PICTURES_EACH` pictures for a process.
    """
    if recipe.batch_per_process:
        batch = recipe.batch_per_process * group.world
        recipe = replace(recipe, batch=batch, lr=recipe.lr * batch / recipe.batch, batch_per_process=0)
    fewest = PICTURES_EACH * group.world
    if smallest_batch(recipe.batch) < fewest:
        what = f"{recipe.batch} pictures a batch are too few for {group.world} processes"
        raise UserError(what, where="batch", cure=f"Raise batch to {2 * fewest}, or use fewer processes")
    return replace(recipe, threads=recipe.threads or usual_threads(), device=device.type)


def warnings(asked: Recipe, recipe: Recipe, steps: int, group: Group, model: nn.Module) -> tuple[str, ...]:
    """What the person who trains should know of that, in sentences.

    Args:
        asked: the recipe as it was given.
        recipe: as it was settled.
        steps: of the whole run.
        group: the processes that train together.
        model: the net.
    """
    notes = []
    if asked.batch_per_process and (asked.batch, asked.lr) != (recipe.batch, recipe.lr):
        told = f"{group.world} x {asked.batch_per_process} pictures"
        abrupt = recipe.lr > asked.lr and recipe.schedule not in WARM_UP
        cure = " Schedule cosine would warm up to it." if abrupt else ""
        notes.append(f"Batches of {told}: the learning rate becomes {recipe.lr:.3g}, in proportion.{cure}")
    each = recipe.batch // group.world
    if each < SMALL_BATCH and any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        cure = (
            f"batch_per_process to {SMALL_BATCH}"
            if asked.batch_per_process
            else f"batch to {SMALL_BATCH * group.world}"
        )
        notes.append(
            f"Batch norm sees {each} pictures a process, fewer than {SMALL_BATCH}: its means will be rough. "
            f"Raise {cure}, use fewer processes, or set norm=group."
        )
    if steps < FEW_STEPS and not recipe.init:
        notes.append(
            f"{steps:,} steps are too few to learn much from nothing. "
            "Raise epochs, or begin with weights that know something: recipe finetune, or --set init=..."
        )
    elif steps < FEW_WARM_STEPS and recipe.init:
        notes.append(
            f"{steps:,} steps are too few even with weights that know something: raise epochs, or lower batch, "
            "such as --set epochs=12 batch=16."
        )
    return tuple(notes)
