"""Cats and dogs drawn by program: the embedded data set, endless, free and the same on every machine.

A drawing depends on (seed, index, side) and on nothing else. Of every two neighbours 2k and 2k + 1 one is a
cat and one a dog. Coat, markings, palette, scene, scale, light and style do not depend on the label, so the
two differ only in the shapes of ears, muzzle, nose, eyes, whiskers and tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from resnet.errors import UserError
from train.pet_bodies import POSES, paint_body
from train.pet_easel import Dice, Easel, darker, first_numbers
from train.pet_faces import paint_cat, paint_dog
from train.pet_looks import Look, throw_look
from train.pet_scenes import PAPER, paint_front, paint_scene, shed_light, throw_backdrop

CLASSES = ("cat", "dog")
MIN_SIDE, MAX_SIDE = 16, 1024
_PICTURE, _LABELS = 0, 1  # streams of the same key, so that labels and pictures share no numbers


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture.

    Attributes:
        image: (side, side, 3) uint8, red green blue.
        label: 0 cat, 1 dog; see CLASSES.
        mask: (side, side) bool, true on the visible parts that tell a cat from a dog.
    """

    image: npt.NDArray[np.uint8]
    label: int
    mask: npt.NDArray[np.bool_]


def label_of(seed: int, index: int) -> int:
    """0 for a cat, 1 for a dog, without drawing it."""
    return int(labels_of(seed, index, 1)[0])


def labels_of(seed: int, first: int, count: int) -> Tensor:
    """The labels of pictures `first` to `first + count - 1`: int64. A thousand take about three milliseconds."""
    pairs = range(first // 2, (first + count + 1) // 2)
    dogs_first = torch.tensor([number < 0.5 for number in first_numbers(seed, pairs, _LABELS)], dtype=torch.int64)
    both = torch.stack([dogs_first, 1 - dogs_first], dim=1).flatten()
    return both[first % 2 :][:count]


def draw(seed: int, index: int, side: int) -> Drawing:
    """Draws picture `index` of the endless series `seed`, `side` pixels wide and high.

    Raises:
        UserError: `side` is outside MIN_SIDE to MAX_SIDE.
    """
    check_side(side)
    return _draw(seed, index, side, masked=True)


def draw_image(seed: int, index: int, side: int) -> npt.NDArray[np.uint8]:
    """The image of `draw` alone, which takes less time. Raises what `draw` raises."""
    check_side(side)
    return _draw(seed, index, side, masked=False).image


def check_side(side: int) -> None:
    """Refuse a side outside MIN_SIDE to MAX_SIDE."""
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise UserError(
            f"A drawing cannot be {side} pixels wide", where="side", cure=f"Give a side from {MIN_SIDE} to {MAX_SIDE}"
        )


def _draw(seed: int, index: int, side: int, *, masked: bool) -> Drawing:
    dice = Dice(seed, index, _PICTURE)
    easel = Easel(side, masked=masked)
    look = throw_look(dice)
    _throw_style(easel, dice, look)
    paint_scene(easel, dice, throw_backdrop(dice, look.base))
    pose = dice.pick(POSES)
    scale, centre, lean = _throw_place(dice, pose)
    label = label_of(seed, index)
    easel.move(scale, centre, 0.25 * lean)
    paint_body(easel, dice, look, pose, cat=label == 0)
    easel.move(scale, centre, lean)
    (paint_cat, paint_dog)[label](easel, dice, look)
    easel.move(1.0, 0j)
    paint_front(easel, dice)
    picture, mask = easel.finish()
    return Drawing(image=shed_light(picture, dice), label=label, mask=mask)


def _throw_place(dice: Dice, pose: str) -> tuple[float, complex, float]:
    """Half a head's width as a share of the side, where the head's middle is, and how far it leans in radians."""
    across = dice.around(0.5, 0.1)
    if pose == "face":
        return dice.between(0.27, 0.4), complex(across, dice.around(0.56, 0.09)), dice.around(0, 0.5)
    if pose == "bust":
        return dice.between(0.22, 0.3), complex(across, dice.around(0.43, 0.06)), dice.around(0, 0.4)
    if pose == "sitting":
        scale = dice.between(0.165, 0.2)
        return scale, complex(across, 0.93 - 2.75 * scale + dice.around(0, 0.04)), dice.around(0, 0.3)
    return dice.between(0.18, 0.235), complex(across, dice.around(0.52, 0.1)), dice.around(0, 0.3)


def _throw_style(easel: Easel, dice: Dice, look: Look) -> None:
    """Cartoon (dark outlines), soft (in the coat's colour), flat (hardly any) or sketch (pencil, pale washes)."""
    style = dice.random()
    if style < 0.35:
        easel.ink, easel.ink_width = darker(look.dark, 0.5), dice.between(0.007, 0.013)
    elif style < 0.6:
        easel.ink, easel.ink_width = darker(look.base, 0.3), dice.between(0.005, 0.01)
    elif style < 0.82:
        easel.ink, easel.ink_width = darker(look.base, 0.14), 0.004
    else:
        easel.ink, easel.ink_width = (66, 60, 66), 0.006
        easel.wash = PAPER, dice.between(0.25, 0.55)
        easel.wobble = complex(dice.around(0, 0.012), dice.around(0, 0.012))
