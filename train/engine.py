"""The training loop: a generator of typed events.

Nothing runs unless the next event is asked for, so whoever reads the events pauses by not asking and stops by
closing. There are no threads, nothing is printed, and the process's own random numbers are left as they were: every
random number is a function of the recipe's seed and of what it is for, which is what makes a run repeatable.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from resnet.errors import UserError
from train.augment import augment, draw_changes
from train.averaging import Average
from train.batches import batch_sizes, batches, part_of
from train.clock import Clock
from train.datasets import Data
from train.distributed import ALONE, Group, agreed, share, total
from train.evaluate import Answers, validate
from train.events import Diverged, Epoch, Event, Finished, LearningRate, Started, Step
from train.machine import PRECISIONS, autocast, device_for, threads
from train.nets import build
from train.precision import fastest_precision
from train.randomness import drawing, generator
from train.recipe import Recipe
from train.scaling import check_enough, settled, warnings
from train.schedule import learning_rate, optimizer_for
from train.warm_start import freeze, keep_frozen_in_eval, warm_start

HOPELESS = 1000.0  # times the loss of guessing: still a number, yet nothing comes back from there
SPEED_STEPS = 20  # over so many steps the speed is averaged


@dataclass(frozen=True, slots=True)
class Weights:
    """A state of the net in which every number is finite, and when it was."""

    state: dict[str, Tensor]
    step: int  # steps taken so far
    epoch: int  # last epoch finished, from 0; -1 before the first
    val_accuracy: float | None  # at the end of that epoch


@dataclass(slots=True)
class Sums:
    """Sums over the pictures of one epoch, of all processes."""

    pictures: int = 0
    loss: float = 0.0
    right: float = 0.0


class Training:
    """One net while it learns.

    Args:
        recipe: how to train.
        data: what to train on.
        clock: when the run began; now, if the pictures cost nothing.
        group: the processes that train together; each has the same recipe and data, and does its part of each batch.

    Attributes:
        recipe: with `batch`, `lr`, `threads`, `precision` and `device` as they were settled for this machine, so that
            the same can be asked for again.
        model: the net, in training mode, channels last.
        average: the running mean of its weights, where the recipe has one.
        optimizer: which changes them.
        step: optimisation steps taken.
        epoch: the last epoch finished, from 0; -1 before the first.
        val_accuracy: at the end of that epoch, 0 to 1; None before the first.
        answers: to each picture of the validation part at the end of an epoch; None before one ended in this process.
        sums: of the epoch that is not finished.
        clock: when the run began.
        notes: what the person who trains should know, in sentences.

    Raises:
        UserError: the net cannot take such pictures, or there are too few of them.
    """

    def __init__(self, recipe: Recipe, data: Data, clock: Clock | None = None, group: Group = ALONE) -> None:
        recipe.check_net()
        check_enough(data, recipe.data, group)
        self.data = data
        self.step = 0
        self.epoch = -1
        self.val_accuracy: float | None = None
        self.answers: Answers | None = None
        self.sums = Sums()
        self.clock = clock or Clock()
        self.group = group
        self.device = device_for(recipe.device, group.local_rank)
        self.recipe = settled(recipe, group, self.device)
        with drawing(recipe.seed, "weights", 0):
            model = build(recipe.net, classes=len(data.classes), norm=recipe.norm)
        freeze(model, recipe.freeze)
        self.model = model.to(self.device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        keep_frozen_in_eval(self.model)
        if recipe.precision == "auto":
            fastest = fastest_precision(
                recipe.net, recipe.norm, recipe.freeze, classes=len(data.classes),
                batch=self.recipe.batch // group.world, side=recipe.image_px, device=self.device,
            )  # fmt: skip
            self.recipe = replace(self.recipe, precision=PRECISIONS[agreed(PRECISIONS.index(fastest))])
        self.average = Average(self.model, recipe.ema) if recipe.ema else None
        self._paced = self.recipe  # with the learning rate as it was changed since
        self.optimizer = optimizer_for(self.model, self.recipe)
        self._sizes = batch_sizes(len(data.train.labels), self.recipe.batch)
        self.steps_per_epoch = len(self._sizes)
        self.steps = self.steps_per_epoch * recipe.epochs
        self.notes = warnings(recipe, self.recipe, self.steps, group, self.model)
        self._learner = _learner(self.model, group, self.device)
        self._speed: deque[tuple[int, float]] = deque(maxlen=SPEED_STEPS)  # pictures, seconds
        self.keep()

    def begin(self) -> None:
        """Take over the weights that the recipe begins from, if it names any.

        Raises:
            UserError: there are none, or they are of another net.
        """
        if not self.recipe.init:
            return
        begun = warm_start(self.model, self.recipe.net, self.recipe.init, classes=self.data.classes)
        if any(not self.model.get_parameter(name).requires_grad for name in begun.replaced):
            what = f"{' and '.join(begun.replaced)} would be new, for these classes, and could not learn"
            raise UserError(what, where="freeze", cure="Leave the last layer out of what is frozen")
        fresh = f", but for {' and '.join(begun.replaced)}" if begun.replaced else ""
        self.notes += (f"It begins with the weights of {begun.source}{fresh}.",)
        if self.average:
            self.average = Average(self.model, self.recipe.ema)
        self.keep()

    def events(self) -> Iterator[Event]:
        """Train to the end: `Started`, then every `Step` and `Epoch`, then `Finished` or `Diverged`.

        Closed early and called again, it goes on with the next step, as if it had not been closed. Between two events
        the process is as it was before: another training may go on there.
        """
        yield self._started()
        for epoch in range(self.epoch + 1, self.recipe.epochs):
            side = self.recipe.sides()[epoch]
            order = batches(len(self.data.train.labels), self._sizes, self.recipe.seed, epoch)
            for positions in order[self.step - epoch * self.steps_per_epoch :]:
                with threads(self.recipe.threads):
                    learned = self._learn(epoch, positions, side)
                yield learned
                if isinstance(learned, Diverged):
                    return
            with threads(self.recipe.threads):
                ended = self._end_epoch(epoch)
            yield ended
            if isinstance(ended, Diverged):
                return
        yield Finished(self.step)

    @property
    def lr(self) -> float:
        """The highest learning rate of the schedule: the recipe's, unless it was changed since."""
        return self._paced.lr

    def change_rate(self, lr: float) -> LearningRate:
        """Let the schedule of the next steps be that of another highest learning rate; its shape stays."""
        before, self._paced = self.lr, replace(self.recipe, lr=lr)
        return LearningRate(self.step, lr, before, self._rate())

    @property
    def answering(self) -> nn.Module:
        """The net that is asked: the mean of its weights where the recipe has one, otherwise the net itself."""
        return self.average.model if self.average else self.model

    def finite_weights(self) -> Weights:
        """The answering net as it is; or, if a number is not finite, as it was when it last was kept."""
        return self._now() if _is_finite(self.model) and _is_finite(self.answering) else self._kept

    def keep(self) -> None:
        """Remember the weights as they are: a training that diverges goes back to them."""
        now = self._now()
        self._kept = replace(now, state={name: tensor.clone() for name, tensor in now.state.items()})

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
            batch=max(1, self.recipe.batch // self.group.world),
            precision=self.recipe.precision,
            threads=self.recipe.threads,
            refused=len(self.data.refused),
            notes=self.notes,
            device=self.recipe.device,
            processes=self.group.world,
        )

    def _learn(self, epoch: int, positions: Tensor, side: int) -> Step | Diverged:
        """One step: look, compare, change the weights. A hopeless loss changes nothing."""
        began = time.perf_counter()
        loss, right = self._look(positions, side)
        seen = total(torch.stack([loss.detach(), right]))
        value = seen[0].item()
        rate = self._rate()
        if not value < HOPELESS * math.log(len(self.data.classes)):  # also true of NaN
            return self._diverge(f"The loss became {value:.4g} at a learning rate of {rate:.3g}")
        for settings in self.optimizer.param_groups:
            settings["lr"] = rate
        self.optimizer.zero_grad()
        (loss * self.group.world).backward()  # the processes' gradients are averaged, their parts have to be added
        self.optimizer.step()
        self.step += 1
        if self.average:
            self.average.update(self.step)

        n, correct = len(positions), seen[1].item()
        self.sums.pictures += n
        self.sums.loss += value * n
        self.sums.right += correct
        self._speed.append((n, time.perf_counter() - began))
        return Step(
            step=self.step,
            epoch=epoch,
            loss=value,
            accuracy=correct / n,
            lr=rate,
            images_per_second=sum(n for n, _ in self._speed) / sum(seconds for _, seconds in self._speed),
        )

    def _rate(self) -> float:
        """The learning rate of the next step."""
        return learning_rate(self._paced, self.step, self.steps)

    def _look(self, positions: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """This process's part of a batch: its share of the batch's mean loss, and how many answers were right."""
        seed, n = self.recipe.seed, len(positions)
        changes = draw_changes(self.recipe, n, self.data.train.side, generator(seed, "augment", self.step))
        part = part_of(n, self.group)
        images = self.data.train.take(positions[part]).to(self.device, non_blocking=True)
        labels = self.data.train.labels[positions[part]].to(self.device)
        images = augment(images, changes.part(part), side)
        with (
            drawing(seed, f"dropout {self.group.rank}", self.step, self.device),
            autocast(self.recipe.precision, self.device),
        ):
            logits = self._learner(images)
        logits = logits.float()
        loss = F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing, reduction="sum") / n
        return loss, (logits.argmax(dim=1) == labels).sum().to(loss.dtype)

    def _end_epoch(self, epoch: int) -> Epoch | Diverged:
        """Validate, keep the weights, and begin the sums of the next epoch at nothing."""
        share(self.answering)  # each process's norms have seen other pictures
        answers = validate(
            self.answering,
            self.data.val,
            batch=self.recipe.batch,
            precision=self.recipe.precision,
            mirrored=self.recipe.mirrored,
            group=self.group,
        )
        val_loss, val_accuracy = answers.loss, answers.accuracy
        is_lost = not math.isfinite(val_loss) or self.finite_weights() is self._kept
        if total(torch.tensor(int(is_lost))):  # on any process: all go back
            return self._diverge("Weights of the net stopped being finite numbers")
        sums, self.sums = self.sums, Sums()
        self.epoch, self.val_accuracy, self.answers = epoch, val_accuracy, answers
        self.keep()
        return Epoch(
            epoch=epoch,
            step=self.step,
            train_loss=sums.loss / sums.pictures,
            train_accuracy=sums.right / sums.pictures,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            seconds=self.clock.seconds(),
            cpu_seconds=self.clock.cpu_seconds(),
        )

    def _diverge(self, reason: str) -> Diverged:
        """Go back to the weights that were kept: those of the steps before are already on their way up."""
        event = Diverged(self.step + 1, f"{reason}. Choose a lower learning rate (lr)")
        for model in {self.model, self.answering}:
            model.load_state_dict(self._kept.state)
        self.step, self.epoch, self.val_accuracy = self._kept.step, self._kept.epoch, self._kept.val_accuracy
        return event

    def _now(self) -> Weights:
        return Weights(self.answering.state_dict(), self.step, self.epoch, self.val_accuracy)


def _learner(model: nn.Module, group: Group, device: torch.device) -> nn.Module:
    """The model, or what lets several processes train it as one."""
    if group.world == 1:
        return model
    return DistributedDataParallel(model, device_ids=[device.index] if device.type == "cuda" else None)


def _is_finite(model: nn.Module) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in model.state_dict().values())
