"""Pictures with labels, ready for a net: every file checked and decoded once, before the first step.

`open_data` (two parts, to train on) and `open_pictures` (one, to evaluate on) are generators: they yield `Preparing`
events while they work and return what they made. Broken, tiny, foreign and repeated files are listed with a reason
each and left out, so none of them is ever met mid-epoch. Squares are kept in the cache, where the next run finds them
(`train.store`); sets larger than that are read from their files in every epoch (`train.streaming`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import torch

from resnet.errors import UserError
from train import drawn_pets
from train.archives import Shelf, open_shelf
from train.drawn_split import DrawnSplit
from train.events import Preparing
from train.hub_sets import PREFIX, open_hub_set
from train.layout import Layout, Refused, arrange, hold_back, take
from train.oxford_pets import open_oxford_pets
from train.recipes import LIVE
from train.settle import (
    Candidate,
    candidates_of,
    check_request,
    check_validation,
    divide_usable,
    left_out,
    refuse_repeated,
    settle_classes,
    usable,
)
from train.splits import JoinedSplit, Split, StoredSplit
from train.store import Store, find, keep
from train.streaming import StreamedSplit

__all__ = ["Data", "Pictures", "Refused", "open_data", "open_pictures"]

DRAWN, OXFORD_PETS = "drawn", "oxford-pets"
DRAWN_TRAIN, DRAWN_VAL = LIVE.train_pictures, LIVE.val_pictures  # where no number is asked for
DRAWN_VAL_START = 1_000_000_000  # the validation part's first index: no training part gets there
DRAWN_FRESH_SEED = 2**31 - 1  # what `open_pictures` draws; trainings start from small seeds


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a net is trained on. Labels index `classes`, which are in alphabetical order.

    The fingerprint is that of the files' contents and labels, wherever they lie. Of their names only the order
    counts: pictures are held back, chosen and trained on in that order.
    """

    classes: tuple[str, ...]
    train: Split
    val: Split
    refused: tuple[Refused, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What a net is evaluated on; as in `Data`."""

    classes: tuple[str, ...]
    split: Split
    refused: tuple[Refused, ...]
    fingerprint: str


def open_data(
    source: str,
    *,
    side: int,
    val_side: int = 0,
    seed: int,
    train_pictures: int = 0,
    val_pictures: int = 0,
    drawn_pictures: int = 0,
    kept_only: bool = False,
) -> Generator[Preparing, None, Data]:
    """Find, check and decode the pictures to train and to validate on.

    Args:
        source: "drawn", "oxford-pets", "hub:OWNER/NAME", a folder, or a ZIP file; the last two as `train.layout` says.
        side: of the squares to train on, in pixels.
        val_side: of those to validate on, decoded straight from the files as for a prediction; 0: the same.
        seed: chooses the drawings, which pictures are held back, and which are taken where not all are.
        train_pictures: drawn: how many; otherwise at most so many, equally from each class. 0: as many as the
            live recipe has, or all.
        val_pictures: the same for validation.
        drawn_pictures: so many drawn pets join the training part of a set of cats and dogs.
        kept_only: decode nothing, take what the cache has.

    Raises:
        UserError: the source cannot be read, or has fewer than two classes with usable pictures; the disk is full;
            the cache lacks what is to be only taken from it.
    """
    sides = {"train": side, "val": val_side or side}
    if source == DRAWN:
        train_drawn = DrawnSplit(seed, 0, (train_pictures or DRAWN_TRAIN) + drawn_pictures, side)
        val_drawn = DrawnSplit(seed, DRAWN_VAL_START, val_pictures or DRAWN_VAL, sides["val"])
        yield _drawing(train_drawn, val_drawn)
        return Data(drawn_pets.CLASSES, train_drawn, val_drawn, (), _fingerprint((), (), train_drawn, val_drawn))
    with ExitStack() as held:
        shelf, layout = yield from _open(source, held)
        ceilings = {"train_pictures": train_pictures, "val_pictures": val_pictures}
        check_request(layout, source, ceilings, shelf.refused)
        divided = layout.val is None
        train, val = (layout.train, layout.val) if layout.val is not None else hold_back(layout.train, seed)
        candidates = [
            *candidates_of(take(train, train_pictures, seed), "train"),
            *candidates_of(take(val, val_pictures, seed), "val"),
        ]
        if divided:  # all at one side: another seed, which divides them otherwise, then finds them in the cache
            kept = dict.fromkeys(sides, (yield from _keep(shelf, candidates, side, kept_only)))
        else:
            kept = {}
            for part in sides:
                kept[part] = yield from _keep(shelf, usable(candidates, part), sides[part], kept_only)
        refuse_repeated(candidates, divided=divided)
        if divided:
            divide_usable(candidates, seed)
        classes = settle_classes(candidates, "train", source, least=2)
        check_validation(candidates, source)
        if divided and sides["val"] != side:
            kept["val"] = yield from _keep(shelf, usable(candidates, "val"), sides["val"], kept_only)
        parts = {part: _split(kept[part], usable(candidates, part), classes, held) for part in sides}
    drawn = []
    if drawn_pictures:
        drawn = [DrawnSplit(seed, 0, drawn_pictures, side, _cat_and_dog(classes))]
        yield _drawing(*drawn)
        parts["train"] = JoinedSplit((parts["train"], *drawn))
    fingerprint = _fingerprint(classes, candidates, *drawn)
    return Data(classes, parts["train"], parts["val"], left_out(candidates, layout.refused, shelf.refused), fingerprint)


def open_pictures(source: str, side: int) -> Generator[Preparing, None, Pictures]:
    """Find, check and decode the pictures to evaluate on: the validation part where there is one, or everything.

    Args:
        source: as for `open_data`; "drawn" means drawings that no training starts from by itself.
        side: of the squares, in pixels.

    Raises:
        UserError: the source cannot be read, or has no usable pictures; the disk is full.
    """
    if source == DRAWN:
        drawn = DrawnSplit(DRAWN_FRESH_SEED, 0, DRAWN_VAL, side)
        yield _drawing(drawn)
        return Pictures(drawn_pets.CLASSES, drawn, (), _fingerprint((), (), drawn))
    with ExitStack() as held:
        shelf, layout = yield from _open(source, held)
        candidates = candidates_of(layout.train if layout.val is None else layout.val, "val")
        kept = yield from _keep(shelf, candidates, side)
        refuse_repeated(candidates, divided=False)
        classes = settle_classes(candidates, "val", source, least=1)
        split = _split(kept, usable(candidates, "val"), classes, held)
    refused = left_out(candidates, layout.refused, shelf.refused)
    return Pictures(classes, split, refused, _fingerprint(classes, candidates))


def _open(source: str, held: ExitStack) -> Generator[Preparing, None, tuple[Shelf, Layout]]:
    """The files of a source, and which of them are pictures of what."""
    yield Preparing(0, 0, "decoding")
    shelf: Shelf
    if source == OXFORD_PETS:
        shelf, layout = yield from open_oxford_pets()
    elif source.startswith(PREFIX):
        shelf, layout = yield from open_hub_set(source)
    else:
        shelf = open_shelf(source)
        held.callback(shelf.close)
        layout = arrange(shelf.names, source)
    return shelf, layout


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What became of some files of a shelf, and in which row of the store each is."""

    shelf: Shelf
    store: Store
    side: int
    rows: dict[str, int]


def _keep(
    shelf: Shelf, candidates: Sequence[Candidate], side: int, kept_only: bool = False
) -> Generator[Preparing, None, _Kept]:
    """Decode the candidates, or find them decoded, and note on each what became of it."""
    names = sorted(each.name for each in candidates)
    store = find(shelf, names, side) if kept_only else (yield from keep(shelf, names, side))
    kept = _Kept(shelf, store, side, {name: row for row, name in enumerate(names)})
    for each in candidates:
        row = kept.rows[each.name]
        each.digest, each.reason = store.digests[row], store.reasons[row]
    return kept


def _split(kept: _Kept, chosen: list[Candidate], classes: tuple[str, ...], held: ExitStack) -> Split:
    """The chosen candidates as a split; one that reads files holds on to what `held` would close."""
    number = {name: label for label, name in enumerate(classes)}
    labels = torch.tensor([number[each.class_name] for each in chosen])
    rows = [kept.rows[each.name] for each in chosen]
    if kept.store.images is not None:
        return StoredSplit(kept.store.images, torch.tensor(rows), labels)
    held.pop_all()
    digests = [kept.store.digests[row] for row in rows]
    return StreamedSplit(kept.shelf, [each.name for each in chosen], digests, labels, kept.side)


def _cat_and_dog(classes: tuple[str, ...]) -> tuple[int, int]:
    """The labels of drawn cats and drawn dogs among these classes."""
    words = [name.lower().removesuffix("s") for name in classes]
    if sorted(words) != list(drawn_pets.CLASSES):
        what = f"Drawn pets are cats and dogs, and cannot join the classes {', '.join(classes[:8])}"
        raise UserError(what, where="drawn_pictures", cure="Set drawn_pictures to 0")
    return words.index("cat"), words.index("dog")


def _drawing(*splits: DrawnSplit) -> Preparing:
    """Nothing is drawn yet; but this is how much there will be."""
    count = sum(len(split.labels) for split in splits)
    return Preparing(0, count, "drawing", sum(split.size for split in splits), splits[0].kept)


def _fingerprint(classes: Sequence[str], candidates: Sequence[Candidate], *drawn: DrawnSplit) -> str:
    """32 hexadecimal digits that tell these pictures, as they are divided and labelled, from all others."""
    digest = hashlib.blake2b("\n".join(classes).encode(), digest_size=16)
    for part in ("train", "val"):
        for each in usable(candidates, part):
            digest.update(f"\n{part} {each.class_name} {each.digest.hex()}".encode())
    for split in drawn:
        digest.update(f"\n{split.fingerprint}".encode())
    return digest.hexdigest()
