"""Work of a library that tells nothing until it is done: how far it is, the room it takes on the disk tells."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TypeVar

from train.downloads import MB
from train.events import Preparing

EVENT_SECONDS = 0.5  # between two looks at the folder

Result = TypeVar("Result")


def downloading(work: Callable[[], Result], folder: Path, size: int) -> Generator[Preparing, None, Result]:
    """Do `work`, which downloads into `folder` and then unpacks, telling how far it is; returns what it returns.

    It is done in a thread, the only way to hear meanwhile that the run shall stop: closed early, this returns at once,
    and the work, which nothing can stop, ends with the process; what it has downloaded stays for next time.

    Args:
        work: takes nothing, raises what it likes: it is raised here.
        folder: need not be there yet; everything in it counts.
        size: of the download in bytes; 0 if it is not known.
    """
    done: Future[Result] = Future()

    def do() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=do, name="download", daemon=True).start()
    while not done.done():
        gathered = _bytes_in(folder)
        if size and gathered >= size:
            yield Preparing(0, 0, "unpacking")
        else:
            yield Preparing(gathered // MB, size // MB, "downloading")
        wait([done], EVENT_SECONDS)
    return done.result()


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += 0 if path.is_symlink() or not path.is_file() else path.stat().st_size
        except OSError:  # renamed since: a file that is complete gets another name
            continue
    return total
