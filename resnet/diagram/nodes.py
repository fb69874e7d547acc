"""One call in the picture: a thick solid where it multiplies, a thin plate elsewhere, a plus where it adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resnet.diagram.shapes import (
    GROUND,
    RAIL,
    SLANT,
    Scale,
    depth,
    mono,
    mono_width,
    part_group,
    plus,
    solid,
    times,
    upright,
)
from resnet.outline import Part
from resnet.summary import Call

LINE = 16.0  # from one line of a label to the next
SUM_RADIUS = 9.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large calls are drawn, against the rest of the picture: on the main path, around it, side by side."""

    height: float
    depth: float
    thick: float  # pixels of a call that multiplies
    thin: float  # pixels of any other
    foot: float  # pixels from there to the line it stands on

    def thickness(self, call: Call) -> float:
        return self.thick if call.macs else self.thin

    def across(self, call: Call) -> float:
        return self.thickness(call) + self.depth * depth(call.output_shape)


MAIN = Size(1, 1, 22, 6, RAIL - GROUND)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands: its column, and the line it stands on."""

    left: float
    width: float
    line: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2

    @property
    def right(self) -> float:
        return self.left + self.width

    def moved(self, x: float) -> Place:
        return Place(self.left + x, self.width, self.line)


@dataclass(frozen=True, slots=True)
class Note:
    """An output's shape over a solid of the main path, lifted out of the way of the one before."""

    text: str
    lift: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Calls that follow one another, and what they are drawn by.

    Args:
        whole: the name of what they are the calls of; labels leave it out.
        gap: pixels between two columns.
    """

    parts: Sequence[Part]
    whole: str
    scale: Scale
    gap: float

    def call(self, index: int) -> Call:
        return self.parts[index].calls[0]

    def name(self, index: int) -> str:
        return self.call(index).name.removeprefix(self.whole).lstrip(".")

    def column(self, index: int, size: Size, labels: Sequence[str]) -> float:
        """The width a call takes."""
        call = self.call(index)
        if call.type == "add":
            return 2 * SUM_RADIUS + 13
        # A solid's far side may reach behind the next one.
        seen = size.thickness(call) + (0.7 if size is MAIN else 1) * size.depth * depth(call.output_shape)
        return max([*map(mono_width, labels), seen]) + self.gap

    def rise(self, index: int, size: Size) -> float:
        """Pixels from a solid's foot to its highest point."""
        shape = self.call(index).output_shape
        return size.height * self.scale.height(shape) + size.depth * SLANT * depth(shape)

    def notes(self, indices: Sequence[int], at: Mapping[int, Place]) -> dict[int, Note]:
        """The shapes worth a note among calls on the main path: those that differ from the one before."""
        found: dict[int, Note] = {}
        shape, right, height = self.call(indices[0]).input_shapes[0], 0.0, 0.0
        for index in indices:
            call = self.call(index)
            if call.output_shape != shape:
                shape = call.output_shape
                left, own = at[index].middle - MAIN.across(call) / 2, self.rise(index, MAIN)
                lift = max(0.0, height + LINE - own) if left < right and own - height < LINE else 0.0
                found[index] = Note(times(shape), lift)
                right, height = left + mono_width(times(shape)) + 6, own + lift
        return found

    def top(self, notes: Mapping[int, Note], indices: Sequence[int]) -> float:
        """The highest pixel of calls on the main path, notes included."""
        notes_over = {index: 21 + note.lift for index, note in notes.items()}
        return min(GROUND - self.rise(index, MAIN) - notes_over.get(index, 3) for index in indices)

    def node(self, index: int, at: Place, size: Size, labels: Sequence[str], note: Note | None = None) -> str:
        """A call with its labels below it."""
        call = self.call(index)
        if call.type == "add":
            return self._plus(index, at)
        foot, thickness = at.line - size.foot, size.thickness(call)
        left, top = at.middle - size.across(call) / 2, foot - self.rise(index, size)
        height, deep = size.height * self.scale.height(call.output_shape), size.depth * depth(call.output_shape)
        drawing = solid(left, foot, thickness, height, deep)
        drawing += _inscription(call, left, foot, thickness, height)
        drawing += "".join(mono(at.middle, at.line + 18 + LINE * i, label) for i, label in enumerate(labels))
        words = ""
        if note:
            words = mono(left, top - 7 - note.lift, note.text, style="tower-soft halo", anchor="start")
            top -= 18 + note.lift
        bottom = at.line + 7 + LINE * len(labels)
        return part_group(self.parts[index], (at.left, top - 2, at.right, bottom), drawing, words)

    def _plus(self, index: int, at: Place) -> str:
        drawing = plus(at.middle, at.line, SUM_RADIUS) + mono(at.middle, at.line - 17, "add")
        return part_group(self.parts[index], (at.left, at.line - 34, at.right, at.line + 14), drawing)


def labels_of(names: Mapping[int, str], scene: Scene) -> dict[int, list[str]]:
    """Names of calls for the main path: on two lines if one is long; a bare number says what operation it is."""
    long = any("." in name and len(name) > 8 for name in names.values())
    found = {}
    for index, name in names.items():
        *path, last = name.split(".")
        if last.isdigit():
            found[index] = [last, operation(scene.call(index))]
        else:
            found[index] = [".".join(path), f".{last}"] if path and long else [name]
    return found


def operation(call: Call) -> str:
    """ "conv", "batch norm", "avg pool", "pad"."""
    return call.type.replace("adaptive_", "").removesuffix("2d").rstrip("_").replace("_", " ")


def kernel(call: Call) -> str:
    """ "3×3, /2" of a convolution; nothing of other calls."""
    if call.type != "conv2d" or call.window is None:
        return ""
    (down, across), stride = call.window.kernel, call.window.stride[0]
    return f"{down}×{across}" + (f", /{stride}" if stride > 1 else "")


def _inscription(call: Call, left: float, foot: float, thickness: float, height: float) -> str:
    """What a convolution is, along its front, as the paper's figures have it: "3×3, 64, /2"; as much as fits."""
    plain, _, stride = kernel(call).partition(", ")
    if not plain or thickness < 16:
        return ""
    full = ", ".join(filter(None, (plain, str(call.output_shape[0]), stride)))
    text = next((text for text in (full, kernel(call), plain) if mono_width(text) + 4 < height), "")
    return upright(left + thickness / 2, foot - height / 2, text) if text else ""
