"""What one operation costs: multiply-accumulates, and multiplies and adds counted apart.

Definitions
    MACs   multiply-accumulates of convolutions and linear layers, nothing else (what papers call FLOPs and torchvision
           calls GFLOPS).
    MAdd   torchstat's count: every multiplication and every addition by itself. A sum of n products is n
           multiplications and n - 1 additions; a bias adds one more in a convolution (torchstat leaves it out of linear
           layers, so we do).

An operation that is not in the table has no cost here: None, which people read as "n/a" and which makes a total
partial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet.windows import Window, pair, window_of


class Cost(NamedTuple):
    macs: int | None
    madd: int | None


UNKNOWN = Cost(None, None)

#: The layers that give a net its depth: ResNet-34 has 34 of them. Norms have weights too, but are not counted.
WEIGHT_LAYERS = ("conv2d", "linear")

# PyTorch has several names for one operation: in place, as an operator, as a function.
_ALIASES = {
    "add_": "add",
    "__add__": "add",
    "__iadd__": "add",
    "__radd__": "add",
    "relu_": "relu",
    "concat": "cat",
    "concatenate": "cat",
    "max_pool2d_with_indices": "max_pool2d",
    "view": "flatten",
    "reshape": "flatten",
    "__getitem__": "slice",
}


def operation_name(function: Callable[..., Any]) -> str:
    """The one name we use for a torch function: torch.Tensor.add_ -> "add"."""
    name = getattr(function, "__name__", str(function))
    return _ALIASES.get(name, name)


def _convolution(inputs: list[Tensor], output: Tensor, arguments: Mapping[str, Any]) -> Cost:
    weight = arguments["weight"]  # C_out x C_in/groups x k x k
    macs = output.numel() * prod(weight.shape[1:])
    additions_saved = 0 if arguments.get("bias") is not None else output.numel()
    return Cost(macs, 2 * macs - additions_saved)


def _linear(inputs: list[Tensor], output: Tensor, arguments: Mapping[str, Any]) -> Cost:
    macs = output.numel() * arguments["weight"].shape[1]
    return Cost(macs, 2 * macs - output.numel())


def _max_pool(inputs: list[Tensor], output: Tensor, arguments: Mapping[str, Any]) -> Cost:
    return Cost(0, (prod(pair(arguments["kernel_size"])) - 1) * output.numel())  # comparisons count as additions


def _average_pool(inputs: list[Tensor], output: Tensor, arguments: Mapping[str, Any]) -> Cost:
    return Cost(0, prod(pair(arguments["kernel_size"])) * output.numel())  # k² - 1 additions and a division


def _adaptive_average_pool(inputs: list[Tensor], output: Tensor, arguments: Mapping[str, Any]) -> Cost:
    """Windows differ by a pixel where the sizes do not divide, so each is measured."""

    def covered(size: int, bins: int) -> int:
        return sum(-(-(i + 1) * size // bins) - i * size // bins for i in range(bins))

    rows = covered(inputs[0].shape[-2], output.shape[-2])
    columns = covered(inputs[0].shape[-1], output.shape[-1])
    return Cost(0, prod(output.shape[:-2]) * rows * columns)


def _each(count: int) -> Callable[[list[Tensor], Tensor, Mapping[str, Any]], Cost]:
    """`count` arithmetic operations for every element of the output."""
    return lambda inputs, output, arguments: Cost(0, count * output.numel())


_COSTS: Mapping[str, Callable[[list[Tensor], Tensor, Mapping[str, Any]], Cost]] = {
    "conv2d": _convolution,
    "linear": _linear,
    "batch_norm": _each(4),  # subtract the mean, divide by the deviation, scale, shift
    "relu": _each(1),
    "add": _each(1),
    "max_pool2d": _max_pool,
    "avg_pool2d": _average_pool,
    "adaptive_avg_pool2d": _adaptive_average_pool,
    "dropout": _each(0),  # at evaluation it passes its input on
    "flatten": _each(0),
    "cat": _each(0),
    "slice": _each(0),
    "pad": _each(0),
}

# The positional arguments a formula reads, in PyTorch's order.
_SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "conv2d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "linear": ("input", "weight", "bias"),
    "max_pool2d": ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "avg_pool2d": ("input", "kernel_size", "stride", "padding", "ceil_mode"),
    "slice": ("input", "index"),
}


def named_arguments(operation: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """What one call was given, by PyTorch's parameter names, for the operations that have a formula to read them."""
    return {**dict(zip(_SIGNATURES.get(operation, ()), args, strict=False)), **kwargs}


