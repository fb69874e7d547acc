"""What a drawn animal looks like apart from being a cat or a dog: coat, markings and mood.

Everything here is thrown before anyone asks which animal it is, so none of it can give the answer away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.pet_easel import Colour, Dice, Easel, Points, Ring, bend, darker, dot, lighter, mix, oval

# base, light markings, dark markings
COATS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((226, 146, 72), (250, 228, 196), (176, 92, 40)),  # ginger
    ((236, 190, 128), (252, 238, 214), (186, 128, 72)),  # sand
    ((140, 144, 154), (232, 232, 234), (86, 90, 102)),  # grey
    ((104, 118, 138), (196, 206, 216), (64, 74, 92)),  # slate blue
    ((82, 76, 82), (240, 236, 230), (48, 44, 52)),  # black
    ((240, 236, 228), (214, 184, 150), (150, 118, 92)),  # white
    ((158, 112, 76), (238, 214, 182), (100, 66, 46)),  # brown
    ((120, 84, 68), (222, 176, 130), (76, 52, 44)),  # chocolate
    ((232, 216, 188), (252, 246, 234), (112, 86, 74)),  # cream
    ((190, 186, 180), (244, 242, 238), (108, 104, 104)),  # silver
    ((198, 116, 68), (246, 232, 216), (96, 64, 54)),  # chestnut
)
MARKINGS = ("plain", "plain", "blaze", "blaze", "patches", "points", "stripes", "stripes", "spots", "cap", "halves")
# one palette for cats and dogs, as for all else: which of them it is has to be seen by shape
IRISES: tuple[Colour, ...] = (
    (150, 190, 70),
    (236, 190, 62),
    (110, 178, 216),
    (196, 142, 50),
    (96, 176, 130),
    (92, 56, 34),
    (120, 74, 36),
)
PINK: Colour = (236, 158, 160)
TONGUE: Colour = (238, 114, 128)
MOUTH: Colour = (112, 44, 52)


@dataclass(frozen=True, slots=True)
class Look:
    """One animal's coat and mood; the same distribution for cats and dogs."""

    base: Colour
    light: Colour
    dark: Colour
    line: Colour  # mouth, lids, rims
    iris: Colour
    nose: Colour
    lining: Colour  # what a raised ear is lined with, before the coat shines through
    marking: str
    fluff: float  # tufts of the outline, as a share of the radius
    turn: complex  # where the head looks, -1 to 1 in x and y
    eyes: str  # open, half, closed or wink
    mouth: str  # calm, smile or open
    collar: Colour | None
    shaded: bool


def throw_look(dice: Dice) -> Look:
    """A random coat and mood."""
    warmth = complex(dice.around(0, 16), dice.around(0, 12))
    base, light, dark = (_tinted(colour, warmth) for colour in dice.pick(COATS))
    line = darker(dark, 0.55)
    return Look(
        base=base,
        light=light,
        dark=dark,
        line=line,
        iris=dice.pick(IRISES),
        # mostly in the lines' colour: black on every nose would count, as a dog's is four times a cat's
        nose=dice.pick((line, line, line, mix(line, PINK, 0.3), mix(line, PINK, 0.8))),
        # seldom pink: hanging ears show none of it, and most cats would then be the pinker ones
        lining=dice.pick((PINK, light, dark)),
        marking=dice.pick(MARKINGS),
        fluff=dice.between(0.02, 0.05) if dice.chance(0.4) else 0.0,
        turn=complex(dice.around(0, 1), dice.around(0, 0.7)),
        eyes=dice.pick(("open",) * 12 + ("half", "closed", "closed", "wink")),
        mouth=dice.pick(("calm", "calm", "smile", "open", "open")),
        collar=bright(dice) if dice.chance(0.5) else None,
        shaded=dice.chance(0.7),
    )


def bright(dice: Dice) -> Colour:
    """A saturated colour, for things an animal does not grow."""
    return dice.pick(
        ((214, 62, 58), (54, 110, 190), (60, 150, 92), (240, 180, 50), (142, 84, 168), (40, 150, 160), (230, 110, 150))
    )


def _tinted(colour: Colour, warmth: complex) -> Colour:
    red, green, blue = colour[0] + warmth.real, colour[1] + warmth.imag, colour[2] - warmth.real
    return min(255, max(0, round(red))), min(255, max(0, round(green))), min(255, max(0, round(blue)))


def ear_colours(dice: Dice, look: Look) -> tuple[Colour, Colour]:
    """The coat's colour on the left and on the right ear."""
    if look.marking in ("points", "cap"):
        return look.dark, look.dark
    if look.marking == "halves":
        return look.dark, look.base
    if look.marking == "patches":
        return dice.pick((look.dark, look.base)), dice.pick((look.dark, look.base))
    usual = dice.pick((look.base, look.base, darker(look.base, 0.22)))
    return usual, usual


