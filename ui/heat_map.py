"""A heat map laid over the picture it belongs to, with a scale that is the same for every picture: its own maximum."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from ui.images import Square

COLOURS = "inferno"  # matplotlib's name: dark to bright, so that it is read without colour, too
DRAWN_PX = 192  # a side of what is drawn, about
STRONGEST = 0.6  # how much of the picture the hottest place hides


def overlay(square: Square, heat: npt.NDArray[np.float32]) -> bytes:
    """The picture, enlarged by a whole factor, under the heat: WebP bytes.

    Args:
        square: S,S,3 uint8.
        heat: h,w, not negative. Where all of it is 0 the bare picture comes back.
    """
    from matplotlib import colormaps  # takes a third of a second: not before the first map

    side = square.shape[0]
    large = (side * max(1, DRAWN_PX // side),) * 2
    under = np.asarray(Image.fromarray(square).resize(large, Image.Resampling.NEAREST), dtype=np.float32)
    spread = Image.fromarray(heat / (float(heat.max()) or 1.0)).resize(large, Image.Resampling.BICUBIC)
    warm = np.asarray(spread).clip(0, 1)
    colour = colormaps[COLOURS](warm)[:, :, :3].astype(np.float32) * 255
    cover = STRONGEST * warm[:, :, None]
    return webp(Image.fromarray((under * (1 - cover) + colour * cover).round().astype(np.uint8)))


def webp(picture: Image.Image) -> bytes:
    """A picture in few bytes, for the page only."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85, method=2)
    return file.getvalue()
