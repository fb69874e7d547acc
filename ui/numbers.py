"""How figures and shapes are written on the page: one function a kind, so that a figure reads the same wherever it is.

None of these add a unit: it stands beside the figure, in its sentence or in the heading of its column. Sizes are joined
without spaces (64×56×56), which no line break can part; a multiplication has them (2 × MACs).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from resnet.inputs import Shape
from resnet.published import HE_RELEASE, TORCHVISION

# Digits after the point of the accuracies that a source prints; all others have two.
_PRINTED = {TORCHVISION: 3, HE_RELEASE: 1}


def count(number: int) -> str:
    """A whole number: 25557032 -> "25,557,032"."""
    return f"{number:,}"


def decimal(number: float, digits: int) -> str:
    """So many digits after the point: (1234.5, 2) -> "1,234.50"."""
    return f"{number:,.{digits}f}"


def signed(number: float, digits: int = 0) -> str:
    """A difference, never without its sign: -198656 -> "−198,656"; a whole number to its last digit."""
    written = f"{number:+,}" if isinstance(number, int) else f"{number:+,.{digits}f}"
    return written.replace("-", "−")


def giga(number: int) -> str:
    """Thousands of millions, such as GMACs: 4089184256 -> "4.089"."""
    return _scaled(number / 1e9, 3, figures=1)


def million(number: int) -> str:
    """Millions, such as of parameters: 25557032 -> "25.557"."""
    return _scaled(number / 1e6, 3)


def megabytes(size: int) -> str:
    """Bytes in MB of 1,000,000: 150213536 -> "150.2"."""
    return _scaled(size / 1e6, 1)


def percent(part: int, whole: int) -> str:
    """A share in %: (1, 8) -> "12.5". Below a tenth as many digits as it takes to tell it from nothing."""
    share = 100 * part / whole if whole else 0.0
    return _scaled(share, 1, figures=1)


def printed(accuracy: float, source: str) -> str:
    """A published accuracy with all the digits its source prints: (76.13, TORCHVISION) -> "76.130"."""
    return decimal(accuracy, _PRINTED.get(source, 2))


def ratio(value: float, first: float) -> str:
    """How many times the first: "1.12×", with as many digits as it takes to tell it from 1 and from 0."""
    if not first:
        return "–"
    times = value / first
    if times < 0.1:
        return f"{_scaled(times, 2, figures=2)}×"
    digits = next((digits for digits in (2, 3, 4, 5) if times == 1 or round(times, digits) != 1), 6)
    return f"{decimal(times, digits)}×"


def shape(sizes: Shape) -> str:
    """Channels, height, width or some of them: (64, 56, 56) -> "64×56×56"."""
    return "×".join(map(str, sizes))


def shapes(several: Sequence[Shape]) -> str:
    """What goes into an operation: one shape if all are equal (an addition), otherwise all (a concatenation)."""
    return shape(several[0]) if len(set(several)) == 1 else " + ".join(map(shape, several))


def _scaled(number: float, digits: int, figures: int = 3) -> str:
    """At least so many digits after the point, and more where fewer than `figures` would say something."""
    if not number:
        return "0"
    first = floor(log10(abs(number)))  # the place of the first figure: 0 for ones, -1 for tenths
    return decimal(number, max(digits, figures - 1 - first))
