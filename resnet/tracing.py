"""Running a network without its weights: PyTorch's meta device, where a tensor has a shape and nothing else.

Nothing is allocated and nothing is computed, so a net of a hundred layers takes milliseconds. What is to be learnt from
the run is up to the `TorchFunctionMode` that watches it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from resnet.catalogue import Net, check_classes, find
from resnet.errors import UserError
from resnet.inputs import Shape, checked_shape
from resnet.operations import known_shape

# --- What is asked about ---------------------------------------------------------------------------------------------


class RowRequest(NamedTuple):
    """A row of the catalogue at an input it can work on. Caches of traces are keyed by it."""

    row: Net
    shape: tuple[int, int, int]
    num_classes: int | None

    @property
    def title(self) -> str:
        return self.row.title

    def build_empty(self) -> nn.Module:
        """The network on the meta device."""
        options = {} if self.num_classes is None else {"num_classes": self.num_classes}
        with torch.device("meta"), _Undrawn():
            return self.row.build(in_channels=self.shape[0], **options)


class _Undrawn(TorchFunctionMode):
    """Leaves weights as they are allocated: a tensor without data has nothing to be drawn or filled."""

    _FILLING = frozenset({nn.init.kaiming_uniform_, Tensor.uniform_, Tensor.normal_, Tensor.fill_, Tensor.zero_})

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in self._FILLING:
            return tensors_in((*args, *(kwargs or {}).values()))[0]
        return func(*args, **(kwargs or {}))


class ModuleRequest(NamedTuple):
    """A module at an input. No key of a cache: the module may change before it is asked about again."""

    module: nn.Module
    shape: tuple[int, int, int]

    @property
    def title(self) -> str:
        return type(self.module).__name__

    def build_empty(self) -> nn.Module:
        """A float32 copy on the meta device.

        Raises:
            UserError: the module cannot be copied.
        """
        return _empty_copy(self.module)


def request(
    net: str | Net | nn.Module, input_shape: Sequence[int] | None = None, num_classes: int | None = None
) -> RowRequest | ModuleRequest:
    """What a caller asks about, checked; for a name or row, shape and classes may be left out.

    Raises:
        UserError: unknown name, a shape the network cannot work on or that is missing, or classes it cannot have.
    """
    if isinstance(net, nn.Module):
        if input_shape is None:
            raise UserError("A module needs an input shape", where="input", cure="Give one, for example (3, 224, 224)")
        if num_classes is not None:
            raise UserError("A module has the classes it was built with", where="classes", cure="Leave the classes out")
        return ModuleRequest(net, checked_shape(input_shape))
    row = find(net) if isinstance(net, str) else net
    shape = row.check_input(input_shape if input_shape is not None else row.input_shape)
    if num_classes is not None:
        check_classes(num_classes)
        if row.classes is None:
            raise UserError(f"{row.title} classifies nothing", where="classes", cure="Leave the classes out")
    return RowRequest(row, shape, row.classes if num_classes is None else num_classes)  # one name for one question


def _empty_copy(model: nn.Module) -> nn.Module:
    """The memo makes deepcopy take our empty tensors instead of the weights."""
    memo: dict[int, Any] = {}
    try:
        for parameter in model.parameters():
            memo[id(parameter)] = nn.Parameter(_shell(parameter), requires_grad=False)
        for buffer in model.buffers():
            memo[id(buffer)] = _shell(buffer)
        return copy.deepcopy(model, memo)
    except (RuntimeError, ValueError, TypeError) as error:
        raise UserError(
            f"{type(model).__name__} cannot be copied ({_first_line(error)})",
            where="net",
            cure="Run lazy layers on a picture once, and replace torch.nn.utils.weight_norm by "
            "torch.nn.utils.parametrizations.weight_norm",
        ) from error


def _shell(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, device="meta", dtype=torch.float32 if tensor.is_floating_point() else tensor.dtype)


# --- One run ---------------------------------------------------------------------------------------------------------


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
    except (RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, AssertionError) as error:
        shape: Shape = tuple(pictures.shape[1:])
        raise UserError(
            f"{type(model).__name__} does not accept {'x'.join(map(str, shape))} ({_first_line(error)})",
            where="input",
            cure="Choose a shape it was made for",
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def pretend(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a torch function puts out on the meta device, as if PyTorch had been asked.

    It is not asked where the shape is known (see `known_shape`), all tensors hold floating numbers of one kind, and one
    of them is empty: PyTorch would not add noise that a net drew on the CPU to it.
    """
    shape = known_shape(function, args, kwargs)
    if shape is None:
        return function(*args, **kwargs)
    tensors = tensors_in((*args, *kwargs.values()))
    dtype = tensors[0].dtype
    one_kind = dtype.is_floating_point and all(tensor.dtype == dtype for tensor in tensors)
    if not one_kind or not any(tensor.is_meta for tensor in tensors):
        return function(*args, **kwargs)
    if kwargs.get("inplace") or function is Tensor.add_:
        return tensors[0]
    return torch.empty(shape, dtype=dtype, device="meta")


# An attribute makes nothing, and a tensor in pieces was made by whoever made it whole.
_NO_CALLS = frozenset(
    {"__get__", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "hsplit", "vsplit", "dsplit"}
)


def made_by_call(function: Callable[..., Any], output: Any) -> list[Tensor]:
    """The tensors a torch function made, if the call is a row of the layer table; the first is the row's output."""
    return [] if getattr(function, "__name__", "") in _NO_CALLS else tensors_in((output,))


def tensors_in(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among some arguments or results, those in lists and tuples included."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors_in(value)
    return found
