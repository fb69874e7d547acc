"""What a run resumes from: weights, their running mean, the optimizer's memory, and where the run was.

One safetensors file in the run's folder, replaced as a whole. Random numbers are not in it: they follow from the
recipe's seed and the step (`train.randomness`). No pickle is involved.
"""

from __future__ import annotations

import dataclasses
import json
import platform
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from resnet.errors import UserError
from resnet.files import sweep, write_whole
from train import album
from train.clock import Clock
from train.engine import Sums, Training
from train.wish import FILE as CONTROL

FORMAT = "resnet-lab-state/1"
FOLDER, NAME = "state", "training.safetensors"
ON_GPU = ("A GPU adds up in no fixed order: losses may differ in their last digits.",)
AGAIN = "Start a new run; --set init=RUN begins it from this run's weights"


def save_state(run: Path, training: Training) -> None:
    """Keep everything that the next step depends on.

    Raises:
        UserError: there is no room; the older state is as it was.
    """
    tensors = {f"model.{name}": tensor for name, tensor in training.model.state_dict().items()}
    if training.average:
        tensors |= {f"average.{name}": tensor for name, tensor in training.average.model.state_dict().items()}
    for index, memory in training.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in memory.items() if isinstance(value, Tensor)}
    content = to_bytes(
        {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()},
        {"format": FORMAT, "position": json.dumps(_position(training))},
    )
    try:
        (run / FOLDER).mkdir(exist_ok=True)
        write_whole(run / FOLDER / NAME, content)
    except OSError as error:
        what = f"The training state cannot be written ({error.strerror})"
        raise UserError(what, where=run.name, cure="Free some disk space, then resume the run") from error


def has_state(run: Path) -> bool:
    """Whether the run saved any: one that was killed in its first seconds did not."""
    return (run / FOLDER / NAME).exists()


def restore(run: Path, training: Training) -> tuple[str, ...]:
    """Put a fresh training of the same recipe and pictures where the saved one was.

    Returns:
        Why the losses may differ from those of an uninterrupted run, in sentences; usually none.

    Raises:
        UserError: the state cannot be read, or the pictures are others now.
    """
    try:
        with safe_open(run / FOLDER / NAME, framework="pt") as file:
            position = json.loads((file.metadata() or {}).get("position", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError("The training state cannot be read", where=run.name, cure=AGAIN) from error
    if not isinstance(position, dict) or position.get("fingerprint") != training.data.fingerprint:
        what = "The pictures are not those this run began with"
        raise UserError(what, where=training.recipe.data, cure="Put them back as they were. " + AGAIN)
    _check_recipe(position.get("recipe"), training, run.name)
    try:
        _take_over(training, position, tensors)
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise UserError("The training state is of another training", where=run.name, cure=AGAIN) from error
    others = _other_processes(position.get("processes", 1), training.group.world)
    return others + _differences(position["machine"], _machine()) + (ON_GPU if training.device.type == "cuda" else ())


def forget(run: Path) -> None:
    """Remove the state of a run that is over."""
    shutil.rmtree(run / FOLDER, ignore_errors=True)


def tidy(run: Path) -> None:
    """Remove what a process that was killed while it wrote has left behind. For who holds the run's lock."""
    sweep(run, but=CONTROL)  # which its owner may be writing at this moment
    for folder in (run / FOLDER, run / album.FOLDER):
        sweep(folder)


def _position(training: Training) -> dict[str, Any]:
    return {
        "step": training.step,
        "epoch": training.epoch,
        "val_accuracy": training.val_accuracy,
        "lr": training.lr,
        "sums": dataclasses.asdict(training.sums),
        "seconds": training.clock.seconds(),
        "cpu_seconds": training.clock.cpu_seconds(),
        "fingerprint": training.data.fingerprint,
        "machine": _machine(),
        "processes": training.group.world,
        "recipe": dataclasses.asdict(training.recipe),
    }


def _take_over(training: Training, position: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    training.model.load_state_dict(_under("model.", tensors))
    if training.average:
        training.average.model.load_state_dict(_under("average.", tensors))
    parameters = [parameter for group in training.optimizer.param_groups for parameter in group["params"]]
    memory: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under("optimizer.", tensors).items():
        index, key = name.split(".", 1)
        parameter = parameters[int(index)]
        # Fused optimizers go through a parameter and its memory in the order they lie in memory: it must be the same.
        same_shape = tensor.shape == parameter.shape
        memory.setdefault(int(index), {})[key] = torch.empty_like(parameter).copy_(tensor) if same_shape else tensor
    settings = training.optimizer.state_dict()["param_groups"]
    training.optimizer.load_state_dict({"state": memory, "param_groups": settings})
    training.step, training.epoch = int(position["step"]), int(position["epoch"])
    training.val_accuracy = position["val_accuracy"]
    training.change_rate(position.get("lr", training.recipe.lr))  # a state of an earlier version has none
    training.sums = Sums(**position["sums"])
    training.clock = Clock(
        training.clock.wall - float(position["seconds"]), training.clock.cpu - float(position["cpu_seconds"])
    )
    training.keep()


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _machine() -> dict[str, str]:
    """What the last digit of a loss depends on besides the recipe."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "PyTorch": torch.__version__,
        "processor": f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "GPU": gpu,
    }


def _check_recipe(before: object, training: Training, where: str) -> None:
    """Refuse other settings than those the run began with; where the pictures lie, their fingerprint has told."""
    now = dataclasses.asdict(training.recipe)
    if not isinstance(before, dict):
        raise UserError("The training state is of another training", where=where, cure=AGAIN)
    changed = [key for key in now if key not in ("data", "init", "name") and before.get(key) != now[key]]
    if changed:
        what = f"The run began with other settings ({', '.join(changed)})"
        raise UserError(what, where=where, cure="Put recipe.json back as it was. " + AGAIN)


def _other_processes(before: int, now: int) -> tuple[str, ...]:
    if before == now:
        return ()
    how = "each batch norm sees another part of a batch, so losses will differ"
    return (f"The run went on with {before} process{'es' if before > 1 else ''} so far, now with {now}: {how}.",)


def _differences(before: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"The run began with {name} {before.get(name)}, this is {value}: losses may differ in their last digits."
        for name, value in now.items()
        if before.get(name) != value
    )
