"""What can be asked on the Predict tab, as a list names it: read from what a checkpoint says of itself."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet import weights
from ui import data_sets
from ui.names import net_title
from ui.run_list import given_name
from ui.text import t

TITLE_LENGTH = 120  # characters; the metadata may be anybody's
UNREADABLE = (KeyError, ValueError, TypeError, RecursionError)  # what metadata can raise that is not as we write it


@dataclass(frozen=True)
class Offer:
    """A checkpoint one can choose.

    Args:
        key: what pages and scripts call it.
        path: the weight file; stays on this machine.
        title: one line for a list: net, data, accuracy, steps.
        knows: one sentence on what it was trained for, and on what not.
        stamp: changes whenever the file does.
    """

    key: str
    path: Path
    title: str
    knows: str
    stamp: tuple[int, int]


def described(key: str, path: Path, stamp: tuple[int, int]) -> Offer:
    """The offer of a weight file, from its header alone.

    Raises:
        UserError: it is no safetensors file.
    """
    about = weights.header(path).metadata
    return Offer(key, path, _title(key, about), _knows(about), stamp)


def _title(key: str, about: dict[str, str]) -> str:
    net, data = net_title(about.get("net", key)), _data(about)
    name = given_name(key.removeprefix("run:")) if key.startswith("run:") else ""
    parts = [name, net, t("predict.drawings") if data == "drawn" else data_sets.title(data) if data else ""]
    if share := _accuracy(about):
        parts.append(t("predict.percent", share=share))
    with contextlib.suppress(*UNREADABLE):
        parts.append(t("predict.steps", steps=f"{int(about['step']):,}"))
    return " · ".join(filter(None, parts))[:TITLE_LENGTH]


def _knows(about: dict[str, str]) -> str:
    try:
        classes = [str(name) for name in json.loads(about["classes"])]
    except UNREADABLE:
        return ""
    listed = ", ".join(classes[:4]) + (t("predict.and_more", n=len(classes) - 4) if len(classes) > 4 else "")
    key = "predict.knows_drawings" if _data(about) == "drawn" else "predict.knows"
    sentences = [t(key, classes=listed, side=about.get("image_px", "?"))]
    if cost := _cost(about):
        sentences.append(cost)
    if share := _accuracy(about):
        sentences.append(t("predict.was_right", share=share))
    return " ".join(sentences)


def _data(about: dict[str, str]) -> str:
    """The data set's own name; where this computer keeps it is nobody's business."""
    try:
        recipe: Any = json.loads(about["recipe"])
        return str(recipe["data"]).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    except UNREADABLE:
        return ""


def _cost(about: dict[str, str]) -> str:
    """What its training took, in the unit that people would choose."""
    try:
        seconds = float(about["cpu_seconds"])
    except UNREADABLE:
        return ""
    if not math.isfinite(seconds):
        return ""
    unit, one = ("seconds", 1) if seconds < 120 else ("minutes", 60) if seconds < 7200 else ("hours", 3600)
    return t(f"predict.cost_{unit}", n=f"{seconds / one:,.0f}")


def _accuracy(about: dict[str, str]) -> str:
    try:
        accuracy = float(about["val_accuracy"])
    except UNREADABLE:
        return ""
    return f"{100 * accuracy:.1f}" if math.isfinite(accuracy) else ""
