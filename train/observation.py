"""What a net has learned by the end of an epoch, as far as it can be seen from outside.

Everything comes from the answers that validation got anyway (`train.evaluate.Answers`), from one more pass over a few
*probes*, the same pictures each time, and from the weights of the first convolution. Nothing here changes the net.

N validation pictures, K classes, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from resnet.activations import watch
from resnet.stages import stage_of
from train.augment import normalise
from train.machine import autocast
from train.randomness import generator

if TYPE_CHECKING:
    from train.engine import Training
    from train.evaluate import Answers

PROBES = 8
MISTAKEN = 12
MOST_CLASSES = 20  # rows of a confusion matrix that can still be read
PER_CELL = 12  # pictures that stand for one cell of it
MOST_PICTURES = 120  # that stand for all cells
FILTERS = 64  # of the first convolution


@dataclass(frozen=True, slots=True)
class Answered:
    """One validation picture and what was said of it.

    Attributes:
        position: in the validation part.
        truth: its class.
        label: the class it was taken for.
        share: the probability of that class.
        true_share: the probability of its own class.
        loss: the cross-entropy, minus the logarithm of `true_share`.
    """

    position: int
    truth: int
    label: int
    share: float
    true_share: float
    loss: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often pictures of one class (row) were taken for another (column).

    Attributes:
        classes: the classes shown, in order; where there are more than `MOST_CLASSES`, those with the most mistakes.
        counts: a row for each class shown, of counts in the same order.
        cells: for (row, column) of each count that is not 0, pictures counted there, the highest loss first.
    """

    classes: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    cells: Mapping[tuple[int, int], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class StageActivity:
    """What a stage puts out for the probes.

    Attributes:
        stage: "stem", "layer1", ...
        layer: the module whose output it is.
        channels: how many it has.
        dead: how many of them are zero everywhere on all probes.
        mean: of all values.
        std: their standard deviation.
    """

    stage: str
    layer: str
    channels: int
    dead: int
    mean: float
    std: float


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """The first convolution's weights as pictures.

    Attributes:
        layer: its name.
        total: how many filters it has.
        tiles: the first of them, F,3,k,k uint8: 128 is 0, and all share one scale.
        largest: the weight that 255 stands for.
    """

    layer: str
    total: int
    tiles: Tensor
    largest: float


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What was seen at the end of an epoch."""

    epoch: int
    step: int
    accuracy: float
    pictures: int
    confusion: Confusion
    mistaken: tuple[Answered, ...]
    probes: tuple[Answered, ...]
    stages: tuple[StageActivity, ...]
    filters: Filters | None


def observe(training: Training, probes: Tensor) -> Observation:
    """What the answering net of a training has learned, right after an epoch has ended.

    The net, its mode, its gradients and the process's random numbers are left as they were.

    Args:
        training: with the answers of its last validation.
        probes: positions in the validation part.
    """
    answers = training.answers
    assert answers is not None
    return Observation(
        epoch=training.epoch,
        step=training.step,
        accuracy=answers.accuracy,
        pictures=len(answers.truths),
        confusion=confusion(answers, len(training.data.classes)),
        mistaken=most_mistaken(answers),
        probes=tuple(answered(answers, position) for position in probes.tolist()),
        stages=activity(
            training.answering, training.data.val.take(probes).to(training.device), training.recipe.precision
        ),
        filters=filters(training.answering),
    )


def choose_probes(truths: Tensor, seed: int, count: int = PROBES) -> Tensor:
    """Positions of pictures to ask about again and again: drawn by seed, from each class in turn.

    Args:
        truths: N int64, the classes.
        seed: the recipe's; the same seed and pictures give the same probes.
        count: how many, where there are so many pictures.

    Returns:
        Positions, the first of each class, then the second of each, and so on.
    """
    shuffled = torch.randperm(len(truths), generator=generator(seed, "probes", 0))
    turn = torch.empty(len(truths), dtype=torch.int64)  # how many of its class come before each, shuffled
    for label in truths.unique().tolist():
        (places,) = torch.nonzero(truths[shuffled] == label, as_tuple=True)
        turn[places] = torch.arange(len(places))
    order = torch.argsort(turn * (int(truths.max()) + 1) + truths[shuffled], stable=True)
    return shuffled[order[:count]]


def answered(answers: Answers, position: int) -> Answered:
    """One picture's answer."""
    loss = answers.losses[position].item()
    return Answered(
        position=position,
        truth=int(answers.truths[position]),
        label=int(answers.labels[position]),
        share=answers.shares[position].item(),
        true_share=(-answers.losses[position].double()).exp().item(),
        loss=loss,
    )


def most_mistaken(answers: Answers, count: int = MISTAKEN) -> tuple[Answered, ...]:
    """The wrong answers with the highest loss, the worst first."""
    (wrong,) = torch.nonzero(answers.labels != answers.truths, as_tuple=True)
    worst = wrong[torch.argsort(answers.losses[wrong], descending=True, stable=True)]
    return tuple(answered(answers, position) for position in worst[:count].tolist())


def confusion(answers: Answers, classes: int) -> Confusion:
    """Count every answer by truth, and choose the pictures that stand for each count."""
    counts = torch.bincount(answers.truths * classes + answers.labels, minlength=classes**2).view(classes, classes)
    shown = _most_confused(counts, MOST_CLASSES)
    kept = counts[shown][:, shown]
    found: dict[tuple[int, int], list[int]] = {}
    for row, column in torch.nonzero(kept).tolist():
        (there,) = torch.nonzero((answers.truths == shown[row]) & (answers.labels == shown[column]), as_tuple=True)
        worst = torch.argsort(answers.losses[there], descending=True, stable=True)
        found[row, column] = there[worst[:PER_CELL]].tolist()
    cells = _shared_out(found, MOST_PICTURES)
    return Confusion(tuple(shown.tolist()), tuple(tuple(row) for row in kept.tolist()), cells)


def activity(model: nn.Module, images: Tensor, precision: str) -> tuple[StageActivity, ...]:
    """What each stage of a net puts out for B,3,S,S uint8 pictures; the head, which has no maps, is left out."""
    layers = [name for name, _ in model.named_children() if stage_of(name) != "head"]
    with watch(model, layers) as seen, torch.no_grad(), autocast(precision, images.device):
        model(normalise(images))
    last = {stage_of(name): name for name in seen if seen[name].ndim == 4}  # in order of calls: the last one stays
    found = []
    for stage, name in last.items():
        values = seen[name].float()
        std, mean = torch.std_mean(values, correction=0)
        dead = int((values == 0).all(dim=3).all(dim=2).all(dim=0).sum())
        found.append(StageActivity(stage, name, values.shape[1], dead, mean.item(), std.item()))
    return tuple(found)


def filters(model: nn.Module) -> Filters | None:
    """The weights of the first convolution that sees red, green and blue; None where there is none."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d) and module.weight.shape[1] == 3:
            weights = module.weight.detach()
            largest = weights.abs().max().item()
            tiles = (weights[:FILTERS] * (127 / (largest or 1.0)) + 128).round().clamp(0, 255)
            return Filters(name, len(weights), tiles.to(torch.uint8).cpu().contiguous(), largest)
    return None


def _most_confused(counts: Tensor, most: int) -> Tensor:
    """The classes to show, in order: all of them, or those that take part in the most mistakes."""
    classes = len(counts)
    if classes <= most:
        return torch.arange(classes)
    mistakes = counts.sum(dim=0) + counts.sum(dim=1) - 2 * counts.diagonal()
    return torch.argsort(mistakes, descending=True, stable=True)[:most].sort().values


def _shared_out(found: Mapping[tuple[int, int], list[int]], most: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """At most so many pictures in all: each cell gets its first, mistakes before what is right, then its second."""
    cells = sorted(found, key=lambda cell: cell[0] == cell[1])
    turns = ((turn, cell) for turn in range(PER_CELL) for cell in cells if turn < len(found[cell]))
    given = dict.fromkeys(found, 0)
    for _, (_, cell) in zip(range(most), turns, strict=False):
        given[cell] += 1
    return {cell: tuple(found[cell][:count]) for cell, count in given.items()}
