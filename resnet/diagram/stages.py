"""A stage in the picture: folded to a row of blocks or to a pack, or unfolded block by block."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from resnet.diagram.calls import unfolded
from resnet.diagram.shapes import (
    GROUND,
    RAIL,
    Scale,
    Sketch,
    arc,
    bracket,
    depth,
    mono,
    mono_width,
    name,
    name_width,
    part_group,
    plus,
    sans,
    solid,
    times,
)
from resnet.inputs import Shape
from resnet.outline import FoundShortcut, Part

CAPTION_BOTTOM = RAIL + 110  # of three lines

_MOST_APART = 6  # longer rows of equal blocks stand closer together in the middle
_LEAST_TARGET = 70.0  # pixels over the ground that take a click, however low a stage is
_ARC_ROOM = 40.0  # what the arcs of whole blocks take under the rail


@dataclass(frozen=True, slots=True)
class Room:
    """How much room there is.

    Args:
        ease: 1 where there is all one could use, 0 where everything is as narrow as can be read.
        apart: the blocks of a folded stage stand by themselves, however many there are.
        aside: something is unfolded, so that stages that are not are drawn as packs.
        shapes: captions say the output's shape.
        leaf: the least a block of a pack takes, in pixels.
    """

    ease: float
    apart: bool = False
    aside: bool = False
    shapes: bool = True
    leaf: float = 4.2

    @property
    def gap(self) -> float:
        """The least between two stages, in pixels."""
        return self.between(8, 56)

    def between(self, least: float, most: float) -> float:
        return least + (most - least) * self.ease


@dataclass(frozen=True, slots=True)
class _Slice:
    """What stands for a block, or for a convolution of a net without blocks."""

    shape: Shape
    shortcut: FoundShortcut = ""


def stage(part: Part, opened: Collection[str], scale: Scale, room: Room) -> Sketch:
    """A stage, unfolded if its name is among `opened`; its blocks likewise."""
    return _unfolded(part, opened, scale, room) if part.name in opened else _folded(part, scale, room)


def given(shape: Shape, scale: Scale, room: Room) -> Sketch:
    """The picture that goes in: no part of the network, so nothing to click."""
    caption = _captioned(_solids([_Slice(shape)], scale, room), "input", shape, "", room)

    def draw(x: float) -> str:
        return f'<g class="stage-input"><title>input · {times(shape)}</title>{caption.draw(x)}</g>'

    return Sketch(caption.width, caption.top, caption.bottom, draw)


# --- Folded ----------------------------------------------------------------------------------------------------------


def _folded(part: Part, scale: Scale, room: Room) -> Sketch:
    slices, noun = _slices(part)
    count = f"{len(slices)} {noun}{'s' if len(slices) > 1 else ''}" if noun else ""
    sketch = _captioned(_solids(slices, scale, room), part.name, part.output_shape, count, room)
    top = min(sketch.top - 8, GROUND - _LEAST_TARGET)

    def draw(x: float) -> str:
        return part_group(part, (x - 3, top, x + sketch.width + 3, sketch.bottom), sketch.draw(x))

    return Sketch(sketch.width, top, sketch.bottom, draw, sketch.shortcuts)


def _slices(part: Part) -> tuple[list[_Slice], str]:
    """What a folded stage shows, and the noun for it; a stage that is not a row of equals shows its output."""
    blocks = [_Slice(block.output_shape, block.shortcut) for block in part.parts if block.level == "block"]
    if blocks:
        return blocks, "block"
    convolutions = [_Slice(call.output_shape) for call in part.calls if call.type == "conv2d"]
    if part.name == "features" and convolutions:
        return convolutions, "convolution"
    return [_Slice(part.output_shape)], ""


def _captioned(row: Sketch, title: str, shape: Shape, count: str, room: Room) -> Sketch:
    """Solids with words under them: the stage's name, its output, how many blocks it has."""
    notes = [times(shape)] if room.shapes else []
    width = max(row.width, name_width(title), *map(mono_width, (*notes, count))) + 4
    first = RAIL + _ARC_ROOM + 22
    bottom = first + 8 + 20 * (len(notes) + bool(count))

    def draw(x: float) -> str:
        middle = x + width / 2
        words = [name(middle, first, title)]
        words += [mono(middle, first + 20, note) for note in notes]
        words += [sans(middle, first + 20 * (len(notes) + 1), count)] if count else []
        return row.draw(x + (width - row.width) / 2) + "".join(words)

    return Sketch(width, row.top, bottom, draw, row.shortcuts)


