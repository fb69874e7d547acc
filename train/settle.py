"""Which of the files that were read are used, in which part, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resnet.errors import UserError
from train.layout import CURE, ByClass, Layout, Refused, hold_back_usable


@dataclass(slots=True)
class Candidate:
    """A file that may become a picture of a part.

    Attributes:
        name: of the file.
        class_name: which class it shows.
        part: "train" or "val".
        digest: of its contents.
        reason: why it is not used; "" if it is.
    """

    name: str
    class_name: str
    part: str
    digest: bytes = b""
    reason: str = ""


def candidates_of(by_class: ByClass, part: str) -> list[Candidate]:
    """One for each file, class after class."""
    return [Candidate(name, class_name, part) for class_name, names in by_class.items() for name in names]


def usable(candidates: Iterable[Candidate], part: str) -> list[Candidate]:
    """Those of a part that nothing speaks against."""
    return [each for each in candidates if each.part == part and not each.reason]


def check_request(layout: Layout, where: str, ceilings: dict[str, int]) -> None:
    """Refuse to train on a layout without a training part or with one class, and ceilings below one a class."""
    classes = tuple(layout.train)
    if not classes:
        raise UserError("There is no train/ folder with class folders in it", where=where, cure=CURE)
    if len(classes) < 2:
        raise UserError(f"There is only one class folder ({classes[0]})", where=where, cure=CURE)
    for name, ceiling in ceilings.items():
        if 0 < ceiling < len(classes):
            what = f"{name}={ceiling} is less than one picture for each of {len(classes)} classes"
            raise UserError(what, where=where, cure=f"Use {len(classes)} or more, or 0 for all")


def refuse_repeated(candidates: list[Candidate], *, everywhere: bool) -> None:
    """Refuse a training file that was there before, and a validation file that is also trained on.

    Everywhere: refuse any file that was there before, because the parts are not settled yet.
    """
    trained: dict[bytes, str] = {}
    for each in candidates:
        if each.reason:
            continue
        first = trained.get(each.digest)
        if first is not None:
            same = everywhere or each.part == "train"
            each.reason = f"{'The same picture as' if same else 'It is also trained on, as'} {first}"
        elif everywhere or each.part == "train":
            trained[each.digest] = each.name


def divide_usable(candidates: list[Candidate], seed: int) -> None:
    """Divide each class once more, so that files that were refused cost neither part more than its share."""
    rows = {row for row, each in enumerate(candidates) if not each.reason}
    planned: dict[str, dict[str, list[int]]] = {}
    for row, each in enumerate(candidates):
        planned.setdefault(each.class_name, {"train": [], "val": []})[each.part].append(row)
    for class_name, parts in planned.items():
        held = set(hold_back_usable(parts["train"], parts["val"], rows, f"{seed} stand in {class_name}"))
        for row in rows.intersection(parts["train"] + parts["val"]):
            candidates[row].part = "val" if row in held else "train"


def settle_classes(candidates: list[Candidate], deciding: str, where: str, *, least: int) -> tuple[str, ...]:
    """The classes that have a usable picture in the deciding part; pictures of others are refused.

    Raises:
        UserError: there are fewer than `least`; names the first file that was refused.
    """
    classes = tuple(sorted({each.class_name for each in usable(candidates, deciding)}))
    if len(classes) < least:
        what = f"Only one class has usable pictures ({classes[0]})" if classes else "There are no usable pictures"
        refused = next((each for each in candidates if each.reason), None)
        if refused:
            what += f"; {refused.name}: {refused.reason}"
        raise UserError(what, where=where, cure=CURE)
    for each in candidates:
        if not each.reason and each.class_name not in classes:
            each.reason = f"There is no picture of {each.class_name} to train on"
    return classes


def left_out(candidates: list[Candidate], *others: Iterable[Refused]) -> tuple[Refused, ...]:
    """Every file that is not used, in alphabetical order."""
    files = [Refused(each.name, each.reason) for each in candidates if each.reason]
    return tuple(sorted([*files, *(refused for some in others for refused in some)], key=lambda refused: refused.name))
