"""Random parts of pictures, each stretched to the side the net sees: torchvision's RandomResizedCrop for whole batches.

N pictures, S pixels a side as stored, T as wanted. On a processor each box is resized by PyTorch's own routine for
bytes, which is torchvision's, too. A GPU has no such routine, and a call a picture would cost it more than the work:
there resizing in one direction is a matrix product, so both directions of a whole batch are two batched products.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

# As torchvision publishes it: width to height, and how often a box may miss.
RATIO = (3 / 4, 4 / 3)
TRIES = 10


def random_boxes(n: int, side: int, smallest_area: float, generator: torch.Generator) -> Tensor:
    """Crops in pixels, N,4 as top, left, height, width (int64), drawn as torchvision's RandomResizedCrop draws them.

    A box that does not fit is drawn again, ten times at most, then it is the whole square: all ten are drawn at
    once and the first that fits is taken.

    Args:
        n: how many.
        side: of the pictures, in pixels.
        smallest_area: of a box, as a part of the picture's; the largest is the whole.
        generator: where the random numbers come from.
    """
    area = torch.empty(n, TRIES).uniform_(smallest_area, 1.0, generator=generator) * side * side
    log_ratio = torch.empty(n, TRIES).uniform_(*map(math.log, RATIO), generator=generator)
    width = (area * log_ratio.exp()).sqrt().round()
    height = (area / log_ratio.exp()).sqrt().round()
    fits = (width >= 1) & (width <= side) & (height >= 1) & (height <= side)
    first = fits.int().argmax(dim=1, keepdim=True)
    any_fits = fits.any(dim=1)
    width = torch.where(any_fits, width.gather(1, first)[:, 0], side)
    height = torch.where(any_fits, height.gather(1, first)[:, 0], side)
    place = torch.rand(n, 2, generator=generator)
    top = (place[:, 0] * (side - height + 1)).floor()
    left = (place[:, 1] * (side - width + 1)).floor()
    return torch.stack([top, left, height, width], dim=1).long()


def resize(images: Tensor, side: int) -> Tensor:
    """Whole pictures at another side: N,3,T,T uint8, or float32 on a GPU; 0 to 255. Bilinear, smoothed as below."""
    pixels = images if images.device.type == "cpu" else images.float()
    return F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)


def cut_and_resize(images: Tensor, boxes: Tensor, side: int) -> Tensor:
    """Each picture's box, stretched to `side` x `side`: N,3,T,T uint8, or float32 on a GPU; 0 to 255.

    Bilinear, smoothed where it shrinks (Pillow's and torchvision's antialiasing). Pixels beyond the edge of a box
    play no part, as if it had been cut out first.

    Args:
        images: N,3,S,S uint8.
        boxes: N,4 as top, left, height, width.
        side: T.
    """
    if images.device.type != "cpu":
        return _by_products(images, boxes, side)
    # One call a picture, and still several times as fast as the products.
    cut = torch.empty((len(images), 3, side, side), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)
    for row, (top, left, height, width) in enumerate(boxes.tolist()):
        cut[row] = resize(images[row : row + 1, :, top : top + height, left : left + width], side)[0]
    return cut


def _by_products(images: Tensor, boxes: Tensor, side: int) -> Tensor:
    """The same for all pictures at once, as two batched matrix products: N,3,T,T float32."""
    stored = images.shape[-1]
    top, left, height, width = boxes.to(images.device).float().unbind(1)
    rows = _weights(top, height, stored, side)
    columns = _weights(left, width, stored, side)
    pixels = images.float().contiguous()
    return rows[:, None] @ (pixels @ columns.transpose(1, 2)[:, None])


def _weights(start: Tensor, length: Tensor, stored: int, side: int) -> Tensor:
    """How much each stored pixel of a line counts for each wanted one: N,T,S, each row summing to 1.

    A triangle around the place that is asked for, one stored pixel wide to each side, or as many as fall on one
    wanted pixel where the line shrinks.
    """
    step = (length / side)[:, None, None]
    place = start[:, None, None] + (torch.arange(side, device=start.device) + 0.5)[:, None] * step
    pixel = torch.arange(stored, device=start.device) + 0.5
    weights = (1 - (pixel - place).abs() / step.clamp(min=1)).clamp(min=0)
    inside = (pixel > start[:, None, None]) & (pixel < (start + length)[:, None, None])
    weights = weights * inside
    return weights / weights.sum(dim=2, keepdim=True)
