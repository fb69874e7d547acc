"""Should one believe a heat map? The same net with shuffled weights, and how much heat falls where it should.

`randomised` serves the model parameter randomisation test of Adebayo et al. 2018, "Sanity Checks for Saliency Maps",
arXiv 1810.03292: a map that hardly changes when the weights are random does not tell what the net has learned.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

PICTURES = 16  # of noise, from which the norms of a random net learn their statistics
EVIDENT = 1.5  # times what random weights show; see `evident`


def randomised(model: nn.Module, seed: int, side: int) -> nn.Module:
    """The same net with random weights, in evaluation mode; `model` itself is left alone.

    Within each tensor of weights the numbers change places at random. So every layer keeps the sizes of its weights,
    and with them the size of its answers; what they had learned is gone.

    Statistics of the trained net's maps would not fit those of this one, so each batch norm measures its own anew, on
    noise in which every octave from coarse to fine is equally strong, as in natural pictures (Field 1987, "Relations
    between the statistics of natural images and the response properties of cortical cells").

    Args:
        model: takes N,3,S,S.
        seed: of the shuffling and the noise; the global generators are not touched.
        side: S.
    """
    device = next(model.parameters()).device
    dice = torch.Generator().manual_seed(seed)
    shuffled = copy.deepcopy(model).eval()
    with torch.no_grad():
        for weights in shuffled.parameters():
            places = torch.randperm(weights.numel(), generator=dice).to(device)
            weights.copy_(weights.flatten()[places].view(weights.shape))
        norms = [(norm, norm.momentum) for norm in shuffled.modules() if isinstance(norm, _BatchNorm)]
        for norm, _ in norms:
            norm.momentum = None  # the mean over what it sees, whatever it knew
            norm.reset_running_stats()
            norm.train()
        if norms:
            shuffled(_noise(side, dice).to(device))
        for norm, momentum in norms:
            norm.momentum = momentum
            norm.eval()
    return shuffled


def evident(heat: Tensor, random: Tensor) -> bool:
    """Whether a map shows more than the same map of the net with random weights does.

    It does where its hottest place is `EVIDENT` times as hot as the hottest or coldest of the other. Measured with
    Grad-CAM at layer4 of the shipped `drawn-pets` and `photos` (30 and 12 drawings, three shuffles): so hot are 99 and
    100 % of the maps for the answer given, 0 and 11 % of those for the other class, and 5 and 0 % of what one shuffled
    net shows when held against another. The largest value of a map of single pixels, or of patches, is no such test.

    Args:
        heat: h,w.
        random: h,w, the same question about the same picture to `randomised`.
    """
    return bool(heat.max() > EVIDENT * random.abs().max())


def focus(heat: Tensor, mask: Tensor) -> float:
    """The share of the positive heat that falls on a mask, 0 to 1; a map that is equal everywhere has the mask's area,
    `mask.mean()`.

    Each value of the heat is spread evenly over its own rectangle of the picture, and what of that rectangle is in the
    mask counts, to the fraction of a pixel.

    Args:
        heat: h,w; what is negative does not count.
        mask: H,W bool, of the same picture.

    Returns:
        The share; NaN where no heat is positive.
    """
    warm = heat.double().clamp(min=0)
    rows, columns = (_overlaps(coarse, fine) for coarse, fine in zip(heat.shape, mask.shape, strict=True))
    inside = rows @ mask.double() @ columns.T
    return float((warm * inside).sum() / warm.sum())


def _overlaps(coarse: int, fine: int) -> Tensor:
    """Divide a line into `coarse` and into `fine` equal parts: which share of each of the first lies in each of the
    second: (coarse, fine) float64.
    """
    of, into = (torch.arange(parts + 1, dtype=torch.float64) / parts for parts in (coarse, fine))
    shared = torch.minimum(of[1:, None], into[1:]) - torch.maximum(of[:-1, None], into[:-1])
    return shared.clamp(min=0) * coarse


def _noise(side: int, dice: torch.Generator) -> Tensor:
    """PICTURES,3,side,side with mean 0 and standard deviation 1."""
    size, octaves = 1, []
    while size < 2 * side:
        grains = torch.randn(PICTURES, 3, min(size, side), min(size, side), generator=dice)
        octaves.append(F.interpolate(grains, (side, side), mode="bilinear"))
        size *= 2
    noise = torch.stack(octaves).sum(dim=0)
    return (noise - noise.mean()) / noise.std()
