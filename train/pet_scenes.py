"""Where a drawn animal is: backgrounds, things in front of it, and the light that falls on it all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from train.pet_easel import Colour, Dice, Easel, bend, darker, disc, dot, lighter, mix, oval
from train.pet_looks import bright

# fmt: off
BACKDROPS: tuple[Colour, ...] = (
    (246, 226, 190), (196, 222, 232), (206, 228, 200), (240, 206, 204), (222, 212, 236), (250, 240, 214),
    (120, 168, 188), (232, 168, 122), (134, 170, 128), (188, 152, 178), (74, 96, 124), (96, 120, 98),
    (222, 190, 92), (150, 128, 112), (238, 238, 234), (70, 72, 90),
)
# fmt: on
SCENES = ("plain", "gradient", "gradient", "meadow", "meadow", "room", "room", "stripes", "blobs", "night")
PAPER: Colour = (250, 247, 240)


def throw_backdrop(dice: Dice, coat: Colour) -> Colour:
    """A background colour that the coat does not vanish into."""
    colour = dice.pick(BACKDROPS)
    for _ in range(4):
        if sum(abs(a - b) for a, b in zip(colour, coat, strict=True)) > 110:
            break
        colour = dice.pick(BACKDROPS)
    return colour


def paint_scene(easel: Easel, dice: Dice, colour: Colour) -> None:
    """Fills the whole picture; units are the whole side, 0 to 1."""
    kind = dice.pick(SCENES)
    easel.shape(SQUARE, colour)
    other = mix(colour, dice.pick(BACKDROPS), 0.5)
    if kind == "gradient":
        easel.sweep(colour, other)
    elif kind == "meadow":
        _meadow(easel, dice, colour)
    elif kind == "room":
        _room(easel, dice, colour, other)
    elif kind == "stripes":
        _stripes(easel, dice, mix(colour, other, 0.6))
    elif kind == "blobs":
        for _ in range(7):
            easel.shape(
                disc(complex(dice.random(), dice.random()), dice.between(0.04, 0.18)),
                mix(colour, other, dice.between(0.3, 1)),
            )
    elif kind == "night":
        easel.shape(SQUARE, mix(colour, (34, 42, 84), 0.6))
        easel.shape(disc(complex(dice.random(), dice.between(0.05, 0.3)), 0.09), (250, 240, 200))
        for _ in range(9):
            easel.shape(dot(complex(dice.random(), dice.random()), 0.008), (240, 240, 220))


SQUARE = np.array([0, 1, 1 + 1j, 1j])


def _meadow(easel: Easel, dice: Dice, colour: Colour) -> None:
    sky = mix(colour, (170, 212, 240), 0.6)
    grass = mix(colour, (110, 170, 84), 0.7)
    easel.shape(SQUARE, sky)
    for _ in range(dice.pick((0, 2, 3))):
        easel.shape(
            oval(complex(dice.random(), dice.between(0.05, 0.35)), dice.between(0.08, 0.16), 0.05), lighter(sky, 0.6)
        )
    line = dice.between(0.45, 0.75)
    if dice.chance(0.5):
        easel.shape(oval(complex(dice.random(), line + 0.1), 0.6, 0.28), mix(grass, sky, 0.45))
    easel.shape(
        np.concatenate([bend(1j * line, 0.5 + 1j * (line - dice.around(0.04, 0.1)), 1 + 1j * line), [1 + 1j, 1j]]),
        grass,
    )


def _room(easel: Easel, dice: Dice, colour: Colour, other: Colour) -> None:
    line = dice.between(0.6, 0.85)
    easel.shape(SQUARE + 1j * line, mix(other, (150, 110, 80), 0.45))
    easel.shape(np.array([0, 1, 1 + 0.02j, 0.02j]) + 1j * (line - 0.02), lighter(colour, 0.4))
    left, top = dice.pick((dice.between(-0.1, 0.15), dice.between(0.6, 0.85))), dice.between(0.04, 0.2)
    wide, high = dice.between(0.2, 0.35), dice.between(0.2, 0.35)
    frame = np.array([0, wide, complex(wide, high), 1j * high]) + complex(left, top)
    middle = frame.mean()
    easel.shape((frame - middle) * 1.18 + middle, darker(colour, 0.35))
    easel.shape(frame, bright(dice) if dice.chance(0.4) else (190, 220, 240))
    if dice.chance(0.6):
        easel.stroke(np.array([middle - 0.5j * high, middle + 0.5j * high]), darker(colour, 0.35), 0.02)


def _stripes(easel: Easel, dice: Dice, colour: Colour) -> None:
    wide = dice.between(0.05, 0.12)
    lean = dice.pick((0.0, 0.3, -0.3, 1.0))
    x = -1.0
    while x < 2.0:
        easel.shape(np.array([x, x + wide, x + wide + lean + 1j, x + lean + 1j]), colour)
        x += 2 * wide


def paint_front(easel: Easel, dice: Dice) -> None:
    """Perhaps something in front: grass, a ball, a blanket. What it covers leaves the mask."""
    kind = dice.random()
    if kind < 0.14:
        green = mix(bright(dice), (90, 150, 70), 0.8)
        for _ in range(14):
            root, high = dice.random(), dice.between(0.08, 0.24)
            tip = complex(root + dice.around(0, 0.08), 1 - high)
            easel.shape(
                np.array([root - 0.025 + 1.01j, tip, root + 0.025 + 1.01j]),
                mix(green, (40, 70, 40), dice.random() * 0.4),
                hides=True,
            )
    elif kind < 0.24:
        size = dice.between(0.09, 0.15)
        centre = complex(
            dice.pick((dice.between(0.05, 0.25), dice.between(0.75, 0.95))), 1 - size * dice.between(0.5, 1)
        )
        colour = bright(dice)
        easel.shape(disc(centre, size), colour, edged=True, hides=True)
        easel.shape(
            np.concatenate(
                [bend(centre - size, centre - 0.5j * size, centre + size), bend(centre + size, centre, centre - size)]
            ),
            lighter(colour, 0.7),
        )
        easel.shape(oval(centre - 0.4 * size * (1 + 1j), size * 0.2, size * 0.12, -0.7), lighter(colour, 0.6))
    elif kind < 0.32:
        colour, line = bright(dice), dice.between(0.82, 0.92)
        easel.shape(
            np.concatenate([bend(1j * line, 0.5 + 1j * (line + dice.around(0, 0.1)), 1 + 1j * line), [1 + 1j, 1j]]),
            colour,
            edged=True,
            hides=True,
        )
        easel.stroke(np.array([1j * (line + 0.06), 1 + 1j * (line + 0.06)]), lighter(colour, 0.5), 0.02)


def shed_light(picture: npt.NDArray[np.uint8], dice: Dice) -> npt.NDArray[np.uint8]:
    """Brighter or darker, warmer or colder, and often from one side: (side, side, 3) in and out."""
    side = picture.shape[0]
    level = dice.between(0.8, 1.12)
    warm = dice.around(0, 0.08)
    slope = complex(dice.around(0, 0.35), dice.around(0, 0.35)) if dice.chance(0.6) else 0j
    steps = np.linspace(-0.5, 0.5, side)
    gain = level * (1.0 + slope.real * steps[None, :] + slope.imag * steps[:, None])
    # whole numbers from here on: the same bytes on every machine
    gain_256 = np.rint(gain * 256).astype(np.uint32)
    tint_256 = np.array([round(256 * (1 + warm)), 256, round(256 * (1 - warm))], dtype=np.uint32)
    lit = (picture.astype(np.uint32) * gain_256[:, :, None] * tint_256) >> 16
    shown: npt.NDArray[np.uint8] = np.minimum(lit, 255).astype(np.uint8)
    return shown
