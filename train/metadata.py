"""What a checkpoint says of itself, as text beside its weights: written here, and read from strangers.

Anyone may have written it. What it names is looked up in the catalogue and what it counts is bounded before anything
is built from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import nn

from resnet.catalogue import find
from resnet.errors import UserError
from train.calibration import TEMPERATURES
from train.familiarity import Familiarity, feature_sizes
from train.recipe import CHOICES, LIMITS

if TYPE_CHECKING:
    from train.checkpoint import Classifier

FORMAT = "resnet-lab/1"
MAX_CLASSES = 1000
#: Tells where weights come from.
HISTORY = ("recipe", "epoch", "step", "val_accuracy", "cpu_seconds", "data_fingerprint")
MAX_NAME = 255  # characters of a class's or net's name: as long as a folder's can be


def metadata_of(classifier: Classifier) -> dict[str, str]:
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


class Metadata:
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
        return tuple(self._number(key, value, low, 10.0) for value in values)

    def mirrored(self) -> bool:
        """False where the file does not say."""
        value = self._json("mirrored") if "mirrored" in self._metadata else False
        if not isinstance(value, bool):
            raise self._impossible("mirrored")
        return value

    def temperature(self) -> float:
        """1 where the file does not say."""
        value = self._json("temperature") if "temperature" in self._metadata else 1.0
        return self._number("temperature", value, *TEMPERATURES)

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
        if "cpu_seconds" in self._metadata:
            known["cpu_seconds"] = self._number("cpu_seconds", self._json("cpu_seconds"), 0.0, 1e12)
        if "data_fingerprint" in self._metadata:
            known["data_fingerprint"] = self._json("data_fingerprint")
            if not isinstance(known["data_fingerprint"], str) or len(known["data_fingerprint"]) > MAX_NAME:
                raise self._impossible("data_fingerprint")
        if "val_accuracy" in self._metadata:
            known["val_accuracy"] = self._number("val_accuracy", self._json("val_accuracy"), 0.0, 1.0)
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

    def _number(self, key: str, value: object, low: float, high: float) -> float:
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
