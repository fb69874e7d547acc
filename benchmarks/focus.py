"""Does heat fall where a pet can be told? The telling parts of a drawing are known: ears, muzzle, eyes, whiskers, tail.

For each method of `resnet.saliency` the share of positive heat on these parts, for the class that was drawn: with the
shipped weights, with the same weights shuffled, and what a map would have that is equal everywhere. Means over the
drawings in whose map any heat is positive, with twice their standard error; how much the ranks of the places change
with the weights (Spearman's correlation, without a cut at 0: near 0 for a map that depends on them, Adebayo et al.
2018); and processor time for one map, the median.

    python benchmarks/focus.py [COUNT] [--weights FILE] [--threads N]

Bar: every method has more there than with shuffled weights and than the equal map.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch
from _fresh import ROOT, keeps, where
from torch import Tensor

from resnet.saliency_checks import focus, randomised
from train.augment import normalise
from train.checkpoint import load_classifier
from train.drawn_pets import draw
from ui.heat import METHODS, Question, heat_of

SEED = 2018  # no training starts from this one by itself
SHUFFLES = 4  # random nets that take turns
LAYER = "layer4"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=200)
    parser.add_argument("--weights", type=Path, default=ROOT / "assets" / "drawn-pets.safetensors")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    found = measured(options.weights, options.count)
    print(f"{options.weights.stem}, {options.count} drawings, {options.threads} threads, {where()}")
    print(f"    {'':20} {'weights':>14} {'shuffled':>14} {'equal':>10} {'rank corr.':>11} {'CPU ms':>7}")
    for method, rows in found.items():
        trained, shuffled = (_mean(rows[name]) for name in ("trained", "shuffled"))
        equal, correlation = (statistics.fmean(rows[name]) for name in ("equal", "correlation"))
        took = 1000 * statistics.median(rows["seconds"])
        print(f"    {method:20} {trained:>14} {shuffled:>14} {equal:>10.1%} {correlation:>11.2f} {took:>7.0f}")
    kept = []
    for method, rows in found.items():
        for name in ("shuffled", "equal"):
            ratio = _of(rows["trained"]) / _of(rows[name])
            kept.append(keeps(f"{method}, against {name}", ratio, "times as much", at_least=1))
    return 0 if all(kept) else 1


def measured(weights: Path, count: int) -> dict[str, dict[str, list[float]]]:
    """For each method, one number a drawing: focus `trained`, `shuffled` and `equal`, `correlation`, `seconds`."""
    classifier = load_classifier(weights)
    side, classes = classifier.image_px, classifier.classes
    shuffled = [randomised(classifier.model, seed, side) for seed in range(SHUFFLES)]
    names = ("trained", "shuffled", "equal", "correlation", "seconds")
    found: dict[str, dict[str, list[float]]] = {method: {name: [] for name in names} for method in METHODS}
    for index in range(count):
        drawing = draw(SEED, index, side)
        image = normalise(torch.from_numpy(drawing.image).permute(2, 0, 1)[None], classifier.mean, classifier.std)
        mask = torch.from_numpy(drawing.mask)
        for method, rows in found.items():
            asked = Question(method, LAYER if method == "grad_cam" else "", classes[drawing.label])
            began = time.process_time()
            heat = heat_of(classifier.model, image, asked, classes).values
            rows["seconds"].append(time.process_time() - began)
            random = heat_of(shuffled[index % SHUFFLES], image, asked, classes).values
            rows["trained"].append(focus(heat, mask))
            rows["shuffled"].append(focus(random, mask))
            rows["equal"].append(float(mask.float().mean()))
            rows["correlation"].append(spearman(heat, random))
    return found


def spearman(one: Tensor, other: Tensor) -> float:
    """How alike two maps order their places, -1 to 1."""
    ranks = [each.flatten().argsort().argsort().double() for each in (one, other)]
    return float(torch.corrcoef(torch.stack(ranks))[0, 1])


def _of(shares: list[float]) -> float:
    return statistics.fmean(share for share in shares if share == share)


def _mean(shares: list[float]) -> str:
    known = [share for share in shares if share == share]
    error = 2 * statistics.stdev(known) / len(known) ** 0.5
    return f"{_of(shares):.1%} ± {error:.1%}"


if __name__ == "__main__":
    sys.exit(main())