def _solids(slices: Sequence[_Slice], scale: Scale, room: Room) -> Sketch:
    return _pack(slices, scale) if room.aside else _row(slices, scale, room)


def _row(slices: Sequence[_Slice], scale: Scale, room: Room) -> Sketch:
    """Blocks with air between them and their shortcuts below; the middle of a long row as a pack."""
    pitch = room.between(26, 96)
    thickness = min(18.0, pitch * 0.5)
    reach = min(18.0, pitch * 0.38) if any(piece.shortcut for piece in slices) else 0.0
    middle = slices[2:-1]
    runs = [(piece, 1) for piece in slices]
    if not room.apart and len(slices) > _MOST_APART and len(set(middle)) == 1:
        runs = [(slices[0], 1), (slices[1], 1), (middle[0], len(middle)), (slices[-1], 1)]
    leaf, step = room.between(room.leaf, 6), pitch - thickness
    widths = [thickness if count == 1 else leaf * count for _, count in runs]
    width = sum(widths) + step * (len(runs) - 1) + 2 * reach + depth(slices[-1].shape)

    def draw(x: float) -> str:
        drawing, x = "", x + reach
        for (piece, count), thick in zip(runs, widths, strict=True):
            drawing += solid(x, GROUND, thick, scale.height(piece.shape), depth(piece.shape), count)
            if piece.shortcut:
                drawing += (
                    _loop(piece.shortcut, x, thick, reach) if count == 1 else _loops(piece.shortcut, x, leaf, count)
                )
            x += thick + step
        return drawing

    top = min(scale.top(piece.shape) for piece in slices)
    return Sketch(width, top, RAIL + _ARC_ROOM, draw, frozenset(piece.shortcut for piece in slices) - {""})


def _loop(kind: FoundShortcut, x: float, thickness: float, reach: float) -> str:
    """A block's shortcut: leaves the rail before it and ends after it, in the addition."""
    start, end, below = x - reach * 0.6, x + thickness + reach * 0.75, RAIL + min(36.0, 1.7 * reach)
    path = f"M{start:.1f},{RAIL}C{start:.1f},{below:.1f} {end:.1f},{below:.1f} {end:.1f},{RAIL}"
    return arc(kind, path) + plus(end, RAIL, min(8.0, max(4.0, 0.42 * reach)))


def _loops(kind: FoundShortcut, x: float, leaf: float, count: int) -> str:
    """The shortcuts of a pack, too small to tell apart but as many as there are blocks."""
    return arc(kind, f"M{x:.1f},{RAIL}" + f"q{leaf / 2:.2f},{leaf * 1.6:.1f} {leaf:.2f},0" * count, "arc fine")


def _pack(slices: Sequence[_Slice], scale: Scale) -> Sketch:
    """A stage out of the way: its blocks leaf on leaf."""
    leaf = 12.0 if len(slices) == 1 else min(9.0, max(1.6, 44 / len(slices)))
    runs = [(shape, len(list(members))) for shape, members in groupby(piece.shape for piece in slices)]

    def draw(x: float) -> str:
        drawing = ""
        for shape, count in runs:
            drawing += solid(x, GROUND, leaf * count, scale.height(shape), depth(shape), count)
            x += leaf * count
        return drawing

    top = min(scale.top(shape) for shape, _ in runs)
    return Sketch(leaf * len(slices) + depth(slices[-1].shape), top, RAIL, draw)


