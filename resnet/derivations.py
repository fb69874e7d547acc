"""How a call's figures come about: the formula with its numbers in it, and the rule it follows.

The figures themselves are those of the layer table (`resnet.summary`, `resnet.operations`). A formula is shown only
where it arrives at them; for an operation that no rule here covers the bare figure stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from resnet.operations import WEIGHT_LAYERS
from resnet.summary import FLOAT32_BYTES, Call, Summary


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of arithmetic: "64 · 3 · 7 · 7" and 9408.

    · is a product, ⌊ ⌋ and ⌈ ⌉ round down and up, commas part thousands.
    """

    left: str
    value: int | float

    @property
    def right(self) -> str:
        """The value as it is printed: ratios to two decimals."""
        return f"{self.value:,}" if isinstance(self.value, int) else f"{self.value:,.2f}"

    def __str__(self) -> str:
        return f"{self.left} {'=' if isinstance(self.value, int) else '≈'} {self.right}"


@dataclass(frozen=True, slots=True)
class Derivation:
    """Where one figure comes from.

    Args:
        rule: what kind of sum it is, such as "convolution"; "figure" where there is nothing but the figure.
        value: the figure, as the layer table has it; None where the operation has no definition.
        formulas: the steps; the last one arrives at `value`.
        numbers: what else a sentence about the rule needs.
    """

    rule: str
    value: int | float | None
    formulas: tuple[Formula, ...] = ()
    numbers: Mapping[str, int | str] = field(default_factory=dict)


def times(factors: Sequence[int]) -> str:
    """(64, 3, 7, 7) -> "64 · 3 · 7 · 7"."""
    return " · ".join(f"{factor:,}" for factor in factors)


def product(*factors: int) -> Formula:
    """The formula of a product."""
    return Formula(times(factors), prod(factors))


def total(*terms: int) -> Formula:
    """The formula of a sum."""
    return Formula(" + ".join(f"{term:,}" for term in terms), sum(terms))


def derive(
    rule: str, value: int | float | None, *formulas: Formula, numbers: Mapping[str, int | str] | None = None
) -> Derivation:
    """A derivation that arrives at `value`, or the bare figure if it does not."""
    if value is None or formulas[-1].value != value:
        return Derivation("unknown" if value is None else "figure", value)
    return Derivation(rule, value, formulas, numbers or {})


def params_of(summary: Summary, call: Call) -> Derivation:
    """Weights and biases that this call reads for the first time."""
    shapes = call.param_shapes
    if not shapes:
        return Derivation("none", 0)
    if call.params != sum(map(prod, shapes)):
        first = next((row.name for row in summary.rows if row.module == call.module != ""), call.name)
        numbers: dict[str, int | str] = {"all": sum(map(prod, shapes)), "first": first if first != call.name else ""}
        return Derivation("again", call.params, numbers=numbers)
    groups = _groups(call)
    if groups is not None:
        bias = "_bias" if len(shapes) == 2 else ""
        numbers = {"groups": groups, "inputs": call.input_shapes[0][0], "share": shapes[0][1], "biases": shapes[0][0]}
        return derive(f"convolution{bias}", call.params, _plus_bias(_weights(call, groups), call), numbers=numbers)
    if call.type == "linear" and len(shapes[0]) == 2:
        outputs, inputs = shapes[0]
        bias = "_bias" if len(shapes) == 2 else ""
        return derive(
            f"linear{bias}", call.params, _plus_bias(product(inputs, outputs), call), numbers={"biases": outputs}
        )
    if call.type == "batch_norm" and len(shapes) == 2:
        return derive("norm", call.params, product(2, shapes[0][0]))
    return derive("other", call.params, Formula(" + ".join(map(times, shapes)), sum(map(prod, shapes))))


def macs_of(call: Call) -> Derivation:
    """Multiply-accumulates of convolutions and linear layers."""
    if not call.macs:
        return Derivation("unknown" if call.macs is None else "none", call.macs)
    if not call.input_shapes:  # made of buffers and parameters alone
        return Derivation("figure", call.macs)
    groups = _groups(call)
    if groups is not None:
        products, values = prod(call.param_shapes[0][1:]), prod(call.output_shape)
        each = Formula(_per_value(call, groups), products)
        return derive("convolution", call.macs, each, product(*call.output_shape), product(products, values))
    return derive("linear", call.macs, product(call.input_shapes[0][-1], *call.output_shape))


