"""From stored pictures to what a net is fed: whole batches at once, never a picture at a time.

Every random number comes from the generator that is passed in: the same state of it gives the same pictures.
N pictures, 3 channels, S pixels a side. Batches are NCHW in shape and channels-last in memory.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from train.recipe import Recipe

# ImageNet's channel means and deviations, of pixels from 0 to 1. Every recipe uses them, so that any checkpoint of
# ours can begin from published weights.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

# torchvision's RandomResizedCrop, as published: part of the area, width to height, and how often a box may miss.
CROP_AREA = (0.08, 1.0)
CROP_RATIO = (3 / 4, 4 / 3)
CROP_TRIES = 10


def normalise(images: Tensor, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD) -> Tensor:
    """Pixels 0 to 255, of any number type, to float32 with mean 0 and deviation 1 a channel, channels last.

    Args:
        images: N,3,H,W.
        mean: of pixels from 0 to 1, one a channel.
        std: likewise.
    """
    scale = torch.tensor([1 / (255 * s) for s in std])
    offset = torch.tensor([-m / s for m, s in zip(mean, std, strict=True)])
    fresh = images.contiguous(memory_format=torch.channels_last).to(torch.float32, copy=True)
    return fresh.mul_(scale.view(1, -1, 1, 1)).add_(offset.view(1, -1, 1, 1))


def augment(images: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """A batch as the net should see it while training, by what the recipe says of crop, flip and shift.

    Args:
        images: N,3,S,S uint8; left as it is.
        recipe: its `crop`, `flip` and `shift_px`.
        generator: where every random number comes from.

    Returns:
        N,3,S,S float32, normalised, channels last.
    """
    if recipe.crop == "random-resized":
        boxes = random_boxes(len(images), images.shape[-1], generator)
        images = cut_and_resize(images, boxes)
    if recipe.flip or recipe.shift_px:
        images = _flip_and_shift(images, recipe.flip, recipe.shift_px, generator)
    return normalise(images)


def _flip_and_shift(images: Tensor, flip: bool, shift_px: int, generator: torch.Generator) -> Tensor:
    """Half of the pictures mirrored, each shifted by up to `shift_px` both ways with its border reflected.

    Nothing is padded and cut: where each pixel comes from is worked out, and all of them are fetched at once.
    """
    n, _, side, _ = images.shape
    mirrored = torch.rand(n, generator=generator) < 0.5 if flip else torch.zeros(n, dtype=torch.bool)
    shift = torch.randint(-shift_px, shift_px + 1, (n, 2), generator=generator)
    line = torch.arange(side)
    rows = _reflect(line + shift[:, :1], side)  # N,S
    columns = _reflect(line + shift[:, 1:], side)
    columns = torch.where(mirrored[:, None], side - 1 - columns, columns)
    source = (torch.arange(n)[:, None, None] * side + rows[:, :, None]) * side + columns[:, None, :]
    pixels = images.permute(0, 2, 3, 1).reshape(-1, images.shape[1])  # a row is a pixel with its channels
    return pixels.index_select(0, source.reshape(-1)).view(n, side, side, -1).permute(0, 3, 1, 2)


def _reflect(position: Tensor, side: int) -> Tensor:
    """Positions outside 0..side-1 thrown back from the border, which itself is not repeated."""
    return side - 1 - (side - 1 - position.abs()).abs()


def random_boxes(n: int, side: int, generator: torch.Generator) -> Tensor:
    """Crops in pixels, N,4 as top, left, height, width (int64), drawn as torchvision's RandomResizedCrop draws them.

    A box that does not fit is drawn again, ten times at most, then it is the whole square: all ten are drawn at
    once and the first that fits is taken.
    """
    area = torch.empty(n, CROP_TRIES).uniform_(*CROP_AREA, generator=generator) * side * side
    log_ratio = torch.empty(n, CROP_TRIES).uniform_(*map(math.log, CROP_RATIO), generator=generator)
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


def cut_and_resize(images: Tensor, boxes: Tensor) -> Tensor:
    """Each picture's box, stretched back to the whole side: N,3,S,S float32 of 0 to 255, bilinear.

    A box is never larger than the picture, so nothing shrinks and no smoothing is needed. Pixels beyond the edge of
    a box play no part, as if it had been cut out first.
    """
    side = images.shape[-1]
    top, left, height, width = boxes.float().unbind(1)
    x = _sample_line(left, width, side)[:, None, :].expand(-1, side, -1)
    y = _sample_line(top, height, side)[:, :, None].expand(-1, -1, side)
    pixels = images.contiguous(memory_format=torch.channels_last).float()
    return F.grid_sample(pixels, torch.stack([x, y], dim=3), mode="bilinear", align_corners=False)


def _sample_line(start: Tensor, length: Tensor, side: int) -> Tensor:
    """Where `side` samples of each stretch lie, N,S, in grid_sample's units: -1 and 1 are the picture's edges."""
    centres = (torch.arange(side) + 0.5) * (length / side)[:, None]
    inside = torch.maximum(centres, torch.tensor(0.5)).minimum(length[:, None] - 0.5)
    return (start[:, None] + inside) * (2 / side) - 1
