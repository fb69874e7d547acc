"""`python -m train evaluate`: how often a checkpoint is right, asked by one process or by all that torchrun starts."""

from __future__ import annotations

import dataclasses
import json

from tqdm import tqdm

from train.command import classifier_at, result_of
from train.datasets import open_pictures
from train.distributed import joined, refusing_together
from train.evaluate import Evaluation
from train.evaluate import evaluate as ask
from train.machine import device_for
from train.progress import tell_refused


def evaluate(checkpoint: str, data: str, *, as_json: bool) -> int:
    """Print what a checkpoint gets right; under torchrun the ranks share the pictures and rank 0 prints.

    Args:
        checkpoint: a .safetensors file or the folder of a run.
        data: the pictures, as `train.datasets.open_pictures` takes them.
        as_json: one JSON object instead of text.

    Returns:
        The exit code, 0.

    Raises:
        UserError: the checkpoint or the pictures cannot be used, or they have different classes; on all ranks alike.
    """
    with joined() as group:
        shown = group.rank == 0
        with refusing_together():
            classifier = classifier_at(checkpoint)
            classifier.model.to(device_for("auto", group.local_rank))
            pictures = result_of(open_pictures(data, classifier.image_px), shown=shown)
            if shown:
                tell_refused(pictures.refused, data)
        n, disable = len(pictures.split.labels), None if shown else True  # None: a bar where there is a terminal
        with tqdm(total=n, desc="asking", unit="picture", disable=disable, dynamic_ncols=True, leave=False) as bar:
            evaluation = ask(classifier, pictures.split, pictures.classes, group=group, watch=bar.update)
    if shown:
        print(_as_json(evaluation) if as_json else _as_text(evaluation))
    return 0


def _as_json(evaluation: Evaluation) -> str:
    return json.dumps(dataclasses.asdict(evaluation))


def _as_text(evaluation: Evaluation) -> str:
    names = evaluation.classes
    width = max(8, *map(len, names))
    lines = [
        f"{evaluation.n:,} pictures, accuracy {evaluation.accuracy:.2%}, "
        f"balanced accuracy {evaluation.balanced_accuracy:.2%}",
        "truth in rows, answers in columns:",
        " ".join(f"{text:>{width}}" for text in ("", *names)),
    ]
    for name, counts in zip(names, evaluation.confusion, strict=True):
        lines.append(" ".join(f"{cell:>{width}}" for cell in (name, *counts)))
    return "\n".join(lines)
