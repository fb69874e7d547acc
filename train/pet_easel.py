"""Tools for pictures drawn by program: dice, colours, curves, and an easel that paints and keeps a mask.

Points are complex numbers, x + iy with y downwards, so that turning and scaling a shape is one multiplication.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = npt.NDArray[np.complex128]
Item = TypeVar("Item")

WORD = 2**64
DEALT = 192  # numbers made at once, of which the last is thrown first


class Dice:
    """Random numbers that depend on (seed, index, stream) and nothing else.

    Philox is counter-based: its key is the pair, so no picture needs the one before it. Only raw words are
    taken from numpy, because those are promised to stay the same from version to version.
    """

    def __init__(self, seed: int, index: int, stream: int = 0) -> None:
        self._source = np.random.Philox(key=seed % WORD + index % WORD * WORD, counter=stream << 192)
        self._numbers: list[float] = []

    def random(self) -> float:
        """A number in [0, 1)."""
        if not self._numbers:
            self._numbers = ((self._source.random_raw(DEALT) >> np.uint64(11)) * 2.0**-53).tolist()
        return self._numbers.pop()

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.random()

    def around(self, middle: float, spread: float) -> float:
        """A number within `spread` of `middle`, more often near it than far."""
        return middle + spread * (self.random() + self.random() - 1.0)

    def chance(self, share: float) -> bool:
        """True in this share of throws."""
        return self.random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely as the next; repeat an item to make it likelier."""
        return items[int(self.random() * len(items))]

    def side(self) -> int:
        """-1 or 1."""
        return 1 if self.random() < 0.5 else -1


def first_numbers(seed: int, indices: Iterable[int], stream: int = 0) -> Iterator[float]:
    """What each `Dice(seed, index, stream)` would throw first, several times faster than by making the dice."""
    source = np.random.Philox(key=seed % WORD, counter=stream << 192)
    state: Any = source.state  # numpy's types leave its contents open
    state["state"]["counter"][0] = DEALT // 4 - 1  # Philox counts blocks of four words: straight to the last
    for index in indices:
        state["state"]["key"][1] = index % WORD
        source.state = state
        yield float(int(source.random_raw(4)[-1]) >> 11) * 2.0**-53


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with this share of `other` in it."""
    keep = 1.0 - share
    return (
        int(one[0] * keep + other[0] * share + 0.5),
        int(one[1] * keep + other[1] * share + 0.5),
        int(one[2] * keep + other[2] * share + 0.5),
    )


def darker(colour: Colour, share: float) -> Colour:
    """The colour with this share of black."""
    return mix(colour, (0, 0, 0), share)


def lighter(colour: Colour, share: float) -> Colour:
    """The colour with this share of white."""
    return mix(colour, (255, 255, 255), share)


def luminance(colour: Colour) -> float:
    """How light a colour looks, 0 to 255 (Rec. 601 weights)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def _circle(count: int) -> Points:
    return np.array([complex(math.cos(math.tau * i / count), math.sin(math.tau * i / count)) for i in range(count)])


def _ring_weights(knots: int, count: int) -> npt.NDArray[np.float64]:
    """Periodic Catmull-Rom: (count, knots) weights that turn knot radii into a smooth ring of radii."""
    weights = np.zeros((count, knots))
    for row in range(count):
        knot, t = divmod(row * knots / count, 1.0)
        for offset, weight in enumerate(
            (
                (-t + 2 * t * t - t**3) / 2,
                (2 - 5 * t * t + 3 * t**3) / 2,
                (t + 4 * t * t - 3 * t**3) / 2,
                (t**3 - t * t) / 2,
            )
        ):
            weights[row, (int(knot) + offset - 1) % knots] += weight
    return weights


RING_POINTS = 48
_RING = _circle(RING_POINTS) * -1j  # starts at the top, runs clockwise on the page
_RING_WEIGHTS = _ring_weights(16, RING_POINTS)
_ROUND = _circle(20)
_DOT = _circle(12)
_STEPS = np.linspace(0.0, 1.0, 9)
_BEZIER = np.stack([(1 - _STEPS) ** 2, 2 * _STEPS * (1 - _STEPS), _STEPS**2], axis=1)
# tufts of uneven depth; the step of 29 only scatters them
_TEETH = np.where(np.arange(RING_POINTS) % 2 == 0, 0.4 + np.arange(RING_POINTS) * 29 % 16 / 16, -0.7)


def oval(centre: complex, wide: float, high: float, lean: float = 0.0) -> Points:
    """An ellipse by its half-axes, leaning clockwise by `lean` radians."""
    points = _ROUND.real * wide + _ROUND.imag * (1j * high)
    if lean:
        points = points * complex(math.cos(lean), math.sin(lean))
    return points + centre


def dot(centre: complex, radius: float) -> Points:
    """A small disc, 12 corners."""
    return _DOT * radius + centre


def disc(centre: complex, radius: float) -> Points:
    """A disc that may be large, 48 corners."""
    return _RING * radius + centre


def bend(start: complex, control: complex, end: complex) -> Points:
    """Nine points on the quadratic Bezier curve from start to end."""
    curve: Points = _BEZIER @ np.array([start, control, end])
    return curve


def ribbon(spine: Points, widths: Sequence[float]) -> Points:
    """The outline of a band along a spine, whose half-width runs through `widths` from start to end."""
    along = np.gradient(spine)
    half = np.interp(np.linspace(0.0, 1.0, len(spine)), np.linspace(0.0, 1.0, len(widths)), widths)
    across = 1j * along / np.abs(along) * half
    return np.concatenate([spine + across, (spine - across)[::-1]])


