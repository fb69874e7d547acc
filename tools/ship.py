"""Turn a run into the checkpoint that ships: float16, calibrated, measured after it was read back.

    python -m tools.ship RUN --data ZIP --side 176 --out assets/photos.safetensors

Expected for assets/photos.safetensors: what assets/README.md says of it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

from resnet.errors import UserError
from train.calibration import calibrate, calibration_error
from train.checkpoint import Classifier, load_classifier, save_classifier
from train.command import result_of
from train.datasets import open_data
from train.evaluate import evaluate
from train.familiarity import UNFAMILIAR
from train.splits import Split


def main() -> int:
    """Write the checkpoint, then print what it gets right, how honest it is, and what it finds unfamiliar."""
    options = _options()
    try:
        classifier = load_classifier(options.run)
        classifier = replace(classifier, image_px=options.side or classifier.image_px)
        seed = int(classifier.about.get("recipe", {}).get("seed", 0))  # divides a set that is not divided
        data = result_of(open_data(options.data, side=classifier.image_px, seed=seed))
        if data.classes != classifier.classes:
            what = f"The run tells {', '.join(classifier.classes)} apart, the pictures {', '.join(data.classes)}"
            raise UserError(what, where=options.data, cure="Give the pictures it was trained on")
        drawings = result_of(open_data("drawn", side=classifier.image_px, seed=2**31 - 1, train_pictures=2))
        calibrated = calibrate(classifier, data.train, data.val, seed=0)
        save_classifier(options.out, calibrated, half=True)
        shipped = load_classifier(options.out)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, temperature {shipped.temperature:.3f}")
    for name, split in (("val", data.val), ("drawings", drawings.val)):
        _measure(name, classifier, shipped, split, data.classes)
    noise = torch.randint(0, 256, (500, 3, shipped.image_px, shipped.image_px), dtype=torch.uint8)
    _, familiarity = shipped.answer(noise)
    assert familiarity is not None
    print(f"noise: unfamiliar {float((familiarity < UNFAMILIAR).double().mean()):.1%}")
    return 0


def _measure(name: str, before: Classifier, shipped: Classifier, split: Split, classes: tuple[str, ...]) -> None:
    found = evaluate(shipped, split, classes)
    images = split.take(torch.arange(len(split.labels)))
    after, familiarity = shipped.answer(images)
    assert familiarity is not None
    errors = [calibration_error(each, split.labels) for each in (before.probabilities(images), after)]
    print(
        f"{name}: {found.n:,} pictures, right {found.accuracy:.2%}, balanced {found.balanced_accuracy:.2%}, "
        f"confusion {found.confusion}; calibration error {errors[0]:.3f} before, {errors[1]:.3f} after; "
        f"unfamiliar {float((familiarity < UNFAMILIAR).double().mean()):.1%}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder or a checkpoint")
    parser.add_argument("--data", required=True, metavar="DIR|ZIP", help="the pictures it was trained on")
    parser.add_argument("--side", type=int, metavar="PX", help="of the pictures it is asked about (default: the run's)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the .safetensors file to write")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
