"""torchstat's table: a row a layer, in torchstat's columns, units and definitions.

Many articles print this table (torchstat 0.0.7, 2018, https://github.com/Swall0w/torchstat), and whoever compares with
them needs the same counting. It is not the counting of `resnet.summary`:

    A row is a layer. One that is used several times has the figures of its last use, and what happens between layers
    (the `+` of a residual block, a concatenation, flatten) has no row.
    torchstat knows some kinds of layers. Any other (dropout, adaptive pooling) has a row in which only the memory of
    the output is not 0.
    "MB" of memory is 2^20 bytes, and "Flops" are nearly multiply-accumulates.

Where a convolution makes `out` values of `k x k x C_in / groups` products each, and n is the number of input values:

    layer                MAdd                                      Flops
    convolution          (2 k k C_in / groups - 1 [+ 1 bias]) out  (k k C_in / groups [+ 1 bias]) out
    linear               (2 C_in - 1) out                          C_in out
    batch norm           4 n                                       2 n, n without weight and bias
    ReLU                 n                                         n
    max, average pool    (k k - 1) out, k k out                    n

Three things differ. torchstat's total row repeats its last row under MemRead and MemWrite; here every total is the sum
of its column. A layer that executes nothing (`nn.Identity`), or is never called, has no row here. And a batch norm
without weight and bias reads none here, where torchstat counts them all the same.

Checked in the tests against two whole tables that torchstat printed, and an independent count of its totals for ten
ResNets. Apart from those things, torchstat 0.0.7 gave the same rows for every net of the catalogue when run beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import prod

from resnet.inputs import Shape
from resnet.summary import FLOAT32_BYTES, Call, Summary

DEFINITIONS = {
    "params": "weights and biases",
    "memory(MB)": "the output in float32; 1 MB is 2^20 bytes",
    "MAdd": "multiplications and additions counted apart",
    "Flops": "nearly MACs: convolutions add 1 for a bias, norms count 2 and ReLUs 1 a value, pools 1 an input value",
    "MemRead(B)": "bytes of input and parameters, each read once",
    "MemWrite(B)": "bytes of the output, written once",
    "MemR+W(B)": "MemRead + MemWrite",
}
COLUMNS = ("module name", "input shape", "output shape", *DEFINITIONS)

NOTES = (
    "A row is a layer. A ReLU that is used again has its last use only; additions and concatenations have no row.",
    "What torchstat does not know (dropout, adaptive pooling) counts 0, except for the memory of its output.",
    "The total MemRead and MemWrite are sums of their columns; torchstat repeats its last row there.",
)


@dataclass(frozen=True, slots=True)
class _Figures:
    params: int
    memory_bytes: int  # the output in float32, of unknown layers too
    madd: int
    flops: int  # as torchstat counts them: nearly multiply-accumulates
    read_bytes: int
    write_bytes: int

    @property
    def memory_mib(self) -> float:
        """What torchstat calls memory(MB), unrounded."""
        return self.memory_bytes / 2**20

    @property
    def traffic_bytes(self) -> int:
        """MemR+W."""
        return self.read_bytes + self.write_bytes

    def figures(self) -> tuple[int | float, ...]:
        """The values of the number columns, those of `DEFINITIONS`; memory in MiB, unrounded."""
        traffic = (self.read_bytes, self.write_bytes, self.traffic_bytes)
        return (self.params, self.memory_mib, self.madd, self.flops, *traffic)


@dataclass(frozen=True, slots=True)
class Row(_Figures):
    """One layer, at its last use."""

    name: str  # module path
    input_shape: Shape
    output_shape: Shape

    def cells(self) -> tuple[str | int | float, ...]:
        """The values of `COLUMNS`, shapes as torchstat prints them: "64 112 112"."""
        shapes = (" ".join(map(str, shape)) for shape in (self.input_shape, self.output_shape))
        return (self.name, *shapes, *self.figures())


@dataclass(frozen=True, slots=True)
class Totals(_Figures):
    """The sums of the columns, of values before rounding."""

    def cells(self) -> tuple[str | int | float, ...]:
        """The values of `COLUMNS` for the total row."""
        return ("total", "", "", *self.figures())


@dataclass(frozen=True, slots=True)
class Report:
    """The table: its rows and their sums."""

    rows: tuple[Row, ...]
    totals: Totals


def torchstat(summary: Summary) -> Report:
    """torchstat's table of a network: its layers in the order in which the network lists them."""
    calls: dict[str, list[Call]] = {}
    for call in summary.rows:
        calls.setdefault(call.module, []).append(call)
    rows = tuple(_row(layer, _last_use(calls[layer])) for layer in summary.layers if layer in calls)
    sums = {field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Totals)}
    return Report(rows, Totals(**sums))


def _last_use(calls: Sequence[Call]) -> Sequence[Call]:
    """The operations of a layer's last use: those from the last return of its first operation on."""
    start = max(index for index, call in enumerate(calls) if call.type == calls[0].type)
    return calls[start:]


def _row(layer: str, use: Sequence[Call]) -> Row:
    last = use[-1]
    count = _FLOPS.get(last.type) if len(use) == 1 else None  # a layer of several operations is of the net's own making
    return Row(
        name=layer,
        input_shape=next((call.input_shapes[0] for call in use if call.input_shapes), ()),
        output_shape=last.output_shape,
        # Counted by shape: `Call.params` is 0 where parameters are used again, but torchstat looks at the layer.
        params=sum(prod(shape) for call in use for shape in call.param_shapes),
        memory_bytes=FLOAT32_BYTES * prod(last.output_shape),
        madd=(last.madd or 0) if count else 0,
        flops=count(last) if count else 0,
        read_bytes=last.read_bytes if count else 0,
        write_bytes=last.write_bytes if count else 0,
    )


def _convolution(call: Call) -> int:
    biases = prod(call.output_shape) if len(call.param_shapes) == 2 else 0  # one addition for every output
    return (call.macs or 0) + biases


def _linear(call: Call) -> int:
    return call.macs or 0


def _batch_norm(call: Call) -> int:
    return (2 if call.param_shapes else 1) * prod(call.input_shapes[0])


def _each_input(call: Call) -> int:
    return prod(call.input_shapes[0])


# The layers torchstat knows, of those that the networks here have. Their MAdd is `Call.madd`, which is torchstat's.
_FLOPS: Mapping[str, Callable[[Call], int]] = {
    "conv2d": _convolution,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "relu": _each_input,
    "max_pool2d": _each_input,
    "avg_pool2d": _each_input,
}
