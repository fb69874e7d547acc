"""How the size of an output comes about: a window's places along each side, or the rule of an operation without one."""

from __future__ import annotations

from math import prod
from typing import Literal

from resnet.derivations import Derivation, Formula, derive, product, total
from resnet.summary import Call
from resnet.windows import Slide

Axis = Literal["height", "width", "both"]


def sides_of(call: Call) -> dict[Axis, Slide]:
    """Both sides of a convolution's or pooling's output, as one where they come about alike; none for other calls."""
    if call.window is None or call.type == "slice" or len(call.output_shape) != 3 or not call.input_shapes:
        return {}
    height, width = (call.window.slide(call.input_shapes[0][axis - 2], axis) for axis in (0, 1))
    if (height.places, width.places) != call.output_shape[1:]:
        return {}
    return {"both": height} if height == width else {"height": height, "width": width}


def size_of(call: Call) -> Derivation:
    """How the output's size comes about in an operation without a window.

    The rule is "kept", "flattened", "joined" (channels), "outputs" (of a linear layer), "average" (over the whole
    map), "thinned" (every s-th value), "filled" (channels of zeros) or "unknown".
    """
    if not call.input_shapes:  # made of nothing, as torch.zeros is, or of parameters, as a class token is
        return Derivation("unknown", None)
    given, made = call.input_shapes[0], call.output_shape
    if call.type == "slice" and made != given:
        return _thinned(call)
    if call.window is not None and call.type != "slice":
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
    if call.type == "pad" and made[1:] == given[1:]:
        return derive("filled", made[0], total(given[0], made[0] - given[0]), numbers={"added": made[0] - given[0]})
    return Derivation("kept" if made == given else "unknown", None)


def _thinned(call: Call) -> Derivation:
    given, made = call.input_shapes[0], call.output_shape
    if call.window is None or made[0] != given[0]:  # a crop, or some of the channels
        return Derivation("unknown", None)
    down, across = call.window.stride
    formulas = (Formula(f"⌈{given[1]:,}/{down}⌉", made[1]), Formula(f"⌈{given[2]:,}/{across}⌉", made[2]))
    stride = down if down == across else f"{down}×{across}"
    return Derivation("thinned", made[-1], tuple(dict.fromkeys(formulas)), {"stride": stride})
