"""What hangs below a head: shoulders, a sitting body or a lying one, paws, collar and tail."""

from __future__ import annotations

import numpy as np

from train.pet_easel import Colour, Dice, Easel, Ring, bend, darker, dot, mirrored, mix, oval, ribbon
from train.pet_looks import Look, paint_coat

SHADOW: Colour = (84, 78, 76)
POSES = ("face", "face", "face", "bust", "bust", "sitting", "lying")


def paint_body(easel: Easel, dice: Dice, look: Look, pose: str, cat: bool) -> None:
    """The body for one of POSES, to be painted before the head, in the head's units."""
    if pose == "bust":
        _bust(easel, dice, look)
    elif pose == "sitting":
        _sitting(easel, dice, look, cat)
    elif pose == "lying":
        _lying(easel, dice, look, cat)


def _bust(easel: Easel, dice: Dice, look: Look) -> None:
    broad = dice.between(0.85, 1.15)
    ring = Ring(
        [1.3, 1.2 * broad, 1.15 * broad, 1.15 * broad, 1.2 * broad, 1.4, 1.6, 1.7, 1.7], centre=1.8j, fluff=look.fluff
    )
    paint_coat(easel, dice, look, ring)
    easel.shape(ring.clip(oval(1.75j, 0.5 * broad, 0.85)), _chest(look))
    _collar(easel, look, 0.95)


def _sitting(easel: Easel, dice: Dice, look: Look, cat: bool) -> None:
    side = dice.side()
    _tail(easel, dice, look, cat, side, complex(0.75, 2.45))
    broad = dice.between(0.9, 1.1)
    easel.shape(oval(2.72j, 1.25, 0.2), SHADOW)
    for flank in (-1, 1):
        easel.shape(oval(flank * 0.68 * broad + 2.25j, 0.48, 0.5), darker(look.base, 0.08), edged=True, hides=True)
        easel.shape(oval(flank * 0.78 * broad + 2.66j, 0.36, 0.15), look.base, edged=True)
    ring = Ring(
        [b * broad for b in (1.1, 0.9, 0.74, 0.76, 0.86, 1.02, 1.08, 1.06, 1.02)], centre=1.55j, fluff=look.fluff
    )
    paint_coat(easel, dice, look, ring)
    easel.shape(ring.clip(oval(1.45j, 0.42, 0.6)), _chest(look))
    for flank in (-1, 1):
        leg = ribbon(bend(flank * 0.38 + 1.5j, flank * 0.34 + 2j, flank * 0.3 + 2.6j), (0.2, 0.2, 0.17))
        easel.shape(leg, look.base)
        easel.stroke(bend(flank * 0.1 + 1.9j, flank * 0.12 + 2.3j, flank * 0.12 + 2.6j), look.line, 0.04)
        _paw(easel, look, flank * 0.32 + 2.68j)
    _collar(easel, look, 0.88)


def _lying(easel: Easel, dice: Dice, look: Look, cat: bool) -> None:
    side = dice.side()
    long = dice.between(0.35, 0.8)
    easel.shape(oval(side * long + 1.62j, 1.95, 0.2), SHADOW)
    _tail(easel, dice, look, cat, side, complex(long + 1.2, 1.25))
    ring = Ring([0.85, 1.05, 1.35, 1.6, 1.65, 1.4, 0.95, 0.72, 0.66], centre=side * long + 0.98j, fluff=look.fluff)
    paint_coat(easel, dice, look, ring)
    haunch = side * (long + 0.95) + 1.15j
    easel.shape(oval(haunch, 0.58, 0.5), look.base, edged=True, hides=True)
    for flank in (-1, 1):
        _paw(easel, look, flank * 0.45 + 1.55j, 1.3)
    _collar(easel, look, 0.86)


def _paw(easel: Easel, look: Look, centre: complex, size: float = 1.0) -> None:
    socks = {"blaze": look.light, "patches": look.light, "cap": look.light, "points": look.dark}
    colour = socks.get(look.marking, look.base)
    easel.shape(oval(centre, 0.28 * size, 0.18 * size), colour, edged=True)
    for toe in (-0.09, 0.09):
        easel.stroke(np.array([centre + toe * size + 0.02j, centre + toe * size + 0.15j * size]), look.line, 0.04)


def _tail(easel: Easel, dice: Dice, look: Look, cat: bool, side: int, root: complex) -> None:
    """A cat's tail is long, thin and snaking; a dog's shorter, thick at the root, raised or curled."""
    if cat:
        high = dice.between(0.9, 1.7)
        first = bend(root, root + 0.9 + 0.1j, root + 0.75 - 1j * high * 0.6)
        second = bend(first[-1], root + 0.62 - 1j * high, root + 0.62 + dice.around(0.2, 0.25) - 1j * high * 1.05)
        spine = np.concatenate([first, second[1:]])
        widths: tuple[float, ...] = (0.13, 0.13, 0.12, 0.1)
    else:
        spine = bend(root - 0.1, root + 0.75 - 0.05j, root + dice.between(0.5, 1.0) - 1j * dice.between(0.6, 1.0))
        widths = (0.22, 0.24, 0.18, 0.06) if dice.chance(0.6) else (0.2, 0.32, 0.34, 0.1)
    points = ribbon(spine, widths)
    tip = dot(spine[-1], widths[-1])
    for piece in (tip, points):
        placed = piece if side > 0 else mirrored(piece)
        easel.shape(placed, look.dark if look.marking == "points" else look.base, edged=piece is points, telling=True)


def _collar(easel: Easel, look: Look, low: float) -> None:
    if look.collar is None:
        return
    upper = bend(-0.75 + 1j * (low - 0.2), 1j * (low + 0.3), 0.75 + 1j * (low - 0.2))
    easel.shape(np.concatenate([upper, upper[::-1] + 0.17j]), look.collar)
    easel.shape(dot(1j * (low + 0.24), 0.13), (244, 206, 92), edged=True)


def _chest(look: Look) -> Colour:
    return mix(look.base, look.light, 0.8)
