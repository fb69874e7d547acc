"""What the page takes as pictures: how many, under what names, and as what squares they reach a net.

Decoding, and every check of the bytes, is `train.pictures`; here is only what a page adds: a count, names fit to show,
refusals that leave the other pictures alone, and drawings as examples.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from resnet.errors import UserError
from train.drawn_pets import CLASSES, MIN_SIDE, draw, label_of
from train.pictures import decode, fit_square
from ui.text import t

MAX_PICTURES = 24  # a table of more is no longer looked at; `python -m train predict` takes any number
WHOLE_PX = 160  # the shorter side, at least, of a picture that is shown as a whole
NAME_LENGTH = 60  # characters of a file name that are shown

DRAWN_MOST = 1_000_000  # drawings that a visitor can choose from, and validation pictures of a run

#: The drawings offered as examples are a series of their own: no training starts from this seed by itself.
DRAWN_SEED = 20151210

Fit: TypeAlias = Literal["crop", "squash"]
FITS: tuple[Fit, ...] = ("crop", "squash")
Square: TypeAlias = npt.NDArray[np.uint8]  # side, side, 3: red green blue


@dataclass(frozen=True)
class Picture:
    """A picture ready for a net.

    Args:
        name: what the person calls it.
        square: exactly the pixels the net gets, (side, side, 3).
        truth: what it shows, where that is known (a drawing, or a picture with a label); else empty.
        whole: what the square was made from, upright and small, (h, w, 3); None for a drawing, or if nobody wants it.
        crop: left, top, right, bottom of the square in it, as shares of its width and height; None if nothing was cut
            off.
        telling: (side, side) bool, the parts that tell a cat from a dog; None where nobody knows them.
    """

    name: str
    square: Square
    truth: str = ""
    whole: Square | None = None
    crop: tuple[float, float, float, float] | None = None
    telling: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class RefusedPicture:
    """A picture that gets no answer, and why."""

    name: str
    reason: UserError


def load(files: Sequence[str], side: int, fit: Fit) -> Iterator[Picture | RefusedPicture]:
    """Pictures or refusals, one for each uploaded file, in order; one at a time, so only one is large at a time.

    Args:
        files: paths of uploads, as Gradio hands them over.
        side: of the square, in pixels.
        fit: "crop" keeps the middle undistorted, "squash" keeps all of it.
    """
    for number, file in enumerate(files):
        yield too_many(file, number) if number >= MAX_PICTURES else load_one(file, side, fit, whole=False)


def load_one(file: str, side: int, fit: Fit, *, whole: bool) -> Picture | RefusedPicture:
    """One picture of them, `whole` as well if that is wanted."""
    name = shown_name(file)
    try:
        image = decode(Path(file), name=name, side=side)
        square = np.asarray(fit_square(image, side, fit))
        if whole and side < WHOLE_PX:  # the net's own square is of what the decoder makes for that side, as in training
            image = decode(Path(file), name=name, side=WHOLE_PX)
    except UserError as error:
        return RefusedPicture(name, error)
    crop = None if image.width == image.height or fit != "crop" else _middle(*image.size)
    if not whole:
        return Picture(name, square, crop=crop)
    image.thumbnail((2 * WHOLE_PX, 2 * WHOLE_PX))
    return Picture(name, square, whole=np.asarray(image), crop=crop)


def too_many(file: str, number: int) -> RefusedPicture:
    """What becomes of a picture at place `number`, from 0, if so many are not looked at."""
    what = t("predict.too_many", number=number + 1, most=MAX_PICTURES)
    return RefusedPicture(shown_name(file), UserError(what, cure=t("predict.too_many_cure")))


def _middle(width: int, height: int) -> tuple[float, float, float, float]:
    """Where `fit_square` cuts the middle out of a picture of that size."""
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    return left / width, top / height, (left + edge) / width, (top + edge) / height


def checked_fit(word: str) -> Fit:
    """A way to make pictures square, as a script names it.

    Raises:
        UserError: there is no such way.
    """
    for fit in FITS:
        if word == fit:
            return fit
    cure = t("predict.unknown_fit_cure", fits=" / ".join(FITS))
    raise UserError(t("predict.unknown_fit", fit=repr(word)[:60]), where="fit", cure=cure)


def shown_name(file: str) -> str:
    """A file's own name, without its folder and without characters that are not shown or that turn the text round."""
    name = file.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip()
    if len(name) > NAME_LENGTH:
        name = f"{name[: NAME_LENGTH - 13]}…{name[-12:]}"
    return name or t("predict.unnamed")


def drawn(index: int, side: int, name: str) -> Picture:
    """Drawing `index` of the examples, drawn at exactly `side` pixels; a smaller one than can be drawn is shrunk."""
    drawing = draw(DRAWN_SEED, index, max(side, MIN_SIDE))
    truth = CLASSES[drawing.label]
    if side < MIN_SIDE:
        return Picture(name, np.asarray(fit_square(Image.fromarray(drawing.image), side)), truth)
    return Picture(name, drawing.image, truth, telling=drawing.mask)


def next_drawn(animal: str, after: int) -> int:
    """The index of the first example that shows `animal` ("cat" or "dog") and comes after index `after`."""
    return next(index for index in count(after + 1) if CLASSES[label_of(DRAWN_SEED, index)] == animal)
