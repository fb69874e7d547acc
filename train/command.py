"""What several commands of `python -m train` do alike."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TypeVar

from tqdm import tqdm

from resnet.errors import UserError
from train.cache import cache_folder, gigabytes
from train.checkpoint import Classifier, load_classifier
from train.events import Event, Preparing
from train.progress import Progress

Result = TypeVar("Result")


def classifier_at(path: str) -> Classifier:
    """The checkpoint at this path; a refusal names it as it was typed."""
    try:
        return load_classifier(path)
    except UserError as error:
        raise UserError(error.what, where=path, cure=error.cure) from error


def result_of(steps: Generator[Event, None, Result], *, shown: bool = True) -> Result:
    """What a generator of events returns; its events are shown as they come, if at all."""
    progress = Progress()
    try:
        while True:
            event = next(steps)
            if shown:
                progress(event)
                if isinstance(event, Preparing) and event.size:
                    tqdm.write(room_taken(event), file=sys.stderr)
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        progress.close()


def room_taken(event: Preparing) -> str:
    """Where the pictures will be kept, and how much room that takes: a sentence for before it is taken."""
    size = gigabytes(event.size)
    if event.what == "downloading":
        return f"the download takes {size}"
    if event.kept == "cache":
        return f"the pictures will take {size} in {cache_folder()}"
    if event.kept == "memory":
        return f"the pictures will take {size} of memory: the cache cannot be written"
    return f"the pictures would take {size}, too much to keep: they will be read from their files each time"
