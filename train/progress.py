"""A run's events on the command line: tqdm's bars while something moves, a line for what stays."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from train.events import Continued, Epoch, Event, LearningRate, Paused, Preparing, Started, Step
from train.layout import Refused

MOST_REFUSED = 20  # files named one by one


class Progress:
    """Shows events as they come: a bar while pictures are prepared, one for the steps, a line for each epoch.

    Bars go to standard error, and only to a terminal; lines go to standard output.
    """

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._what = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Preparing):
            self._prepare(event)
        elif isinstance(event, Started):
            self._begin(event)
        elif isinstance(event, Step) and self._bar is not None:
            self._bar.set_postfix(loss=f"{event.loss:.3f}", accuracy=f"{event.accuracy:.0%}", refresh=False)
            self._bar.update(event.step - self._bar.n)
        elif isinstance(event, Epoch):
            self._say(
                f"epoch {event.epoch + 1}: loss {event.train_loss:.3f}, accuracy {event.train_accuracy:.1%}; "
                f"validation loss {event.val_loss:.3f}, accuracy {event.val_accuracy:.1%}; after {event.seconds:.0f} s"
            )
        elif isinstance(event, (Paused, Continued)):
            self._say(f"{event.kind} at step {event.step}")
        elif isinstance(event, LearningRate):
            self._say(f"learning rate {event.before:g} -> {event.lr:g} after step {event.step}")

    def close(self) -> None:
        """Leave the bar as it is and give the line back."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _prepare(self, event: Preparing) -> None:
        if event.what != self._what:
            self._what = event.what
            self._open(event.what, event.total, "MB" if event.what == "downloading" else "picture")
        assert self._bar is not None
        self._bar.total = event.total or None
        self._bar.update(event.done - self._bar.n)

    def _begin(self, event: Started) -> None:
        self.close()
        self._say(
            f"{event.net}: {event.params:,} parameters, classes {', '.join(event.classes)}\n"
            f"{event.train_pictures:,} pictures to train on, {event.val_pictures:,} to validate on"
            + (f", {event.refused:,} refused" if event.refused else "")
            + f"; {event.image_px} px, batches of {event.batch}, {event.device}, {event.precision}, "
            + (f"processes {event.processes}, threads of each " if event.processes > 1 else "threads ")
            + f"{event.threads}"
        )
        self._open("training", event.steps, "step")

    def _open(self, what: str, total: int, unit: str) -> None:
        self.close()
        # disable=None: no bar where there is no terminal to draw it on
        self._bar = tqdm(total=total or None, desc=what, unit=unit, disable=None, dynamic_ncols=True, leave=False)

    def _say(self, line: str) -> None:
        tqdm.write(line, file=sys.stdout)


def tell_refused(refused: Sequence[Refused], source: str) -> None:
    """Name on standard error the files of `source` that were left out, and why."""
    for each in refused[:MOST_REFUSED]:
        print(f"{each.name}: {each.reason}", file=sys.stderr)
    if len(refused) > MOST_REFUSED:
        more = len(refused) - MOST_REFUSED
        print(f"and {more:,} more; `python -m train data {source}` lists them all", file=sys.stderr)
