"""How good a net is: on the validation part while it trains, on any labelled pictures afterwards.

N pictures, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.errors import UserError
from train.augment import normalise
from train.distributed import ALONE, Group, total
from train.machine import autocast

if TYPE_CHECKING:
    from train.checkpoint import Classifier
    from train.splits import Split

BATCH = 256  # pictures asked about at once
MOST_NAMES = 8  # class names a sentence can hold


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a classifier got right.

    Attributes:
        n: how many pictures were asked about.
        accuracy: part of them answered right, 0 to 1.
        balanced_accuracy: mean over the classes of the part answered right, so that rare classes count as much.
        confusion: how often each truth (row) got each answer (column), in the order of `classes`.
        classes: the classifier's names.
    """

    n: int
    accuracy: float
    balanced_accuracy: float
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[str, ...]


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards every module is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def logits_of(model: nn.Module, images: Tensor, mirrored: bool) -> Tensor:
    """What a net answers, N,K float32; the mean of its answers to a picture and to its mirror image, if mirrored.

    Args:
        model: takes N,3,S,S normalised.
        images: N,3,S,S, normalised.
        mirrored: whether to ask twice.
    """
    logits = model(images).float()
    return (logits + model(images.flip(3)).float()) / 2 if mirrored else logits


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a net said of each of N pictures, in their order.

    Attributes:
        losses: N float32, cross-entropy of the answer with the truth.
        labels: N int64, the class that got the largest probability.
        shares: N float32, that probability.
        truths: N int64, the classes that the pictures are of.
    """

    losses: Tensor
    labels: Tensor
    shares: Tensor
    truths: Tensor

    @property
    def loss(self) -> float:
        """The mean over all pictures."""
        return self.losses.double().mean().item()

    @property
    def accuracy(self) -> float:
        """The part of the pictures that was answered right, 0 to 1."""
        return (self.labels == self.truths).double().mean().item()


def validate(
    model: nn.Module,
    split: Split,
    *,
    batch: int,
    precision: str = "float32",
    mirrored: bool = False,
    group: Group = ALONE,
) -> Answers:
    """What a net says of every picture of a split: whole, unaugmented, without gradients, each asked about once.

    The processes of a group share the work and all get the answers.
    """
    device = next(model.parameters()).device
    n = len(split.labels)
    losses, shares, labels = torch.zeros(n), torch.zeros(n), torch.zeros(n, dtype=torch.int64)
    mine = torch.arange(group.rank, n, group.world)
    with evaluating(model):
        for positions in mine.split(batch):
            images, truths = split.take(positions).to(device), split.labels[positions].to(device)
            with autocast(precision, device):
                logits = logits_of(model, normalise(images), mirrored)
            losses[positions] = F.cross_entropy(logits, truths, reduction="none").cpu()
            share, label = logits.softmax(dim=1).max(dim=1)
            shares[positions], labels[positions] = share.cpu(), label.cpu()
    return Answers(total(losses), total(labels), total(shares), split.labels)


def evaluate(
    classifier: Classifier,
    split: Split,
    classes: Sequence[str],
    *,
    group: Group = ALONE,
    watch: Callable[[int], None] = lambda asked: None,
) -> Evaluation:
    """Ask a classifier about every picture of a set.

    Args:
        classifier: who answers.
        split: pictures with the classifier's side, labels as positions in `classes`.
        classes: the set's class names, in any order: names are compared, not positions.
        group: the processes that share the work; all get the answer.
        watch: told now and then how many pictures more have been asked about.

    Raises:
        UserError: the set has no pictures, or classes that the classifier does not know.
    """
    _check_classes(classifier.classes, classes)
    if not len(split.labels):
        raise UserError("There are no pictures to evaluate on", cure="Give a set with at least one picture")
    position = torch.tensor([classifier.classes.index(name) for name in classes])
    k = len(classifier.classes)
    confusion = torch.zeros(k, k, dtype=torch.int64)
    for rows in torch.arange(group.rank, len(split.labels), group.world).split(BATCH):
        truth = position[split.labels[rows]]
        answer = classifier.probabilities(split.take(rows)).argmax(dim=1)
        confusion += torch.bincount(truth * k + answer, minlength=k * k).view(k, k)
        watch(len(rows) * group.world)
    confusion = total(confusion)
    right, asked = confusion.diagonal(), confusion.sum(dim=1)
    recall = (right.double() / asked)[asked > 0]  # a class nobody asked about has none
    return Evaluation(
        n=int(asked.sum()),
        accuracy=int(right.sum()) / int(asked.sum()),
        balanced_accuracy=float(recall.mean()),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        classes=classifier.classes,
    )


def _check_classes(own: Sequence[str], found: Sequence[str]) -> None:
    """Refuse a set with classes that the classifier does not know; some may be missing."""
    unknown = [name for name in found if name not in own]
    if not unknown:
        return
    raise UserError(
        f"The checkpoint tells {_list(own)} apart; the set also has {_list(unknown)}",
        where="classes",
        cure="Give a set with class folders of these names, or the checkpoint that was trained on this one",
    )


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