def paint_head(easel: Easel, dice: Dice, look: Look, ring: Ring) -> None:
    """The head with its markings, without ears and face."""
    easel.shape(ring.points, look.base, hides=True)  # ears and tail go on behind it
    if look.shaded:
        easel.shape(ring.clip(oval(0.9j - 0.1, 1.1, 0.42)), darker(look.base, 0.09))
        easel.shape(ring.clip(oval(-0.25 - 0.55j, 0.42, 0.24, -0.5)), lighter(look.base, 0.14))
    for points, colour in _head_markings(dice, look, 0.18 * look.turn.real):
        easel.shape(ring.clip(points), colour)
    easel.outline(ring.points)


def _head_markings(dice: Dice, look: Look, middle: float) -> list[tuple[Points, Colour]]:
    if look.marking == "blaze":
        wide = dice.between(0.06, 0.2)
        foot = dice.between(0.5, 0.8)
        left = bend(middle - wide - 1.2j, middle - wide * 0.8 + 0.1j, middle - foot + 1.1j)
        right = bend(middle + foot + 1.1j, middle + wide * 0.8 + 0.1j, middle + wide - 1.2j)
        return [(np.concatenate([left, right]), look.light)]
    if look.marking == "points":
        return [(oval(middle + 0.36j, dice.between(0.5, 0.66), dice.between(0.55, 0.75)), look.dark)]
    if look.marking == "cap":
        brow = dice.between(-0.3, 0.0)
        sides = bend(1.3 + 0.4j, 0.6 + 1j * (brow - 0.2), middle + 1j * (brow - 0.35))
        other = bend(middle + 1j * (brow - 0.35), -0.6 + 1j * (brow - 0.2), -1.3 + 0.4j)
        return [(np.concatenate([sides, other, [-1.3 - 1.3j, 1.3 - 1.3j]]), look.dark)]
    if look.marking == "halves":
        return [
            (np.concatenate([bend(middle - 1.2j, middle + 0.12, middle + 1.3j), [-1.4 + 1.2j, -1.4 - 1.2j]]), look.dark)
        ]
    if look.marking == "patches":
        eye = dice.side()
        return [
            (oval(middle + eye * 0.45 - 0.15j, 0.42, 0.46, dice.around(0, 0.6)), look.dark),
            (
                oval(-eye * dice.between(0.4, 0.9) + 1j * dice.between(-0.9, 0.5), 0.4, 0.3, dice.around(0, 1)),
                look.light,
            ),
        ]
    if look.marking == "stripes":
        return _head_stripes(dice, look, middle)
    if look.marking == "spots":
        return [
            (dot(complex(dice.around(0, 1), dice.between(-0.95, 0.3)), dice.between(0.06, 0.13)), look.dark)
            for _ in range(10)
        ]
    return []


def _head_stripes(dice: Dice, look: Look, middle: float) -> list[tuple[Points, Colour]]:
    wide = dice.between(0.05, 0.085)
    stripes = [_stripe(middle + x * 1.15 - 1.1j, middle + x * 0.62 + 1j * y, wide) for x, y in _FOREHEAD]
    for y in (0.12, 0.42):
        stripes.append(_stripe(1.2 + 1j * (y - 0.1), 0.66 + 1j * y, wide))
        stripes.append(_stripe(-1.2 + 1j * (y - 0.1), -0.66 + 1j * y, wide))
    return [(stripe, look.dark) for stripe in stripes]


_FOREHEAD = ((-0.45, -0.55), (0.0, -0.42), (0.45, -0.55))


def _stripe(outer: complex, inner: complex, wide: float) -> Points:
    across = 1j * (inner - outer) / abs(inner - outer) * wide
    return np.array([outer + across, inner + across * 0.5, inner - across * 0.5, outer - across])


def paint_coat(easel: Easel, dice: Dice, look: Look, ring: Ring) -> None:
    """A body or a haunch: the ring with the same markings as the head."""
    easel.shape(ring.points, look.base, hides=True)  # ears and tail go on behind it
    wide, high = float(np.ptp(ring.points.real)) / 2, float(np.ptp(ring.points.imag)) / 2
    if look.shaded:
        easel.shape(ring.clip(oval(ring.centre + 0.8j * high, wide, high * 0.4)), darker(look.base, 0.1))
    if look.marking == "stripes":
        for side in (-1, 1):
            for y in (-0.45, -0.05, 0.35):
                start = ring.centre + complex(side * 1.2 * wide, (y - 0.1) * high)
                end = ring.centre + complex(side * 0.4 * wide, y * high)
                easel.shape(ring.clip(_stripe(start, end, 0.1)), look.dark)
    elif look.marking in ("spots", "patches"):
        size = 0.12 if look.marking == "spots" else 0.36
        for _ in range(8 if look.marking == "spots" else 2):
            at = ring.centre + complex(dice.around(0, 1) * wide, dice.around(0, 1) * high)
            easel.shape(ring.clip(oval(at, size * dice.between(0.7, 1.3), size)), look.dark)
    elif look.marking == "halves":
        easel.shape(ring.clip(oval(ring.centre - wide, wide * 0.95, high * 1.3)), look.dark)
    easel.outline(ring.points)
