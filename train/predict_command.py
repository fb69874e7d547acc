"""`python -m train predict`: what a checkpoint sees in pictures, and in every picture of folders.

Pictures are decoded by threads while the net answers the ones before, a batch at a time, so that a folder of any size
needs the memory of two batches. S pixels a side.
"""

from __future__ import annotations

import io
import json
import os
import sys
import textwrap
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from resnet.errors import UserError
from train.checkpoint import BATCH_PIXELS, Classifier
from train.command import classifier_at
from train.cores import usable_cores
from train.csv_text import csv_line
from train.familiarity import UNFAMILIAR
from train.file_kinds import HEAD_BYTES, picture_kind
from train.layout import clean, is_clutter
from train.pictures import decode, read_bytes, to_tensor

MOST_AT_ONCE = 64  # pictures a batch: a batch of large photos is decoded in some seconds, then answers appear
BAR_AFTER_SECONDS = 1.0  # a few pictures are answered before a bar could be read
PICTURE_NAMES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")
UNLIKE = " (unlike the pictures it was trained on)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the net says of one picture.

    Attributes:
        file: the picture, as it was named or found.
        probabilities: of each class, 0 to 1, in the classifier's order.
        familiarity: as `Classifier.answer` tells it; None where the checkpoint does not.
    """

    file: str
    probabilities: dict[str, float]
    familiarity: float | None

    @property
    def label(self) -> str:
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def sure(self) -> dict[str, float]:
        """The same probabilities, the largest first."""
        return dict(sorted(self.probabilities.items(), key=lambda pair: -pair[1]))


def predict(checkpoint: str, paths: Sequence[str], style: str = "text") -> int:
    """Print what a checkpoint says of each picture; what cannot be read is named on standard error.

    Args:
        checkpoint: a .safetensors file or the folder of a run.
        paths: picture files, and folders that are searched for them.
        style: one of `STYLES`.

    Returns:
        The exit code: 0, or 2 if a picture could not be read.

    Raises:
        UserError: the checkpoint cannot be used, or a folder has no pictures.
    """
    classifier = classifier_at(checkpoint)
    told = _Told()
    files, skipped = find(paths, told)
    if skipped:
        one, more = "1 file that is no picture was skipped", f"{skipped} files that are no pictures were skipped"
        told.note(one if skipped == 1 else more)
    if style == "csv" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # the same file on every system
    # disable=None: no bar where there is no terminal to draw it on; nor where the answers themselves show how it goes
    no_bar = sys.stdout.isatty() or None
    bar = tqdm(
        total=len(files), unit="picture", disable=no_bar, dynamic_ncols=True, leave=False, delay=BAR_AFTER_SECONDS
    )
    with bar, closing(_answers(classifier, files, told, bar.update)) as answers:
        for text in STYLES[style](classifier, answers):
            sys.stdout.write(text)
    return 2 if told.refusals else 0


class _Told:
    """Names on standard error what is refused, and counts it."""

    refusals = 0

    def __call__(self, refusal: UserError) -> None:
        self.refusals += 1
        self.note(str(refusal))

    def note(self, text: str) -> None:
        """Say what is no refusal."""
        tqdm.write(text, file=sys.stderr)


# Finding


def find(paths: Sequence[str], tell: Callable[[UserError], None]) -> tuple[list[str], int]:
    """The files to ask about: those named, as they are, and the pictures within the folders named, in alphabetical
    order; and how many other files are in these folders.

    Hidden files and what systems leave behind are left out. Linked folders are followed, each once.

    Args:
        paths: files and folders.
        tell: is told of folders inside those that cannot be opened.

    Raises:
        UserError: a folder has no pictures.
    """
    files: list[str] = []
    skipped = 0
    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        inside = sorted(_walk(path, tell))
        found = [file for file in inside if _is_meant(file)]
        skipped += len(inside) - len(found)
        if not found:
            cure = "Give picture files, or a folder that has some in it or in its folders"
            raise UserError("There are no pictures in it", where=clean(path), cure=cure)
        files += found
    return files, skipped


def _is_meant(file: str) -> bool:
    """Whether a file of a folder is a picture, or claims to be one by its name: what is wrong with it is to be told."""
    if file.lower().endswith(PICTURE_NAMES):
        return True
    try:
        return picture_kind(read_bytes(Path(file), name=file, limit=HEAD_BYTES)) is not None
    except UserError:  # told when it is decoded
        return True


def _walk(root: str, tell: Callable[[UserError], None]) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        what = f"The folder cannot be opened ({error.strerror})"
        tell(UserError(what, where=clean(str(error.filename)), cure="Change its permissions, or leave it out"))

    entered = {os.path.realpath(root)}
    for top, folders, names in os.walk(root, followlinks=True, onerror=unreadable):
        folders[:] = [name for name in folders if not is_clutter(name) and _enter(os.path.join(top, name), entered)]
        yield from (os.path.join(top, name) for name in names if not is_clutter(name))


def _enter(folder: str, entered: set[str]) -> bool:
    """Whether this folder was not entered before, by another name."""
    folder = os.path.realpath(folder)
    is_new = folder not in entered
    entered.add(folder)
    return is_new


# Asking


def _answers(
    classifier: Classifier, files: Sequence[str], tell: Callable[[UserError], None], done: Callable[[int], object]
) -> Generator[Answer, None, None]:
    """An answer for each file that is a picture, in their order.

    Args:
        classifier: who answers.
        files: their names.
        tell: is told of each file that is none, in the same order.
        done: is told of each batch how many files it took.
    """
    for batch, squares in _decoded(files, classifier.image_px):
        good = []
        for file, square in zip(batch, squares, strict=True):
            if isinstance(square, UserError):
                tell(square)
            else:
                good.append((file, square))
        if good:
            rows, familiar = classifier.answer(torch.stack([square for _, square in good]))
            told = [None] * len(good) if familiar is None else familiar.tolist()
            for (file, _), row, each in zip(good, rows.tolist(), told, strict=True):
                yield Answer(file, dict(zip(classifier.classes, row, strict=True)), each)
        done(len(batch))


def _decoded(files: Sequence[str], side: int) -> Iterator[tuple[Sequence[str], list[Tensor | UserError]]]:
    """Batches of files with the square of each, or why there is none; the next batch is worked on meanwhile."""
    size = max(1, min(MOST_AT_ONCE, BATCH_PIXELS // side**2))
    ahead: deque[tuple[Sequence[str], list[Future[Tensor | UserError]]]] = deque()
    pool = ThreadPoolExecutor(usable_cores())
    try:
        for start in range(0, len(files) + size, size):  # the last batch is empty: it lets the one before out
            batch = files[start : start + size]
            ahead.append((batch, [pool.submit(_square, file, side) for file in batch]))
            if len(ahead) == 2:
                batch, squares = ahead.popleft()
                yield batch, [square.result() for square in squares]
    finally:
        pool.shutdown(cancel_futures=True)  # whoever leaves early waits for the pictures in hand only


def _square(file: str, side: int) -> Tensor | UserError:
    """3,S,S uint8, or why the file gives none."""
    try:
        return to_tensor(decode(Path(file), name=clean(file), side=side), side)
    except UserError as refusal:
        return refusal


# Writing: each style makes text of answers, piece by piece as they come


def _as_text(_: Classifier, answers: Iterable[Answer]) -> Iterator[str]:
    for answer in answers:
        sure = ", ".join(f"{name} {p:.1%}" for name, p in answer.sure().items())
        is_unlike = answer.familiarity is not None and answer.familiarity < UNFAMILIAR
        yield f"{clean(answer.file)}: {sure}{UNLIKE if is_unlike else ''}\n"


def _as_json(_: Classifier, answers: Iterable[Answer]) -> Iterator[str]:
    """What json.dumps would write of the whole list, which need not be there at once."""
    before = "["
    for answer in answers:
        entry: dict[str, object] = {"file": answer.file, "label": answer.label, "probabilities": answer.sure()}
        entry |= {} if answer.familiarity is None else {"familiarity": answer.familiarity}
        yield f"{before}\n{textwrap.indent(json.dumps(entry, indent=1), ' ')}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _as_csv(classifier: Classifier, answers: Iterable[Answer]) -> Iterator[str]:
    yield csv_line(["file", "label", *classifier.classes, *(["familiarity"] if classifier.familiarity else [])])
    for answer in answers:
        familiarity = [] if answer.familiarity is None else [answer.familiarity]
        yield csv_line([answer.file, answer.label, *answer.probabilities.values(), *familiarity])


STYLES: dict[str, Callable[[Classifier, Iterable[Answer]], Iterator[str]]] = {
    "text": _as_text,
    "json": _as_json,
    "csv": _as_csv,
}
