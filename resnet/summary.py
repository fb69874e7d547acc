"""The layer table: every operation a network executes, with its shapes, parameters, work and traffic.

A row is a *call*, not a module: a ReLU that is used three times is three rows, and the `+` of a residual block, which
no module hook can see, is a row too. The network runs once on PyTorch's meta device, where tensors have shapes and
nothing else, so no weight is allocated and nothing is computed.

All figures are for one picture in float32, at evaluation. Checked in the tests against `torch.utils.flop_counter` and
against torchvision's and torchstat's published figures.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from resnet.catalogue import Net
from resnet.inputs import Shape
from resnet.operations import cost_of, named_arguments, operation_name
from resnet.tracing import ModuleRequest, RowRequest, made_by_call, pretend, request, run_empty, tensors_in
from resnet.windows import Window, window_in

FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class Call:
    """One executed operation.

    Shapes are without the batch. None stands for "not known": an operation we have no definition for.
    """

    name: str  # module path, "#2" from its second use on; without a module: the block's path and the operation
    type: str  # PyTorch's name of the operation: conv2d, batch_norm, relu, add, ...
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    params: int  # weights and biases read here for the first time
    macs: int | None  # multiply-accumulates of conv2d and linear, 0 elsewhere
    madd: int | None  # multiplications and additions counted apart, as torchstat does
    read_bytes: int  # inputs and parameters
    write_bytes: int  # the output
    inputs: tuple[int, ...]  # the rows that made its inputs, one for each of `input_shapes`; -1 is the picture
    param_shapes: tuple[Shape, ...]  # weight, then bias where there is one
    window: Window | None  # of convolutions and poolings
    module: str  # path of the layer that was called; "" for an operation between layers
    code: tuple[str, int]  # the file and line that asked for it

    @property
    def flops(self) -> int | None:
        """Floating-point operations of conv2d and linear: two for each multiply-accumulate."""
        return None if self.macs is None else 2 * self.macs

    @property
    def output_bytes(self) -> int:
        return self.write_bytes


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the columns. `unknown` names the operations that are missing from `macs`, `flops` and `madd`."""

    params: int  # those that some call reads: a layer that is never used adds none
    macs: int
    flops: int
    madd: int
    output_bytes: int
    read_bytes: int
    write_bytes: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A network's table.

    Args:
        layers: the paths of all layers without layers inside, as the network lists them (`named_modules`), used or not.
    """

    title: str
    input_shape: Shape
    rows: tuple[Call, ...]
    totals: Totals
    layers: tuple[str, ...]


def summarize(
    net: str | Net | nn.Module, input_shape: Sequence[int] | None = None, *, num_classes: int | None = None
) -> Summary:
    """The layer table of a network of the catalogue, or of any module that takes one picture tensor.

    Args:
        net: a name such as "resnet50", a row of the catalogue, or a module; a module is left as it was.
        input_shape: (channels, height, width); for a name or row it may be left out.
        num_classes: outputs of the head, for a name or row; a module has its own.

    Raises:
        UserError: unknown name, a shape the network cannot work on, or a module that cannot be copied.
    """
    asked = request(net, input_shape, num_classes)
    return _summary(asked) if isinstance(asked, ModuleRequest) else _summary_of_row(asked)


@lru_cache(maxsize=64)
def _summary_of_row(asked: RowRequest) -> Summary:
    return _summary(asked)


def _summary(asked: RowRequest | ModuleRequest) -> Summary:
    model = asked.build_empty()
    rows = tuple(_trace(model, asked.shape))
    layers = tuple(path for path, module in model.named_modules() if next(module.children(), None) is None)
    return Summary(asked.title, asked.shape, rows, totals_of(rows), layers)


def totals_of(rows: Iterable[Call]) -> Totals:
    """The sums over some rows of a table: of all, of a stage, of a block."""
    rows = tuple(rows)
    macs = sum(row.macs or 0 for row in rows)
    written = sum(row.write_bytes for row in rows)
    return Totals(
        params=sum(row.params for row in rows),
        macs=macs,
        flops=2 * macs,
        madd=sum(row.madd or 0 for row in rows),
        output_bytes=written,
        read_bytes=sum(row.read_bytes for row in rows),
        write_bytes=written,
        unknown=tuple(sorted({row.type for row in rows if row.macs is None})),
    )


def _trace(model: nn.Module, shape: Shape) -> list[Call]:
    model.eval()
    recorder = _Recorder(model)
    run_empty(model, torch.empty(1, *shape, device="meta"), recorder)
    return recorder.calls


class _Recorder(TorchFunctionMode):
    """Sees every outermost torch function call while it is entered, and knows which module made it.

    The model is ours alone (freshly built or copied), so the hooks go when it goes.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._uses: Counter[str] = Counter()
        self._counted: set[int] = set()
        self._buffers = {id(buffer) for buffer in model.buffers()}
        self._inside: list[tuple[str, bool]] = []  # path and "has no children" of every module being executed
        for path, module in model.named_modules():
            place = (path, next(module.children(), None) is None)
            module.register_forward_pre_hook(lambda module, args, place=place: self._inside.append(place))
            module.register_forward_hook(lambda module, args, output: self._inside.pop() and None)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        output = pretend(func, args, kwargs)
        made = made_by_call(func, output)
        if made:
            self._record(operation_name(func), made, args, kwargs)
        else:
            for piece in tensors_in((output,)):
                piece.made_by = max(map(_maker, tensors_in(args)), default=_PICTURE)  # type: ignore[attr-defined]
        return output

    def _record(self, operation: str, made: list[Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs, parameters = [], []
        for tensor in tensors_in((*args, *kwargs.values())):
            if isinstance(tensor, nn.Parameter):
                parameters.append(tensor)
            elif id(tensor) not in self._buffers:
                inputs.append(tensor)
        fresh = [parameter for parameter in parameters if id(parameter) not in self._counted]
        self._counted.update(map(id, fresh))
        output, arguments = made[0], named_arguments(operation, args, kwargs)
        cost = cost_of(operation, inputs, output, arguments)
        name, module = self._name(operation)
        makers = tuple(map(_maker, inputs))  # before the output, which in place is one of them, gets its own
        for tensor in made:
            tensor.made_by = len(self.calls)  # type: ignore[attr-defined]
        self.calls.append(
            Call(
                name=name,
                type=operation,
                input_shapes=tuple(tuple(tensor.shape[1:]) for tensor in inputs),
                output_shape=tuple(output.shape[1:]),
                params=sum(parameter.numel() for parameter in fresh),
                macs=cost.macs,
                madd=cost.madd,
                read_bytes=FLOAT32_BYTES * sum(tensor.numel() for tensor in (*inputs, *parameters)),
                write_bytes=FLOAT32_BYTES * output.numel(),
                inputs=makers,
                param_shapes=tuple(tuple(parameter.shape) for parameter in parameters),
                window=window_in(operation, arguments),
                module=module,
                code=_calling_line(),
            )
        )

    def _name(self, operation: str) -> tuple[str, str]:
        """The call's name, and the path of the layer that it is the work of, if it is one's."""
        path, is_leaf = self._inside[-1] if self._inside else ("", False)
        module = path if is_leaf else ""
        name = module or ".".join(filter(None, (path, operation)))
        self._uses[name] += 1
        return name if self._uses[name] == 1 else f"{name}#{self._uses[name]}", module


_PICTURE = -1
# Files whose lines are machinery: between the line that calls a layer and the tensor operation lies nothing of the net.
_MACHINERY = (os.path.dirname(torch.__file__) + os.sep, __file__)
_CALLER = run_empty.__code__  # from here outwards is whoever asked for the table


def _maker(tensor: Tensor) -> int:
    """The row whose output this is; the picture if none."""
    return getattr(tensor, "made_by", _PICTURE)


def _calling_line() -> tuple[str, int]:
    """File and line of the innermost frame that belongs to the network's own code; "" and 0 if it has none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not _CALLER:
        if not frame.f_code.co_filename.startswith(_MACHINERY):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "", 0
