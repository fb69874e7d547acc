"""Which files are pictures of which class, told from their paths alone (ImageFolder's layout), and which to take.

    train/cat/1.jpg  train/dog/2.jpg  val/cat/3.jpg     parts given; `test/` serves where there is no `val/`
    cat/1.jpg  dog/2.jpg                                class folders only: the caller divides them

Either may lie inside a folder or two, as happens when people zip "the folder".
"""

from __future__ import annotations

import random
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TypeVar

from resnet.errors import UserError

MAX_CLASSES = 1000
HELD_BACK = 10  # one picture in so many validates where there is no part for it
CURE = (
    "Put the pictures into one folder per class, such as cat/ and dog/, or train/cat/, train/dog/, val/cat/, val/dog/"
)

_PARTS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
_PART_WORDS = {word for words in _PARTS.values() for word in words}
_CLUTTER = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"}
_LOOSE = "It lies outside the class folders"

Item = TypeVar("Item")
ByClass = dict[str, list[str]]  # class name -> file names, both in alphabetical order
_Entry = tuple[str, tuple[str, ...]]  # a file's name, and its path as seen from the folder looked at


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was left out, and why; a name ending in "/" stands for a folder."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a folder or ZIP holds.

    Attributes:
        train: the training part, or everything if there are no parts; empty if there is only a validation part.
        val: the validation part; None if there is none.
        refused: files that belong to no class.
    """

    train: ByClass
    val: ByClass | None
    refused: tuple[Refused, ...]


def is_clutter(path: str) -> bool:
    """True for what systems leave behind beside people's files: hidden files, `__MACOSX`, `Thumbs.db`."""
    return any(part.startswith(".") or part.lower() in _CLUTTER for part in path.split("/"))


