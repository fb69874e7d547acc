"""The files that visitors have sent: which of them the page reads, and how large a net may be that is among them."""

from __future__ import annotations

import math
import os
from pathlib import Path

from resnet import weights
from resnet.errors import UserError
from resnet.summary import summarize
from train.metadata import Metadata
from ui.text import t

# As large as the largest ResNeXt of the catalogue at 224 pixels; others use the page meanwhile.
MOST_NUMBERS = 90_000_000
MOST_MACS = 16_000_000_000


def upload_at(folder: Path, path: str) -> Path | None:
    """The file of that path; None unless it lies in the folder of uploads, links followed.

    Nothing elsewhere is even looked for: on Windows a path may name another computer, which would be asked.
    """
    if not {folder.absolute(), folder.resolve()} & {*Path(os.path.abspath(path)).parents}:
        return None
    try:
        found = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return found if found.is_file() and folder.resolve() in found.parents else None


def check_size(path: Path) -> None:
    """Refuse the weights of a net that would keep everybody waiting; only the header is read.

    Raises:
        UserError: it is too large, or no checkpoint.
    """
    header = weights.header(path)
    about = Metadata(header.metadata, path.name)
    net, _ = about.net()
    side = about.image_px(net)
    numbers = sum(math.prod(tensor.shape) for tensor in header.tensors.values())
    macs = summarize(net, (3, side, side)).totals.macs
    if numbers > MOST_NUMBERS or macs > MOST_MACS:
        what = t("predict.upload_large", numbers=f"{numbers / 1e6:,.0f}", macs=f"{macs / 1e9:,.1f}")
        cure = t("predict.upload_large_cure", numbers=MOST_NUMBERS // 10**6, macs=MOST_MACS // 10**9)
        raise UserError(what, where=path.name, cure=cure)
