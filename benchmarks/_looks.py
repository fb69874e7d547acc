"""What the Predict tab does with a picture once it is a square of pixels, step by step, for the clock and the memory.

The page's steps are its own functions (`ui.deeper`); those of the API end where Gradio has made a PNG of the picture.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import _fresh  # noqa: F401  the project's packages are found from here on
import torch
from gradio.processing_utils import encode_pil_to_bytes

from resnet import create
from train.augment import normalise
from train.checkpoint import Classifier, save_classifier
from train.drawn_pets import draw
from ui import feature_maps
from ui.checkpoints import Shelf, as_batch
from ui.deeper import Deeper
from ui.heat import Question, judged
from ui.heat_map import laid_over
from ui.images import Picture, Square

NET, CLASSES, SIDE = "resnet18", 1000, 224  # torchvision's resnet18, as it looks at ImageNet
PREDICTIONS_A_LOOK = 10  # in `memory`

Step = Callable[[Square], Any]


class Looks:
    """A checkpoint of untrained weights, and every step that is measured, by name.

    Args:
        folder: for the weight file.
    """

    def __init__(self, folder: Path) -> None:
        torch.manual_seed(0)
        about = {"net": NET, "net_args": {"num_classes": CLASSES}}
        classes = tuple(f"class {number}" for number in range(CLASSES))
        file = folder / f"{NET}.safetensors"
        save_classifier(file, Classifier(create(NET, num_classes=CLASSES).eval(), classes, SIDE, about=about))
        self._checkpoint = Shelf(folder / "runs", assets=folder).open("")
        self._layer = self._checkpoint.default_layer()

    def steps(self) -> dict[str, Step]:
        """From S,S,3 uint8 to what is sent. The page's heat map comes with that of random weights, as always."""
        return {
            "prediction": self._checkpoint.answer,
            "feature maps, page": lambda square: self._page(square).maps({"layer": self._layer}),
            "feature maps, API": self._sheet,
            "Grad-CAM, page": lambda square: self._page(square).heat({"method": "grad_cam"}),
            "Grad-CAM, API": self._overlay,
            "random weights' map": self._random,
        }

    def bare(self, square: Square) -> Callable[[], torch.Tensor]:
        """One pass of this picture, normalised beforehand, through the same net."""
        with self._checkpoint.borrowed() as own:
            images = normalise(as_batch(square), own.mean, own.std)
            return torch.inference_mode()(lambda: own.model(images))

    def _page(self, square: Square) -> Deeper:
        """As the page has it, with the picture at hand: neither decoded nor drawn."""
        asked = (None, self._checkpoint, Picture("", square))
        return Deeper(SimpleNamespace(one=lambda _sent: asked))  # type: ignore[arg-type]

    def _sheet(self, square: Square) -> bytes:
        sheet = feature_maps.develop(self._checkpoint.maps(square, self._layer), self._layer)
        return encode_pil_to_bytes(feature_maps.as_picture(sheet))

    def _overlay(self, square: Square) -> bytes:
        heat = self._checkpoint.heat(square, Question())
        random = self._checkpoint.random_heat(square, heat.question).values
        _, full = judged(heat, random, self._layer)
        return encode_pil_to_bytes(laid_over(square, heat.values.numpy(), full))

    def _random(self, square: Square) -> None:
        self._checkpoint.random_heat(square, Question(label="class 0"))


def times(folder: str, rounds: int) -> dict[str, float]:
    """Processor milliseconds of every step and of ``bare``, the medians of so many rounds. Each round has a drawing of
    its own, and one more comes first that does not count.
    """
    looks = Looks(Path(folder))
    steps = looks.steps()
    taken: dict[str, list[float]] = {name: [] for name in ("bare", *steps)}
    for number in range(rounds + 1):
        square = draw(0, number, SIDE).image
        bare = looks.bare(square)
        taken["bare"].append(_milliseconds(bare))
        for name, step in steps.items():
            taken[name].append(_milliseconds(lambda step=step, square=square: step(square)))
    return {name: statistics.median(every[1:]) for name, every in taken.items()}


def memory(folder: str, early: int, late: int) -> dict[str, float]:
    """Megabytes of the process after so many predictions, each of another drawing; after every tenth the picture is
    looked at in all other ways, too.
    """
    steps = Looks(Path(folder)).steps()
    predict, *others = steps.values()
    found = {}
    for number in range(1, late + 1):
        square = draw(0, number, SIDE).image
        predict(square)
        if number % PREDICTIONS_A_LOOK == 0:
            for step in others:
                step(square)
        if number in (early, late):
            found["early" if number == early else "late"] = _resident()
    return found


def _milliseconds(step: Callable[[], Any]) -> float:
    began = time.process_time()  # a busy machine does not make it longer
    step()
    return 1000 * (time.process_time() - began)


def _resident() -> float:
    """Megabytes of main memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
