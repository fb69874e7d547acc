"""How to train: one frozen table of settings.

A recipe is data. It is written beside a run, read back on another machine, shown on the page and changed there
or with `--set key=value`; whatever a recipe holds has been checked, so that the engine need not ask again.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resnet.errors import UserError
from train.cores import usable_cores

#: The smallest and largest value of each number that may be asked for, both allowed.
LIMITS: dict[str, tuple[float, float]] = {
    "image_px": (8, 1024),
    "start_px": (0, 1024),
    "stored_px": (0, 1024),
    "val_px": (0, 1024),
    "epochs": (1, 10_000),
    "batch": (2, 65_536),  # batch norm cannot train on one picture
    "lr": (1e-8, 10),  # far beyond what any recipe stands: seeing a run diverge is a lesson
    "momentum": (0, 0.999),
    "weight_decay": (0, 1),
    "label_smoothing": (0, 0.9),
    "ema": (0, 0.99999),
    "shift_px": (0, 64),
    "crop_area": (0.01, 1),
    "colour": (0, 1),
    "turned": (0, 1),
    "train_pictures": (0, 10_000_000),
    "val_pictures": (0, 1_000_000),
    "drawn_pictures": (0, 1_000_000),
    "batch_per_process": (0, 4096),
    "seed": (0, 2**32 - 1),
    "threads": (0, 1024),
}

#: The same of what is read back, where it is more: runs of earlier versions have such values.
KEPT_LIMITS: dict[str, tuple[float, float]] = {"lr": (1e-8, 1e6)}

#: What the settings that are words may say.
CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": ("sgd", "adam", "adamw"),
    "schedule": ("one-cycle", "cosine", "steps", "constant"),
    "crop": ("whole", "random-resized"),
    "norm": ("batch", "group"),
    "precision": ("auto", "float32", "bfloat16"),
    "device": ("auto", "cpu", "cuda"),
}

GROWTH = 16  # pixels by which pictures grow: five halvings of a net turn each step into half a pixel of its last map

_YES_NO = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_LONGEST = {"name": 40, "data": 4096, "net": 200, "init": 4096, "freeze": 4096}  # a recipe may come from a stranger
_MAY_BE_EMPTY = frozenset({"init", "freeze"})


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train a net. The defaults are those of `live`; impossible values raise `UserError`."""

    name: str = "live"  # which named recipe this began as: runs are listed by it
    data: str = "drawn"  # "drawn", or a folder or ZIP: drawn pets need no download and no permission
    net: str = "resnet10_w24"  # a catalogue row, or "design:..."; one block a stage is the least that shows all four
    norm: str = "batch"  # "group" does not depend on the batch, so any number of processes gives the same losses
    init: str = ""  # weights to begin from: "imagenet", a file, a run, "hub:ID"; empty for freshly drawn ones
    freeze: str = ""  # layers that keep their weights: "conv1 bn1 layer1", or "all but layer4 fc"
    image_px: int = 48  # side of the square the net sees: a drawn ear is still some pixels wide
    start_px: int = 0  # side in the first epochs, growing to image_px: small pictures teach cheaply; 0 is image_px
    stored_px: int = 0  # side of the stored square that crops are cut from: more than image_px keeps detail; 0 is it
    val_px: int = 0  # side of pictures asked about, also later: crops make things look larger; 0 is image_px
    epochs: int = 12  # enough for drawings; with the time to draw, about what an audience will wait
    batch: int = 64  # of all processes together; small enough for many steps in a minute, and two cores are busy
    batch_per_process: int = 0  # if given, batch is this times the processes, and lr grows in proportion
    optimizer: str = "adamw"  # fresh nets stand its steps from the first; "sgd" is Nesterov's, "adam" the article's
    lr: float = 0.003  # the highest of the schedule
    momentum: float = 0.9  # Adam's first beta
    weight_decay: float = 0.05  # on convolutions and matrices alone: norms and biases are left free
    schedule: str = "one-cycle"  # up for a quarter, down for the rest: no learning-rate search in a minute
    label_smoothing: float = 0.1  # pictures are few and the answer is never certain
    ema: float = 0.0  # answer with a running mean of the weights that keeps this part of itself a step; 0 is off
    flip: bool = True  # a cat seen in a mirror is a cat
    mirrored: bool = False  # answer with the mean over a picture and its mirror image: twice the work, a little surer
    shift_px: int = 4  # up to so many pixels each way, the border reflected: position must not matter
    crop: str = "whole"  # "random-resized" shows parts: harder, for long runs and large sets
    crop_area: float = 0.08  # of a random-resized crop, the least part of the picture: torchvision's
    colour: float = 0.0  # brightness, contrast and saturation change by up to this part: light must not matter
    turned: float = 0.0  # this part of the pictures lies on its left or right side: photos without their upright mark
    train_pictures: int = 3000  # drawn: a few seconds' work, 0 for this many; folders and ZIPs: a ceiling, 0 for none
    val_pictures: int = 500  # the same for validation: one per cent is five pictures
    drawn_pictures: int = 0  # so many drawn pets join the training pictures of cats and dogs
    seed: int = 0  # of initial weights, order and augmentation: equal seeds on one machine give equal losses
    precision: str = "auto"  # "auto" times both on this machine and takes the faster
    device: str = "auto"  # "auto" is a GPU where PyTorch finds one
    threads: int = 0  # 0 is every core this process may use

    def __post_init__(self) -> None:
        limits = LIMITS | KEPT_LIMITS
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name), limits)
        smallest = self.sides()[0]
        if self.shift_px >= smallest:
            raise UserError(
                f"Shifts of {self.shift_px} pixels leave nothing of a picture of {smallest}",
                where="shift_px",
                cure=f"Give a whole number from 0 to {smallest - 1}",
            )
        if self.start_px > self.image_px:
            raise UserError(
                f"Pictures cannot grow from {self.start_px} to {self.image_px} pixels",
                where="start_px",
                cure=f"Give a whole number from 0 to {self.image_px}",
            )

    def sides(self) -> tuple[int, ...]:
        """Side of the training pictures in each epoch, in pixels.

        From start_px to image_px in steps of GROWTH, each size for as many epochs as the others; where epochs are fewer
        than sizes, the largest of them.
        """
        if not self.start_px:
            return (self.image_px,) * self.epochs
        steps = [*range(self.start_px, self.image_px, GROWTH), self.image_px][-self.epochs :]
        return tuple(steps[epoch * len(steps) // self.epochs] for epoch in range(self.epochs))

    @property
    def stored_side(self) -> int:
        """Side of the stored training pictures, in pixels."""
        return self.stored_px or self.image_px

    @property
    def val_side(self) -> int:
        """Side of the pictures asked about, in pixels."""
        return self.val_px or self.image_px

    def with_settings(self, settings: Mapping[str, str]) -> Recipe:
        """A changed copy: `{"epochs": "3"}` as a form or `--set epochs=3` says it.

        Raises:
            UserError: for an unknown key (naming the nearest), a value that is no such thing or out of range, more
                threads than this machine has cores, and for what does not go together, such as a net that is too
                deep for the picture's side.
        """
        known = {field.name: _TYPES[str(field.type)] for field in dataclasses.fields(self)}
        changes: dict[str, Any] = {}
        for key, text in settings.items():
            if key not in known:
                raise UserError(f"There is no setting {key!r}", where="settings", cure=_nearest(key, tuple(known)))
            changes[key] = _parse(key, known[key], str(text).strip())
        _check_threads(changes.get("threads", 0))
        for key, value in changes.items():
            check_asked(key, value)
        changed = dataclasses.replace(self, **changes)
        return dataclasses.replace(changed, net=changed.check_net())  # a design can be written in several ways

    def check_net(self) -> str:
        """Refuse a net that does not exist, answers no classes, or cannot take pictures of this size; else its name."""
        from resnet.catalogue import find  # here, because it brings torch, which listing runs does not need

        net = find(self.net)
        if net.classes is None:
            raise UserError(f"{net.title} has no classes to learn", where="net", cure="Choose a whole net")
        for side in {self.sides()[0], self.image_px, self.val_side}:
            net.check_input((3, side, side))
        return net.name

    def to_json(self) -> str:
        """One JSON object, a setting a line: readable beside a run."""
        return json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str = "recipe.json") -> Recipe:
        """Read `to_json`'s text back; settings it does not mention have their defaults.

        Raises:
            UserError: naming `where`, for anything that is not a recipe.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise UserError("This is not a recipe", where=where, cure="Give one JSON object of settings")
        known = {field.name: _TYPES[str(field.type)] for field in dataclasses.fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise UserError(f"There is no setting {key!r}", where=where, cure=_nearest(key, tuple(known)))
            if known[key] is float and type(value) is int:
                values[key] = float(value) if abs(value) < 2**53 else math.inf  # JSON writes 1.0 as 1
        return cls(**values)


_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def check_asked(key: str, value: Any) -> None:
    """Refuse what nobody may ask for as the setting `key`; a run of an earlier version may have it.

    Raises:
        UserError: it has the wrong type, is not finite, or is outside its limits or choices.
    """
    _check(key, value, LIMITS)


def _parse(key: str, kind: type, text: str) -> Any:
    """The value that `text` spells; a `UserError` where it spells none."""
    if kind is str:
        return text.lower() if key in CHOICES else text
    try:
        if kind is bool:
            return _YES_NO[text.lower()]
        if kind is float:
            return float(text)
        try:
            return int(text)
        except ValueError:
            number = float(text)  # "1e3" and a form's "3.0" are whole numbers too
            if not number.is_integer():
                raise
            return int(number)
    except (KeyError, ValueError, OverflowError):
        raise UserError(f"{text[:40]!r} is not {_noun(kind)}", where=key, cure=_cure(key, kind)) from None


def _check(key: str, value: Any, limits: Mapping[str, tuple[float, float]]) -> None:
    """Refuse a value of the wrong type, not finite, or outside its limits or choices."""
    kind = _TYPES[str(Recipe.__dataclass_fields__[key].type)]
    is_kind = type(value) is kind  # not isinstance: True is no whole number here
    if not is_kind:
        raise UserError(f"{str(value)[:40]!r} is not {_noun(kind)}", where=key, cure=_cure(key, kind))
    if key in limits:
        low, high = limits[key]
        if not low <= value <= high:  # also true of NaN
            raise UserError(f"{str(value)[:40]} is out of range", where=key, cure=_cure(key, kind))
    elif key in CHOICES:
        if value not in CHOICES[key]:
            raise UserError(f"{value[:40]!r} is no choice", where=key, cure=_cure(key, kind))
    elif kind is str and not ((value or key in _MAY_BE_EMPTY) and len(value) <= _LONGEST[key] and value.isprintable()):
        raise UserError(
            "This text is empty, too long or not printable",
            where=key,
            cure=f"Give 1 to {_LONGEST[key]} printable characters",
        )


def _check_threads(count: int) -> None:
    """Refuse more threads than cores. Only where threads are asked for: a recipe may come from a larger machine."""
    cores = usable_cores()
    if count > cores:
        raise UserError(
            f"{count:,} threads are more than this program's cores",
            where="threads",
            cure=f"Give a whole number from 0 to {cores}; 0 uses every core",
        )


def _noun(kind: type) -> str:
    return {str: "text", int: "a whole number", float: "a number", bool: "yes or no"}[kind]


def _cure(key: str, kind: type) -> str:
    if key in LIMITS:
        low, high = LIMITS[key]
        return f"Give {_noun(kind)} from {low:g} to {high:.10g}"
    if key in CHOICES:
        return f"Choose one of {', '.join(CHOICES[key])}"
    return f"Give {_noun(kind)}"


def _nearest(key: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(key[:40], known, n=1)
    return f"Did you mean {close[0]!r}" if close else f"The settings are {', '.join(known)}"
