"""Probabilities that mean what they say: of the answers that are 90 % sure, nine in ten should be right.

Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv 1706.04599. N pictures, K classes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from train.augment import normalise
from train.crops import resize
from train.evaluate import evaluating
from train.familiarity import Familiarity, look
from train.randomness import generator

if TYPE_CHECKING:
    from train.checkpoint import Classifier
    from train.splits import Split

TEMPERATURES = (0.1, 10.0)  # where every answer is right, none would be cold enough
BINS = 15  # of the expected calibration error, as in Guo et al.
FIT_PICTURES = 4_000  # to fit the familiarity to, at most
BATCH = 64  # pictures asked about at once


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The number T to divide logits by for the least cross-entropy: above 1 for a net that is too sure of itself.

    The cross-entropy is convex in 1/T, so its slope tells on which side the least lies, and halving finds it. Never
    outside `TEMPERATURES`; 1 where there are no pictures.

    A net that is right about all of few pictures is not right about all: as many pictures as there are classes, one
    of each, count with any label (Platt 1999, section 2.2, for K classes).

    Args:
        logits: N,K, of pictures the net was not trained on.
        labels: N int64.
    """
    if not len(labels):
        return 1.0
    logits = logits.double()
    n, classes = logits.shape
    right = (n * logits.gather(1, labels[:, None])[:, 0] + logits.sum(dim=1)) / (n + classes)
    low, high = 1 / TEMPERATURES[1], 1 / TEMPERATURES[0]
    for _ in range(50):
        middle = (low + high) / 2
        expected = ((logits * middle).softmax(dim=1) * logits).sum(dim=1)
        low, high = (middle, high) if expected.mean() < right.mean() else (low, middle)
    return 2 / (low + high)


def calibration_error(probabilities: Tensor, labels: Tensor) -> float:
    """Expected calibration error, 0 to 1: how far sureness and part of right answers are apart.

    The mean over `BINS` equally wide bins of sureness, weighted by how many pictures are in each (section 2).

    Args:
        probabilities: N,K, each row summing to 1; N is at least 1.
        labels: N int64.
    """
    sureness, answer = probabilities.double().max(dim=1)
    right = (answer == labels).double()
    place = (sureness * BINS).long().clamp(max=BINS - 1)
    gap = torch.zeros(BINS, dtype=torch.float64).index_add(0, place, sureness - right)
    return float(gap.abs().sum()) / len(labels)


def calibrate(
    classifier: Classifier, train: Split, val: Split, *, seed: int, pictures: int = FIT_PICTURES
) -> Classifier:
    """The same classifier with a temperature and a familiarity found from its own pictures.

    Unchanged if its answers to them are not finite numbers: of such a net nothing can be said.

    Args:
        classifier: a trained one.
        train: pictures it was trained on.
        val: pictures of all the same kinds that it was not trained on; labels are positions in its classes.
        seed: chooses which pictures of either.
        pictures: of either it looks at so many at most.
    """
    chance = generator(seed, "calibration", 0)
    trained, asked = (torch.randperm(len(split.labels), generator=chance)[:pictures] for split in (train, val))
    _, training = _look_at(classifier, train, trained)
    logits, held_out = _look_at(classifier, val, asked)
    if not all(bool(each.isfinite().all()) for each in (logits, *training, *held_out)):
        return classifier
    return replace(
        classifier,
        temperature=fit_temperature(logits, val.labels[asked]),
        familiarity=Familiarity.fit(training, held_out),
    )


def _look_at(classifier: Classifier, split: Split, positions: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Logits and features of these pictures of a split, seen at the classifier's side."""
    answers = []
    device = next(classifier.model.parameters()).device
    with evaluating(classifier.model):
        for batch in positions.split(BATCH):
            images = split.take(batch).to(device)
            if split.side != classifier.image_px:
                images = resize(images, classifier.image_px)
            images = normalise(images, classifier.mean, classifier.std)
            logits, features = look(classifier.model, images, classifier.mirrored)
            answers.append((logits.cpu(), [each.cpu() for each in features]))
    parts = zip(*(features for _, features in answers), strict=True)
    return torch.cat([logits for logits, _ in answers]), tuple(map(torch.cat, parts))
