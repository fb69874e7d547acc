"""Pictures with labels, ready for a net: every file checked and decoded once, before the first step.

`open_data` (two parts, to train on) and `open_pictures` (one, to evaluate on) are generators: they yield `Preparing`
events while they work and return what they made. What they hold is one uint8 tensor of squares. Broken, tiny,
foreign and repeated files are listed with a reason each and left out, so none of them is ever met mid-epoch.

N pictures, S the side of a square in pixels.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from resnet.errors import UserError
from train import drawn_pets
from train.archives import Shelf, open_shelf
from train.events import Preparing
from train.layout import CURE, ByClass, Layout, Refused, arrange, hold_back, hold_back_usable, take
from train.pictures import decode, fit_square
from train.recipe import LIVE

__all__ = ["Data", "Pictures", "Refused", "Split", "open_data", "open_pictures"]

DRAWN = "drawn"
DRAWN_TRAIN, DRAWN_VAL = LIVE.train_pictures, LIVE.val_pictures  # where no number is asked for
DRAWN_VAL_START = 1_000_000_000  # the validation part's first index: no training part gets there
DRAWN_FRESH_SEED = 2**31 - 1  # what `open_pictures` draws; trainings start from small seeds
SMALLEST = 8  # pixels a side; below that there is nothing to see
MEMORY_LIMIT = 4 * 2**30  # bytes of decoded pictures
EVENT_SECONDS = 0.2  # between two Preparing events


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Pictures with their labels: images (N, 3, S, S) uint8, labels (N,) int64."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a net is trained on. Labels index `classes`, which are in alphabetical order."""

    classes: tuple[str, ...]
    train: Split
    val: Split
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What a net is evaluated on. Labels index `classes`, which are in alphabetical order."""

    classes: tuple[str, ...]
    split: Split
    refused: tuple[Refused, ...]


def open_data(
    source: str, *, side: int, seed: int, train_pictures: int = 0, val_pictures: int = 0
) -> Generator[Preparing, None, Data]:
    """Read or draw the pictures to train and to validate on.

    Args:
        source: "drawn", a folder, or a ZIP file; folders and ZIPs as described in `train.layout`.
        side: of the squares, in pixels.
        seed: chooses the drawings, which pictures are held back, and which are taken where not all are.
        train_pictures: drawn: how many; otherwise at most so many, equally from each class. 0: as many as the
            live recipe has, or all.
        val_pictures: the same for validation.

    Raises:
        UserError: the source cannot be read, has fewer than two classes with usable pictures, or is too large.
    """
    if source == DRAWN:
        train_count, val_count = train_pictures or DRAWN_TRAIN, val_pictures or DRAWN_VAL
        indices = [*range(train_count), *range(DRAWN_VAL_START, DRAWN_VAL_START + val_count)]
        drawn = yield from _draw(seed, indices, side)
        return Data(drawn_pets.CLASSES, *_cut(drawn, train_count), ())
    yield Preparing(0, 0, "decoding")
    with closing(open_shelf(source)) as shelf:
        layout = arrange(shelf.names, source)
        _check_request(layout, source, {"train_pictures": train_pictures, "val_pictures": val_pictures})
        train, val = hold_back(layout.train, seed) if layout.val is None else (layout.train, layout.val)
        samples = [
            *_samples(take(train, train_pictures, seed), "train"),
            *_samples(take(val, val_pictures, seed), "val"),
        ]
        decoded = yield from _decode_all(shelf, samples, side, source)
    _refuse_repeated(decoded, everywhere=layout.val is None)
    if layout.val is None:
        _divide_usable(decoded, seed)
    classes, kept = _settle(decoded, "train")
    _check_usable(classes, decoded, source, least=2)
    kept.sort(key=lambda row: decoded.samples[row].part != "train")
    train_count = sum(decoded.samples[row].part == "train" for row in kept)
    if train_count == len(kept):
        raise UserError("There is no usable picture to validate on", where=source, cure="Give more pictures")
    return Data(classes, *_cut(_pack(decoded, kept, classes), train_count), _left_out(decoded, layout, shelf))


def open_pictures(source: str, side: int) -> Generator[Preparing, None, Pictures]:
    """Read the pictures to evaluate on: the validation part where there are parts, otherwise everything.

    Args:
        source: "drawn" (drawings no training starts from by itself), a folder, or a ZIP file.
        side: of the squares, in pixels.

    Raises:
        UserError: the source cannot be read, has no usable pictures, or is too large.
    """
    if source == DRAWN:
        drawn = yield from _draw(DRAWN_FRESH_SEED, range(DRAWN_VAL), side)
        return Pictures(drawn_pets.CLASSES, drawn, ())
    yield Preparing(0, 0, "decoding")
    with closing(open_shelf(source)) as shelf:
        layout = arrange(shelf.names, source)
        part = layout.train if layout.val is None else layout.val
        decoded = yield from _decode_all(shelf, _samples(part, "all"), side, source)
    classes, kept = _settle(decoded, "all")
    _check_usable(classes, decoded, source, least=1)
    return Pictures(classes, _pack(decoded, kept, classes), _left_out(decoded, layout, shelf))


# Choosing


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    class_name: str
    part: str


def _samples(by_class: ByClass, part: str) -> list[_Sample]:
    return [_Sample(name, class_name, part) for class_name, names in by_class.items() for name in names]


def _check_request(layout: Layout, where: str, ceilings: dict[str, int]) -> None:
    classes = tuple(layout.train)
    if not classes:
        raise UserError("There is no train/ folder with class folders in it", where=where, cure=CURE)
    if len(classes) < 2:
        raise UserError(f"There is only one class folder ({classes[0]})", where=where, cure=CURE)
    for name, ceiling in ceilings.items():
        if 0 < ceiling < len(classes):
            what = f"{name}={ceiling} is less than one picture for each of {len(classes)} classes"
            raise UserError(what, where=where, cure=f"Use {len(classes)} or more, or 0 for all")


# Decoding and drawing


@dataclass(slots=True)
class _Decoded:
    """What became of each sample: its square in `images`, or a reason. Rows of refused samples hold anything."""

    samples: list[_Sample]
    images: Tensor
    digests: list[bytes]  # of the file, b"" if unread
    reasons: list[str]  # "" for a usable picture


def _decode_all(shelf: Shelf, samples: list[_Sample], side: int, where: str) -> Generator[Preparing, None, _Decoded]:
    count = len(samples)
    decoded = _Decoded(samples, _room(count, side, where), [b""] * count, [""] * count)
    rows = decoded.images.numpy()

    def decode_one(row: int) -> None:
        name = samples[row].name
        try:
            data = shelf.read(name)
            picture = decode(data, name=name, side=side)
            if min(picture.size) < SMALLEST:
                raise UserError(f"The picture is {picture.width}x{picture.height} pixels, too small", where=name)
            rows[row] = np.asarray(fit_square(picture, side)).transpose(2, 0, 1)
            decoded.digests[row] = hashlib.blake2b(data, digest_size=16).digest()
        except UserError as refusal:
            decoded.reasons[row] = refusal.what

    yield from _in_threads(decode_one, count, "decoding")
    return decoded


def _draw(seed: int, indices: Sequence[int], side: int) -> Generator[Preparing, None, Split]:
    images = _room(len(indices), side, DRAWN)
    labels = torch.empty(len(indices), dtype=torch.int64)

    def draw_one(row: int) -> None:
        drawing, label = drawn_pets.draw_many(seed, [indices[row]], side)
        images[row], labels[row] = drawing[0], label[0]

    yield from _in_threads(draw_one, len(indices), "drawing")
    return Split(images, labels)


def _room(count: int, side: int, where: str) -> Tensor:
    """An uninitialised tensor for `count` squares. Raises UserError beyond MEMORY_LIMIT."""
    each = 3 * side * side
    if count * each > MEMORY_LIMIT:
        what = f"{count} pictures of {side}x{side} pixels need {count * each / 2**30:.1f} GB of memory"
        what += f", more than {MEMORY_LIMIT / 2**30:.0f}"
        smaller = math.isqrt(MEMORY_LIMIT // (3 * count))
        cure = f"Use pictures of {smaller} pixels a side, or at most {MEMORY_LIMIT // each} pictures"
        raise UserError(what, where=where, cure=cure)
    return torch.empty((count, 3, side, side), dtype=torch.uint8)


def _in_threads(work: Callable[[int], None], count: int, what: str) -> Generator[Preparing, None, None]:
    """Do work(0) ... work(count - 1) on all cores; Pillow and hashing let go of the interpreter while they work."""
    left = deque(range(count))

    def drain() -> None:
        while True:
            try:
                row = left.popleft()
            except IndexError:
                return
            work(row)

    threads = min(os.cpu_count() or 1, max(1, count))
    yield Preparing(0, count, what)
    with ThreadPoolExecutor(threads) as pool:
        try:
            drains = [pool.submit(drain) for _ in range(threads)]
            while True:
                ended, running = wait(drains, timeout=EVENT_SECONDS, return_when=FIRST_EXCEPTION)
                if not running or any(each.exception() for each in ended):
                    break
                yield Preparing(max(0, count - len(left) - threads), count, what)
            left.clear()
            for each in drains:
                each.result()
        finally:
            left.clear()  # whoever closes the generator early waits for the pictures in hand only
    yield Preparing(count, count, what)


# Settling what is used


def _refuse_repeated(decoded: _Decoded, *, everywhere: bool) -> None:
    """Refuse a training file that was there before, and a validation file that is also trained on.

    Everywhere: refuse any file that was there before, because the parts are not settled yet.
    """
    trained: dict[bytes, str] = {}
    for row, (sample, digest) in enumerate(zip(decoded.samples, decoded.digests, strict=True)):
        if decoded.reasons[row]:
            continue
        first = trained.get(digest)
        if first is not None:
            same = everywhere or sample.part == "train"
            decoded.reasons[row] = f"{'The same picture as' if same else 'It is also trained on, as'} {first}"
        elif everywhere or sample.part == "train":
            trained[digest] = sample.name


def _divide_usable(decoded: _Decoded, seed: int) -> None:
    """Divide each class once more, so that files that were refused cost neither part more than its share."""
    usable = {row for row, reason in enumerate(decoded.reasons) if not reason}
    planned: dict[str, dict[str, list[int]]] = {}
    for row, sample in enumerate(decoded.samples):
        planned.setdefault(sample.class_name, {"train": [], "val": []})[sample.part].append(row)
    for class_name, rows in planned.items():
        held = set(hold_back_usable(rows["train"], rows["val"], usable, f"{seed} stand in {class_name}"))
        for row in usable.intersection(rows["train"] + rows["val"]):
            decoded.samples[row] = replace(decoded.samples[row], part="val" if row in held else "train")


def _settle(decoded: _Decoded, deciding: str) -> tuple[tuple[str, ...], list[int]]:
    """The classes that have a usable picture in the deciding part, and the rows to keep."""
    usable = [row for row, reason in enumerate(decoded.reasons) if not reason]
    classes = {decoded.samples[row].class_name for row in usable if decoded.samples[row].part == deciding}
    for row in usable:
        if decoded.samples[row].class_name not in classes:
            decoded.reasons[row] = f"There is no picture of {decoded.samples[row].class_name} to train on"
    return tuple(sorted(classes)), [row for row in usable if not decoded.reasons[row]]


def _check_usable(classes: tuple[str, ...], decoded: _Decoded, where: str, *, least: int) -> None:
    if len(classes) >= least:
        return
    what = f"Only one class has usable pictures ({classes[0]})" if classes else "There are no usable pictures"
    refused = next(((s.name, why) for s, why in zip(decoded.samples, decoded.reasons, strict=True) if why), None)
    if refused:
        what += f"; {refused[0]}: {refused[1]}"
    raise UserError(what, where=where, cure=CURE)


def _pack(decoded: _Decoded, kept: list[int], classes: tuple[str, ...]) -> Split:
    """Put the kept rows first, in their order, in place: a copy could be gigabytes."""
    place, holder = list(range(len(decoded.samples))), list(range(len(decoded.samples)))  # of a row; of a place
    rows = decoded.images.numpy()
    for to, row in enumerate(kept):
        at, other = place[row], holder[to]
        if at != to:
            rows[[to, at]] = rows[[at, to]]
            place[other], holder[at] = at, other
    labels = [classes.index(decoded.samples[row].class_name) for row in kept]
    return Split(decoded.images[: len(kept)], torch.tensor(labels, dtype=torch.int64))


def _cut(split: Split, count: int) -> tuple[Split, Split]:
    """The first `count` pictures, and the others."""
    return Split(split.images[:count], split.labels[:count]), Split(split.images[count:], split.labels[count:])


def _left_out(decoded: _Decoded, layout: Layout, shelf: Shelf) -> tuple[Refused, ...]:
    """Every file that is not used, in alphabetical order."""
    files = [Refused(s.name, why) for s, why in zip(decoded.samples, decoded.reasons, strict=True) if why]
    return tuple(sorted([*files, *layout.refused, *shelf.refused], key=lambda refused: refused.name))
