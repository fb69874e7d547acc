"""A small folder of drawn pets for tests."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from train.drawn_pets import CLASSES, draw


def write_pets(folder: Path, each: int = 6) -> Path:
    """Write so many drawings of 32 pixels of each class to folder/cat and folder/dog, and return the folder."""
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    for index in range(2 * each):  # of every two neighbours one is a cat and one a dog
        drawing = draw(7, index, 32)
        Image.fromarray(drawing.image).save(folder / CLASSES[drawing.label] / f"{index:02}.png")
    return folder
