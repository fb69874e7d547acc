"""What this machine offers a training: its cores and its GPU; and how to compute with the number formats it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from resnet.errors import UserError
from train.cores import usable_cores

TORCH_THREADS = torch.get_num_threads()  # PyTorch's own guess: one a physical core, or what OMP_NUM_THREADS says

PRECISIONS = ("float32", "bfloat16")


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