# --- Unfolded --------------------------------------------------------------------------------------------------------


def _unfolded(part: Part, opened: Collection[str], scale: Scale, room: Room) -> Sketch:
    if all(inner.level == "call" for inner in part.parts):
        pieces, airs = [unfolded(part.parts, part.name, scale, ease=room.ease)], []
    else:
        # Beside an unfolded block the others show where one is; they are not what one looks at.
        least = 22.0 if any(inner.name in opened for inner in part.parts) else 30.0
        pieces = [_inner(inner, opened, scale, room, least) for inner in part.parts]
        airs = [_air(left, right, opened) for left, right in pairwise(part.parts)]
    needed = sum(piece.width for piece in pieces) + sum(airs) + max(0.0, depth(part.output_shape) - 12)
    shape = times(part.output_shape)
    width = max(needed, name_width(part.name) + mono_width(shape) + 60)
    line = max(piece.bottom for piece in pieces) + 16
    top, bottom = min(piece.top for piece in pieces) - 4, line + 14

    def draw(x: float) -> str:
        at, drawing = x + (width - needed) / 2, ""
        for piece, air in zip(pieces, (*airs, 0.0), strict=True):
            drawing += piece.draw(at)
            at += piece.width + air
        drawing += bracket(x + 2, x + width - 2, line, part.name, shape)
        return part_group(part, (x, top, x + width, bottom), drawing, is_open=True)

    shortcuts = frozenset[FoundShortcut]().union(*(piece.shortcuts for piece in pieces))
    return Sketch(width, top, bottom, draw, shortcuts, any(piece.reduced for piece in pieces))


def _air(left: Part, right: Part, opened: Collection[str]) -> float:
    """Pixels between two neighbours in an unfolded stage: what is unfolded stands clear of a block's far side."""
    if left.name in opened:
        return 10.0
    return 0.7 * depth(left.output_shape) if right.name in opened else 0.0


def _inner(part: Part, opened: Collection[str], scale: Scale, room: Room, least: float) -> Sketch:
    if part.level == "call":
        return unfolded([part], part.stage, scale, ease=room.ease)
    if part.name in opened:
        return _open_block(part, scale, room)
    return _block(part, scale, room.between(least, 140), room.between(least / 3, 26))


def _block(part: Part, scale: Scale, pitch: float, thickness: float) -> Sketch:
    """A block by itself, `pitch` pixels from the next one, with as much of its name as fits."""
    reach = min(26.0, (pitch - thickness) / 2 - 1)
    label = part.name if mono_width(part.name) + 8 < pitch else part.name.removeprefix(part.stage).lstrip(".")
    top, bottom = scale.top(part.output_shape) - 4, RAIL + _ARC_ROOM + 18

    def draw(x: float) -> str:
        left = x + (pitch - thickness) / 2 - 2
        drawing = solid(left, GROUND, thickness, scale.height(part.output_shape), depth(part.output_shape))
        drawing += _loop(part.shortcut, left, thickness, reach) if part.shortcut else ""
        drawing += mono(x + pitch / 2, RAIL + _ARC_ROOM + 12, label)
        return part_group(part, (x, top, x + pitch, bottom), drawing)

    return Sketch(pitch, top, bottom, draw, frozenset({part.shortcut} - {""}))


def _open_block(part: Part, scale: Scale, room: Room) -> Sketch:
    calls = unfolded(part.parts, part.name, scale, shortcut=part.shortcut, ease=room.ease)
    line = calls.bottom + 14
    top, bottom = calls.top - 4, line + 10

    def draw(x: float) -> str:
        drawing = calls.draw(x) + bracket(x + 4, x + calls.width - 4, line, part.name, size=15)
        return part_group(part, (x, top, x + calls.width, bottom), drawing, is_open=True)

    return Sketch(calls.width, top, bottom, draw, calls.shortcuts, calls.reduced)
