"""The number format a net is trained fastest in, on this machine."""

from __future__ import annotations

import math
import time
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.machine import PRECISIONS, autocast, threads
from train.nets import build
from train.randomness import drawing
from train.warm_start import freeze

WORTH = 0.9  # bfloat16 must need less than this part of float32's time: float32 is the safer of equals
ROUNDS = 3  # of each; the first also compiles kernels, so the fastest counts
PROBE_SECONDS = 0.3  # after so many no further round begins: large nets show the difference at once
PROBE_PIXELS = 32 * 48 * 48  # a probe batch has at most so many: the question must not cost as much as an epoch


@lru_cache(maxsize=64)
def fastest_precision(
    net: str, norm: str, frozen: str, *, classes: int, batch: int, side: int, device: torch.device
) -> str:
    """The faster precision for training this net here, by trying both: "float32" or "bfloat16".

    On a processor one thread's own time decides, so that a busy machine gives the same answer as a quiet one. Takes
    well under half a second at 48 pixels, and nothing when it is asked again. The process's random numbers stay as
    they are.

    Args:
        net: a row of the catalogue, or a design.
        norm: as `train.nets.build`.
        frozen: what of it does not learn, as `train.warm_start.freeze`.
        classes: how many answers it gives.
        batch: pictures a step.
        side: of a picture, in pixels.
        device: where it will train.
    """
    if not _has_bfloat16(device):
        return "float32"
    n = max(2, min(batch, PROBE_PIXELS // side**2))
    images = torch.zeros(n, 3, side, side, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(n, device=device) % classes
    seconds = dict.fromkeys(PRECISIONS, math.inf)
    with threads(1), drawing(0, "probe", 0, device):  # weights, and dropout
        model = build(net, classes=classes, norm=norm)
        freeze(model, frozen)
        model = model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        began = _clock(device)
        for _ in range(ROUNDS):
            if _clock(device) - began > PROBE_SECONDS:
                break
            for precision, fastest in seconds.items():
                seconds[precision] = min(fastest, _time_step(model, images, labels, precision))
    return "bfloat16" if seconds["bfloat16"] < WORTH * seconds["float32"] else "float32"


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _time_step(model: nn.Module, images: Tensor, labels: Tensor, precision: str) -> float:
    """Seconds for one forward and backward pass."""
    began = _clock(images.device)
    with autocast(precision, images.device):
        logits = model(images)
    F.cross_entropy(logits.float(), labels).backward()
    return _clock(images.device) - began


def _clock(device: torch.device) -> float:
    """Seconds of this thread's own processor time; on a GPU, which has no such clock, the wall's once it is idle."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.thread_time()
