"""How the size of an output comes about: a window's places along each side, or the rule of an operation without one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Literal

from resnet.derivations import Derivation, Formula, derive, product, total
from resnet.receptive_field import stride_between
from resnet.summary import Call
from resnet.windows import Window

Axis = Literal["height", "width", "both"]
Rounding = Literal["exact", "floor", "ceil", "cut"]


@dataclass(frozen=True, slots=True)
class Side:
    """How many places a window has along one side of its map, and what rounding does; lengths in pixels of the map.

    Args:
        axis: "both" where height and width come about alike.
        rounding: "exact" if nothing had to be rounded; "floor" drops the end of the padded map; "ceil" adds a window
            that hangs over it; "cut" is a ceil that PyTorch takes back, because that window would start in the padding.
        padded: the side with its padding.
        rest: what is left when the last whole window has ended at `padded - rest`.
        lost: how many of these are pixels of the map and not of its padding.
        gap: pixels between one window and the next, where the stride is larger than the window.
    """

    axis: Axis
    formula: Formula
    rounding: Rounding
    stride: int
    padding: int
    padded: int
    rest: int
    lost: int
    gap: int
    dilated: bool

    @property
    def over(self) -> int:
        """Pixels by which a last window that "ceil" added hangs over the padded map."""
        return self.stride - self.rest


def sides_of(call: Call) -> tuple[Side, ...]:
    """Both sides of a convolution's or pooling's output, as one where they come about alike; none for other calls."""
    if call.window is None or len(call.output_shape) != 3:
        return ()
    height, width = (_side(call.window, call.input_shapes[0][axis - 2], axis) for axis in (0, 1))
    if (height.formula.value, width.formula.value) != call.output_shape[-2:]:
        return ()
    return (replace(height, axis="both"),) if height == replace(width, axis="height") else (height, width)


def _side(window: Window, size: int, axis: int) -> Side:
    stride, padding = window.stride[axis], window.padding[axis]
    places, rest = window.places(size, axis), window.slack(size, axis) % stride
    rounding: Rounding = "exact"
    if rest:
        added = places > window.slack(size, axis) // stride + 1
        rounding = ("ceil" if added else "cut") if window.ceil else "floor"
    return Side(
        axis="width" if axis else "height",
        formula=Formula(_places(window, size, axis, rounding), places),
        rounding=rounding,
        stride=stride,
        padding=padding,
        padded=size + 2 * padding,
        rest=rest,
        lost=max(0, rest - padding),
        gap=max(0, stride - window.span(axis)) if places > 1 else 0,
        dilated=window.dilation[axis] > 1,
    )


def _places(window: Window, size: int, axis: int, rounding: Rounding) -> str:
    kernel, stride, padding, dilation = (
        pair[axis] for pair in (window.kernel, window.stride, window.padding, window.dilation)
    )
    slack = f"{size:,} − {kernel} + 2·{padding}"
    if dilation > 1:
        slack = f"{size:,} + 2·{padding} − {dilation}·({kernel} − 1) − 1"
    opening, closing = "⌈⌉" if window.ceil else "⌊⌋"
    return f"{opening}({slack})/{stride}{closing} + 1{' − 1' if rounding == 'cut' else ''}"


def size_of(call: Call) -> Derivation:
    """How the output's size comes about in an operation without a window.

    The rule is "kept", "flattened", "joined" (channels), "outputs" (of a linear layer), "average" (over the whole
    map), "thinned" (every s-th value), "filled" (channels of zeros) or "unknown".
    """
    given, made = call.input_shapes[0], call.output_shape
    if call.window is not None:
        return Derivation("window", None)
    if call.type == "flatten" and len(made) == 1:
        return derive("flattened", prod(made), product(*given))
    if call.type == "cat" and all(shape[1:] == made[1:] for shape in call.input_shapes):
        return derive("joined", made[0], total(*(shape[0] for shape in call.input_shapes)))
    if call.type == "linear" and call.param_shapes:
        return Derivation("outputs", made[-1], numbers={"outputs": call.param_shapes[0][0]})
    if call.type == "adaptive_avg_pool2d" and len(made) == len(given) == 3:
        return (
            derive("average", prod(given[1:]), product(*given[1:])) if made[1:] == (1, 1) else Derivation("bins", None)
        )
    if call.type == "slice" and len(made) == len(given) == 3 and made != given:
        return _thinned(call)
    if call.type == "pad" and made[1:] == given[1:]:
        return derive("filled", made[0], total(given[0], made[0] - given[0]), numbers={"added": made[0] - given[0]})
    return Derivation("kept" if made == given else "unknown", None)


def _thinned(call: Call) -> Derivation:
    given, made = call.input_shapes[0], call.output_shape
    strides = [stride_between(given[axis], made[axis]) for axis in (1, 2)]
    formulas = tuple(
        Formula(f"⌈{given[axis]:,}/{stride}⌉", made[axis])
        for axis, stride in zip((1, 2), strides, strict=True)
        if stride is not None
    )
    if len(formulas) < 2 or made[0] != given[0]:
        return Derivation("unknown", None)
    return Derivation("thinned", made[-1], tuple(dict.fromkeys(formulas)), {"stride": strides[0] or 1})
