"""How to train: one frozen table of settings, and the named recipes.

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

#: The smallest and largest value of each number, both allowed.
LIMITS: dict[str, tuple[float, float]] = {
    "image_px": (8, 1024),
    "epochs": (1, 10_000),
    "batch": (2, 4096),  # batch norm cannot train on one picture
    "lr": (1e-8, 1e6),  # up to the absurd: seeing a run diverge is a lesson
    "momentum": (0, 0.999),
    "weight_decay": (0, 1),
    "label_smoothing": (0, 0.9),
    "shift_px": (0, 64),
    "train_pictures": (0, 10_000_000),
    "val_pictures": (0, 1_000_000),
    "seed": (0, 2**32 - 1),
    "threads": (0, 1024),
}

#: What the settings that are words may say.
CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": ("sgd", "adam"),
    "schedule": ("one-cycle", "constant"),
    "crop": ("whole", "random-resized"),
    "precision": ("auto", "float32", "bfloat16"),
}

_YES_NO = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_LONGEST = {"name": 40, "data": 4096, "net": 100}  # characters: a recipe may come from a stranger


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train a net. The defaults are those of `live`; impossible values raise `UserError`."""

    name: str = "live"  # which named recipe this began as: runs are listed by it
    data: str = "drawn"  # "drawn", or a folder or ZIP: drawn pets need no download and no permission
    net: str = "resnet10_w24"  # a row of the catalogue; one block a stage is the least that shows all four stages
    image_px: int = 48  # side of the square the net sees: a drawn ear is still some pixels wide
    epochs: int = 12  # enough for drawings; with the time to draw, about what an audience will wait
    batch: int = 64  # small enough for many steps in a minute, large enough to keep two cores busy
    optimizer: str = "sgd"  # "sgd" is Nesterov's; "adam" is what the article uses
    lr: float = 0.2  # the peak of one-cycle, or the constant
    momentum: float = 0.9  # Adam's first beta
    weight_decay: float = 5e-4  # on convolutions and matrices alone: norms and biases are left free
    schedule: str = "one-cycle"  # up for a quarter, down for the rest: no learning-rate search in a minute
    label_smoothing: float = 0.1  # pictures are few and the answer is never certain
    flip: bool = True  # a cat seen in a mirror is a cat
    shift_px: int = 4  # up to so many pixels each way, the border reflected: position must not matter
    crop: str = "whole"  # "random-resized" shows parts: harder, for long runs and large sets
    train_pictures: int = 3000  # drawn: a few seconds' work, 0 for this many; folders and ZIPs: a ceiling, 0 for none
    val_pictures: int = 500  # the same for validation: one per cent is five pictures
    seed: int = 0  # of initial weights, order and augmentation: equal seeds on one machine give equal losses
    precision: str = "auto"  # "auto" times both on this machine and takes the faster
    threads: int = 0  # 0 is every core this process may use

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field.name, _TYPES[str(field.type)], getattr(self, field.name))
        if self.shift_px >= self.image_px:
            raise UserError(
                f"Shifts of {self.shift_px} pixels leave nothing of a picture of {self.image_px}",
                where="shift_px",
                cure=f"Give a whole number from 0 to {self.image_px - 1}",
            )

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
        changed = dataclasses.replace(self, **changes)
        changed.check_net()
        return changed

    def check_net(self) -> None:
        """Refuse a net that does not exist, answers no classes, or cannot take pictures of this size."""
        from resnet.catalogue import find  # here, because it brings torch, which listing runs does not need

        net = find(self.net)
        if net.classes is None:
            raise UserError(f"{net.title} has no classes to learn", where="net", cure="Choose a whole net")
        net.check_input((3, self.image_px, self.image_px))

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


def _parse(key: str, kind: type, text: str) -> Any:
    """The value that `text` spells; a `UserError` where it spells none."""
    if kind is str:
        return text
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


def _check(key: str, kind: type, value: Any) -> None:
    """Refuse a value of the wrong type, not finite, or outside its limits or choices."""
    is_kind = type(value) is kind  # not isinstance: True is no whole number here
    if not is_kind:
        raise UserError(f"{str(value)[:40]!r} is not {_noun(kind)}", where=key, cure=_cure(key, kind))
    if key in LIMITS:
        low, high = LIMITS[key]
        if not low <= value <= high:  # also true of NaN
            raise UserError(f"{str(value)[:40]} is out of range", where=key, cure=_cure(key, kind))
    elif key in CHOICES:
        if value not in CHOICES[key]:
            raise UserError(f"{value[:40]!r} is no choice", where=key, cure=_cure(key, kind))
    elif kind is str and not (0 < len(value) <= _LONGEST[key] and value.isprintable()):
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


LIVE = Recipe()
"""The default: a person watches it learn, from nothing to a good answer, in about a minute on two cores.

Measured on two cores of an AMD EPYC with torch 2.15: 1,450 pictures a second in bfloat16 (950 in float32), 2.2 s an
epoch with validation when nothing else runs; in the end 99.8 and 100 % of 500 other drawings (two seeds).
"""

PHOTOS = Recipe(
    name="photos",
    data="data",
    image_px=64,
    epochs=10,
    train_pictures=0,
    val_pictures=0,
)
"""The same idea for real photographs: a larger side, every picture, ten epochs."""

ARTICLE = Recipe(
    name="article",
    data="data",
    net="resnet18",
    image_px=64,
    epochs=10,
    batch=32,
    optimizer="adam",
    lr=0.003,
    weight_decay=0.0,
    schedule="constant",
    label_smoothing=0.0,
    flip=False,
    shift_px=0,
    crop="random-resized",
    train_pictures=0,
    val_pictures=0,
)
"""The first article's recipe: ResNet-18, Adam at 0.003, batch 32, ten epochs, random-resized crops, no flips.

Its pictures are 512 pixels a side: `--set image_px=512` gives that. The default is 64, because 512 costs sixty-four
times the arithmetic, which on two cores turns minutes into most of a day. Crops are cut from the cached square of
`image_px`, not from the file.

What the article's loop gets wrong is put right here, for every recipe:

- its counts of pictures are never reset, so from the second epoch on its losses are divided by too much and fall
  although nothing is learned: here each epoch has its own mean;
- it validates with gradients switched on: here without;
- it validates on random crops, so that the figure is noisy and of other pictures each time: here on whole pictures;
- it keeps a head of 1000 classes for two: here the head has the data's classes.
"""

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (LIVE, PHOTOS, ARTICLE)}


def recipe_named(name: object) -> Recipe:
    """The recipe of this name.

    Raises:
        UserError: there is none; names the nearest.
    """
    if isinstance(name, str) and name in RECIPES:
        return RECIPES[name]
    close = difflib.get_close_matches(str(name)[:40], RECIPES, n=1)
    cure = f"Did you mean {close[0]!r}" if close else f"The recipes are {', '.join(RECIPES)}"
    raise UserError(f"There is no recipe {str(name)[:40]!r}", where="recipe", cure=cure)
