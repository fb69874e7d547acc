"""The branches of a block: what is added or joined at its end, and what each one costs.

A residual block has two, F(x) and the shortcut; an Inception block has four; a plain block has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from resnet.inputs import Shape
from resnet.outline import Part
from resnet.summary import Call, Totals, totals_of
from resnet.windows import Window


@dataclass(frozen=True, slots=True)
class Branch:
    """One way from a block's input to where they all meet.

    Args:
        calls: those on this branch and on none before it; empty if x passes unchanged.
        input_shape, output_shape: of the whole branch.
    """

    calls: tuple[Call, ...]
    input_shape: Shape
    output_shape: Shape

    @property
    def totals(self) -> Totals:
        return totals_of(self.calls)

    @property
    def windows(self) -> tuple[tuple[str, Window], ...]:
        """Its convolutions and poolings: operation and window. A slice has a window too, but is neither."""
        return tuple((call.type, call.window) for call in self.calls if call.window and call.type != "slice")


@dataclass(frozen=True, slots=True)
class Branches:
    """All branches of a block.

    Args:
        join: how they meet: "add", "cat", or "" where there is only one.
        each: of an addition F(x) first, then the shortcut; of a concatenation as their channels stand.
    """

    join: Literal["add", "cat", ""]
    each: tuple[Branch, ...]


def branches(block: Part) -> Branches:
    """The branches of a block, traced back from the last place where some meet."""
    place = next((i for i in reversed(range(len(block.calls))) if block.calls[i].type in ("add", "cat")), None)
    if place is None:
        return Branches("", (Branch(block.calls, block.input_shape, block.output_shape),))
    join = block.calls[place]
    ends = list(zip(join.inputs, join.input_shapes, strict=True))
    if join.type == "add":  # the shortcut is the branch with less on it
        ends.sort(key=lambda end: len(_behind(block, end[0])), reverse=True)
    found: list[Branch] = []
    taken: set[int] = set()
    for end, shape in ends:
        new = sorted(_behind(block, end) - taken)
        taken.update(new)
        found.append(Branch(tuple(block.calls[i - block.start] for i in new), block.input_shape, shape))
    return Branches("add" if join.type == "add" else "cat", tuple(found))


def _behind(block: Part, row: int) -> set[int]:
    """The rows of the block on which a row depends, itself included."""
    found: set[int] = set()
    waiting = [row]
    while waiting:
        at = waiting.pop()
        if block.start <= at < block.start + len(block.calls) and at not in found:
            found.add(at)
            waiting += block.calls[at - block.start].inputs
    return found
