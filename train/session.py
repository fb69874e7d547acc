"""Train one run in this process: obey its owner, write down what happens, keep what a later process needs.

Several processes may train one run (`train.distributed`): the first writes for all, and all do what it is asked for.
One process may train several runs by turns (`train.turns`): `moments` leaves the process as it was whenever it yields.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from torch.distributed import DistError

from resnet.errors import UserError
from train.cache import cache_folder
from train.clock import Clock
from train.datasets import Refused
from train.distributed import ALONE, Group, agreed, highest, refusing_together
from train.engine import Training
from train.events import Continued, Diverged, Epoch, Event, Failed, Finished, Paused, Resumed
from train.keeper import Keeper, Writer, write_traceback
from train.preparation import prepare
from train.recipe import Recipe
from train.run import Run
from train.state import forget, has_state, restore, tidy
from train.wish import WANTS, Wish

PAUSE_POLL_SECONDS = 0.05  # how soon a paused run notices that it may go on
STATE_SECONDS = 10.0  # of its own time, between two savings of the training state, at least
STATE_SHARE = 0.02  # of the time may go into saving it


def execute(
    run: Run,
    *,
    leaving: threading.Event | None = None,
    watch: Callable[[Event], None] | None = None,
    tell_refused: Callable[[Sequence[Refused]], None] | None = None,
    resume: bool = False,
    group: Group = ALONE,
) -> None:
    """Train a run to its end in this process, obeying what its owner asks for.

    Whatever goes wrong becomes the run's last event, so nothing is raised for it.

    Args:
        run: a run nobody has begun; or, to resume, one that was left. Its lock is held meanwhile.
        leaving: once set, state and weights are saved and the run is left without an end: it reads "interrupted".
        watch: is called with every event after it was written.
        tell_refused: is called once with the files that are left out, before the first step.
        resume: go on from the training state; from the beginning where none was saved yet.
        group: the processes that train this run together; this is the first.

    Raises:
        UserError: another process trains this run; it was trained before or, to resume, it is over.
    """
    _go_through(moments(run, leaving=leaving, watch=watch, tell_refused=tell_refused, resume=resume, group=group))


def moments(
    run: Run,
    *,
    leaving: threading.Event | None = None,
    watch: Callable[[Event], None] | None = None,
    tell_refused: Callable[[Sequence[Refused]], None] | None = None,
    resume: bool = False,
    group: Group = ALONE,
) -> Iterator[int | None]:
    """Train a run as `execute` does, only as far as the next moment is asked for.

    Before anything else is done after a moment, the owner's wish is looked at, and whether this process has to leave.
    What others do in between does not count as the run's time.

    Yields:
        How many steps were taken, whenever that was written down and no epoch waits for its end; None while the run is
        paused, which it finds over when it is asked again.
    """
    with run.writing() as log:
        check_begun(run, resume=resume)
        tidy(run.path)
        writer = Writer(run, log, watch or (lambda event: None), tell_refused or (lambda refused: None))
        data = Path()  # where the pictures are, once the recipe was read
        try:
            recipe = run.recipe
            data = Path(recipe.data)
            session = _Session(recipe, writer, leaving or threading.Event(), group)
            yield from session.moments(run.path if resume else None)
        except UserError as error:
            writer.record(_refusal(error, data))
        except Exception as error:
            write_traceback(run)
            writer.record(_failure(error))


def assist(recipe: Recipe, group: Group, *, state: Path | None, leaving: threading.Event) -> None:
    """Train with the process that executes a run, and writes it down: another rank's part of every step.

    Args:
        recipe: the run's.
        group: the processes that train together.
        state: the run's folder, to resume it; every rank reads the same one.
        leaving: as for `execute`.

    Raises:
        UserError: what the first process meets too.
    """
    _go_through(_Session(recipe, Keeper(), leaving, group).moments(state))


def _go_through(moments: Iterator[int | None]) -> None:
    """Train to the end, with the processor idle while the run is paused."""
    for steps in moments:
        if steps is None:
            # Not leaving.wait(): a signal handler that sets an event its own thread is waiting for can lock up.
            time.sleep(PAUSE_POLL_SECONDS)


def check_begun(run: Run, *, resume: bool) -> None:
    """Refuse to train a run again, and to resume one that is over.

    Raises:
        UserError: it is so.
    """
    state = run.log_state()
    if not resume and run.has_begun():
        raise UserError("This run was trained before", where=run.id, cure="Resume it, or start a new run")
    if resume and state in ("finished", "diverged"):
        forget(run.path)  # for who was killed between its last event and this
        cure = "Start a new run" + (
            "; --set init=RUN begins it from this run's weights" if run.weights.exists() else ""
        )
        raise UserError(f"This run has {state}", where=run.id, cure=cure)


class _Session:
    """One run while it trains in one process."""

    def __init__(self, recipe: Recipe, keeper: Keeper, leaving: threading.Event, group: Group) -> None:
        self._recipe = recipe
        self._keeper = keeper
        self._leaving = leaving
        self._group = group
        self._training: Training | None = None  # None until the pictures are there
        self._next_save = 0.0

    def moments(self, state: Path | None) -> Iterator[int | None]:
        """Train to the end, or until something else is wanted; from the state in this folder, if one is given."""
        for event in self._events(state):
            if self._training and isinstance(event, (Epoch, Diverged)):
                self._keeper.save_weights(self._training)  # first: whoever reads the event may want the weights
            self._keeper.record(event)
            if self._training and isinstance(event, Epoch):
                self._keeper.observe(self._training)
            if isinstance(event, (Diverged, Finished)):
                self._keeper.end()
                if self._training and isinstance(event, Finished):
                    self._keeper.calibrate(self._training)
                return
            if self._training and self._is_whole() and self._training.step < self._training.steps:
                yield from self._hand_over(self._training, self._training.step)
            wish = self._wish()
            if self._training and self._is_whole():
                self._change_rate(wish)
                if wish and wish.pauses_at(self._training.step):
                    wish = yield from self._pause(wish)
            if not wish or wish.want == "stop":
                self._leave(stopped=bool(wish))
                return
            if self._training and self._is_whole() and self._training.clock.seconds() > self._next_save:
                self._save_state()

    def _events(self, state: Path | None) -> Iterator[Event]:
        """What `preparation.fit` yields, holding on to the training."""
        begun = state if state and agreed(has_state(state)) else None
        training = yield from prepare(self._recipe, self._group, resumed=bool(begun))
        self._keeper.begin(training)
        notes: tuple[str, ...] = ()
        with refusing_together():
            if begun:
                notes = restore(begun, training)
            else:
                training.begin()
        if state:
            yield Resumed(training.step, notes)
            if (told := self._keeper.told_rate(training)) != training.lr:  # killed before it could tell
                yield replace(training.change_rate(training.lr), before=told)
        self._training = training
        self._plan_save(0.0)
        yield from training.events()

    def _wish(self) -> Wish | None:
        """What this process is asked for, None to leave so that the run can be resumed later. Several are asked for
        what the first is, or to leave if any has to, from the first step on.
        """
        leaving, asked = self._leaving.is_set(), self._keeper.wanted()
        if self._group.world == 1:
            return None if leaving else asked
        if not self._training:
            return Wish()
        told = highest(leaving, WANTS.index(asked.want), asked.after, asked.lr or 0)  # the others ask for nothing
        return None if told[0] else Wish(WANTS[int(told[1])], int(told[2]), told[3] or None)

    def _change_rate(self, wish: Wish | None) -> None:
        """Take the learning rate that is wanted, from the next step on.

        The state is saved before the change is told: then no process can go on from before a change that was told,
        and take the steps after it with the old rate. One that is killed in between tells when it is resumed.
        """
        training = self._training
        assert training is not None
        if not wish or wish.lr is None or wish.lr == training.lr or training.step == training.steps:
            return
        changed = training.change_rate(wish.lr)
        self._save_state()
        self._keeper.record(changed)

    def _hand_over(self, training: Training, steps: int | None) -> Iterator[int | None]:
        """Yield this moment; whatever happens until the next is asked for is none of the run's time."""
        away = Clock()
        yield steps
        training.clock = training.clock.without(away)

    def _pause(self, wish: Wish | None) -> Generator[int | None, None, Wish | None]:
        """Do nothing until something else is wanted, and return that."""
        assert self._training is not None
        step = self._training.step
        self._keeper.record(Paused(step))
        self._save_state()  # a pause may last until the machine is switched off
        while wish and wish.pauses_at(step):
            yield from self._hand_over(self._training, None)
            wish = self._wish()
            self._change_rate(wish)
        if wish and wish.want != "stop":
            self._keeper.record(Continued(step))
        return wish

    def _leave(self, *, stopped: bool) -> None:
        """Keep everything; a stopped run is told to be over, one that is left is not."""
        if self._training:
            self._keeper.save_weights(self._training)
            self._save_state()
        if stopped:
            self._keeper.record(Finished(self._training.step if self._training else 0, reason="stopped"))
            if self._training:
                self._keeper.calibrate(self._training)

    def _is_whole(self) -> bool:
        """Whether no epoch waits for its end. Between its last step and that end nobody pauses, because validation
        belongs to the step; nor is the state saved: a run that was killed after that end would tell it again, at the
        same step.
        """
        training = self._training
        assert training is not None
        return training.step < (training.epoch + 2) * training.steps_per_epoch

    def _save_state(self) -> None:
        assert self._training is not None
        began = time.monotonic()
        self._keeper.save_state(self._training)
        self._plan_save(time.monotonic() - began)

    def _plan_save(self, cost: float) -> None:
        assert self._training is not None
        self._next_save = self._training.clock.seconds() + max(STATE_SECONDS, cost / STATE_SHARE)


