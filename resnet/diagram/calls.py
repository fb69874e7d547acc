"""A block, or a stage without blocks, unfolded to its calls.

The main path runs along the ground line. A single way around it, which a residual block has, runs below, smaller, and
ends in the addition. Several ways side by side, which an Inception block has, share the height evenly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile, zip_longest

from resnet.diagram.lanes import ENTRY, Lane, lanes
from resnet.diagram.nodes import LINE, MAIN, SUM_RADIUS, Place, Scene, Size, kernel, labels_of, operation
from resnet.diagram.shapes import RAIL, Scale, Sketch, arc, mono, mono_width, times, wire
from resnet.outline import FoundShortcut, Part

_AROUND = Size(0.24, 0.6, 14, 5, 5)


def unfolded(
    parts: Sequence[Part], whole: str, scale: Scale, *, shortcut: FoundShortcut = "", ease: float = 0
) -> Sketch:
    """Calls that follow one another, as the graph they are.

    Args:
        whole: the name of what they are the calls of.
        shortcut: of the block they are.
        ease: 1 where there is all the room one could use, 0 where there is none.
    """
    scene = Scene(parts, whole, scale, 5 + 13 * ease)
    main, *others = lanes([part.calls[0] for part in parts], parts[0].start)
    if len(others) > 1 and _leave_and_meet_as_one(others):
        return _side_by_side(scene, main, others)
    return _along_the_ground(scene, main, others, shortcut if len(others) == 1 else "")


def _leave_and_meet_as_one(others: list[Lane]) -> bool:
    ends = {(lane.fork, lane.join) for lane in others}
    return len(ends) == 1 and others[0].join is not None and all(lane.calls for lane in others)


# --- One main path, ways around it below -----------------------------------------------------------------------------


def _along_the_ground(scene: Scene, main: Lane, others: list[Lane], shortcut: FoundShortcut) -> Sketch:
    labels = labels_of({index: scene.name(index) for index in main.calls}, scene)
    labels |= {index: _words_around(scene, index) for lane in others for index in lane.calls}
    at: dict[int, Place] = {}
    x = lead = 18.0 if any(lane.fork == ENTRY for lane in others) else 6.0

    def start(lane: Lane) -> float:
        return lead / 2 if lane.fork == ENTRY else at[lane.fork].right

    def room(lane: Lane) -> list[float]:
        return [scene.column(index, _AROUND, labels[index]) for index in lane.calls]

    for index in main.calls:
        for lane in others:  # what goes around needs its room too
            if lane.join == index and (lane.fork == ENTRY or lane.fork in at):
                x = max(x, start(lane) + sum(room(lane)) + 20)
        at[index] = Place(x, scene.column(index, MAIN, labels[index]), RAIL)
        x = at[index].right
    end = x + 6
    bottom = RAIL + 8 + LINE * max(len(labels[index]) for index in main.calls)
    ways: list[tuple[float, float, float, float, float]] = []
    for lane in others:
        widths = room(lane)
        left, right = start(lane), at[lane.join].middle if lane.join is not None else start(lane) + sum(widths) + 20
        line = bottom + 16 + max((scene.rise(index, _AROUND) for index in lane.calls), default=0)
        slack = (right - left - sum(widths)) / (len(widths) + 1)
        place = left + slack
        for index, width in zip(lane.calls, widths, strict=True):
            at[index] = Place(place, width, line)
            place += width + slack
        fork = RAIL if lane.fork == ENTRY else at[lane.fork].line
        ways.append((left, right, fork, RAIL if lane.join is None else at[lane.join].line, line))
        bottom, end = line + 8 + LINE * (2 if lane.calls else 0), max(end, right)
    notes = scene.notes(main.calls, at)

    def draw(x: float) -> str:
        drawing = wire(f"M{x:.1f},{RAIL}h{end:.1f}")
        for left, right, fork, join, line in ways:
            path = _under(x + left, x + right, fork, join, line)
            drawing += arc(shortcut, path) if shortcut else wire(path)
        for index in range(len(scene.parts)):
            size = MAIN if index in main.calls else _AROUND
            drawing += scene.node(index, at[index].moved(x), size, labels[index], notes.get(index))
        return drawing

    reduced = any(lane.calls for lane in others)
    return Sketch(end, scene.top(notes, main.calls), bottom, draw, frozenset({shortcut} - {""}), reduced)


def _words_around(scene: Scene, index: int) -> list[str]:
    call = scene.call(index)
    return [scene.name(index), f"{operation(call)} {kernel(call)}".strip()]


def _under(left: float, right: float, fork: float, join: float, line: float) -> str:
    """Down from one line, along under the labels, and up into another."""
    return f"M{left:.1f},{fork:.1f}V{line - 12:.1f}q0,12 12,12H{right - 12:.1f}q12,0 12,-12V{join + SUM_RADIUS:.1f}"


# --- Several paths side by side --------------------------------------------------------------------------------------

_FAN = 34.0  # where one line becomes several, and several one
_ROOF = 78.0
_BELOW = 22.0  # what the labels of the lowest path take under the rail


def _side_by_side(scene: Scene, main: Lane, others: list[Lane]) -> Sketch:
    fork, join = others[0].fork, others[0].join or 0
    before = [index for index in main.calls if index <= fork]
    after = [index for index in main.calls if index >= join]
    rows = sorted((tuple(index for index in main.calls if fork < index < join), *(lane.calls for lane in others)))
    spacing = (RAIL + _BELOW - _ROOF) / len(rows)
    highest = max(scene.scale.height(scene.call(index).output_shape) for row in rows for index in row)
    size = Size((spacing - 34) / highest, 0.35, 18, 5, 5)
    shared = [_shared([scene.name(index) for index in row]) for row in rows]
    labels = labels_of({index: scene.name(index) for index in (*before, *after)}, scene)
    for row, start in zip(rows, shared, strict=True):
        labels |= {index: [_named(scene, index, start)] for index in row}
    at: dict[int, Place] = {}

    def stand(indices: Sequence[int], x: float) -> float:
        for index in indices:
            at[index] = Place(x, scene.column(index, MAIN, labels[index]), RAIL)
            x = at[index].right
        return x

    opening = stand(before, 6)
    x = opening + _FAN + max(mono_width(start.rstrip("._")) for start in shared) + 8
    for column in zip_longest(*rows):
        members = [(i, index) for i, index in enumerate(column) if index is not None]
        width = max(scene.column(index, size, labels[index]) for _, index in members)
        at |= {index: Place(x, width, _ROOF + spacing * (i + 1) - _BELOW) for i, index in members}
        x += width
    shapes = [times(scene.call(row[-1]).output_shape) for row in rows]
    closing = x + max(map(mono_width, shapes)) + 6
    end = stand(after, closing + _FAN) + 6
    notes = {**(scene.notes(before, at) if before else {}), **scene.notes(after, at)}

    def draw(x: float) -> str:
        drawing = wire(f"M{x:.1f},{RAIL}h{opening:.1f}M{x + closing + _FAN:.1f},{RAIL}H{x + end:.1f}")
        for row, start, shape in zip(rows, shared, shapes, strict=True):
            line = at[row[0]].line
            drawing += _strand(x + opening, x + closing, line)
            drawing += mono(x + opening + _FAN, line - 7, start.rstrip("._"), anchor="start", style="tower-ink")
            drawing += mono(x + closing, line - 7, shape, anchor="end")
        for index in range(len(scene.parts)):
            standing = MAIN if index in before or index in after else size
            drawing += scene.node(index, at[index].moved(x), standing, labels[index], notes.get(index))
        return drawing

    return Sketch(end, min(_ROOF, scene.top(notes, (*before, *after))), RAIL + 8 + LINE * 2, draw, reduced=True)


def _named(scene: Scene, index: int, path: str) -> str:
    """A call's name within its path; what it is where that is a bare number, in one word: "pool", "conv"."""
    own = scene.name(index).removeprefix(path).lstrip("._")
    return operation(scene.call(index)).split()[-1] if own.isdigit() else own


def _shared(names: list[str]) -> str:
    """The letters with which all names of a path begin, which name the path; none where it has one call only."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike) if len(names) > 1 else ""


def _strand(left: float, right: float, line: float) -> str:
    """From the rail to a path's own line, along it, and back to the rail."""
    bend, rise = _FAN / 2, line - RAIL
    return wire(
        f"M{left:.1f},{RAIL}c{bend},0 {bend},{rise:.1f} {_FAN},{rise:.1f}H{right:.1f}"
        f"c{bend},0 {bend},{-rise:.1f} {_FAN},{-rise:.1f}"
    )
