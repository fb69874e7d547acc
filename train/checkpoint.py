"""A checkpoint: weights in a safetensors file whose metadata holds everything that predicting needs.

The metadata is text that anyone may have written. What it names is looked up in the catalogue and what it counts is
bounded before anything is built from it. N pictures, K classes, S pixels a side.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor, nn

from resnet import network, weights
from resnet.catalogue import find
from resnet.errors import UserError
from train.augment import MEAN, STD, normalise
from train.calibration import TEMPERATURES
from train.evaluate import evaluating, logits_of
from train.familiarity import Familiarity, feature_sizes, look
from train.nets import build
from train.pictures import to_tensor
from train.recipe import CHOICES, LIMITS

if TYPE_CHECKING:
    from train.engine import Training

FORMAT = "resnet-lab/1"
WEIGHTS_NAME = "model.safetensors"  # what a run's folder calls them
MAX_CLASSES = 1000
HISTORY = ("recipe", "epoch", "step", "val_accuracy", "data_fingerprint")  # metadata that tells where weights come from
MAX_NAME = 100  # characters of a class's or net's name
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
            `val_accuracy` and `data_fingerprint`.
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
            UserError: the tensor is not of that type and shape.
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
        weights.save(path, source.model, _metadata(source), half=half)
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
            "recipe": {**dataclasses.asdict(source.recipe), "data": Path(source.recipe.data).name},
            "epoch": finite.epoch,
            "step": finite.step,
            "val_accuracy": finite.val_accuracy,
            "data_fingerprint": source.data.fingerprint,
        },
    )
    weights.save(path, finite.state, _metadata(classifier), half=half)


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
    found = _Metadata(header.metadata, where)
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


def _metadata(classifier: Classifier) -> dict[str, str]:
    """Everything about a classifier but its weights, as text."""
    about = classifier.about
    return {
        "format": FORMAT,
        "net": about["net"],
        "net_args": json.dumps(about["net_args"]),
        "classes": json.dumps(classifier.classes, ensure_ascii=False),
        "image_px": str(classifier.image_px),
        "mean": json.dumps(classifier.mean),
        "std": json.dumps(classifier.std),
        "mirrored": json.dumps(classifier.mirrored),
        "temperature": json.dumps(classifier.temperature),
        **({} if classifier.familiarity is None else {"familiarity": classifier.familiarity.to_json()}),
        **{key: json.dumps(about[key], ensure_ascii=False) for key in HISTORY if about.get(key) is not None},
    }


class _Metadata:
    """A stranger's metadata, read one key at a time; whatever cannot be is refused with the file's name."""

    def __init__(self, metadata: Mapping[str, str], where: str) -> None:
        self._metadata = metadata
        self._where = where
        if metadata.get("format") != FORMAT:
            raise UserError(
                "The file does not say that it is a checkpoint of ResNet Lab",
                where=where,
                cure="Give a file that `python -m train fit` wrote; other weights do not tell their classes",
            )

    def net(self) -> tuple[str, dict[str, Any]]:
        """The catalogue's name, and what a checkpoint may choose: how many classes, and the kind of norm."""
        name = self._metadata.get("net", "")[:MAX_NAME]
        try:
            net = find(name)
        except UserError as error:
            raise UserError(error.what, where=self._where, cure=error.cure) from None
        arguments = self._json("net_args")
        if net.classes is None or not isinstance(arguments, dict):
            raise self._impossible("net")
        if arguments.keys() - {"num_classes", "norm", "in_channels"} or arguments.get("in_channels", 3) != 3:
            raise self._impossible("net_args")
        norm = arguments.get("norm", "batch")
        if norm not in CHOICES["norm"]:
            raise self._impossible("net_args")
        classes = self._whole("net_args", arguments.get("num_classes"), 2, MAX_CLASSES)
        return name, {"num_classes": classes, "norm": norm}

    def classes(self, count: int) -> tuple[str, ...]:
        """As many different printable names."""
        names = self._json("classes")
        if not isinstance(names, list) or len(names) != count:
            raise self._impossible("classes")
        if not all(isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable() for name in names):
            raise self._impossible("classes")
        if len(set(names)) != count:
            raise self._impossible("classes")
        return tuple(names)

    def image_px(self, net: str) -> int:
        """A side that the net can work on."""
        low, high = LIMITS["image_px"]
        side = self._whole("image_px", self._json("image_px"), int(low), int(high))
        try:
            find(net).check_input((3, side, side))
        except UserError as error:
            raise UserError(error.what, where=self._where, cure=error.cure) from None
        return side

    def channels(self, key: str, low: float) -> tuple[float, ...]:
        """Three numbers from `low` to 10."""
        values = self._json(key)
        if not isinstance(values, list) or len(values) != 3:
            raise self._impossible(key)
        return tuple(self._fraction(key, value, low, 10.0) for value in values)

    def mirrored(self) -> bool:
        """False where the file does not say."""
        value = self._json("mirrored") if "mirrored" in self._metadata else False
        if not isinstance(value, bool):
            raise self._impossible("mirrored")
        return value

    def temperature(self) -> float:
        """1 where the file does not say."""
        value = self._json("temperature") if "temperature" in self._metadata else 1.0
        return self._fraction("temperature", value, *TEMPERATURES)

    def familiarity(self, model: nn.Module, image_px: int) -> Familiarity | None:
        """None where the file does not say. The model may be on the meta device."""
        if "familiarity" not in self._metadata:
            return None
        return Familiarity.from_json(self._metadata["familiarity"], feature_sizes(model, image_px), self._where)

    def history(self) -> dict[str, Any]:
        """Where the weights come from, as far as the file says."""
        known: dict[str, Any] = {}
        if "recipe" in self._metadata:
            known["recipe"] = self._json("recipe")
            if not isinstance(known["recipe"], dict) or not all(map(_is_plain, known["recipe"].values())):
                raise self._impossible("recipe")
        if "epoch" in self._metadata:
            known["epoch"] = self._whole("epoch", self._json("epoch"), -1, 10**9)
        if "step" in self._metadata:
            known["step"] = self._whole("step", self._json("step"), 0, 10**15)
        if "data_fingerprint" in self._metadata:
            known["data_fingerprint"] = self._json("data_fingerprint")
            if not isinstance(known["data_fingerprint"], str) or len(known["data_fingerprint"]) > MAX_NAME:
                raise self._impossible("data_fingerprint")
        if "val_accuracy" in self._metadata:
            known["val_accuracy"] = self._fraction("val_accuracy", self._json("val_accuracy"), 0.0, 1.0)
        return known

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self._metadata[key])
        except (KeyError, ValueError, RecursionError):
            raise self._impossible(key) from None

    def _whole(self, key: str, value: object, low: int, high: int) -> int:
        if type(value) is not int or not low <= value <= high:
            raise self._impossible(key)
        return value

    def _fraction(self, key: str, value: object, low: float, high: float) -> float:
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise self._impossible(key)
        return float(value)

    def _impossible(self, key: str) -> UserError:
        return UserError(
            f"What the file says of {key!r} is missing or impossible",
            where=self._where,
            cure="It was altered or damaged: take the original checkpoint",
        )


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))
