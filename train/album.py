"""The `probes/` folder of a run: what was observed at the end of its epochs, bounded, each file whole or not there.

    probes.json, probes.png         the probes: positions, classes and their pictures side by side, as the net sees them
    epoch-00007.json                one observation, as plain numbers; `pictures` lists the positions it speaks of
    epoch-00007.png                 those pictures, side by side, small
    epoch-00007.safetensors         the weights of then, a checkpoint in half precision

A long run keeps fewer of its epochs, evenly spread, always the first and the newest.
"""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from resnet.errors import UserError
from resnet.files import sweep, write_whole
from train.checkpoint import save_classifier
from train.engine import Training
from train.observation import Confusion, Filters, Observation, choose_probes, observe

FOLDER = "probes"
MOST_EPOCHS = 24
MOST_BYTES = 64_000_000  # of all files together
SUFFIXES = ("json", "png", "safetensors")  # of an epoch's files; without the first nobody reads the others
TILE_PX = 48  # a side of the small pictures
HEADER_BYTES = 32_000  # of a snapshot, at most: names, shapes and metadata of a net of 200 layers


class Album:
    """The observations of one run, while this process trains it.

    Args:
        run: the run's folder.
        training: it has just ended its first epoch in this process: what an earlier process observed of this epoch or
            of later ones has been taken back.

    Raises:
        OSError: the folder cannot be written to.
    """

    def __init__(self, run: Path, training: Training) -> None:
        self.path = run / FOLDER
        self.path.mkdir(exist_ok=True)
        sweep(self.path)
        for epoch in self._all():
            if epoch >= training.epoch:
                self._remove(epoch)
        val, classes = training.data.val, training.data.classes
        self._probes = choose_probes(val.labels, training.recipe.seed)
        pictures = val.take(self._probes)
        self._write("probes.png", _png(pictures))
        about = {
            "positions": self._probes.tolist(),
            "truths": [classes[label] for label in val.labels[self._probes].tolist()],
            "side": pictures.shape[-1],
        }
        self._write("probes.json", _json(about))

    def add(self, training: Training) -> None:
        """Observe the epoch that has just ended, and make room for it.

        Raises:
            OSError: there is no room on the disk.
        """
        seen = observe(training, self._probes)
        pictures = sorted({answer.position for answer in seen.mistaken} | _positions(seen.confusion))
        name = name_of(seen.epoch)
        self._write(f"{name}.png", _png(_small(training.data.val.take(torch.tensor(pictures, dtype=torch.int64)))))
        self._save_weights(training)
        self._write(f"{name}.json", _json(_plain(seen, training.data.classes, pictures)))  # last: now it can be read
        for epoch in self._all() - set(thinned(observed(self.path), MOST_EPOCHS)):
            self._remove(epoch)

    def _save_weights(self, training: Training) -> None:
        """Keep the weights of now, and of as many epochs before as there is room for."""
        tensors = training.model.state_dict().values()
        size = HEADER_BYTES + sum(t.numel() * (2 if t.is_floating_point() else t.element_size()) for t in tensors)
        before = kept_weights(self.path)
        others = sum(file.stat().st_size for file in self.path.iterdir() if file.suffix != ".safetensors")
        room = min(MOST_EPOCHS, (MOST_BYTES - others) // size)
        wanted = set(thinned([*before, training.epoch], room))
        for epoch in set(before) - wanted:
            (self.path / f"{name_of(epoch)}.safetensors").unlink(missing_ok=True)
        if wanted:
            try:
                save_classifier(self.path / f"{name_of(training.epoch)}.safetensors", training, half=True)
            except UserError:  # a weight is too large for half precision: this epoch is told without a snapshot
                return

    def _all(self) -> set[int]:
        """Every epoch of which there is a file: also of one that could not be written to its end."""
        return {epoch for suffix in SUFFIXES for epoch in _epochs(self.path, suffix)}

    def _remove(self, epoch: int) -> None:
        for suffix in SUFFIXES:
            (self.path / f"{name_of(epoch)}.{suffix}").unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        write_whole(self.path / name, content)


def name_of(epoch: int) -> str:
    """What the files of an epoch are called, without their endings."""
    return f"epoch-{epoch:05d}"


def observed(folder: Path) -> list[int]:
    """The epochs that were observed, in order; none where the folder is not there."""
    return _epochs(folder, "json")


def kept_weights(folder: Path) -> list[int]:
    """The epochs whose weights are kept, in order."""
    return _epochs(folder, "safetensors")


def thinned(epochs: Sequence[int], most: int) -> list[int]:
    """At most so many of these epochs, evenly spread: the last and, where two are allowed, the first are among them.

    Whoever lies closest between two others goes first, so that a list of five or more that grows by one and is thinned
    again and again stays even to a factor of about two.

    Args:
        epochs: in order.
        most: how many may stay.
    """
    if most < 2:
        return list(epochs[-1:]) if most > 0 else []
    left = list(epochs)
    while len(left) > most:
        if len(left) == 3:
            return [left[0], left[2]]
        index = min(range(1, len(left) - 1), key=lambda at: left[at + 1] - left[at - 1])
        del left[index]
    return left


def _epochs(folder: Path, suffix: str) -> list[int]:
    names = (file.stem.removeprefix("epoch-") for file in folder.glob(f"epoch-*.{suffix}"))
    return sorted(int(name) for name in names if name.isdecimal() and name.isascii())


def _positions(confusion: Confusion) -> set[int]:
    return {position for positions in confusion.cells.values() for position in positions}


def _plain(seen: Observation, classes: Sequence[str], pictures: Sequence[int]) -> dict[str, Any]:
    """The observation as JSON values: classes by name, pictures by their place in the strip of small ones."""
    place = {position: index for index, position in enumerate(pictures)}
    named = [
        {**asdict(answer), "truth": classes[answer.truth], "label": classes[answer.label]}
        for answer in (*seen.mistaken, *seen.probes)
    ]
    mistaken = len(seen.mistaken)
    return {
        "epoch": seen.epoch,
        "step": seen.step,
        "accuracy": seen.accuracy,
        "asked": seen.pictures,
        "pictures": list(pictures),
        "classes": [classes[label] for label in seen.confusion.classes],
        "all_classes": len(classes),
        "confusion": seen.confusion.counts,
        "cells": [[*cell, [place[at] for at in there]] for cell, there in seen.confusion.cells.items()],
        "mistaken": [{**answer, "picture": place[answer["position"]]} for answer in named[:mistaken]],
        "probes": named[mistaken:],
        "stages": [{**asdict(stage), "mean": _finite(stage.mean), "std": _finite(stage.std)} for stage in seen.stages],
        "filters": _as_strip(seen.filters) if seen.filters else None,
    }


def _finite(value: float) -> float | None:
    """In half precision an activation can be too large for a number."""
    return value if math.isfinite(value) else None


def _as_strip(filters: Filters) -> dict[str, Any]:
    """The filters as one PNG, which is a few hundred bytes: in base64 it fits among the numbers."""
    return {
        "layer": filters.layer,
        "total": filters.total,
        "shown": len(filters.tiles),
        "side": filters.tiles.shape[-1],
        "largest": filters.largest,
        "png": base64.b64encode(_png(filters.tiles)).decode("ascii"),
    }


def _small(pictures: Tensor) -> Tensor:
    """N,3,S,S uint8 with S at most `TILE_PX`."""
    if pictures.shape[-1] <= TILE_PX or not len(pictures):
        return pictures
    return F.interpolate(pictures.float(), size=(TILE_PX, TILE_PX), mode="area").round().to(torch.uint8)


def _png(pictures: Tensor) -> bytes:
    """N,3,S,S uint8 as one picture, N squares side by side; of none, one black pixel."""
    strip = pictures.permute(2, 0, 3, 1).reshape(pictures.shape[2], -1, 3).numpy()
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(strip if strip.size else np.zeros((1, 1, 3), np.uint8))).save(
        file, "PNG", compress_level=1
    )
    return file.getvalue()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
