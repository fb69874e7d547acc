"""Time per operation, on the machine this runs on: what the layer table's work costs in fact.

The operation with the most multiply-accumulates is not always the slowest: norms, ReLUs and additions hardly compute
and still move every number through memory. Times are of one picture in float32, at evaluation, with weights and a
picture that are all zeros: the values do not matter, only the sizes do.

Each round runs the net twice, once bare and once with a clock around every operation, so that both see the machine in
the same state. The sum over the operations may differ from the bare run: what lies between them is not in it, and the
medians are taken one by one, so an interruption that hits another operation in every run is in none of them.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from resnet.catalogue import Net
from resnet.errors import UserError
from resnet.inputs import Shape
from resnet.memory import memory_of
from resnet.summary import summarize
from resnet.tracing import ModuleRequest, RowRequest, made_by_call, request

MAX_MACS = 200 * 10**9  # a forward pass of some seconds on two cores
MAX_BYTES = 2 * 10**9  # of weights and activations together
MAX_RUNS = 100
PATIENCE = 20.0  # seconds; after so many no further round begins


@dataclass(frozen=True, slots=True)
class Timing:
    """What one forward pass takes, and on what it was measured."""

    title: str
    input_shape: Shape
    names: tuple[str, ...]  # of the rows of `summarize`
    milliseconds: tuple[float, ...]  # the median of each
    forward_milliseconds: float  # median of whole passes without a clock inside
    runs: int  # that the medians are of, after one that does not count
    threads: int  # PyTorch may use for one operation
    torch_version: str
    processor: str

    @property
    def calls_milliseconds(self) -> float:
        """The sum of the operations' medians."""
        return sum(self.milliseconds)


def time_calls(
    net: str | Net | nn.Module,
    input_shape: Sequence[int] | None = None,
    *,
    num_classes: int | None = None,
    runs: int = 5,
) -> Timing:
    """Run a net on this machine's CPU and time each operation.

    Takes `2 * runs + 2` forward passes, or fewer where that would take longer than `PATIENCE`.

    Args:
        net: a name such as "resnet50", a row of the catalogue, or a module; a module is copied, and left as it was.
        input_shape: (channels, height, width); for a name or row it may be left out.
        num_classes: outputs of the head, for a name or row; a module has its own.
        runs: how many the medians are of, if there is time.

    Raises:
        UserError: unknown name, a shape the network cannot work on, a net too large to be timed while somebody waits,
            or another timing in progress.
    """
    if isinstance(runs, bool) or not isinstance(runs, int) or not 1 <= runs <= MAX_RUNS:
        raise UserError(f"{runs!r} runs are not possible", where="runs", cure=f"Choose 1 to {MAX_RUNS}")
    asked = request(net, input_shape, num_classes)
    summary = summarize(net, input_shape, num_classes=num_classes)
    memory = memory_of(net, input_shape, num_classes=num_classes)
    _check_size(summary.title, summary.totals.macs, memory.inference)
    with _alone(), torch.inference_mode():
        model = _zeros(asked)
        picture = torch.zeros(1, *summary.input_shape)
        forwards, passes = _rounds(model, picture, runs)
    return Timing(
        title=summary.title,
        input_shape=summary.input_shape,
        names=tuple(row.name for row in summary.rows),
        milliseconds=tuple(median(times) for times in zip(*passes, strict=True)),
        forward_milliseconds=median(forwards),
        runs=len(forwards),
        threads=torch.get_num_threads(),
        torch_version=torch.__version__,
        processor=processor_name(),
    )


def processor_name() -> str:
    """What this machine calls its processor; at least its architecture."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() == "model name" and value.strip():
                    return value.strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _check_size(title: str, macs: int, size: int) -> None:
    cure = "Choose a smaller input or a smaller net"
    if macs > MAX_MACS:
        raise UserError(
            f"{title} takes {macs / 1e9:,.0f} GMACs at this input, and at most {MAX_MACS / 1e9:.0f} are timed here",
            where="input",
            cure=cure,
        )
    if size > MAX_BYTES:
        raise UserError(
            f"{title} takes {size / 1e9:,.1f} GB at this input, and at most {MAX_BYTES / 1e9:.0f} are timed here",
            where="input",
            cure=cure,
        )


_LOCK = threading.Lock()


@contextmanager
def _alone() -> Iterator[None]:
    """One timing at a time: two would measure each other."""
    if not _LOCK.acquire(blocking=False):
        raise UserError("Another net is being timed", cure="Try again in a few seconds")
    try:
        yield
    finally:
        _LOCK.release()


def _zeros(asked: RowRequest | ModuleRequest) -> nn.Module:
    """A model of our own on the CPU, for evaluation, all of whose numbers are zero: drawing them may take seconds."""
    model = asked.build_empty().to_empty(device="cpu").eval()
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.zero_()
    return model


def _rounds(model: nn.Module, picture: Tensor, runs: int) -> tuple[list[float], list[list[float]]]:
    """Milliseconds of whole passes, and of each operation in as many further passes, after a round to warm up."""
    _round(model, picture)
    began = perf_counter()
    rounds = [_round(model, picture)]
    while len(rounds) < runs and perf_counter() - began < PATIENCE:
        rounds.append(_round(model, picture))
    return [whole for whole, _ in rounds], [parts for _, parts in rounds]


def _round(model: nn.Module, picture: Tensor) -> tuple[float, list[float]]:
    began = perf_counter()
    model(picture)
    whole = 1000 * (perf_counter() - began)
    with _Stopwatch() as stopwatch:
        model(picture)
    return whole, stopwatch.milliseconds


class _Stopwatch(TorchFunctionMode):
    """Times every outermost torch function call that is a row of the layer table."""

    def __init__(self) -> None:
        super().__init__()
        self.milliseconds: list[float] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        began = perf_counter()
        output = func(*args, **(kwargs or {}))
        elapsed = perf_counter() - began
        if made_by_call(func, output):
            self.milliseconds.append(1000 * elapsed)
        return output
