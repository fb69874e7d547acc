"""Draw what a layer puts out: one small picture for each channel, all on one scale, no pixel blurred.

A map that is never negative (after a ReLU) is drawn from 0 to the layer's largest value. One with negatives (after a
convolution or a batch norm) is drawn around 0, as far to both sides, so that no colour hides a sign.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from resnet.errors import UserError
from train.observation import filters
from ui.picture_uri import as_uri, uri
from ui.text import t

MOST = 64  # channels drawn at once
PEAKS = 3  # strongest places of a channel that are marked
CELL_PX = 56  # a map is enlarged by the smallest whole factor that reaches this
ONE_SIGN, TWO_SIGNS = "viridis", "RdBu_r"  # matplotlib's names; both read by the colour-blind

Maps = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sheet:
    """The channels of one layer, ready to draw.

    Args:
        layer: its name.
        shape: C, H, W of the whole layer.
        order: the channels drawn, the most active first.
        means: mean absolute value of each channel drawn.
        indices: (len(order), H, W), position of each value on the scale, 0 to 255.
        scale: what 0 and 255 stand for.
        extremes: smallest and largest value in the whole layer.
    """

    layer: str
    shape: tuple[int, int, int]
    order: tuple[int, ...]
    means: tuple[float, ...]
    indices: npt.NDArray[np.uint8]
    scale: tuple[float, float]
    extremes: tuple[float, float]

    @property
    def colours(self) -> str:
        return TWO_SIGNS if self.scale[0] < 0 else ONE_SIGN

    @property
    def factor(self) -> int:
        """How many screen pixels one value is wide and high."""
        return max(1, math.ceil(CELL_PX / max(self.shape[1:])))


def develop(maps: Maps, layer: str, most: int = MOST) -> Sheet:
    """Sort the channels of (C, H, W) by mean activity and place their values on one scale for all of them.

    Raises:
        UserError: a value is not finite.
    """
    scale = scale_of(maps, layer)
    return place(maps, layer, np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")[:most], scale)


def scale_of(maps: npt.NDArray[np.float32], layer: str) -> tuple[float, float]:
    """The ends of a scale that holds all these values: 0 and the largest, or the same to both sides of 0.

    Raises:
        UserError: a value is not finite; the refusal names `layer`.
    """
    if not np.isfinite(maps).all():
        raise UserError(t("predict.not_finite"), where=layer, cure=t("predict.not_finite_cure"))
    low, high = float(maps.min()), float(maps.max())
    reach = max(-low, high)
    return (-reach, reach) if low < 0 else (0.0, high)


def place(maps: Maps, layer: str, order: npt.NDArray[np.intp], scale: tuple[float, float]) -> Sheet:
    """Place the values of some channels of (C, H, W) on a scale, the channels in that order."""
    means = np.abs(maps).mean(axis=(1, 2))
    span = scale[1] - scale[0] or 1.0
    indices = np.rint((maps[order] - scale[0]) * (255 / span)).astype(np.uint8)
    channels, height, width = maps.shape
    return Sheet(
        layer,
        (channels, height, width),
        tuple(map(int, order)),
        tuple(map(float, means[order])),
        indices,
        scale,
        (float(maps.min()), float(maps.max())),
    )


def as_told(sheet: Sheet) -> dict[str, Any]:
    """The sheet for the page's script: the sheet's own values, the channels as one ``strip`` in which each value is a
    pixel, the ``factor`` to enlarge them by, a ``caption``, and the colours of the scale as a picture (``legend``).
    """
    _, height, width = sheet.shape
    return {
        "layer": sheet.layer, "caption": caption(sheet), "strip": as_uri(as_strip(sheet), "PNG"), "height": height,
        "width": width, "factor": sheet.factor, "order": sheet.order, "means": sheet.means, "scale": sheet.scale,
        "extremes": sheet.extremes, "legend": as_uri(_png(np.arange(256, dtype=np.uint8)[None], sheet.colours), "PNG"),
    }  # fmt: skip


def peaks(channel: npt.NDArray[np.float32]) -> list[tuple[int, int, float]]:
    """The strongest places of a map (H, W), by absolute value: row, column, value; at least an eighth of it apart."""
    left, found = np.abs(channel), []
    apart = max(1, max(channel.shape) // 8)
    for _ in range(PEAKS):
        row, column = map(int, np.unravel_index(left.argmax(), left.shape))
        if not left[row, column]:
            break
        found.append((row, column, float(channel[row, column])))
        left[max(0, row - apart) : row + apart + 1, max(0, column - apart) : column + apart + 1] = 0
    return found


def filters_of(model: nn.Module, sheet: Sheet) -> dict[str, Any] | None:
    """The weights behind the channels drawn, if those are of the first convolution, which sees colours: one ``strip``,
    the ``side`` of a filter and the ``largest`` weight, drawn as full colour; grey is 0. None for another layer.
    """
    found = filters(model)
    if found is None or found.layer != sheet.layer or max(sheet.order) >= len(found.tiles):
        return None
    tiles = found.tiles[list(sheet.order)].permute(2, 0, 3, 1).flatten(1, 2)  # k, all of them side by side, 3
    strip = uri(Image.fromarray(np.ascontiguousarray(tiles)), "PNG")
    return {"strip": strip, "side": found.tiles.shape[-1], "largest": found.largest}


def as_picture(sheet: Sheet) -> Image.Image:
    """The sheet as one picture with captions and scale, for files."""
    height, width = (side * sheet.factor for side in sheet.shape[1:])
    gap, text, margin = 8, 16, 16
    columns = min(len(sheet.order), max(1, 960 // (width + gap)))
    rows = math.ceil(len(sheet.order) / columns)
    font, top = ImageFont.load_default(size=12), margin + 56
    canvas = Image.new(
        "RGB",
        (max(2 * margin + columns * (width + gap) - gap, 480), top + rows * (height + text + gap) + margin),
        "white",
    )
    pen = ImageDraw.Draw(canvas)
    pen.text((margin, margin), caption(sheet), "black", ImageFont.load_default(size=15))
    bar = Image.fromarray(_palette(sheet.colours)[None]).resize((160, 12))
    low = _short(sheet.scale[0])
    start = margin + math.ceil(pen.textlength(low, font)) + 8
    pen.text((margin, margin + 26), low, "black", font)
    canvas.paste(bar, (start, margin + 28))
    pen.text((start + 168, margin + 26), _short(sheet.scale[1]), "black", font)
    for place, (channel, tile) in enumerate(zip(sheet.order, sheet.indices, strict=True)):
        x = margin + place % columns * (width + gap)
        y = top + place // columns * (height + text + gap)
        drawn = Image.fromarray(_palette(sheet.colours)[tile])
        canvas.paste(drawn.resize((width, height), Image.Resampling.NEAREST), (x, y))
        canvas.paste(_number(channel), (x, y + height + 1))
    return canvas


@lru_cache(maxsize=1024)
def _number(channel: int) -> Image.Image:
    """A channel's number as it stands under its map; Pillow takes longer to set it than to draw the map."""
    font = ImageFont.load_default(size=12)
    picture = Image.new("RGB", (math.ceil(font.getlength(str(channel))) + 1, 15), "white")
    ImageDraw.Draw(picture).text((0, 0), str(channel), "black", font)
    return picture


def as_strip(sheet: Sheet) -> bytes:
    """The channels drawn, side by side without a gap, each value one pixel: a PNG for a script to cut up."""
    return _png(np.concatenate(list(sheet.indices), axis=1), sheet.colours)


def caption(sheet: Sheet) -> str:
    """ "layer2: 48 channels of 12×12", and how many of them are drawn if not all."""
    channels, height, width = sheet.shape
    key = "predict.maps_all" if len(sheet.order) == channels else "predict.maps_some"
    size = f"{width}×{height}"
    return t(key, layer=sheet.layer, channels=channels, size=size, shown=len(sheet.order))


@cache
def _palette(name: str) -> npt.NDArray[np.uint8]:
    """256 colours, (256, 3)."""
    from matplotlib import colormaps  # takes a third of a second: not before the first map

    return (colormaps[name](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)


def _png(tile: npt.NDArray[np.uint8], colours: str) -> bytes:
    if tile.size < 256:  # the palette would be larger than the picture
        picture = Image.fromarray(_palette(colours)[tile])
    else:
        picture = Image.fromarray(tile).convert("P")
        picture.putpalette(_palette(colours).tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _short(value: float) -> str:
    """Three digits, with a real minus sign."""
    return f"{value:.3g}".replace("-", "−")
