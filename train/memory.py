"""Whether a training fits into the memory of this machine: asked before it waits in a queue, or reads a picture."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from resnet.catalogue import find
from resnet.errors import UserError
from resnet.memory import memory_of
from train.recipe import Recipe

MEMORY_QUOTA = Path("/sys/fs/cgroup/memory.max")  # bytes, or "max"; absent outside Linux containers
_STATE = {"sgd": "momentum", "adam": "adam", "adamw": "adam"}  # recipe's optimizer -> what it remembers
_GB = 10**9


def check_memory(recipe: Recipe) -> None:
    """Refuse a training that this machine has too little memory for; one on a GPU is not looked at.

    What it takes is counted in float32 and without PyTorch's own few hundred MB; frozen layers keep nothing to learn
    from, so that it says nothing of a recipe that has some.

    Raises:
        UserError: it takes more than there is; or the net cannot work on pictures of this size.
    """
    shape = (3, recipe.image_px, recipe.image_px)
    need = memory_of(find(recipe.net), shape, batch=recipe.batch, optimizer=_STATE[recipe.optimizer]).training
    have = machine_memory()
    if recipe.freeze or have is None or need <= have:
        return
    if recipe.device != "cpu" and torch.cuda.is_available():
        return
    raise UserError(
        f"Training {find(recipe.net).title} on batches of {recipe.batch:,} pictures of {recipe.image_px} pixels takes "
        f"about {need / _GB:,.0f} GB of memory, and this machine has {have / _GB:,.0f} GB",
        where="net",
        cure="Choose a smaller net, smaller pictures or a smaller batch",
    )


def machine_memory() -> int | None:
    """Bytes of memory that this machine has, or that its container may use; None where the system does not say."""
    try:
        have = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    try:
        return min(have, int(MEMORY_QUOTA.read_text()))
    except (OSError, ValueError):  # no such file, or "max"
        return have