def _refusal(error: UserError, data: Path) -> Failed:
    """The last event of a run that was refused. All viewers read it, so it does not tell where this computer keeps
    its files: a path inside the pictures begins with their own folder, one inside the cache with "cache", any other is
    a bare name.
    """

    def shown(text: str) -> str:
        return re.sub(rf"(?<!\w){re.escape(str(data))}", lambda _: data.name, text) if data.is_absolute() else text

    where = shown(error.where)
    if (path := Path(where)).is_absolute():
        where = path.name
        with contextlib.suppress(OSError, ValueError):  # no cache folder, or not inside it
            where = Path("cache", path.relative_to(cache_folder())).as_posix()
    return Failed(shown(error.what), where, shown(error.cure))


def _failure(error: Exception) -> Failed:
    """What a person is told of an error that nobody foresaw; the traceback is in error.log."""
    if isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate" in str(error):
        cure = "Use smaller pictures, a smaller batch or a smaller net"
        return Failed("There is not enough memory for this training", where="", cure=cure)
    if isinstance(error, DistError) or "gloo/" in str(error):
        cure = "Read what torchrun says of it, then resume the run"
        return Failed("Another process of this training ended before its time", where="", cure=cure)
    if isinstance(error, OSError) and error.strerror:
        where = Path(str(error.filename or "")).name
        return Failed(error.strerror, where=where, cure="Put that right and start a new run")
    cure = "The details are in the run's error.log: please report them"
    return Failed("The training broke off because of an error in this program", where="", cure=cure)
