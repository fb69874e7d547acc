"""The sliding window of a convolution or a pooling, and how many places it has on a map.

Along one side of n pixels with p pixels of padding at each end, a kernel of k taps that lie d apart spans
d(k - 1) + 1 pixels. Moved s pixels at a time it fits

    floor((n + 2p - d(k - 1) - 1) / s) + 1

times: the output's side (Dumoulin and Visin 2016, arXiv 1603.07285, relationship 15). What the floor drops are pixels
at the far end that no window reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Pair = tuple[int, int]  # down, across


@dataclass(frozen=True, slots=True)
class Window:
    """How a kernel moves over a map; every pair is (down, across).

    Args:
        ceil: round up, so that a last window may hang over the edge (GoogLeNet's pools).
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    ceil: bool = False

    def span(self, axis: int) -> int:
        """Pixels from the kernel's first tap to its last, both included."""
        return self.dilation[axis] * (self.kernel[axis] - 1) + 1

    def slack(self, size: int, axis: int) -> int:
        """Pixels by which the first window may move before it reaches the padded edge; negative: it does not fit."""
        return size + 2 * self.padding[axis] - self.span(axis)

    def places(self, size: int, axis: int) -> int:
        """The output's side for an input's side of `size`, both in pixels; below 1 where the window does not fit."""
        slack, stride = self.slack(size, axis), self.stride[axis]
        places = slack // stride + 1
        # Rounding up adds a window that hangs over the edge, if it starts on the map or its leading padding.
        if self.ceil and slack % stride and places * stride < size + self.padding[axis]:
            places += 1
        return places


def window_of(kernel: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil: bool = False) -> Window:
    """A window from what PyTorch's functions take: numbers or pairs; no stride means the kernel's own size."""
    sides = pair(kernel)
    return Window(sides, sides if stride in (None, [], ()) else pair(stride), pair(padding), pair(dilation), ceil)


def pair(value: int | Pair) -> Pair:
    """3 -> (3, 3); a pair stays one."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def window_in(operation: str, arguments: Mapping[str, Any]) -> Window | None:
    """The window of one call, from its arguments by name; None for operations that have none."""
    if operation == "conv2d":
        if isinstance(arguments.get("padding"), str):  # "same": PyTorch works it out, and so would we have to
            return None
        kernel = tuple(arguments["weight"].shape[2:])
        return window_of(kernel, arguments.get("stride", 1), arguments.get("padding", 0), arguments.get("dilation", 1))
    if operation in ("max_pool2d", "avg_pool2d"):
        return window_of(
            arguments["kernel_size"],
            arguments.get("stride"),
            arguments.get("padding", 0),
            arguments.get("dilation", 1),
            bool(arguments.get("ceil_mode", False)),
        )
    return None
