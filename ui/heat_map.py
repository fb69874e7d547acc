"""A heat map laid over the picture it belongs to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from ui.images import Square
from ui.picture_uri import uri

COLOURS = "inferno"  # matplotlib's name: dark to bright, so that it is read without colour, too
DRAWN_PX = 192  # a side of what is drawn, about
STRONGEST = 0.6  # how much of the picture the hottest place hides


def laid_over(square: Square, heat: npt.NDArray[np.float32], full: float | None = None) -> Image.Image:
    """The picture, enlarged by a whole factor, under the heat, which is smoothed between its values.

    Args:
        square: S,S,3 uint8.
        heat: h,w. Where it is 0 or less the bare picture shows.
        full: the heat that is drawn brightest; its own maximum where this is 0 or not given.
    """
    side = square.shape[0] * max(1, DRAWN_PX // square.shape[0])
    under = np.asarray(Image.fromarray(square).resize((side, side), Image.Resampling.NEAREST), dtype=np.float32)
    warm = _spread(heat.clip(0) / (full or float(heat.max()) or 1.0), side)
    cover = STRONGEST * warm[:, :, None]
    return Image.fromarray((under * (1 - cover) + _colours(warm) * cover).round().astype(np.uint8))


def _spread(warm: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
    """Values from 0 to 1 as a square of that side, smoothed between them."""
    spread = Image.fromarray(warm.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(spread).clip(0, 1)


def _colours(warm: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Values from 0 to 1, of any shape, as red, green and blue from 0 to 255 in one more dimension."""
    from matplotlib import colormaps  # takes a third of a second: not before the first map

    return colormaps[COLOURS](warm)[..., :3].astype(np.float32) * 255


def layer_over(heat: npt.NDArray[np.float32], side: int, full: float) -> str:
    """The heat alone, to be laid over a picture of that side by the page: the address of a picture that is opaque where
    the heat is `full`, and clear where it is 0 or less.
    """
    warm = _spread(heat.clip(0) / (full or 1.0), side * max(1, DRAWN_PX // side))
    steps = np.arange(256, dtype=np.uint8)  # one value gives colour and cover, so a palette says all of it
    picture = Image.fromarray((255 * warm).astype(np.uint8)).convert("P")
    picture.putpalette(_colours(steps / np.float32(255)).round().astype(np.uint8).tobytes())
    picture.info["transparency"] = steps.tobytes()
    return uri(picture, "PNG", compress_level=6)
