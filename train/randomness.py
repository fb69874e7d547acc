"""Random numbers by purpose and position: nothing to save, nothing to get out of step.

Each is a function of the recipe's seed, of what it is for, and of how far the run is. So a run that was killed goes on
with the very numbers it would have had, and one purpose never takes another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def number(seed: int, purpose: str, count: int) -> int:
    """A seed for one purpose at one point of the run: the same on every machine, and unrelated to its neighbours."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{count}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1  # PyTorch takes 63 bits


def generator(seed: int, purpose: str, count: int) -> torch.Generator:
    """A source of random numbers of its own."""
    return torch.Generator().manual_seed(number(seed, purpose, count))


@contextmanager
def drawing(seed: int, purpose: str, count: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Let PyTorch's own generator, which layers draw from, stand at that point; afterwards it is as it was."""
    on_gpu = torch.device(device).type == "cuda"
    with torch.random.fork_rng(devices=[device] if on_gpu else []):
        torch.default_generator.manual_seed(number(seed, purpose, count))
        if on_gpu:
            torch.cuda.manual_seed(number(seed, purpose, count))
        yield
