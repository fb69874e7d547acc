"""The training loop: a generator of typed events.

Nothing runs unless the next event is asked for, so whoever reads the events pauses by not asking and stops by
closing. There are no threads, nothing is printed, and the process's own random numbers are left as they were: every
random number is a function of the recipe's seed and of what it is for, which is what makes a run repeatable.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.catalogue import create
from resnet.errors import UserError
from train.augment import augment
from train.datasets import Data, open_data
from train.evaluate import validate
from train.events import Diverged, Epoch, Event, Finished, Preparing, Started, Step
from train.machine import autocast, choose_precision, threads, usual_threads
from train.recipe import Recipe

WARM_UP = 0.25  # part of a one-cycle run in which the learning rate rises
HOPELESS = 1000.0  # times the loss of guessing: still a number, yet nothing comes back from there
SPEED_STEPS = 20  # over so many steps the speed is averaged


@dataclass(frozen=True, slots=True)
class Clock:
    """When a run began, in wall-clock and processor time. Make it before the pictures are read."""

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=lambda: sum(os.times()[:4]))

    def seconds(self) -> float:
        return time.perf_counter() - self.wall

    def cpu_seconds(self) -> float:
        """User and system time, of this process and of its children that have ended."""
        return sum(os.times()[:4]) - self.cpu


@dataclass(frozen=True, slots=True)
class Weights:
    """A state of the net in which every number is finite, and when it was."""

    state: dict[str, Tensor]
    step: int  # steps taken so far
    epoch: int  # last epoch finished, from 0; -1 before the first
    val_accuracy: float | None  # at the end of that epoch


@dataclass(slots=True)
class _Sums:
    """Sums over the pictures of one epoch."""

    pictures: int = 0
    loss: float = 0.0
    right: float = 0.0


class Training:
    """One net while it learns.

    Args:
        recipe: how to train.
        data: what to train on.
        clock: when the run began; now, if the pictures cost nothing.

    Attributes:
        recipe: with `threads` and `precision` as they were chosen for this machine, so that the same can be asked
            for again.
        model: the net, in training mode, channels last.
        step: optimisation steps taken.
        epoch: the last epoch finished, from 0; -1 before the first.
        val_accuracy: at the end of that epoch, 0 to 1; None before the first.

    Raises:
        UserError: the net cannot take such pictures, or there are too few of them.
    """

    def __init__(self, recipe: Recipe, data: Data, clock: Clock | None = None) -> None:
        recipe.check_net()
        _check_data(data, recipe.data)
        self.data = data
        self.step = 0
        self.epoch = -1
        self.val_accuracy: float | None = None
        self._clock = clock or Clock()
        self.recipe = replace(recipe, threads=recipe.threads or usual_threads())
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(_number(recipe.seed, "weights", 0))
            model = create(recipe.net, num_classes=len(data.classes), in_channels=3)
        self.model = model.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        if recipe.precision == "auto":
            fastest = choose_precision(self.model, len(data.classes), recipe.batch, recipe.image_px)
            self.recipe = replace(self.recipe, precision=fastest)
        self.steps_per_epoch = len(_batch_sizes(len(data.train.labels), recipe.batch))
        self.steps = self.steps_per_epoch * recipe.epochs
        self._optimizer = _optimizer(self.model, recipe)
        self._sums = _Sums()
        self._speed: deque[tuple[int, float]] = deque(maxlen=SPEED_STEPS)  # pictures, seconds
        self._kept = self._copy()

    def events(self) -> Iterator[Event]:
        """Train to the end: `Started`, then every `Step` and `Epoch`, then `Finished` or `Diverged`.

        Closed early and called again, it goes on with the next step, as if it had not been closed.
        """
        with threads(self.recipe.threads):
            yield self._started()
            for epoch in range(self.epoch + 1, self.recipe.epochs):
                for rows in self._batches(epoch)[self.step - epoch * self.steps_per_epoch :]:
                    learned = self._learn(epoch, rows)
                    yield learned
                    if isinstance(learned, Diverged):
                        return
                ended = self._end_epoch(epoch)
                yield ended
                if isinstance(ended, Diverged):
                    return
            yield Finished(self.step)

    def finite_weights(self) -> Weights:
        """The net as it is; or, if a number in it is not finite, as it was at the end of the last epoch."""
        state = self.model.state_dict()
        if all(bool(tensor.isfinite().all()) for tensor in state.values()):
            return Weights(state, self.step, self.epoch, self.val_accuracy)
        return self._kept

    def _started(self) -> Started:
        return Started(
            net=self.recipe.net,
            params=sum(parameter.numel() for parameter in self.model.parameters()),
            classes=self.data.classes,
            train_pictures=len(self.data.train.labels),
            val_pictures=len(self.data.val.labels),
            epochs=self.recipe.epochs,
            steps_per_epoch=self.steps_per_epoch,
            steps=self.steps,
            image_px=self.recipe.image_px,
            batch=self.recipe.batch,
            precision=self.recipe.precision,
            threads=self.recipe.threads,
            refused=len(self.data.refused),
        )

    def _batches(self, epoch: int) -> tuple[Tensor, ...]:
        """Rows of the training part, every picture once, in this epoch's order."""
        n = len(self.data.train.labels)
        order = torch.randperm(n, generator=_generator(self.recipe.seed, "order", epoch))
        return order.split(_batch_sizes(n, self.recipe.batch))

    def _learn(self, epoch: int, rows: Tensor) -> Step | Diverged:
        """One step: look, compare, change the weights. A hopeless loss changes nothing."""
        began = time.perf_counter()
        images = self.data.train.images.index_select(0, rows)
        labels = self.data.train.labels.index_select(0, rows)
        images = augment(images, self.recipe, _generator(self.recipe.seed, "augment", self.step))
        with torch.random.fork_rng(devices=[]):  # dropout draws from the process's numbers
            torch.default_generator.manual_seed(_number(self.recipe.seed, "dropout", self.step))
            with autocast(self.recipe.precision):
                logits = self.model(images)
        logits = logits.float()
        loss = F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)
        value = loss.item()
        rate = learning_rate(self.recipe, self.step, self.steps)
        if not value < HOPELESS * math.log(len(self.data.classes)):  # also true of NaN
            return self._diverge(f"The loss became {value:.4g} at a learning rate of {rate:.3g}")
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()

        self.step += 1
        right = (logits.argmax(dim=1) == labels).sum().item()
        self._sums.pictures += len(rows)
        self._sums.loss += value * len(rows)
        self._sums.right += right
        self._speed.append((len(rows), time.perf_counter() - began))
        return Step(
            step=self.step,
            epoch=epoch,
            loss=value,
            accuracy=right / len(rows),
            lr=rate,
            images_per_second=sum(n for n, _ in self._speed) / sum(seconds for _, seconds in self._speed),
        )

    def _end_epoch(self, epoch: int) -> Epoch | Diverged:
        """Validate, keep the weights, and begin the sums of the next epoch at nothing."""
        val_loss, val_accuracy = validate(
            self.model, self.data.val, batch=self.recipe.batch, precision=self.recipe.precision
        )
        if not math.isfinite(val_loss) or self.finite_weights() is self._kept:
            return self._diverge("Weights of the net stopped being finite numbers")
        sums, self._sums = self._sums, _Sums()
        self.epoch, self.val_accuracy = epoch, val_accuracy
        self._kept = self._copy()
        return Epoch(
            epoch=epoch,
            step=self.step,
            train_loss=sums.loss / sums.pictures,
            train_accuracy=sums.right / sums.pictures,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            seconds=self._clock.seconds(),
            cpu_seconds=self._clock.cpu_seconds(),
        )

    def _diverge(self, reason: str) -> Diverged:
        """Go back to the weights of the last epoch's end: those of the steps before are already on their way up."""
        event = Diverged(self.step + 1, f"{reason}. Choose a lower learning rate (lr)")
        self.model.load_state_dict(self._kept.state)
        self.step, self.epoch, self.val_accuracy = self._kept.step, self._kept.epoch, self._kept.val_accuracy
        return event

    def _copy(self) -> Weights:
        state = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        return Weights(state, self.step, self.epoch, self.val_accuracy)


