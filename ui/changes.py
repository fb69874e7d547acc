"""What a visitor does to a picture before the net gets it: cover a part, turn it, blur it, take its colours away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from resnet.errors import UserError
from ui.images import Square
from ui.text import t

MOST_BLUR = 0.2  # of the side: nothing is left to be seen then

_TURNS = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)


@dataclass(frozen=True)
class Changes:
    """What is done to a square, in this order: turned, greyed, blurred, covered.

    Args:
        turns: quarter turns against the clock, 0 to 3.
        grey: without colours (luma as ITU-R 601 weighs it).
        blur: standard deviation of a Gaussian, as a share of the side, 0 to `MOST_BLUR`.
        cover: left, top, right, bottom of a rectangle that is filled with the picture's own mean colour, as shares of
            the side, 0 to 1; None covers nothing.
    """

    turns: int = 0
    grey: bool = False
    blur: float = 0.0
    cover: tuple[float, float, float, float] | None = None

    @classmethod
    def asked(cls, sent: Any) -> Changes:
        """As a page sends them; what is left out is not done.

        Raises:
            UserError: something that is no change of a picture.
        """
        known = {} if sent is None else sent
        if not isinstance(known, Mapping):
            raise _refused()
        turns, blur, grey = known.get("turns", 0), known.get("blur", 0.0), known.get("grey", False)
        if isinstance(turns, bool) or turns not in range(4) or not isinstance(grey, bool):
            raise _refused()
        return cls(int(turns), grey, _between(blur, MOST_BLUR), _rectangle(known.get("cover")))

    def __call__(self, square: Square) -> Square:
        """The changed picture: S,S,3 uint8, the same array where nothing is done."""
        if self == Changes():
            return square
        image = Image.fromarray(square)
        turn = _TURNS[self.turns]
        image = image.transpose(turn) if turn is not None else image
        image = ImageOps.grayscale(image).convert("RGB") if self.grey else image
        image = image.filter(ImageFilter.GaussianBlur(self.blur * len(square))) if self.blur else image
        changed = np.array(image)
        changed[self._covered(len(square))] = changed.mean(axis=(0, 1)).round().astype(np.uint8)
        return changed

    def mask(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Where the parts of a mask, S,S bool, are to be seen in the changed picture."""
        changed = np.rot90(mask, self.turns).copy()
        changed[self._covered(len(mask))] = False
        return changed

    def _covered(self, side: int) -> tuple[slice, slice]:
        left, top, right, bottom = (round(share * side) for share in self.cover or (0, 0, 0, 0))
        return slice(top, bottom), slice(left, right)


def _rectangle(sent: Any) -> tuple[float, float, float, float] | None:
    if sent is None:
        return None
    if not isinstance(sent, Sequence) or isinstance(sent, str) or len(sent) != 4:
        raise _refused()
    left, top, right, bottom = (_between(edge, 1.0) for edge in sent)
    if left > right or top > bottom:
        raise _refused()
    return left, top, right, bottom


def _between(number: Any, most: float) -> float:
    """A number from 0 to `most`."""
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        raise _refused()
    if not 0 <= number <= most:
        raise _refused()
    return float(number)


def _refused() -> UserError:
    return UserError(t("predict.no_change"), cure=t("train.not_asked_so_cure"))
