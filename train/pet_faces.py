"""The heads: here, and in the tail, lies all that makes a cat a cat and a dog a dog.

A cat: pointed ears on top, slanted eyes with slit pupils, a small nose above two small pads, whiskers.
A dog: hanging, folded or wide-set ears, round eyes and pupils, a long muzzle with a big nose in front of the chin.
All their colours come from the look or are the same for both, and both show about as much tongue and eye: a net that
could go by colours would not have to see shapes.
Both heads are about 2 units wide around 0; parts that lie further forward move more when the head turns.
"""

from __future__ import annotations

import numpy as np

from train.pet_easel import (
    Colour,
    Dice,
    Easel,
    Points,
    Ring,
    bend,
    darker,
    dot,
    lighter,
    luminance,
    mirrored,
    mix,
    oval,
)
from train.pet_looks import MOUTH, TONGUE, Look, ear_colours, paint_head

# nine radii from the crown, clockwise, to the chin
CAT_HEADS = (
    (0.86, 0.90, 0.97, 1.00, 1.02, 1.03, 0.96, 0.85, 0.80),  # house cat
    (0.85, 0.92, 1.00, 1.06, 1.10, 1.10, 1.00, 0.86, 0.80),  # Persian
    (0.86, 0.90, 0.93, 0.93, 0.93, 0.90, 0.84, 0.80, 0.80),  # Siamese
    (0.86, 0.89, 0.93, 0.97, 1.02, 1.10, 1.02, 0.86, 0.80),  # Norwegian, with cheeks
)
DOG_HEADS = (
    (0.92, 0.91, 0.88, 0.84, 0.82, 0.82, 0.86, 0.94, 0.98),  # hound
    (0.86, 0.90, 0.97, 1.00, 1.02, 1.04, 1.00, 0.95, 0.92),  # pug
    (0.88, 0.90, 0.93, 0.93, 0.92, 0.90, 0.90, 0.92, 0.95),  # retriever
    (0.86, 0.90, 0.94, 0.96, 1.00, 1.04, 0.98, 0.92, 0.92),  # spitz, with cheeks
)
PUPIL: Colour = (24, 20, 24)
WHITE: Colour = (255, 255, 255)


def paint_cat(easel: Easel, dice: Dice, look: Look) -> None:
    """A cat's head at the easel's place."""
    ring = Ring([r * dice.around(1, 0.03) for r in dice.pick(CAT_HEADS)], fluff=look.fluff)
    _paint_ears(easel, dice, look, _cat_ear(dice))
    paint_head(easel, dice, look, ring)
    face = complex(0.27 * look.turn.real, 0.17 * look.turn.imag)
    _cat_muzzle(easel, dice, look, face)
    _cat_eyes(easel, dice, look, complex(0.17 * look.turn.real, -0.06 + 0.12 * look.turn.imag))
    _whiskers(easel, dice, look, face)


def paint_dog(easel: Easel, dice: Dice, look: Look) -> None:
    """A dog's head at the easel's place."""
    ring = Ring([r * dice.around(1, 0.03) for r in dice.pick(DOG_HEADS)], fluff=look.fluff)
    hanging = dice.chance(0.5)
    ear = _hanging_ear(dice) if hanging else _folded_ear(dice) if dice.chance(0.6) else _pricked_ear(dice)
    if not hanging:
        _paint_ears(easel, dice, look, ear)
    paint_head(easel, dice, look, ring)
    if hanging:
        _paint_ears(easel, dice, look, ear)
    _dog_muzzle(easel, dice, look, complex(0.36 * look.turn.real, 0.19 * look.turn.imag))
    _dog_eyes(easel, dice, look, complex(0.17 * look.turn.real, -0.2 + 0.12 * look.turn.imag))


# An ear is drawn for the right side as pieces from back to front: its shape, and whether that is the
# outside in the coat's colour, the pink inside, or a flap seen from behind.
Ear = list[tuple[Points, str]]


def _paint_ears(easel: Easel, dice: Dice, look: Look, ear: Ear) -> None:
    swing = dice.around(0, 0.12)
    root = 0.6 - 0.5j
    for side, colour in zip((-1, 1), ear_colours(dice, look), strict=True):
        colours = {"coat": colour, "inside": mix(colour, look.lining, 0.5), "flap": darker(colour, 0.18)}
        turn = complex(1.0, swing * side)  # both ears lean the same way, as in a tilted head
        for points, kind in ear:
            placed = (points - root) * turn + root
            if side < 0:
                placed = mirrored(placed)
            easel.shape(placed, colours[kind], edged=kind != "inside", telling=True)


def _cat_ear(dice: Dice) -> Ear:
    tip = complex(dice.between(0.62, 0.92), -dice.between(1.3, 1.62))
    middle = 0.55 - 0.5j
    pieces: Ear = [
        (_triangle(tip, 0.95 - 0.2j, 0.1 - 0.7j, 0.08), "coat"),
        (_triangle(_along(middle, tip, 0.84), 0.78 - 0.45j, 0.3 - 0.7j, 0.05), "inside"),
    ]
    if dice.chance(0.1):
        crease = _along(middle, tip, 0.6)
        flap = np.array([crease - 0.28 - 0.06j, tip * 0.97, crease + 0.24 + 0.02j, crease + 0.02 + 0.28j])
        pieces.append((flap, "flap"))
    return pieces


