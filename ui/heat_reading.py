"""A heat map in words and in two numbers: where the warmth lies, and how much of it on what tells the classes apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from resnet.saliency_checks import focus

ROWS = ("upper", "middle", "lower")
COLUMNS = ("left", "centre", "right")


def reading(heat: Tensor, telling: npt.NDArray[np.bool_] | None) -> dict[str, Any]:
    """What can be said of a map to somebody who does not see it.

    Args:
        heat: h,w; what is negative counts as no heat.
        telling: H,W, the parts of the picture that tell its class from the others, where they are known.

    Returns:
        ``place``: the ninth of the picture with most of the heat, such as "upper_left", empty where there is no heat;
        ``half``: the smallest share of the picture's area that holds half of the heat; and, where they are known,
        ``telling``: the share of the heat on the telling parts, and ``telling_area``, their share of the picture.
    """
    warm = heat.double().clamp(min=0)
    if not warm.any():
        return {"place": "", "half": None, "telling": None, "telling_area": None}
    ninths = [(row, column) for row in range(3) for column in range(3)]
    row, column = max(ninths, key=lambda ninth: focus(warm, _only(*ninth)))
    ranked = warm.flatten().sort(descending=True).values.cumsum(0)
    mask = None if telling is None else torch.from_numpy(telling)
    return {
        "place": f"{ROWS[row]}_{COLUMNS[column]}",
        "half": (int((ranked < ranked[-1] / 2).sum()) + 1) / warm.numel(),
        "telling": None if mask is None else focus(warm, mask),
        "telling_area": None if mask is None else float(mask.double().mean()),
    }


def _only(row: int, column: int) -> Tensor:
    """3,3 bool."""
    mask = torch.zeros(3, 3, dtype=torch.bool)
    mask[row, column] = True
    return mask
