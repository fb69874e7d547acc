"""Pictures that a run was asked about and never trained on: its validation part, where it is kept ready."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from resnet import weights
from resnet.errors import UserError
from train.command import result_of
from train.datasets import OXFORD_PETS, Data
from train.hub_sets import PREFIX
from train.oxford_pets import are_here
from train.preparation import pictures_of
from train.recipe import Recipe
from train.run import Run
from ui.images import Picture
from ui.run_list import given_name
from ui.text import t

KEPT = 4  # runs whose pictures are at hand; the pixels lie in a file or are drawn when they are asked for
STRIDE = 0.6180339887  # of the whole part from one picture to the next: classes lie in it one after the other


class Unseen:
    """Validation pictures of runs. Safe for threads.

    Args:
        runs: the runs folder.
        public: strangers use the page. They see none of pictures that somebody sent, nor of a run whose id can be
            guessed.
    """

    def __init__(self, runs: Path, *, public: bool = False) -> None:
        self._runs, self._public = runs, public
        self._opened: OrderedDict[str, Data] = OrderedDict()
        self._mutex = threading.Lock()  # of `_opened`, never held for long
        self._opening = threading.Lock()

    def may_have(self, run: str) -> bool:
        """Whether this run's pictures may be shown and need not come from elsewhere; they may be gone all the same."""
        try:
            recipe = Run.open(self._runs, run).recipe
        except (OSError, UserError):
            return False
        is_sent = self._runs.resolve() / "uploads" in Path(recipe.data).parents
        return not recipe.data.startswith(PREFIX) and not (self._public and (is_sent or given_name(run)))

    def picture(self, run: str, number: int, side: int) -> Picture:
        """One of them.

        Args:
            run: the run's id.
            number: which, from 0; after the last of them the first comes again, or one near it.
            side: of the square, in pixels.

        Raises:
            UserError: there is no such run, its pictures are no longer kept ready, or are not to be shown.
        """
        data = self._data(run)
        place = int(number * STRIDE % 1 * len(data.val.labels))
        square = data.val.take(torch.tensor([place]))[0].permute(1, 2, 0).contiguous().numpy()
        if square.shape[0] != side:
            square = np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC))
        label = data.classes[int(data.val.labels[place])]
        return Picture(t("predict.unseen_name", n=place + 1), square, truth=label)

    def _data(self, run: str) -> Data:
        with self._mutex:
            if run in self._opened:
                return self._opened[run]
        with self._opening:
            data = self._open(run)
        with self._mutex:
            self._opened[run] = data
            while len(self._opened) > KEPT:
                self._opened.popitem(last=False)
        return data

    def _open(self, run: str) -> Data:
        found = Run.open(self._runs, run)
        data = ready(found.recipe) if self.may_have(run) else None
        if data is None or data.fingerprint != _trained_on(found):  # pictures were added since, say
            raise UserError(t("predict.unseen_gone"), cure=t("predict.unseen_gone_cure"))
        return data


def _trained_on(run: Run) -> object:
    """The fingerprint of the pictures that a run's weights come from, as the weights tell it; None if they do not."""
    with contextlib.suppress(UserError, ValueError, RecursionError):
        return json.loads(weights.header(run.weights).metadata.get("data_fingerprint", "null"))
    return None


def ready(recipe: Recipe) -> Data | None:
    """What a recipe trains on and validates on, if the cache has all of it; nothing is fetched or decoded."""
    if recipe.data == OXFORD_PETS and not are_here():
        return None
    try:
        return result_of(pictures_of(recipe, kept_only=True), shown=False)
    except UserError:  # it may name a path of this machine
        return None
