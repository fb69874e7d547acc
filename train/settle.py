"""Which of the files that were read are used, in which part, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def check_request(layout: Layout, where: str, ceilings: dict[str, int], unread: Sequence[Refused]) -> None:
    """Refuse to train on a layout without a training part or with one class, and ceilings below one a class.

    Args:
        unread: files and folders that the layout does not know of; the first may be why there is one class only.
    """
    classes = tuple(layout.train)
    if not classes:
        raise UserError("There is no train/ folder with class folders in it", where=where, cure=CURE)
    if len(classes) < 2:
        what = f"There is only one class folder ({classes[0]}) with files in it"
        raise UserError(_told(what, unread), where=where, cure=CURE)
    for name, ceiling in ceilings.items():
        if 0 < ceiling < len(classes):
            what = f"{name}={ceiling} is less than one picture for each of {len(classes)} classes"
            raise UserError(what, where=where, cure=f"Use {len(classes)} or more, or 0 for all")


def refuse_repeated(candidates: list[Candidate], *, divided: bool) -> None:
    """Refuse a file that was there before, and every copy of one that is filed under several classes.

    Divided: the parts are not settled yet, so that nothing can be said of what is trained on.
    """
    copies: dict[bytes, list[Candidate]] = {}
    for each in candidates:
        if not each.reason:
            copies.setdefault(each.digest, []).append(each)
    for first, *others in copies.values():
        classes = sorted({each.class_name for each in (first, *others)})
        if len(classes) > 1:
            under = " and ".join(classes) if len(classes) < 4 else f"{len(classes)} classes"
            for each in (first, *others):
                each.reason = f"The same picture is filed under {under}"
            continue
        for each in others:
            same = divided or each.part == first.part
            each.reason = f"{'The same picture as' if same else 'It is also trained on, as'} {first.name}"


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
        others = [each for each in candidates if each.class_name not in classes]
        raise UserError(_told(what, others), where=where, cure=CURE)
    for each in candidates:
        if not each.reason and each.class_name not in classes:
            each.reason = f"There is no picture of {each.class_name} to train on"
    return classes


def check_validation(candidates: list[Candidate], where: str) -> None:
    """Refuse to train where nothing is left to validate on; names the first file that was refused."""
    if not usable(candidates, "val"):
        what = _told("There is no usable picture to validate on", [each for each in candidates if each.part == "val"])
        raise UserError(what, where=where, cure="Give more pictures, in val/ if there is one")


def left_out(candidates: list[Candidate], *others: Iterable[Refused]) -> tuple[Refused, ...]:
    """Every file that is not used, in alphabetical order."""
    files = [Refused(each.name, each.reason) for each in candidates if each.reason]
    return tuple(sorted([*files, *(refused for some in others for refused in some)], key=lambda refused: refused.name))


def _told(what: str, files: Iterable[Candidate | Refused]) -> str:
    """What is wrong, and why: the first of these files that is not used."""
    first = next((each for each in files if each.reason), None)
    return f"{what}; {first.name}: {first.reason}" if first else what
