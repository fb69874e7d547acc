"""A checkpoint: weights in a safetensors file whose metadata holds everything that predicting needs.

N pictures, K classes, S pixels a side.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor, nn

from resnet import network, pretrained, weights
from resnet.errors import UserError
from train.augment import MEAN, STD, normalise
from train.calibration import calibrate
from train.evaluate import evaluating, logits_of
from train.familiarity import Familiarity, look
from train.metadata import Metadata, metadata_of
from train.nets import build
from train.pictures import to_tensor

if TYPE_CHECKING:
    from train.engine import Training
    from train.recipe import Recipe

WEIGHTS_NAME = "model.safetensors"  # what a run's folder calls them
CALIBRATION_PICTURES = 1000  # trained on and held out, each: who pressed Stop is waiting
BATCH_PIXELS = 64 * 128 * 128  # asked about at once, at most


@dataclass(frozen=True, slots=True)
class Classifier:
    """A net that answers, and what has to be known to ask it.

    Attributes:
        model: takes N,3,S,S normalised and gives N,K logits.
        classes: the names of its K answers.
        image_px: S, the side it was trained at.
        mean: by which pictures are normalised, of pixels from 0 to 1, one a channel.
        std: likewise.
        mirrored: whether its answers are means over a picture and its mirror image.
        about: where it comes from: `net`, `net_args` and, where known, `recipe` (a dict), `epoch`, `step`,
            `val_accuracy`, `cpu_seconds` (of the training) and `data_fingerprint`.
        temperature: what logits are divided by before they become probabilities.
        familiarity: tells pictures like those it was trained on from others; None where nobody fitted one.
    """

    model: nn.Module
    classes: tuple[str, ...]
    image_px: int
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD
    mirrored: bool = False
    about: dict[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    familiarity: Familiarity | None = None

    def probabilities(self, images: Tensor | Sequence[Image.Image]) -> Tensor:
        """How sure the net is of each class, as `answer` gives it."""
        return self.answer(images)[0]

    def answer(self, images: Tensor | Sequence[Image.Image]) -> tuple[Tensor, Tensor | None]:
        """How sure the net is of each class, and how familiar the pictures look to it, from the same pass.

        Args:
            images: N,3,S,S uint8, or upright RGB pictures of any size.

        Returns:
            N,K float32, each row summing to 1. And N float64: the part of pictures like those it was trained on that
            look no more familiar than this one; below `familiarity.UNFAMILIAR` it is like none of them. None where
            the checkpoint does not tell.

        Raises:
            UserError: the tensor is not of that type and shape, or an answer is no finite number.
        """
        if not isinstance(images, Tensor):
            images = torch.stack([to_tensor(picture, self.image_px) for picture in images])
        expected = (3, self.image_px, self.image_px)
        if images.dtype != torch.uint8 or images.ndim != 4 or tuple(images.shape[1:]) != expected:
            raise UserError(
                f"Pictures of shape {tuple(images.shape)} and type {images.dtype} are not what this net was trained on",
                cure=f"Give uint8 pictures of 3x{self.image_px}x{self.image_px}",
            )
        device = next(self.model.parameters()).device
        answers, familiar = [torch.empty(0, len(self.classes))], [torch.empty(0, dtype=torch.float64)]
        with evaluating(self.model):
            for batch in images.split(max(1, BATCH_PIXELS // self.image_px**2)) if len(images) else ():
                normal = normalise(batch.to(device), self.mean, self.std)
                if self.familiarity is None:
                    logits = logits_of(self.model, normal, self.mirrored)
                else:
                    logits, features = look(self.model, normal, self.mirrored)
                    familiar.append(self.familiarity.of(features))
                if not logits.isfinite().all():
                    what = "The net answers with numbers that are not finite"
                    raise UserError(what, cure="Choose another checkpoint; the training of this one went wrong")
                answers.append(network.probabilities(logits / self.temperature).cpu())
        return torch.cat(answers), None if self.familiarity is None else torch.cat(familiar)


def save_classifier(path: str | os.PathLike[str], source: Training | Classifier, *, half: bool = False) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: the .safetensors file; its folder must exist.
        source: a classifier; or a training, whose last finite weights are taken.
        half: store float16, half the size.
    """
    if isinstance(source, Classifier):
        weights.save(path, source.model, metadata_of(source), half=half)
        return
    finite = source.finite_weights()
    classifier = Classifier(
        model=source.model,
        classes=source.data.classes,
        image_px=source.recipe.val_side,
        mirrored=source.recipe.mirrored,
        about={
            "net": source.recipe.net,
            "net_args": {"num_classes": len(source.data.classes), "norm": source.recipe.norm},
            # A checkpoint is passed on: it tells what the pictures were called, not where this computer keeps them.
            "recipe": {**dataclasses.asdict(source.recipe), **without_folders(source.recipe)},
            "epoch": finite.epoch,
            "step": finite.step,
            "val_accuracy": finite.val_accuracy,
            "cpu_seconds": round(source.clock.cpu_seconds(), 1),
            "data_fingerprint": source.data.fingerprint,
        },
    )
    weights.save(path, finite.state, metadata_of(classifier), half=half)


def without_folders(recipe: Recipe) -> dict[str, str]:
    """The settings that may be paths, by their last part."""
    return {"data": Path(recipe.data).name, "init": pretrained.called(recipe.init)}


def load_classifier(path: str | os.PathLike[str]) -> Classifier:
    """Read a checkpoint: a .safetensors file of ours, or the folder of a run. The net is in evaluation mode.

    Raises:
        UserError: naming the file, when it is not there, not ours, or not what it says it is.
    """
    path = Path(path)
    where = path.name
    if path.is_dir():
        path = path / WEIGHTS_NAME
        if not path.exists():
            raise UserError(
                "This folder holds no weights", where=where, cure="A run has some from the end of its first epoch on"
            )
    header = weights.header(path, where=where)
    found = Metadata(header.metadata, where)
    net, arguments = found.net()
    classes = found.classes(arguments["num_classes"])
    image_px = found.image_px(net)
    mean, std = found.channels("mean", low=-10.0), found.channels("std", low=1e-3)
    about = {"net": net, "net_args": arguments, **found.history()}
    with torch.device("meta"):  # no time is spent on initial weights that are overwritten at once
        model = build(net, classes=arguments["num_classes"], norm=arguments["norm"])
    weights.expect(model, header, where=where)  # before memory is taken for it
    familiarity = found.familiarity(model, image_px)
    model = model.to_empty(device="cpu").to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    weights.load(path, model, where=where)
    return Classifier(model, classes, image_px, mean, std, found.mirrored(), about, found.temperature(), familiarity)


def calibrate_checkpoint(path: Path, training: Training) -> None:
    """Let the checkpoint that a training has written tell how sure it is, and how familiar a picture looks to it.

    Args:
        path: the file; replaced as a whole.
        training: over, or stopped; its pictures are looked at.
    """
    classifier = load_classifier(path)
    classifier.model.to(training.device)
    train, val, seed = training.data.train, training.data.val, training.recipe.seed
    save_classifier(path, calibrate(classifier, train, val, seed=seed, pictures=CALIBRATION_PICTURES))
