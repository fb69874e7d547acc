"""Several processes as one: what `torchrun` starts finds together here, and a process alone needs nothing of it.

    torchrun --nproc-per-node 2 -m train evaluate runs/mine --data pets.zip

A *rank* is one of these processes, counted from 0 over all machines; the *world* is how many there are. Every function
here but `joined` is called by all ranks, in the same order: each waits for the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist

# Here, before any group is made. DistributedDataParallel would import it afterwards: then default arguments in there
# hold the group for ever, its threads live on, and one that needs the interpreter while that ends aborts the process.
import torch.distributed.nn.functional
from torch import Tensor, nn

from resnet.errors import UserError

TOLD_BY_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
LONGEST_WAIT = timedelta(hours=6)  # while one rank prepares pictures for all; a rank that died is torchrun's to notice


@dataclass(frozen=True, slots=True)
class Group:
    """This process among its like.

    Attributes:
        rank: its number, from 0; 0 prints and writes for all.
        world: how many there are, on all machines.
        local_rank: its number on this machine, which is also that of its GPU.
    """

    rank: int
    world: int
    local_rank: int


ALONE = Group(rank=0, world=1, local_rank=0)


@contextmanager
def joined() -> Iterator[Group]:
    """Join the processes that torchrun started with this one, and leave them at the end; alone, do nothing.

    Tensors in memory travel by gloo; those on GPUs by nccl, where each rank has one for itself, its current device.

    Raises:
        UserError: torchrun started more processes on this machine than it has GPUs.
    """
    if any(name not in os.environ for name in TOLD_BY_TORCHRUN):
        yield ALONE
        return
    rank, world, local_rank, local_world = (int(os.environ[name]) for name in TOLD_BY_TORCHRUN[:4])
    backend = "gloo"
    if torch.cuda.is_available():
        _check_gpus(torch.cuda.device_count(), local_world)
        torch.cuda.set_device(local_rank)
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend, timeout=LONGEST_WAIT)
    try:
        yield Group(rank, world, local_rank)
    finally:
        dist.destroy_process_group()


def total(tensor: Tensor) -> Tensor:
    """The sum over the ranks of tensors of one shape and type, the same on each; alone, a tensor is its own sum."""
    if not dist.is_initialized():
        return tensor
    tensor = tensor.clone()
    dist.all_reduce(tensor)
    return tensor


def agreed(value: int) -> int:
    """What rank 0 gives, the same on every rank."""
    if not dist.is_initialized():
        return value
    told = torch.tensor(value)
    dist.broadcast(told, src=0)
    return int(told)


def highest(*values: float) -> tuple[float, ...]:
    """The largest of what the ranks give in each place, the same on every rank and exact."""
    if not dist.is_initialized():
        return values
    told = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    return tuple(told.tolist())


def share(model: nn.Module) -> None:
    """Give every rank the numbers of rank 0's model: its weights, and what its norms remember."""
    if dist.is_initialized():
        for tensor in model.state_dict().values():
            dist.broadcast(tensor, src=0)


class SharedRefusalError(UserError):
    """What one rank refused and all of them raise."""


@contextmanager
def refusing_together() -> Iterator[None]:
    """What one rank refuses in this block all refuse at its end, in the same words, so that none waits for ever.

    Nothing in the block may wait for other ranks.

    Raises:
        SharedRefusalError: the UserError of the lowest rank which raised one; alone, that error itself.
    """
    own: UserError | None = None
    try:
        yield
    except UserError as error:
        if not dist.is_initialized():
            raise
        own = error
    if not dist.is_initialized():
        return
    refusals: list[UserError | None] = [None] * dist.get_world_size()
    dist.all_gather_object(refusals, own)
    for refusal in refusals:
        if refusal is not None:
            raise SharedRefusalError(refusal.what, where=refusal.where, cure=refusal.cure) from own


def _check_gpus(gpus: int, processes: int) -> None:
    if processes > gpus:
        what = f"{processes} processes were started here for {gpus} GPU{'s' if gpus > 1 else ''}"
        cure = f"Use --nproc-per-node {gpus}, or set CUDA_VISIBLE_DEVICES= to use none"
        raise UserError(what, where="torchrun", cure=cure)