def madd_of(call: Call) -> Derivation:
    """Multiplications and additions counted apart, as torchstat defines them."""
    values = prod(call.output_shape)
    if not call.madd:
        return Derivation("unknown" if call.madd is None else "none", call.madd)
    if call.type in WEIGHT_LAYERS:
        saved = f" − {values:,}"  # a sum of n products has n - 1 additions
        both = 2 * (call.macs or 0)
        biased = call.type == "conv2d" and len(call.param_shapes) == 2
        formula = Formula(f"2 · {call.macs:,}{'' if biased else saved}", both if biased else both - values)
        return derive(f"{'convolution' if call.type == 'conv2d' else 'linear'}{'_bias' * biased}", call.madd, formula)
    if call.type == "batch_norm":
        return derive("norm", call.madd, product(4, *call.output_shape))
    if call.type == "adaptive_avg_pool2d" and call.input_shapes:
        return derive("adaptive", call.madd, product(*call.input_shapes[0]))
    if call.window is not None:
        kernel, comparing = call.window.kernel, call.type == "max_pool2d"
        each = f"({times(kernel)} − 1)" if comparing else times(kernel)
        formula = Formula(f"{each} · {times(call.output_shape)}", (prod(kernel) - comparing) * values)
        return derive("max_pool" if comparing else "average_pool", call.madd, formula)
    return derive("each", call.madd, product(*call.output_shape))


def read_of(call: Call) -> Derivation:
    """Bytes read: inputs and parameters."""
    counts = [*map(prod, call.input_shapes), *map(prod, call.param_shapes)]
    if not counts:
        return Derivation("none", call.read_bytes)
    return derive("read", call.read_bytes, _in_bytes(counts))


def written_of(call: Call) -> Derivation:
    """Bytes written: the output."""
    return derive("written", call.write_bytes, _in_bytes([prod(call.output_shape)]))


def intensity_of(macs: int | None, read_bytes: int, write_bytes: int) -> Derivation:
    """MACs for each byte that is read or written."""
    moved = read_bytes + write_bytes
    if not macs or not moved:
        return Derivation("unknown" if macs is None else "none", macs)
    formula = Formula(f"{macs:,} / ({read_bytes:,} + {write_bytes:,})", macs / moved)
    return derive("intensity", macs / moved, formula)


def _in_bytes(counts: Sequence[int]) -> Formula:
    terms = total(*counts)
    return Formula(
        f"{FLOAT32_BYTES} · {terms.left if len(counts) == 1 else f'({terms.left})'}", FLOAT32_BYTES * sum(counts)
    )


def _groups(call: Call) -> int | None:
    """Groups of a convolution; None for other calls, and where the weight is no parameter or the map no input."""
    if call.type != "conv2d" or not call.param_shapes or not call.input_shapes:
        return None
    if len(call.param_shapes[0]) != 4 or not call.param_shapes[0][1]:
        return None
    return call.input_shapes[0][0] // call.param_shapes[0][1]


def _share(call: Call, groups: int) -> str:
    """The input channels an output channel looks at."""
    inputs = f"{call.input_shapes[0][0]:,}"
    return inputs if groups == 1 else f"({inputs} / {groups:,})"


def _per_value(call: Call, groups: int) -> str:
    return f"{_share(call, groups)} · {times(call.param_shapes[0][2:])}"


def _weights(call: Call, groups: int) -> Formula:
    return Formula(f"{call.param_shapes[0][0]:,} · {_per_value(call, groups)}", prod(call.param_shapes[0]))


def _plus_bias(weights: Formula, call: Call) -> Formula:
    if len(call.param_shapes) == 1:
        return weights
    biases = prod(call.param_shapes[1])
    return Formula(f"{weights.left} + {biases:,}", weights.value + biases)
