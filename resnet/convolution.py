"""One convolution by itself: the size it makes, what the floor drops, its parameters and its work.

Square pictures and square kernels, as in every net of the catalogue. Counted for one picture: n pixels a side,
kernel k, stride s, padding p, dilation d, g groups. The sizes are those of `resnet.windows` (Dumoulin and Visin 2016,
arXiv 1603.07285); weights and MACs are those of `torch.nn.Conv2d` and `torch.utils.flop_counter`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from resnet.errors import UserError
from resnet.inputs import MAX_SIDE
from resnet.windows import Slide

#: The smallest and largest value of each number: beyond these it is a typing error far more often than a wish.
LIMITS = {
    "side": (1, MAX_SIDE),
    "in_channels": (1, 4096),
    "out_channels": (1, 4096),
    "kernel": (1, 31),
    "stride": (1, 64),
    "padding": (0, 512),
    "dilation": (1, 64),
    "groups": (1, 4096),
}

DRAWN_MOST = 16  # cells a side, padding included: more become too small to point at on a phone
DRAWN_SIDE = 8  # pixels a side a miniature has at least, where that fits: enough to tell middle from edge
DRAWN_PLACES = 3  # places along a side a miniature has at least, where they fit: first, last and one between


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution and the picture it is applied to. Sides, stride and padding are in pixels.

    Raises:
        UserError: a number is out of `LIMITS`, the kernel does not fit on the padded picture, or the groups do not
            divide the channels; `where` is the number's name as `spoken`.
    """

    side: int
    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise _refusal(name, "This is not a whole number", f"Give one from {least} to {most}")
            if not least <= value <= most:
                raise _refusal(name, _out_of_limits(name, value), f"Give a whole number from {least} to {most}")
        if self.slide.slack < 0:
            raise _refusal("kernel", self._does_not_fit(), f"Choose at most {self._largest_kernel()}, or more padding")
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                what = f"{self.groups} do not divide the {getattr(self, name)} {spoken(name)} evenly"
                raise _refusal("groups", what, "Choose a number that divides both channel counts, such as 1")

    def _does_not_fit(self) -> str:
        apart = f", {self.dilation} apart" if self.dilation > 1 else ""
        padding = f" with {self.padding} of padding at each end" if self.padding else ""
        return f"{self.kernel} taps{apart} span {self.slide.span} pixels; the picture{padding} has {self.slide.padded}"

    def _largest_kernel(self) -> int:
        return (self.slide.padded - 1) // self.dilation + 1

    @property
    def slide(self) -> Slide:
        """How the kernel moves, the same down and across."""
        return Slide(self.side, self.kernel, self.stride, self.padding, self.dilation)

    @property
    def places(self) -> int:
        """The output's side."""
        return self.slide.places

    @property
    def share(self) -> int:
        """Input channels that each output channel looks at."""
        return self.in_channels // self.groups

    @property
    def products(self) -> int:
        """Multiply-accumulates for one value of the output."""
        return self.share * self.kernel**2

    @property
    def weights(self) -> int:
        return self.out_channels * self.products

    @property
    def params(self) -> int:
        """Weights and biases."""
        return self.weights + (self.out_channels if self.bias else 0)

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one picture."""
        return self.out_channels * self.places**2 * self.products


_SPOKEN = {"in_channels": "input channels", "out_channels": "output channels"}


def spoken(name: str) -> str:
    """A number's name as people say it: "in_channels" -> "input channels"."""
    return _SPOKEN.get(name, name)


#: The three examples of the article, on its 512 x 512 pictures; `torch.nn.Conv2d` adds a bias unless told otherwise.
EXAMPLES = {
    "keep": Convolution(512, 3, 3, kernel=3, stride=1, padding=1),
    "halve": Convolution(512, 3, 3, kernel=3, stride=2, padding=1),
    "channels": Convolution(512, 3, 64, kernel=3, stride=1, padding=1),
}


def miniature(convolution: Convolution) -> Convolution | None:
    """The same convolution on a picture small enough to draw cell by cell, or None where there is none.

    Kernel, stride, padding and dilation stay, and so does what is left over at the far edge: the same rows and columns
    are dropped. A picture that is small enough already stays as it is.
    """
    slide = convolution.slide
    if slide.padded <= DRAWN_MOST:
        return convolution
    room = DRAWN_MOST - slide.span - slide.dropped
    most = room // slide.stride + 1 if room >= 0 else 0
    for places in range(DRAWN_PLACES, most + 1):
        if _side(slide, places) >= DRAWN_SIDE:
            return replace(convolution, side=_side(slide, places))
    # Nothing so roomy fits: the largest that does, as long as the kernel can be seen to move.
    if most < 2 or _side(slide, most) < 1:
        return None
    return replace(convolution, side=_side(slide, most))


def _side(slide: Slide, places: int) -> int:
    """The picture's side on which the window has `places` places and drops what it drops on its own picture."""
    return slide.span + (places - 1) * slide.stride + slide.dropped - 2 * slide.padding


def _out_of_limits(name: str, value: int) -> str:
    if name == "stride" and value == 0:
        return "With 0 the kernel would never move on"
    return f"{value} is too {'small' if value < LIMITS[name][0] else 'large'}"


def _refusal(name: str, what: str, cure: str) -> UserError:
    return UserError(what, where=spoken(name), cure=cure)
