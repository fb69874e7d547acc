"""Running a network without its weights: PyTorch's meta device, where a tensor has a shape and nothing else.

Nothing is allocated and nothing is computed, so a net of a hundred layers takes milliseconds. What is to be learnt from
the run is up to the `TorchFunctionMode` that watches it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from resnet.catalogue import Net, check_classes, find
from resnet.errors import UserError
from resnet.inputs import Shape, checked_shape


class Request(NamedTuple):
    """A row of the catalogue at an input it can work on: what caches of traces are keyed by."""

    row: Net
    shape: tuple[int, int, int]
    num_classes: int | None

    def build(self) -> nn.Module:
        """The network, on PyTorch's current default device."""
        options = {} if self.num_classes is None else {"num_classes": self.num_classes}
        return self.row.build(in_channels=self.shape[0], **options)

    def build_empty(self) -> nn.Module:
        """The network on the meta device."""
        with torch.device("meta"):
            return self.build()


def request(net: str | Net, input_shape: Sequence[int] | None = None, num_classes: int | None = None) -> Request:
    """What a caller asks about a name or row, checked; shape and classes may be left to the row.

    Raises:
        UserError: unknown name, a shape the network cannot work on, or classes it cannot have.
    """
    row = find(net) if isinstance(net, str) else net
    shape = row.check_input(input_shape if input_shape is not None else row.input_shape)
    if num_classes is not None:
        check_classes(num_classes)
        if row.classes is None:
            raise UserError(f"{row.title} classifies nothing", where="classes", cure="Leave the classes out")
    return Request(row, shape, row.classes if num_classes is None else num_classes)  # one name for one question


def module_shape(input_shape: Sequence[int] | None) -> tuple[int, int, int]:
    """The input shape of a module that no row stands for: it has to be given.

    Raises:
        UserError: it is missing or out of range.
    """
    if input_shape is None:
        raise UserError("A module needs an input shape", where="input", cure="Give one, for example (3, 224, 224)")
    return checked_shape(input_shape)


def empty_copy(model: nn.Module) -> nn.Module:
    """A float32 copy on the meta device. The memo makes deepcopy take our empty tensors instead of the weights."""
    memo: dict[int, Any] = {}
    for parameter in model.parameters():
        memo[id(parameter)] = nn.Parameter(_shell(parameter), requires_grad=False)
    for buffer in model.buffers():
        memo[id(buffer)] = _shell(buffer)
    return copy.deepcopy(model, memo)


def _shell(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, device="meta", dtype=torch.float32 if tensor.is_floating_point() else tensor.dtype)


def is_call(function: Callable[..., Any], output: Any) -> bool:
    """Whether a torch function that was seen is a row of the layer table: it makes a tensor, and is no attribute."""
    return isinstance(output, Tensor) and getattr(function, "__name__", "") != "__get__"


def run_empty(model: nn.Module, pictures: Tensor, watcher: TorchFunctionMode) -> Any:
    """What the model puts out for N x C x H x W pictures on the meta device, watched.

    Raises:
        UserError: the model cannot work on that shape.
    """
    try:
        with torch.no_grad(), watcher:
            return model(pictures)
    except UserError:
        raise
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        shape: Shape = tuple(pictures.shape[1:])
        raise UserError(
            f"{type(model).__name__} does not accept {'x'.join(map(str, shape))} ({str(error).splitlines()[0]})",
            where="input",
            cure="Choose a shape it was made for",
        ) from error
