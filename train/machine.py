"""What this machine offers a training: its cores, its GPU, and the number format it is fastest in."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.errors import UserError
from train.cores import usable_cores
from train.randomness import drawing

TORCH_THREADS = torch.get_num_threads()  # PyTorch's own guess: one a physical core, or what OMP_NUM_THREADS says

PRECISIONS = ("float32", "bfloat16")

WORTH = 0.9  # bfloat16 must need less than this part of float32's time: float32 is the safer of equals
ROUNDS = 3  # of each; the first also compiles kernels, so the fastest counts
PROBE_SECONDS = 0.3  # after so many no further round begins: large nets show the difference at once
PROBE_PIXELS = 32 * 48 * 48  # a probe batch has at most so many: the question must not cost as much as an epoch


def usual_threads() -> int:
    """How many threads a training uses where nobody says: every usable core, but no more than PyTorch thinks wise."""
    return min(TORCH_THREADS, usable_cores())


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let PyTorch use `count` threads, and afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device_for(wanted: str, local_rank: int = 0) -> torch.device:
    """Where to train: "auto" is this process's GPU where PyTorch finds one, otherwise the processor.

    Raises:
        UserError: "cuda" is wanted and PyTorch finds no GPU.
    """
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        cure = "Set device=auto, or go where one is; a new run may begin with a run's weights: --set init=RUN"
        raise UserError("PyTorch finds no GPU here", where="device", cure=cure)
    return torch.device("cpu") if wanted == "cpu" or not found else torch.device("cuda", local_rank)


def autocast(precision: str, device: torch.device | str = "cpu") -> torch.autocast:
    """The context for a forward pass in this precision: "float32" or "bfloat16"."""
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def choose_precision(model: nn.Module, classes: int, batch: int, side: int) -> str:
    """The faster precision for training this net here, by trying both: "float32" or "bfloat16".

    On a processor one thread's own time decides, so that a busy machine gives the same answer as a quiet one. Takes
    well under half a second at 48 pixels. The model and the process's random numbers stay as they are.

    Args:
        model: the net, taking N,3,side,side, on the device it will train on.
        classes: how many numbers it answers.
        batch: pictures a step.
        side: of a picture, in pixels.
    """
    device = next(model.parameters()).device
    if not _has_bfloat16(device):
        return "float32"
    model = copy.deepcopy(model).train()
    n = max(2, min(batch, PROBE_PIXELS // side**2))
    images = torch.zeros(n, 3, side, side, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(n, device=device) % classes
    seconds = dict.fromkeys(PRECISIONS, math.inf)
    with threads(1), drawing(0, "probe", 0, device):  # dropout draws
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
