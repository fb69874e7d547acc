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
from typing import Any, Literal

Pair = tuple[int, int]  # down, across
Rounding = Literal["exact", "floor", "ceil", "cut"]


@dataclass(frozen=True, slots=True)
class Slide:
    """How a window moves along one side of a map; lengths in pixels.

    Args:
        size: the map's side, without padding.
        kernel: taps along this side.
        padding: at each end.
        dilation: from one tap to the next.
        ceil: round up, so that a last window may hang over the edge (GoogLeNet's pools).
    """

    size: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    ceil: bool = False

    @property
    def span(self) -> int:
        """Pixels from the kernel's first tap to its last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """The side with its padding."""
        return self.size + 2 * self.padding

    @property
    def slack(self) -> int:
        """Pixels the first window can move before it reaches the padded edge; negative: it does not fit."""
        return self.padded - self.span

    @property
    def rounding(self) -> Rounding:
        """What becomes of slack / stride.

        "exact" if there is nothing to round; "floor" drops the end of the padded side; "ceil" adds a window that hangs
        over it; "cut" is a ceil that PyTorch takes back, because that window would start in the padding at the far end.
        """
        if self.slack % self.stride == 0:
            return "exact"
        if not self.ceil:
            return "floor"
        start = (self.slack // self.stride + 1) * self.stride
        return "ceil" if start < self.size + self.padding else "cut"

    @property
    def places(self) -> int:
        """The output's side; below 1 where the window does not fit."""
        return self.slack // self.stride + 1 + (self.rounding == "ceil")

    @property
    def dropped(self) -> int:
        """Pixels at the far end of the padded side that no window reaches.

        #: They are the remainder of slack / stride: the next step would need a whole stride and would go over the edge.
        """
        return max(0, self._beyond)

    @property
    def over(self) -> int:
        """Pixels by which the last window hangs over the padded side."""
        return max(0, -self._beyond)

    @property
    def _beyond(self) -> int:
        return self.slack - (self.places - 1) * self.stride

    @property
    def lost(self) -> int:
        """How many of the dropped pixels are the map's: the padding lies outermost."""
        return min(max(0, self.dropped - self.padding), self.size)

    @property
    def gap(self) -> int:
        """Pixels skipped between one window and the next, where the stride is larger than the kernel's span."""
        return max(0, self.stride - self.span) if self.places > 1 else 0

    @property
    def formula(self) -> str:
        """What `places` is, as PyTorch's documentation writes it, with the numbers in it.

        · is a product, ⌊ ⌋ and ⌈ ⌉ round down and up, commas part thousands.
        """
        return self._divided(f"{self.size:,} + 2·{self.padding} − {self.dilation}·({self.kernel} − 1) − 1")

    @property
    def textbook(self) -> str | None:
        """The shorter (n − k + 2p)/s + 1 of textbooks, with the numbers in it; None where dilation makes it wrong."""
        return None if self.dilation > 1 else self._divided(f"{self.size:,} − {self.kernel} + 2·{self.padding}")

    def _divided(self, slack: str) -> str:
        opening, closing = "⌈⌉" if self.ceil else "⌊⌋"
        return f"{opening}({slack})/{self.stride}{closing} + 1{' − 1' if self.rounding == 'cut' else ''}"


@dataclass(frozen=True, slots=True)
class Window:
    """How a kernel moves over a map; every pair is (down, across), lengths as in `Slide`."""

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    ceil: bool = False

    def slide(self, size: int, axis: int) -> Slide:
        """How it moves down (axis 0) or across (1) a map whose side there is `size`."""
        return Slide(
            size, self.kernel[axis], self.stride[axis], self.padding[axis], self.dilation[axis], ceil=self.ceil
        )

    def places(self, size: int, axis: int) -> int:
        """The output's side for an input's side of `size`, both in pixels; below 1 where the window does not fit."""
        return self.slide(size, axis).places


def window_of(kernel: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil: bool = False) -> Window:
    """A window from what PyTorch's functions take: numbers or pairs; no stride means the kernel's own size."""
    sides = pair(kernel)
    return Window(sides, sides if stride in (None, [], ()) else pair(stride), pair(padding), pair(dilation), ceil)


def pair(value: int | Pair) -> Pair:
    """3 -> (3, 3); a pair stays one."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def window_in(operation: str, arguments: Mapping[str, Any]) -> Window | None:
    """The window of one call, from its arguments by name; None for operations that have none.

    #: x[:, :, ::2, ::2], as a padded shortcut thins a map out, is a 1 x 1 window too: stride 2, and nothing learned.
    """
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
    if operation == "slice":
        steps = _steps(tuple(arguments["input"].shape), arguments["index"])
        return Window((1, 1), steps) if steps else None
    return None


def _steps(shape: tuple[int, ...], index: Any) -> Pair | None:
    """Down and across, the steps in which an index walks over whole N x C x H x W maps; None if it does anything else.

    Channels may be left out, because those that stay keep their places; a crop or a single row is no walk.
    """
    index = list(index) if isinstance(index, tuple) else [index]
    if len(shape) != 4 or any(part is not ... and not isinstance(part, slice) for part in index):
        return None
    if ... in index:
        at = index.index(...)
        index[at : at + 1] = [slice(None)] * (4 - len(index) + 1)
    index += [slice(None)] * (4 - len(index))
    walks = [range(*part.indices(size)) for part, size in zip(index, shape, strict=True)]
    down, across = walks[2].step, walks[3].step
    whole = (range(shape[0]), walks[1], range(0, shape[2], down), range(0, shape[3], across))
    return (down, across) if tuple(walks) == whole else None
