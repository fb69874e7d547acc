"""Processes that find together: two on this machine by gloo, as torchrun starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from resnet.errors import UserError
from train import distributed
from train.distributed import ALONE, Group, agreed, highest, joined, refusing_together, total

PROJECT = Path(__file__).resolve().parents[2]

TWO_RANKS = """
import json, sys
from pathlib import Path
import torch
from resnet.errors import UserError
from train.distributed import agreed, highest, joined, refusing_together, share, total

with joined() as group:
    mine = torch.tensor([[1, group.rank], [10, 100]])
    told = {
        "group": [group.rank, group.world, group.local_rank],
        "total": total(mine).tolist(),
        "mine": mine.tolist(),
        "fractions": total(torch.tensor([0.5 + group.rank], dtype=torch.float64)).tolist(),
        "agreed": agreed(40 + group.rank),
        "highest": highest(40 + group.rank, 0.1 * (1 - group.rank)),
    }
    norm = torch.nn.BatchNorm1d(1)
    norm.weight.data.fill_(5 + group.rank)
    norm.running_mean.fill_(7 + group.rank)
    share(norm)
    told["shared"] = [norm.weight.item(), norm.running_mean.item()]
    with refusing_together():
        pass
    try:
        with refusing_together():
            if group.rank == 1:
                raise UserError("It is not on this machine", where="pets", cure="Copy it")
    except UserError as error:
        told["refused"] = str(error)
    told["still together"] = total(torch.tensor(1)).item()
    averaging = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))
    averaging(torch.ones(1, 1)).sum().backward()
    del averaging
told["left"] = not torch.distributed.is_initialized()
threads = [task.joinpath("comm").read_text() for task in Path("/proc/self/task").glob("*")]
told["threads left behind"] = sum("gloo" in name for name in threads)
open(f"{sys.argv[1]}/{group.rank}.json", "w").write(json.dumps(told))
"""

ON_GPUS = """
import json, sys
import torch
from train.distributed import agreed, joined, refusing_together, total

with joined() as group:
    with refusing_together():
        told = {"device": torch.cuda.current_device()}
    told["on GPUs"] = total(torch.tensor(1 + group.rank, device="cuda")).item()
    told["in memory"] = total(torch.tensor(1)).item()
    told["agreed"] = agreed(9 + group.rank)
open(f"{sys.argv[1]}/{group.rank}.json", "w").write(json.dumps(told))
"""


@pytest.fixture(autouse=True)
def not_under_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in distributed.TOLD_BY_TORCHRUN:
        monkeypatch.delenv(name, raising=False)


def test_alone_nothing_is_joined_and_everything_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "3")  # other tools set it too; torchrun tells all of them
    with joined() as group:
        assert group == ALONE == Group(0, 1, 0)
        assert not torch.distributed.is_initialized()
        mine = torch.tensor([1, 2])
        assert total(mine) is mine
        assert agreed(7) == 7
        assert highest(7, 0.1) == (7, 0.1)
        with refusing_together():
            pass
        refusal = UserError("No")
        with pytest.raises(UserError) as raised, refusing_together():
            raise refusal
        assert raised.value is refusal


def test_more_processes_than_gpus_are_refused_before_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in distributed.TOLD_BY_TORCHRUN:
        monkeypatch.setenv(name, "3")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(UserError, match="3 processes were started here for 2 GPUs") as refused, joined():
        pass
    assert "--nproc-per-node 2" in refused.value.cure


def by_torchrun(script: str, processes: int, folder: Path, environment: dict[str, str]) -> list[dict[str, object]]:
    """What each rank of a script writes to FOLDER/RANK.json."""
    path = folder / "ranks.py"
    path.write_text(script)
    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), path,
         folder],
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        check=True,
        timeout=120,
    )  # fmt: skip
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(processes)]


@pytest.mark.slow
def test_two_ranks_add_agree_and_refuse_together(tmp_path: Path) -> None:
    for rank, told in enumerate(by_torchrun(TWO_RANKS, 2, tmp_path, {"CUDA_VISIBLE_DEVICES": ""})):
        assert told == {
            "group": [rank, 2, rank],
            "total": [[2, 1], [20, 200]],
            "mine": [[1, rank], [10, 100]],
            "fractions": [2.0],
            "agreed": 40,
            "highest": [41, 0.1],
            "shared": [5.0, 7.0],
            "refused": "pets: It is not on this machine. Copy it.",
            "still together": 2,
            "left": True,
            "threads left behind": 0,
        }


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_each_rank_has_a_gpu_and_both_kinds_of_memory_travel(tmp_path: Path) -> None:
    world = torch.cuda.device_count()
    for rank, told in enumerate(by_torchrun(ON_GPUS, world, tmp_path, {})):
        assert told == {"device": rank, "on GPUs": world * (world + 1) // 2, "in memory": world, "agreed": 9}