def _hanging_ear(dice: Dice) -> Ear:
    long, out = dice.between(0.35, 1.0), dice.between(1.02, 1.3)
    wide = dice.between(0.3, 0.42)
    tip = complex(out - 0.06, long)
    outer = bend(0.42 - 0.9j, complex(out + 0.12, -0.75), complex(out + 0.1, long * 0.6))
    bottom = bend(outer[-1], tip + 0.14j, complex(out - wide, long * 0.75))
    inner = bend(complex(out - wide, long * 0.75), complex(0.78, -0.1), 0.42 - 0.9j)
    return [(np.concatenate([outer, bottom, inner]), "coat")]


def _folded_ear(dice: Dice) -> Ear:
    high, out = dice.between(1.05, 1.3), dice.between(0.8, 1.0)
    crest = complex(out, -high)
    tip = complex(out + dice.between(0.22, 0.42), -high + dice.between(0.5, 0.75))
    stem = np.concatenate(
        [bend(0.92 - 0.15j, 1.08 - 0.6j, crest + 0.14 + 0.04j), bend(crest - 0.12, 0.4 - 1.05j, 0.2 - 0.75j)]
    )
    flap = np.concatenate(
        [
            bend(crest - 0.3 + 0.12j, crest - 0.02j, crest + 0.22 + 0.1j),
            bend(tip + 0.06, tip + 0.08j, tip - 0.1),
            [crest - 0.22 + 0.4j],
        ]
    )
    return [(stem, "coat"), (flap, "flap")]


def _pricked_ear(dice: Dice) -> Ear:
    tip = complex(dice.between(1.05, 1.3), -dice.between(1.2, 1.45))
    blunt = 0.12
    outer = bend(1.0 + 0.05j, complex(1.32, -0.5), tip + blunt * (0.8 + 0.6j))
    inner = bend(tip - blunt, complex(0.5, -1.15), 0.3 - 0.72j)
    pieces: Ear = [(np.concatenate([outer, [tip], inner, [0.6 - 0.2j]]), "coat")]
    middle = 0.72 - 0.5j
    pieces.append(((pieces[0][0] - middle) * 0.62 + middle + 0.06 - 0.1j, "inside"))
    return pieces


def _along(one: complex, other: complex, share: float) -> complex:
    """The point this share of the way from one to the other."""
    return one + (other - one) * share


def _triangle(tip: complex, outer: complex, inner: complex, bulge: float) -> Points:
    middle_out, middle_in = (tip + outer) / 2 + bulge * (1 - 0.3j), (tip + inner) / 2 - bulge * (1 + 0.3j)
    return np.concatenate([bend(outer, middle_out, tip), bend(tip, middle_in, inner), [0.5 - 0.2j]])


def _cat_eyes(easel: Easel, dice: Dice, look: Look, middle: complex) -> None:
    wide, high = dice.between(0.20, 0.26), dice.between(0.15, 0.21)
    apart = dice.between(0.40, 0.47)
    slant = dice.between(0.06, 0.13)
    slit = dice.between(0.04, 0.07) if dice.chance(0.6) else high * 0.55
    glance = complex(dice.around(0, 0.05), 0)
    for side in (-1, 1):
        centre = middle + side * apart
        inner, outer = centre - side * wide + 1j * slant * 0.6, centre + side * wide - 1j * slant
        if _shut(look, side):
            depth = 0.5 * high if look.mouth != "smile" else -0.7 * high
            easel.stroke(bend(inner, centre + 2j * depth, outer), look.line, 0.07, telling=True)
            continue
        top = centre - 2j * high * (0.35 if look.eyes == "half" else 1.0)
        almond = np.concatenate([bend(inner, top, outer), bend(outer, centre + 1.7j * high, inner)])
        easel.shape((almond - centre) * 1.16 + centre, look.line, telling=True)
        easel.shape(almond, look.iris)
        squat = 0.55 if look.eyes == "half" else 0.92
        easel.shape(oval(centre + glance + (0.04j if squat < 0.9 else 0), slit, high * squat), PUPIL)
        easel.shape(dot(centre + glance - 0.06 - 0.07j, 0.05), WHITE)


def _shut(look: Look, side: int) -> bool:
    return look.eyes == "closed" or (look.eyes == "wink" and side > 0)


def _muzzle_colour(look: Look) -> Colour:
    if look.marking == "points":
        return lighter(look.dark, 0.12)
    return mix(look.base, look.light, 0.75) if look.marking != "plain" else lighter(look.base, 0.22)