def cost_of(operation: str, inputs: list[Tensor], output: Tensor, arguments: Mapping[str, Any]) -> Cost:
    """The cost of one call with its `named_arguments`; `UNKNOWN` for operations without a definition here."""
    formula = _COSTS.get(operation)
    return UNKNOWN if formula is None else formula(inputs, output, arguments)


def known_shape(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[int, ...] | None:
    """The output's shape, batch included, where it follows from the arguments by a plain rule; None elsewhere.

    For these operations PyTorch's own answer about tensors without data runs through Python code that imports its
    compiler or a computer algebra system first: seconds, for a division. Arguments that do not fit each other are left
    to PyTorch, which says what is wrong.
    """
    rule = _SHAPES.get(function)
    try:
        return rule(*args, **kwargs) if rule else None
    except TypeError:  # another spelling of the arguments: torch.cat(tensors, axis=1)
        return None


# The rules have PyTorch's parameter names, because callers may use them.
def _convolved(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> tuple[int, ...] | None:
    if isinstance(padding, str) or input.dim() != 4 or input.shape[1] != weight.shape[1] * groups:
        return None
    sides = _places(input, window_of(tuple(weight.shape[2:]), stride, padding, dilation))
    return (input.shape[0], weight.shape[0], *sides) if sides else None


def _pooled(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[int, ...] | None:
    if return_indices or input.dim() != 4:
        return None
    window = window_of(kernel_size, stride, padding, dilation, ceil_mode)
    if any(2 * padding > kernel for padding, kernel in zip(window.padding, window.kernel, strict=True)):
        return None
    sides = _places(input, window)
    return (*input.shape[:2], *sides) if sides else None


def _places(input: Tensor, window: Window) -> tuple[int, ...]:
    """The output's sides; empty where there is no such window or no place for it, which PyTorch is to say."""
    if min(*window.kernel, *window.stride, *window.dilation) < 1 or min(window.padding) < 0:
        return ()
    sides = tuple(window.places(size, axis) for axis, size in enumerate(input.shape[2:]))
    return sides if min(sides) > 0 else ()


def _normalised(input: Tensor, running_mean: Tensor | None, *args: Any, **kwargs: Any) -> tuple[int, ...] | None:
    fits = running_mean is not None and running_mean.shape[0] == input.shape[1]
    return tuple(input.shape) if fits else None


def _mapped(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[int, ...] | None:
    return (*input.shape[:-1], weight.shape[0]) if input.shape[-1] == weight.shape[1] else None


def _averaged(input: Tensor, output_size: Any) -> tuple[int, ...] | None:
    return (*input.shape[:-2], 1, 1) if input.dim() == 4 and output_size in (1, (1, 1)) else None


# In place only by name, because that is how `tracing.pretend` recognises it.
def _rectified(input: Tensor, *, inplace: bool = False) -> tuple[int, ...] | None:
    return tuple(input.shape)


def _dropped(input: Tensor, p: float = 0.5, training: bool = True, *, inplace: bool = False) -> tuple[int, ...] | None:
    return tuple(input.shape) if training and 0 < p <= 1 else None  # else it is the input itself


def _joined(tensors: Any, dim: int = 0) -> tuple[int, ...] | None:
    first = tuple(tensors[0].shape)
    if not -len(first) <= dim < len(first):
        return None
    dim %= len(first)
    if any(tensor.shape[:dim] + tensor.shape[dim + 1 :] != first[:dim] + first[dim + 1 :] for tensor in tensors):
        return None
    return (*first[:dim], sum(tensor.shape[dim] for tensor in tensors), *first[dim + 1 :])


def _added(input: Tensor, other: Any, *args: Any, **kwargs: Any) -> tuple[int, ...] | None:
    return tuple(input.shape) if isinstance(other, Tensor) and other.shape == input.shape else None


_SHAPES: Mapping[Callable[..., Any], Callable[..., tuple[int, ...] | None]] = {
    F.conv2d: _convolved,
    F.max_pool2d: _pooled,
    F.batch_norm: _normalised,
    F.linear: _mapped,
    F.adaptive_avg_pool2d: _averaged,
    F.relu: _rectified,
    F.dropout: _dropped,
    torch.cat: _joined,
    Tensor.add: _added,
    Tensor.add_: _added,
}
