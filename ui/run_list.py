"""How a list of runs reads: in which order they stand, and what tells two runs of one net apart.

A run that a person named goes by that name. One that was started from the page has a random id, which nobody can read:
it goes by its net and the minute it was asked for, and where those are another's, too, by the settings that differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from resnet.pretrained import RANDOM_RUN_ID
from train.recipe import Recipe
from ui.run_settings import differing, setting_name, written
from ui.text import t

NAMED_BY = 2  # settings, at most: a name stands beside a curve
_MINUTE = 60  # seconds

Row = dict[str, Any]


def given_name(run_id: str) -> str:
    """The name a person gave a run; empty for one whose id was drawn at random."""
    return "" if RANDOM_RUN_ID.fullmatch(run_id) else run_id


def title(row: Row) -> str:
    """A run's name with its net, or its net alone."""
    name = given_name(row["id"])
    return t("train.overlay.named", name=name, net=row["net"]) if name else str(row["net"])


def in_turn(rows: Sequence[Row]) -> list[Row]:
    """The rows, newest first, with the runs of a set together, in the order of their turns."""
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        first.setdefault(_set(row), place)

    def where(row: Row) -> tuple[int, int]:
        members = row["experiment"]["runs"] if row["experiment"] else []
        return first[_set(row)], members.index(row["id"]) if row["id"] in members else len(members)

    return sorted(rows, key=where)


def _set(row: Row) -> str:
    return str(row["experiment"]["id"] if row["experiment"] else row["id"])


def apart(rows: Sequence[Row], recipes: Mapping[str, Recipe]) -> dict[str, str]:
    """Id -> what a line must say beside net and time so that no other reads the same; mostly nothing. Where all
    settings are the same, too, that is a number, the oldest first.
    """
    minutes = _groups(rows, lambda row: (row["net"], row["started"] // _MINUTE))
    return {id: text for ids in minutes for id, text in zip(ids, _numbered(_told(ids, recipes)), strict=True)}


def names(rows: Sequence[Row], recipes: Mapping[str, Recipe]) -> dict[str, str]:
    """Id -> its title and, unless a person named it, the settings that tell it apart from others of that net. Runs that
    differ in nothing but their time have one name.
    """
    told = {
        id: text
        for ids in _groups(rows, lambda row: row["net"])
        for id, text in zip(ids, _told(ids, recipes), strict=True)
    }
    return {row["id"]: ", ".join(filter(None, (title(row), told[row["id"]]))) for row in rows}


def _groups(rows: Sequence[Row], key: Callable[[Row], object]) -> Iterable[list[str]]:
    """The ids of the rows that have one key, the oldest first; of a run that a person named its own alone."""
    found = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["started"]):
        found[row["id"] if given_name(row["id"]) else key(row)].append(row["id"])
    return found.values()


def _told(ids: Sequence[str], recipes: Mapping[str, Recipe]) -> list[str]:
    """For each of these runs the first settings that differ."""
    members = [recipes[id] for id in ids]
    shown = differing(members)[:NAMED_BY]
    return [", ".join(f"{setting_name(name)} {written(recipe, name)}" for name in shown) for recipe in members]


def _numbered(texts: Sequence[str]) -> list[str]:
    """The same, with a number behind each text that there is twice."""
    seen: Counter[str] = Counter()
    found = []
    for text in texts:
        seen[text] += 1
        number = t("train.overlay.nth", n=seen[text]) if texts.count(text) > 1 else ""
        found.append(", ".join(filter(None, (text, number))))
    return found
