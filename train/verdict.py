"""Is it learning? One plain answer from what a run has recorded, and the numbers it rests on.

The thresholds below are judgement, stated once and with their reasons; nothing else in the project decides this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SURE = 3.0
"""Standard errors above guessing before an accuracy counts as better: chance alone passes that once in 700 looks."""

PATIENCE = 3
"""Epochs a run gets before "not learning" is said. One is often lost to warm-up and to averaged statistics that lag."""

RISE = 1.1
"""Validation loss counts as risen when it is a tenth above its lowest..."""

RISE_NATS = 0.02
"""...and by this much: near zero, a tenth is noise of a few pictures. Where they are fewer than..."""

RISE_PICTURES = 500
"""...so many, by more: the noise of a mean goes with the root of their number."""

IN_A_ROW = 2
"""Epochs in a row, the newest among them, in which it must have risen: a single one may be an accident."""

FALL = 0.95
"""Training loss that went on falling has lost a twentieth since validation loss was lowest. Without that, both got
worse, which is a step too large and not learning by heart. And validation loss must have been a twentieth below that of
guessing before its rise means anything: until then, averaged statistics that lag make it jump."""

BLOWN_UP = 2.0
"""Times the loss of a guess, over a whole epoch: an untrained net starts near that loss, a wild one leaves it."""

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said, a key of the page's words, and the numbers in it.

    Args:
        kind: "early", "learning" (once the run is over "learned", "learned_little" or, if it ended before its time,
            "left"), "not_learning", "overfitting" or "diverged".
        case: which sentence says why.
        numbers: what the sentence rests on: accuracies and losses as they are in the record, epochs counted from 1.
    """

    kind: str
    case: str
    numbers: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "case": self.case, "numbers": self.numbers}


def judge(started: Event, epochs: Sequence[Event], end: Event | None) -> Verdict:
    """Judge a run.

    Args:
        started: its event "started".
        epochs: its events "epoch", in order.
        end: its event "diverged", "finished" or "failed"; None while it goes on.
    """
    guess = 1 / len(started["classes"])
    numbers = {"guess": guess, "guess_loss": -math.log(guess)}
    if end is not None and end["kind"] == "diverged":
        return Verdict("diverged", "diverged", {**numbers, "step": end["step"]})
    if not epochs:
        first_end = min(started["steps_per_epoch"], started["steps"])
        return Verdict("early", "early", {**numbers, "steps": first_end})
    last = epochs[-1]
    numbers |= {"epoch": last["epoch"] + 1, **{name: last[name] for name in _MEASURED if last[name] is not None}}
    if any(last[name] is None for name in _MEASURED) or last["train_loss"] > BLOWN_UP * numbers["guess_loss"]:
        return Verdict("diverged", "blown_up", {**numbers, "blown_up": BLOWN_UP})
    lowest = min((epoch for epoch in epochs if epoch["val_loss"] is not None), key=lambda epoch: epoch["val_loss"])
    if lowest["val_loss"] < FALL * numbers["guess_loss"] and _overfits(epochs, lowest, started["val_pictures"]):
        numbers |= {"lowest_epoch": lowest["epoch"] + 1, "lowest_loss": lowest["val_loss"]}
        return Verdict("overfitting", "overfitting", {**numbers, "then_train_loss": lowest["train_loss"]})
    luck = {"pictures": started["val_pictures"], "lucky_accuracy": luckiest(guess, started["val_pictures"])}
    if last["val_accuracy"] > luck["lucky_accuracy"]:
        first = next(epoch for epoch in epochs if epoch["val_loss"] is not None)
        numbers |= {"first_loss": first["val_loss"], "first_epoch": first["epoch"] + 1}
        kind = _learned(last["val_accuracy"], guess, end)
        if last["val_loss"] < first["val_loss"]:
            return Verdict(kind, "learning", numbers)
        return Verdict(kind, "better", numbers | luck)
    numbers |= luck
    if len(epochs) < PATIENCE and end is None:
        return Verdict("early", "early_epochs", {**numbers, "patience": PATIENCE})
    if last["train_accuracy"] > _half_way(guess):
        return Verdict("overfitting", "by_heart", numbers)
    return Verdict("not_learning", "not_learning", numbers)


def _learned(accuracy: float, guess: float, end: Event | None) -> str:
    """What is said of a run whose answers are better than guesses."""
    if end is None:
        return "learning"
    if end.get("reason") != "done":
        return "left"
    return "learned" if accuracy > _half_way(guess) else "learned_little"


def _half_way(guess: float) -> float:
    """Half way from guessing to all right: there more is known than not."""
    return (1 + guess) / 2


_MEASURED = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")


def luckiest(guess: float, pictures: int) -> float:
    """The accuracy on so many pictures up to which it may be a lucky guess: the fewer they are, the higher it is."""
    return min(1.0, guess + SURE * math.sqrt(guess * (1 - guess) / max(1, pictures)))


def _overfits(epochs: Sequence[Event], lowest: Event, pictures: int) -> bool:
    newest = epochs[-IN_A_ROW:]
    if lowest["epoch"] >= newest[0]["epoch"] or lowest["train_loss"] is None:
        return False
    noise = RISE_NATS * max(1.0, math.sqrt(RISE_PICTURES / max(1, pictures)))
    risen = max(RISE * lowest["val_loss"], lowest["val_loss"] + noise)
    rose = all(epoch["val_loss"] is not None and epoch["val_loss"] > risen for epoch in newest)
    return bool(rose and newest[-1]["train_loss"] < FALL * lowest["train_loss"])
