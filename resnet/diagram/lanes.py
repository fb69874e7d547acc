"""A block's calls as lanes: the main path, and what leaves it and comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet.summary import Call

ENTRY = -1  # in the place of a call: what the block is given


@dataclass(frozen=True, slots=True)
class Lane:
    """Calls in a row, as places among the block's calls.

    Args:
        calls: may be empty: an identity shortcut.
        fork: the call whose output it takes, or `ENTRY`.
        join: the call that takes its output; None for the main path, and for what nothing uses.
    """

    calls: tuple[int, ...]
    fork: int = ENTRY
    join: int | None = None


def lanes(calls: Sequence[Call], start: int) -> list[Lane]:
    """The main path first: the longest chain of calls that ends in the last one. Every call is in exactly one lane.

    Args:
        start: the place of the first of the calls among the rows of the table.
    """
    givers = [[max(row - start, ENTRY) for row in call.inputs] or [ENTRY] for call in calls]
    length: list[int] = []  # of the longest chain from the entry
    for own in givers:
        length.append(1 + max(length[giver] if giver != ENTRY else 0 for giver in own))
    placed: set[int] = set()

    def chain(end: int, join: int | None) -> Lane:
        found: list[int] = []
        while end != ENTRY and end not in placed:
            found.append(end)
            placed.add(end)
            end = _longest(givers[end], length)
        return Lane(tuple(reversed(found)), end, join)

    result = [chain(len(calls) - 1, None)]
    for lane in result:  # grows while we walk: a side lane may have side lanes
        for place in lane.calls:
            others = list(givers[place])
            others.remove(_longest(others, length))
            result += [chain(giver, place) for giver in others]
    for place in reversed(range(len(calls))):
        if place not in placed:
            result.append(chain(place, None))
    return result


def _longest(givers: list[int], length: list[int]) -> int:
    return max(givers, key=lambda giver: length[giver] if giver != ENTRY else 0)
