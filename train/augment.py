"""From stored pictures to what a net is fed: a batch at a time.

What shall happen to each picture is drawn first (`draw_changes`) and done afterwards (`augment`), so that the
processes of a distributed training can draw for the whole batch and each do its own part, on whatever device.
Every random number comes from the generator that is passed in: the same state of it gives the same pictures.
N pictures, 3 channels, S pixels a side as stored, T as fed. Batches are NCHW in shape and channels-last in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from train.crops import cut_and_resize, random_boxes, resize
from train.recipe import Recipe

# ImageNet's channel means and deviations, of pixels from 0 to 1. Every recipe uses them, so that any checkpoint of
# ours can begin from published weights.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

GREY = (0.299, 0.587, 0.114)  # how bright red, green and blue look: ITU-R BT.601, as in Pillow and torchvision


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What happens to each of N pictures; None where it happens to none.

    Attributes:
        boxes: N,4 int64, the crop in stored pixels as top, left, height, width.
        mirrored: N bool.
        shift: N,2 int64, by how many fed pixels the picture moves up and to the left.
        colour: N,3, the factors of brightness, contrast and saturation.
        turns: N int64, by how many quarters it is turned to the left: none, one or three.
    """

    boxes: Tensor | None
    mirrored: Tensor | None
    shift: Tensor | None
    colour: Tensor | None
    turns: Tensor | None

    def part(self, rows: slice) -> Changes:
        """The same for some of the pictures."""
        return Changes(*(None if drawn is None else drawn[rows] for drawn in self._all()))

    def _all(self) -> tuple[Tensor | None, ...]:
        return self.boxes, self.mirrored, self.shift, self.colour, self.turns


def draw_changes(recipe: Recipe, n: int, stored_px: int, generator: torch.Generator) -> Changes:
    """Throw the dice for N pictures of `stored_px` pixels a side, as the recipe says."""
    boxes = shift = colour = turns = None
    if recipe.crop == "random-resized":
        boxes = random_boxes(n, stored_px, recipe.crop_area, generator)
    mirrored = torch.rand(n, generator=generator) < 0.5 if recipe.flip else None
    if recipe.shift_px:
        shift = torch.randint(-recipe.shift_px, recipe.shift_px + 1, (n, 2), generator=generator)
    if recipe.colour:
        colour = torch.empty(n, 3).uniform_(1 - recipe.colour, 1 + recipe.colour, generator=generator)
    if recipe.turned:
        lying = torch.rand(n, generator=generator) < recipe.turned
        turns = lying * (1 + 2 * torch.randint(2, (n,), generator=generator))  # to the left or the right, never over
    return Changes(boxes, mirrored, shift, colour, turns)


def augment(images: Tensor, changes: Changes, side: int) -> Tensor:
    """A batch as the net should see it while training.

    Args:
        images: N,3,S,S uint8; left as it is.
        changes: what happens to each.
        side: T.

    Returns:
        N,3,T,T float32, normalised, channels last, on the images' device.
    """
    if changes.boxes is not None:
        images = cut_and_resize(images, changes.boxes, side)
    elif images.shape[-1] != side:
        images = resize(images, side)
    if changes.mirrored is not None or changes.shift is not None:
        images = _flip_and_shift(images, changes.mirrored, changes.shift)
    if changes.turns is not None:
        images = _turn(images, changes.turns)
    if changes.colour is not None:
        images = change_colours(images.float(), changes.colour)
    return normalise(images)


def normalise(images: Tensor, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD) -> Tensor:
    """Pixels 0 to 255, of any number type, to float32 with mean 0 and deviation 1 a channel, channels last.

    Args:
        images: N,3,H,W.
        mean: of pixels from 0 to 1, one a channel.
        std: likewise.
    """
    n, channels, height, width = images.shape
    scale = torch.tensor([1 / (255 * s) for s in std], device=images.device).repeat(width)
    offset = torch.tensor([-m / s for m, s in zip(mean, std, strict=True)], device=images.device).repeat(width)
    pixels = images.permute(0, 2, 3, 1).to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    # Line by line: three numbers at a time, a factor a channel, would leave the processor's vectors nearly empty.
    pixels.view(n * height, width * channels).mul_(scale).add_(offset)
    return pixels.permute(0, 3, 1, 2)


def change_colours(images: Tensor, factors: Tensor) -> Tensor:
    """Brightness, then contrast (away from the picture's mean grey), then saturation (away from each pixel's grey).

    Worked out as one sum, because all three are linear. Unlike torchvision's ColorJitter nothing is cut off at
    black and white: what is brighter than white stays brighter, which a net can take and a screen could not.

    Args:
        images: N,3,H,W float, 0 to 255.
        factors: N,3 of brightness, contrast and saturation; 1 changes nothing.
    """
    brightness, contrast, saturation = factors.to(images.device)[:, :, None, None].unbind(1)
    red, green, blue = images.unbind(1)
    grey = red * GREY[0] + green * GREY[1] + blue * GREY[2]
    mean = grey.mean(dim=(1, 2), keepdim=True)
    same_for_all = grey * ((1 - saturation) * contrast * brightness) + mean * ((1 - contrast) * brightness)
    return images * (saturation * contrast * brightness)[:, None] + same_for_all[:, None]


def _flip_and_shift(images: Tensor, mirrored: Tensor | None, shift: Tensor | None) -> Tensor:
    """Some pictures mirrored, each moved with its border reflected.

    Nothing is padded and cut: where each pixel comes from is worked out, and all of them are fetched at once.
    """
    n, _, side, _ = images.shape
    line = torch.arange(side).expand(n, side)
    rows, columns = (line, line) if shift is None else (_reflect(line + by[:, None], side) for by in shift.unbind(1))
    if mirrored is not None:
        columns = torch.where(mirrored[:, None], side - 1 - columns, columns)
    source = (torch.arange(n)[:, None, None] * side + rows[:, :, None]) * side + columns[:, None, :]
    pixels = images.permute(0, 2, 3, 1).reshape(-1, images.shape[1])  # a row is a pixel with its channels
    fetched = pixels.index_select(0, source.reshape(-1).to(images.device))
    return fetched.view(n, side, side, -1).permute(0, 3, 1, 2)


def _turn(images: Tensor, quarters: Tensor) -> Tensor:
    """Each picture turned to the left by that many quarters: none, one or three."""
    images = images.clone()
    for count in (1, 3):
        rows = (quarters == count).nonzero()[:, 0].to(images.device)
        images[rows] = images[rows].rot90(count, (2, 3))
    return images


def _reflect(position: Tensor, side: int) -> Tensor:
    """Positions outside 0..side-1 thrown back from the border, which itself is not repeated."""
    return side - 1 - (side - 1 - position.abs()).abs()