def prepare(recipe: Recipe) -> Generator[Preparing, None, Training]:
    """Read the recipe's pictures, telling how far it is; returns the training, ready for its first step.

    Raises:
        UserError: what the recipe names does not exist or cannot be trained on.
    """
    clock = Clock()
    recipe.check_net()  # before minutes are spent on pictures
    data = yield from open_data(
        recipe.data,
        side=recipe.image_px,
        seed=recipe.seed,
        train_pictures=recipe.train_pictures,
        val_pictures=recipe.val_pictures,
    )
    return Training(recipe, data, clock)


def fit(recipe: Recipe) -> Iterator[Event]:
    """Train as the recipe says: every event from the first `Preparing` on. Raises what `prepare` raises."""
    training = yield from prepare(recipe)
    yield from training.events()


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The rate for the step after `step` steps of `steps`.

    A function of position, not an object with a state of its own: nothing to save, nothing to get out of step.
    One-cycle rises in a straight line and comes down on half a cosine, and no step of it has a rate of zero.
    """
    if recipe.schedule == "constant":
        return recipe.lr
    position = (step + 0.5) / steps
    if position < WARM_UP:
        return recipe.lr * position / WARM_UP
    return recipe.lr * (1 + math.cos(math.pi * (position - WARM_UP) / (1 - WARM_UP))) / 2


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer. Norms and biases, which have one dimension, are not decayed."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer == "adam":
        return torch.optim.Adam(groups, lr=recipe.lr, betas=(recipe.momentum, 0.999), fused=True)
    nesterov = recipe.momentum > 0
    return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, nesterov=nesterov, fused=True)


def _batch_sizes(n: int, batch: int) -> list[int]:
    """How `n` pictures are dealt out. A last batch of one joins the one before: batch norm has no variance of one
    picture, and dropping it would leave a different picture out each epoch.
    """
    sizes = [batch] * (n // batch) + ([n % batch] if n % batch else [])
    if len(sizes) > 1 and sizes[-1] == 1:
        sizes[-2:] = [batch + 1]
    return sizes


def _number(seed: int, purpose: str, count: int) -> int:
    """A seed for one purpose at one point of the run: the same on every machine, and unrelated to its neighbours."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{count}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1  # PyTorch takes 63 bits


def _generator(seed: int, purpose: str, count: int) -> torch.Generator:
    return torch.Generator().manual_seed(_number(seed, purpose, count))


def _check_data(data: Data, where: str) -> None:
    if len(data.classes) < 2:
        raise UserError("There is only one class to learn", where=where, cure="Give at least two class folders")
    if len(data.train.labels) < 2 or not len(data.val.labels):
        raise UserError(
            f"{len(data.train.labels)} pictures to train on and {len(data.val.labels)} to validate on are too few",
            where=where,
            cure="Give at least two to train on and one to validate on",
        )