def _cat_muzzle(easel: Easel, dice: Dice, look: Look, middle: complex) -> None:
    pad = _muzzle_colour(look)
    nose = middle + 0.27j
    fat = dice.between(0.9, 1.12)
    if look.mouth == "open":
        easel.shape(oval(middle + 0.66j, 0.19, 0.21), MOUTH, telling=True)
        easel.shape(oval(middle + 0.73j, 0.14, 0.14), TONGUE)
    else:
        easel.shape(oval(middle + 0.58j, 0.15, 0.13), pad, telling=True)
    for side in (-1, 1):
        easel.shape(oval(middle + side * 0.16 + 0.45j, 0.21 * fat, 0.165 * fat), pad, telling=True)
    lift = 0.05 if look.mouth == "smile" else 0.0
    for side in (-1, 1):
        corner = middle + side * 0.24 + 1j * (0.5 - lift)
        easel.stroke(bend(nose + 0.14j, nose + 0.34j + side * 0.1, corner), look.line, 0.04)
    easel.stroke(np.array([nose, nose + 0.16j]), look.line, 0.04)
    triangle = [-0.13 - 0.05j, -0.06 - 0.085j, 0.06 - 0.085j, 0.13 - 0.05j, 0.02 + 0.09j, -0.02 + 0.09j]
    easel.shape(np.array(triangle) + nose, look.nose, telling=True)


def _whiskers(easel: Easel, dice: Dice, look: Look, middle: complex) -> None:
    colour = look.light if luminance(look.base) < 150 else look.line
    long, droop = dice.between(1.15, 1.4), dice.around(0.02, 0.1)
    for side in (-1, 1):
        for root, end in ((0.40, 0.16), (0.47, 0.44), (0.54, 0.72)):
            start = middle + side * 0.2 + 1j * root
            stop = complex(side * long, end + droop) + middle * 0.4
            easel.stroke(bend(start, (start + stop) / 2 - 0.06j, stop), colour, 0.022, telling=True)


def _dog_eyes(easel: Easel, dice: Dice, look: Look, middle: complex) -> None:
    size = dice.between(0.155, 0.195)
    apart = dice.between(0.36, 0.45)
    brow = look.dark if luminance(look.base) > 150 else look.light
    brows = dice.chance(0.35)
    for side in (-1, 1):
        centre = middle + side * apart
        if brows:
            easel.shape(oval(centre - side * 0.04 - 1j * (size + 0.17), 0.12, 0.07, side * 0.3), brow, telling=True)
        if _shut(look, side):
            depth = 0.5 * size if look.mouth != "smile" else -0.8 * size
            ends = centre - size * 1.1, centre + size * 1.1
            easel.stroke(bend(ends[0], centre + 2j * depth, ends[1]), look.line, 0.07, telling=True)
            continue
        high = size * (0.6 if look.eyes == "half" else 1.05)
        easel.shape(oval(centre, size * 1.2, high * 1.18), look.line, telling=True)
        easel.shape(oval(centre, size, high), look.iris)
        easel.shape(oval(centre, size * 0.62, high * 0.68), PUPIL)
        easel.shape(dot(centre - 0.04 - 0.3j * high, 0.05), WHITE)


def _dog_muzzle(easel: Easel, dice: Dice, look: Look, middle: complex) -> None:
    coat = _muzzle_colour(look)
    wide, high = dice.between(0.43, 0.56), dice.between(0.42, 0.52)
    nose = middle + 1j * dice.between(0.2, 0.28)
    chin = middle + 0.45j + 1j * high
    if look.mouth == "open":
        easel.shape(oval(chin - 0.1j, wide * 0.6, 0.27), MOUTH, edged=True, telling=True)
    # the bridge of the nose runs up between the eyes, then the jowls hang either side of it
    right = np.array([wide * 0.42 - 0.22j, wide * 0.8 + 0.35j])
    snout = np.concatenate([right, mirrored(right)[::-1]]) + middle
    easel.shape(snout, coat, telling=True)
    easel.shape(oval(middle + 0.45j, wide, high), coat, telling=True)
    for side in (-1, 1):
        easel.shape(oval(middle + side * wide * 0.5 + 0.56j, wide * 0.62, high * 0.66), coat, telling=True)
    lip = nose + 1j * (0.22 + high * 0.55)
    if look.mouth == "open":
        long = dice.between(0.25, 0.4)
        easel.shape(oval(lip + 1j * (0.02 + long * 0.5), 0.14, long * 0.6), TONGUE, edged=True, telling=True)
        easel.stroke(np.array([lip, lip + 1j * long * 0.6]), darker(TONGUE, 0.25), 0.03)
    for side in (-1, 1):
        corner = middle + side * wide * 0.92 + 1j * (0.52 if look.mouth != "calm" else 0.68)
        easel.stroke(bend(lip - 0.06j, lip + 0.2j + side * wide * 0.45, corner), look.line, 0.05)
    easel.stroke(np.array([nose, lip]), look.line, 0.05)
    broad = dice.between(0.21, 0.28)
    easel.shape(oval(nose, broad, broad * 0.7), look.nose, telling=True)
    easel.shape(oval(nose - 0.06 - 0.07j, 0.07, 0.035), lighter(look.nose, 0.4))
