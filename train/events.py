"""What a training run says about itself, as small frozen facts.

The engine yields them, a run's folder keeps them one JSON object a line, the page draws them.
Each class has a `kind`, the word that names it in files and in JavaScript.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Preparing:
    """Pictures are being fetched, checked or drawn, before the first step."""

    kind: ClassVar[str] = "preparing"
    done: int  # pictures; while downloading, MB
    total: int  # 0 while it is not known
    what: str  # "decoding", "checking", "drawing", "waiting" (for another process), "downloading" or "unpacking"
    size: int = 0  # bytes it will take in the end; told once, before it begins
    kept: str = ""  # where: "cache", "memory" (the cache cannot be written), "files" (too many: read in each epoch)


@dataclass(frozen=True, slots=True)
class Started:
    """The pictures and the net are there; steps follow."""

    kind: ClassVar[str] = "started"
    net: str
    params: int  # numbers of the net that can be trained, frozen ones included
    classes: tuple[str, ...]
    train_pictures: int
    val_pictures: int
    epochs: int
    steps_per_epoch: int
    steps: int  # of the whole run
    image_px: int
    batch: int
    precision: str  # resolved: "float32" or "bfloat16", never "auto"
    threads: int  # resolved: never 0
    refused: int  # files that were no usable picture
    notes: tuple[str, ...] = ()  # what the person who trains should know, in sentences
    device: str = "cpu"  # where: "cpu" or "cuda"
    processes: int = 1  # that train together


@dataclass(frozen=True, slots=True)
class Step:
    """One optimisation step. Steps are counted from 1 over the whole run, epochs from 0."""

    kind: ClassVar[str] = "step"
    step: int
    epoch: int
    loss: float  # mean over the batch, as optimised (with label smoothing)
    accuracy: float  # 0..1, of this batch, in train mode
    lr: float  # the learning rate this step was taken with
    images_per_second: float  # smoothed over the last steps


@dataclass(frozen=True, slots=True)
class Epoch:
    """The end of an epoch: its own means, and the whole validation part in eval mode."""

    kind: ClassVar[str] = "epoch"
    epoch: int
    step: int
    train_loss: float  # mean over this epoch's pictures alone, with label smoothing
    train_accuracy: float
    val_loss: float  # plain cross-entropy, no smoothing, no augmentation
    val_accuracy: float
    seconds: float  # wall clock since the run began, pauses and the turns of other runs not counted
    cpu_seconds: float  # user + system time of the process and its children in these seconds, imports not counted


@dataclass(frozen=True, slots=True)
class Paused:
    """The run waits, as asked."""

    kind: ClassVar[str] = "paused"
    step: int


@dataclass(frozen=True, slots=True)
class Continued:
    """The run goes on after a pause."""

    kind: ClassVar[str] = "continued"
    step: int


@dataclass(frozen=True, slots=True)
class LearningRate:
    """Its owner has changed the learning rate: the schedule keeps its shape, its highest rate is another."""

    kind: ClassVar[str] = "learning_rate"
    step: int  # the last that was taken with the rate before; 0 before the first step
    lr: float  # the highest of the schedule from now on, as a recipe says it
    before: float  # the highest of the schedule until then
    next_lr: float  # the learning rate of the next step


@dataclass(frozen=True, slots=True)
class Queued:
    """A run that was left waits for its turn to go on."""

    kind: ClassVar[str] = "queued"


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The program was closed before this run's turn to go on had come. It can be resumed all the same."""

    kind: ClassVar[str] = "interrupted"


@dataclass(frozen=True, slots=True)
class MadeWay:
    """The run was paused while another waited, and has left its place to it. It can be resumed."""

    kind: ClassVar[str] = "made_way"
    step: int
    seconds: float  # that the pause had lasted


@dataclass(frozen=True, slots=True)
class Resumed:
    """The run goes on from its training state, in another process. Readers drop earlier events of later steps."""

    kind: ClassVar[str] = "resumed"
    step: int
    notes: tuple[str, ...] = ()  # why the losses may differ from those of an uninterrupted run; usually nothing


@dataclass(frozen=True, slots=True)
class Diverged:
    """The loss or the weights stopped being finite; kept are those of the last epoch's end, if one ended. No event
    follows.
    """

    kind: ClassVar[str] = "diverged"
    step: int  # the step that could not be taken
    reason: str  # a sentence that names the cure


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over and its weights are kept, unless it was stopped before its first step. No event follows."""

    kind: ClassVar[str] = "finished"
    step: int
    reason: Literal["done", "stopped"] = "done"


@dataclass(frozen=True, slots=True)
class Failed:
    """The run could not go on: the three parts of a `UserError`. No event follows."""

    kind: ClassVar[str] = "failed"
    what: str
    where: str
    cure: str


Event = (
    Preparing
    | Started
    | Step
    | Epoch
    | Paused
    | Continued
    | LearningRate
    | Queued
    | Interrupted
    | MadeWay
    | Resumed
    | Diverged
    | Finished
    | Failed
)


def as_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON values, `kind` first; numbers are finite or None.

    NaN and infinity have no place in JSON, and a chart must not meet them.
    """
    return {
        "kind": event.kind,
        **{field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return list(value) if isinstance(value, tuple) else value