def mirrored(points: Points) -> Points:
    """The same shape on the other side of the y axis."""
    return -points.conj()


class Ring:
    """A closed smooth outline around a centre, seen from which no part hides another.

    Args:
        half: nine radii from the top, clockwise, to the bottom; the left side mirrors them.
        fluff: depth of the tufts as a share of the radius.
    """

    def __init__(self, half: Sequence[float], *, centre: complex = 0j, fluff: float = 0.0) -> None:
        self.centre = centre
        radii = _RING_WEIGHTS @ np.array([*half, *half[7:0:-1]])
        self._radii = radii  # patterns stop short of the tufts
        self.points: Points = _RING * (radii * (1.0 + fluff * _TEETH) if fluff else radii) + centre

    def clip(self, points: Points) -> Points:
        """Pulls points that lie outside back to the outline, towards the centre."""
        away = points - self.centre
        distance = np.abs(away)
        place = np.angle(away * 1j) * (RING_POINTS / math.tau)
        limit = self._radii[np.rint(place).astype(np.int64) % RING_POINTS] * 0.985
        clipped: Points = away * np.minimum(1.0, limit / np.maximum(distance, 1e-9)) + self.centre
        return clipped


class Easel:
    """A square picture in the making, with a mask of the parts that tell one animal from another.

    Shapes are given in the units of the current place (see `move`): 1 is half a head.

    Args:
        side: pixels of the finished picture.
        masked: whether to keep the mask; without it drawing is a little quicker.
    """

    def __init__(self, side: int, *, masked: bool) -> None:
        self.side = side
        self._times = 3 if side < 160 else 4  # drawn larger, then averaged: smooth edges
        self.pixels = side * self._times
        self.image = Image.new("RGB", (self.pixels, self.pixels))
        self._pen = ImageDraw.Draw(self.image)
        self._mask = Image.new("L", (self.pixels, self.pixels)) if masked else None
        self._mask_pen = ImageDraw.Draw(self._mask) if self._mask else None
        self.ink: Colour = (0, 0, 0)
        self.ink_width = 0.01
        self.wobble = 0j
        self.wash: tuple[Colour, float] | None = None
        self.move(1.0, 0j)

    def move(self, scale: float, centre: complex, lean: float = 0.0) -> None:
        """Sets where shapes go: one unit is `scale` of the side, 0 lies at `centre` (0 to 1 in x and y)."""
        self._turn = complex(math.cos(lean), math.sin(lean)) * (scale * self.pixels)
        self._origin = centre * self.pixels
        self._unit = scale * self.pixels

    def sweep(self, top: Colour, bottom: Colour) -> None:
        """Fills the whole picture from one colour above to another below."""
        share = np.linspace(0.0, 1.0, self.pixels)[:, None, None]
        rows = np.array(self._tone(top)) * (1.0 - share) + np.array(self._tone(bottom)) * share
        column = Image.fromarray(np.rint(rows).astype(np.uint8))
        self.image.paste(column.resize(self.image.size, Image.Resampling.NEAREST))

    def shape(
        self, points: Points, colour: Colour, *, edged: bool = False, telling: bool = False, hides: bool = False
    ) -> None:
        """Fills a closed shape.

        Args:
            edged: draw the style's outline round it.
            telling: add it to the mask.
            hides: take what it covers out of the mask.
        """
        flat = self._flat(points)
        self._pen.polygon(flat, fill=self._tone(colour))
        if edged:
            self._trace(flat + flat[:2])
        if self._mask_pen is not None and (telling or hides):
            self._mask_pen.polygon(flat, fill=255 if telling else 0)

    def outline(self, points: Points) -> None:
        """Draws the style's outline around a closed shape."""
        flat = self._flat(points)
        self._trace(flat + flat[:2])

    def stroke(self, points: Points, colour: Colour, width: float, *, telling: bool = False) -> None:
        """Draws an open line `width` units wide, at least one pixel of the canvas."""
        flat = self._flat(points)
        pixels = max(1, round(width * self._unit))
        self._pen.line(flat, fill=self._tone(colour), width=pixels)
        if self._mask_pen is not None and telling:
            self._mask_pen.line(flat, fill=255, width=max(pixels, self._times))

    def finish(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
        """The picture (side, side, 3) uint8 and its mask (side, side) bool, all False when none was kept."""
        picture = np.array(self.image.reduce(self._times))
        if self._mask is None:
            return picture, np.zeros((self.side, self.side), dtype=np.bool_)
        return picture, np.asarray(self._mask.reduce(self._times)) >= 128

    def _flat(self, points: Points) -> list[float]:
        # Whole pixels: what is left of one machine's rounding against another's ends here.
        placed = np.ascontiguousarray(points * self._turn + self._origin, dtype=np.complex128)
        flat: list[float] = np.rint(placed.view(np.float64)).tolist()
        return flat

    def _trace(self, flat: list[float]) -> None:
        width = max(1, round(self.ink_width * self.pixels))
        self._pen.line(flat, fill=self.ink, width=width)
        if self.wobble:
            dx, dy = self.wobble.real * self.pixels, self.wobble.imag * self.pixels
            again = [round(v + (dx if i % 2 == 0 else dy)) for i, v in enumerate(flat)]
            self._pen.line(again, fill=self.ink, width=width)

    def _tone(self, colour: Colour) -> Colour:
        if self.wash is None:
            return colour
        paper, share = self.wash
        return mix(colour, paper, share * min(1.0, luminance(colour) / 150))  # dark details stay dark
