"""A data set of files that any machine can make: drawn pets as JPEGs, in the folders that ImageFolder wants."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # found also by a script that was started by its path

from train.drawn_pets import CLASSES, draw_image, label_of

SEED = 1  # not that of any recipe
QUALITY = 90


def write(folder: Path, pictures: int, val_pictures: int, side: int) -> None:
    """Fill train/ with so many pictures, half of them cats, and val/ with others: FOLDER/PART/CLASS/NUMBER.jpg.

    Args:
        folder: where.
        pictures: to train on.
        val_pictures: to validate on.
        side: of each, in pixels.
    """
    for index in range(pictures + val_pictures):
        part = "train" if index < pictures else "val"
        path = folder / part / CLASSES[label_of(SEED, index)] / f"{index}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw_image(SEED, index, side)).save(path, quality=QUALITY)
