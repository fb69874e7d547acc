"""Who writes down what a session does: the first process into the run's folder, the others nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress

from resnet.errors import UserError
from train.checkpoint import calibrate_checkpoint, save_classifier
from train.datasets import Refused
from train.engine import Training
from train.event_log import EventWriter
from train.events import Event, as_dict
from train.machine import threads
from train.observer import Observer
from train.run import Run
from train.state import forget, save_state
from train.wish import Wish


class Keeper:
    """What a session tells, and whom it asks. This one, of the other processes, writes nothing, and leaves it to the
    first to hear what all are asked for.
    """

    def record(self, event: Event) -> None: ...
    def wanted(self) -> Wish:
        return Wish()

    def told_rate(self, training: Training) -> float:
        return training.lr

    def begin(self, training: Training) -> None: ...
    def save_weights(self, training: Training) -> None: ...
    def observe(self, training: Training) -> None: ...
    def calibrate(self, training: Training) -> None: ...
    def save_state(self, training: Training) -> None: ...
    def end(self) -> None: ...


class Writer(Keeper):
    """Of the first process: it keeps the run's folder."""

    def __init__(
        self,
        run: Run,
        log: EventWriter,
        watch: Callable[[Event], None],
        tell_refused: Callable[[Sequence[Refused]], None],
    ) -> None:
        self._run = run
        self._log = log
        self._watch = watch
        self._tell_refused = tell_refused
        self._observer = Observer(run.path)
        self._is_blind = False  # an observation has failed, and that was written down

    def record(self, event: Event) -> None:
        self._log.append(as_dict(event))
        self._watch(event)

    def wanted(self) -> Wish:
        return self._run.wanted()

    def told_rate(self, training: Training) -> float:
        """The highest learning rate as far as the run's record knows."""
        return self._run.summary()["lr"] or training.recipe.lr

    def begin(self, training: Training) -> None:
        self._run.settle(training.recipe)
        self._tell_refused(training.data.refused)

    def save_weights(self, training: Training) -> None:
        # A net that has learned nothing, or that went back to where it began, is no result.
        if training.finite_weights().step:
            try:
                save_classifier(self._run.weights, training)
            except OSError as error:
                what = f"The weights cannot be written ({error.strerror})"
                raise UserError(what, where=self._run.id, cure="Free some disk space, then resume the run") from error

    def observe(self, training: Training) -> None:
        """After an epoch was told: what goes wrong here, such as a full disk, must not end the run."""
        try:
            with threads(training.recipe.threads):
                self._observer.epoch_ended(training)
        except Exception:
            if not self._is_blind:
                write_traceback(self._run)
            self._is_blind = True

    def calibrate(self, training: Training) -> None:
        """After the end was told: what goes wrong here must not change it, nor does anybody wait."""
        if not self._run.weights.exists():
            return
        try:
            with threads(training.recipe.threads):
                calibrate_checkpoint(self._run.weights, training)
        except Exception:
            write_traceback(self._run)

    def save_state(self, training: Training) -> None:
        self._log.sync()  # the state must never be newer than the events
        save_state(self._run.path, training)

    def end(self) -> None:
        forget(self._run.path)


def write_traceback(run: Run) -> None:
    """For who mends the program; where even that cannot be written, what the run's record says has to do."""
    with suppress(OSError), (run.path / "error.log").open("a", encoding="utf-8") as file:
        traceback.print_exc(file=file)
