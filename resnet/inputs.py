"""Input shapes as people write them, and the limits within which we believe them."""

from __future__ import annotations

from collections.abc import Sequence

from resnet.errors import UserError

Shape = tuple[int, ...]

MAX_SIDE = 4096  # pixels; larger is a typing error far more often than a wish
MAX_CHANNELS = 1024
MAX_CLASSES = 100_000  # ImageNet-21k has 21,841

_LONGEST = 60  # characters of a shape
_EXAMPLE = "Write it as channels,height,width, for example 3,224,224"


def parse_shape(text: str) -> tuple[int, int, int]:
    """ "3,224,224" or "3x224x224" -> (3, 224, 224).

    Raises:
        UserError: when it is not three whole numbers.
    """
    parts = text.replace("×", ",").replace("x", ",").split(",") if len(text) <= _LONGEST else []
    try:
        numbers = [int(part) for part in parts]
    except ValueError:
        numbers = []
    if not numbers:
        raise UserError(f"{text!r:.60} is not an input shape", where="input", cure=_EXAMPLE)
    return checked_shape(numbers)


def checked_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    """(C, H, W) within the limits above.

    Raises:
        UserError: naming the number that is out of range.
    """
    if len(shape) != 3:
        raise UserError(
            f"An input shape has three numbers, this one has {len(shape)} ({_commas(shape)})",
            where="input",
            cure=_EXAMPLE,
        )
    for name, value, limit in zip(
        ("channels", "height", "width"), shape, (MAX_CHANNELS, MAX_SIDE, MAX_SIDE), strict=True
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
            raise UserError(
                f"The {name} of {_commas(shape)} cannot be {value}", where="input", cure=f"Choose 1 to {limit}"
            )
    channels, height, width = shape
    return channels, height, width


def _commas(shape: Sequence[int]) -> str:
    return ",".join(str(number) for number in shape)