def clean(name: str) -> str:
    """A name that can be printed and compared: composed letters, no control characters, no undecodable bytes."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode("utf-8"))
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def empty_folders(folders: Iterable[str], files: Iterable[str]) -> list[Refused]:
    """The outermost of these folders ("cat/") that none of the files lies in."""
    in_order = sorted(files)
    empty: list[Refused] = []
    for folder in sorted(set(folders)):
        at = bisect_left(in_order, folder)
        holds_some = at < len(in_order) and in_order[at].startswith(folder)
        if not holds_some and not (empty and folder.startswith(empty[-1].name)):
            empty.append(Refused(folder, "It holds no pictures"))
    return empty


def arrange(names: Iterable[str], where: str) -> Layout:
    """Sort files into parts and classes.

    Args:
        names: relative paths with "/" between folders.
        where: what holds them, for refusals.

    Raises:
        UserError: there are no class folders, too many, or the validation part has classes of its own.
    """
    refused: list[Refused] = []
    entries = [(name, tuple(name.split("/"))) for name in sorted(names) if not is_clutter(name)]
    if not entries:
        raise UserError("There are no files in it", where=where, cure=CURE)
    entries = _unwrap(entries, refused)
    folders = _part_folders(entries)
    train, val = folders.get("train"), folders.get("val") or folders.get("test")
    if not train and not val:
        by_class = _classes(entries, where, refused)
        if len(by_class) > 1 and all(name.lower() in _PART_WORDS for name in by_class):
            what = f"{' and '.join(f'{name}/' for name in by_class)} hold no class folders"
            raise UserError(what, where=where, cure=CURE)
        return Layout(by_class, None, tuple(refused))
    refused += _outside(entries, [part for part in (train, val) if part])
    by_part = {
        part: _classes([(name, path[1:]) for name, path in entries if path[0] == part], where, refused)
        for part in (train, val)
        if part
    }
    layout = Layout(by_part[train] if train else {}, by_part[val] if val else None, tuple(refused))
    _check_same(layout, where)
    return layout


def hold_back(by_class: ByClass, seed: int) -> tuple[ByClass, ByClass]:
    """Divide each class 9:1 by seed; a class of one picture keeps it for training."""
    train: ByClass = {}
    val: ByClass = {}
    for class_name, names in by_class.items():
        shuffled = _shuffled(names, f"{seed} hold back {class_name}")
        held = max(1, round(len(names) / HELD_BACK)) if len(names) > 1 else 0
        val[class_name], train[class_name] = sorted(shuffled[:held]), sorted(shuffled[held:])
    return train, val


def hold_back_usable(train: Sequence[int], val: Sequence[int], usable: Set[int], purpose: str) -> list[int]:
    """Which pictures of one class validate, now that it is known which are usable: the share that was planned.

    Args:
        train: pictures that were to be trained on.
        val: those that were to validate; they do so if they can.
        usable: pictures that can be used at all. With two of them or more, one validates and one is trained on.
        purpose: chooses who stands in for whom.
    """
    left = [row for part in (val, train) for row in _shuffled(part, purpose) if row in usable]
    held = round(len(left) * len(val) / (len(train) + len(val)))
    return left[: max(0, min(max(1, held), len(left) - 1))]


def take(by_class: ByClass, ceiling: int, seed: int) -> ByClass:
    """At most `ceiling` pictures (0: all), one class after the other in turn until they run out."""
    if ceiling == 0:
        return by_class
    shuffled = {class_name: _shuffled(names, f"{seed} take {class_name}") for class_name, names in by_class.items()}
    rounds = zip_longest(*([(class_name, name) for name in names] for class_name, names in shuffled.items()))
    turns = (turn for each_round in rounds for turn in each_round if turn is not None)
    taken: ByClass = {class_name: [] for class_name in by_class}
    for class_name, name in islice(turns, ceiling):
        taken[class_name].append(name)
    return {class_name: sorted(names) for class_name, names in taken.items()}


def _shuffled(names: Sequence[Item], purpose: str) -> list[Item]:
    return random.Random(purpose).sample(names, len(names))


def _unwrap(entries: list[_Entry], refused: list[Refused]) -> list[_Entry]:
    """Step into the only folder as long as there is one with folders of its own."""
    while True:
        inside = [(name, path[1:]) for name, path in entries if len(path) > 1]
        tops = {path[0] for _, path in entries if len(path) > 1}
        if len(tops) != 1 or all(len(path) == 1 for _, path in inside):
            return entries
        refused += [Refused(name, _LOOSE) for name, path in entries if len(path) == 1]
        entries = inside


def _outside(entries: list[_Entry], parts: list[str]) -> list[Refused]:
    """Loose files one by one, other folders as a whole: an unused test/ may hold thousands."""
    used = " and ".join(f"{part}/" for part in parts)
    folders = Counter(path[0] for _, path in entries if len(path) > 1 and path[0] not in parts)
    return [
        *(Refused(name, _LOOSE) for name, path in entries if len(path) == 1),
        *(Refused(f"{top}/", f"{count} files outside {used} are not used") for top, count in folders.items()),
    ]


def _part_folders(entries: list[_Entry]) -> dict[str, str]:
    """Which top folders are parts: {"train": "Train", ...}. One without folders in it is none, whatever its name."""
    tops = sorted({path[0] for _, path in entries if len(path) > 2})
    found: dict[str, str] = {}
    for part, words in _PARTS.items():
        for top in tops:
            if top.lower() in words:
                found.setdefault(part, top)
    return found


def _classes(entries: list[_Entry], where: str, refused: list[Refused]) -> ByClass:
    by_class: ByClass = {}
    loose = []
    for name, path in entries:
        if len(path) > 1:
            by_class.setdefault(clean(path[0]), []).append(name)
        else:
            loose.append(Refused(name, _LOOSE))
    if not by_class:
        raise UserError(f"There are {len(loose)} files but no class folders", where=where, cure=CURE)
    if len(by_class) > MAX_CLASSES:
        what = f"There are {len(by_class)} classes, more than {MAX_CLASSES}"
        cure = f"Choose {MAX_CLASSES} of them or fewer; if they are no classes, give the folder whose own folders are"
        raise UserError(what, where=where, cure=cure)
    refused += loose
    return dict(sorted(by_class.items()))


def _check_same(layout: Layout, where: str) -> None:
    unknown = sorted(set(layout.val or ()) - set(layout.train))
    if layout.train and unknown:
        what = f"The validation part has a class {unknown[0]} that the training part has not"
        raise UserError(what, where=where, cure="Use the same class folders in both")
