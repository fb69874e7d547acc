"""Pictures that a run was asked about and never trained on: its validation part, where it is kept ready."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from resnet.errors import UserError
from train.datasets import Data
from train.hub_sets import PREFIX
from train.oxford_pets import are_here
from train.preparation import pictures_of
from train.recipe import Recipe
from train.run import Run
from ui.images import Picture
from ui.text import t

KEPT = 4  # runs whose pictures are at hand; the pixels lie in a file or are drawn when they are asked for
STRIDE = 0.6180339887  # of the whole part from one picture to the next: classes lie in it one after the other


class Unseen:
    """Validation pictures of runs. Safe for threads.

    Args:
        runs: the runs folder.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._opened: OrderedDict[str, Data] = OrderedDict()
        self._mutex = threading.Lock()

    def picture(self, run: str, number: int, side: int) -> Picture:
        """One of them.

        Args:
            run: the run's id.
            number: which, from 0; after the last of them the first comes again, or one near it.
            side: of the square, in pixels.

        Raises:
            UserError: there is no such run, or its pictures are not kept ready.
        """
        with self._mutex:
            data = self._opened.get(run) or self._open(run)
            place = int(number * STRIDE % 1 * len(data.val.labels))
            square = data.val.take(torch.tensor([place]))[0].permute(1, 2, 0).numpy()
            label = data.classes[int(data.val.labels[place])]
        if square.shape[0] != side:
            square = np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC))
        return Picture(t("predict.unseen_name", n=place + 1), square, truth=label)

    def _open(self, run: str) -> Data:
        data = ready(Run.open(self._runs, run).recipe)
        self._opened[run] = data
        while len(self._opened) > KEPT:
            self._opened.popitem(last=False)
        return data


def ready(recipe: Recipe) -> Data:
    """What a recipe trains on and validates on, if the cache has it.

    Raises:
        UserError: it would have to be fetched or decoded first, or is gone.
    """
    is_elsewhere = recipe.data.startswith(PREFIX) or (recipe.data == "oxford-pets" and not are_here())
    opening = pictures_of(recipe)
    with contextlib.closing(opening):
        try:
            while not is_elsewhere:
                step = next(opening)
                if step.done or step.what not in ("decoding", "drawing"):
                    break
        except StopIteration as end:
            return end.value
        except UserError:
            pass  # it names a path of this machine, perhaps to a stranger
    raise UserError(t("predict.unseen_gone"), cure=t("predict.unseen_gone_cure"))
