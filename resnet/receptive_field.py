"""The receptive field: which pixels of the picture one value of a map can depend on.

Down and across alike, the value at place i of a map depends on the pixels from `start + i * jump` on, `size` of them. A
window of span w and stride s that moves over such a map with p places of padding makes a map with

    size + (w - 1) * jump,   jump * s,   start - p * jump

(Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", Distill). Where paths meet,
in an addition or a concatenation, a value depends on all they reach: its field runs from the first of their pixels to
the last. That is the theory's figure, as if the picture went on for ever; what is beyond the picture is padding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from resnet.inputs import Shape
from resnet.summary import Call, Summary
from resnet.windows import Pair, Window


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive fields of a map's values, in pixels of the picture; every pair is (down, across).

    Args:
        size: from a field's first pixel to its last, both included.
        jump: from one value's field to its neighbour's.
        start: first pixel of the first value's field; negative where it begins in the padding.
        places: how many values the map has.
    """

    size: Pair
    jump: Pair = (1, 1)
    start: Pair = (0, 0)
    places: Pair = (1, 1)

    def exceeds(self, picture: Shape) -> bool:
        """Whether the field is larger than a picture (channels, height, width)."""
        return any(size > side for size, side in zip(self.size, picture[-2:], strict=True))

    def sees_all(self, picture: Shape) -> bool:
        """Whether every value's field holds the whole picture (channels, height, width)."""
        last = [self.start[axis] + (self.places[axis] - 1) * self.jump[axis] for axis in (0, 1)]
        return all(last[a] <= 0 and self.start[a] + self.size[a] >= picture[a - 2] for a in (0, 1))


@lru_cache(maxsize=8)  # every part of a net that is looked at asks again
def receptive_fields(summary: Summary) -> tuple[Field | None, ...]:
    """The field of every row's output, in the order of the rows.

    None: not known, because the row or one before it is an operation without a rule here, or because paths meet whose
    values do not lie equally far apart.
    """
    fields: list[Field | None] = []
    picture = Field(size=(1, 1), places=_sides(summary.input_shape))
    for call in summary.rows:
        made_from = [picture if maker < 0 else fields[maker] for maker in call.inputs]
        known = [field for field in made_from if field is not None]
        rule = _RULES.get(call.type)
        fields.append(rule(call, known) if rule and known and len(known) == len(made_from) else None)
    return tuple(fields)


def _sides(shape: Shape) -> Pair:
    return (shape[-2], shape[-1])


def _moved(field: Field, window: Window, places: Pair) -> Field:
    """The field after a window has moved over the map."""
    span = _both(lambda axis: window.slide(field.places[axis], axis).span)
    return Field(
        size=_both(lambda axis: field.size[axis] + (span[axis] - 1) * field.jump[axis]),
        jump=_both(lambda axis: field.jump[axis] * window.stride[axis]),
        start=_both(lambda axis: field.start[axis] - window.padding[axis] * field.jump[axis]),
        places=places,
    )


def _both(side: Callable[[int], int]) -> Pair:
    """What `side` gives for axis 0, down, and axis 1, across."""
    return (side(0), side(1))


def _windowed(call: Call, fields: Sequence[Field]) -> Field | None:
    if call.window is None or len(fields) != 1:
        return None
    return _moved(fields[0], call.window, _sides(call.output_shape))


def _joined(call: Call, fields: Sequence[Field]) -> Field | None:
    """The union of all inputs, value by value; inputs of other sides than the output's have no rule."""
    places = fields[0].places
    if any(field.places != places for field in fields) or not _keeps_sides(call):
        return None
    # A map of one value has no neighbours, so there the paths need not agree on how far apart they would be.
    if any(places[axis] > 1 and len({field.jump[axis] for field in fields}) > 1 for axis in (0, 1)):
        return None
    start = _both(lambda axis: min(field.start[axis] for field in fields))
    return Field(
        size=_both(lambda axis: max(field.start[axis] + field.size[axis] for field in fields) - start[axis]),
        jump=_both(lambda axis: max(field.jump[axis] for field in fields)),
        start=start,
        places=places,
    )


def _keeps_sides(call: Call) -> bool:
    return all(shape[-2:] == call.output_shape[-2:] or len(call.output_shape) == 1 for shape in call.input_shapes)


def _flattened(call: Call, fields: Sequence[Field]) -> Field | None:
    """Every value keeps its own field; `places` still says over which map they lie."""
    return fields[0] if len(fields) == 1 and _keeps_sides(call) else None


def _adaptive(call: Call, fields: Sequence[Field]) -> Field | None:
    """Bins of equal size are windows; others have no rule."""
    field, places = fields[0], _sides(call.output_shape)
    if any(field.places[axis] % places[axis] for axis in (0, 1)):
        return None
    bins = _both(lambda axis: field.places[axis] // places[axis])
    return _moved(field, Window(bins, stride=bins), places)


def _linear(call: Call, fields: Sequence[Field]) -> Field | None:
    """Every output depends on every value, wherever it lies on its map."""
    if len(fields) != 1 or len(call.input_shapes[0]) != 1:
        return None
    return _moved(fields[0], Window(fields[0].places), (1, 1))


_RULES: Mapping[str, Callable[[Call, Sequence[Field]], Field | None]] = {
    "conv2d": _windowed,
    "max_pool2d": _windowed,
    "avg_pool2d": _windowed,
    "adaptive_avg_pool2d": _adaptive,
    "linear": _linear,
    "slice": _windowed,
    "flatten": _flattened,
    **dict.fromkeys(("batch_norm", "relu", "dropout", "add", "cat", "pad"), _joined),
}
