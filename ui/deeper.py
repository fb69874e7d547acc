"""What lies under "Look deeper" of the Predict tab: heat maps, feature maps, the inside of a block. No Gradio."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from resnet.errors import UserError
from resnet.saliency import patch
from resnet.saliency_checks import EVIDENT
from ui import feature_maps, inside
from ui.changes import Changes
from ui.checkpoints import Checkpoint
from ui.desk import MOST_SHARES, Desk
from ui.desk_question import not_so
from ui.heat import Question
from ui.heat_map import layer_over
from ui.heat_reading import reading
from ui.images import Square
from ui.text import t

MOST_BLOCKS = 200  # in a list of switches
PATIENCE_SECONDS = 1.0  # for somebody else who measures


class Deeper:
    """Answers what a page asks about one of its pictures: `Desk.one`'s question, ``changes`` and more."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._switches = inside.Switches()
        self._measuring = threading.Lock()  # one at a time: others use the net meanwhile

    def heat(self, sent: Any) -> dict[str, Any]:
        """Where it looked: by ``method``, at ``layer``, for class ``label``, ``against`` another; empty for its own.

        Returns:
            ``method``, ``layer``, ``label``, ``against`` as they were answered; the ``logit`` explained; the
            ``largest`` value of the map, and the largest absolute one of the same map under ``random`` weights;
            ``evidence``, whether the first is more than ``times`` the second (None where that is no test: it is one at
            layer ``usual`` alone); ``temperature``, by which logits are divided; ``full``, the value drawn brightest;
            ``shape``; ``patch`` (pixels, and from one to the next) of the occlusion method; the heat as a picture to
            lay over, ``image``, and that of random weights, ``random_image``; and its `heat_reading.reading`.
        """
        checkpoint, square, telling = self._changed(sent)
        asked = Question(*(_word(sent, name) for name in ("method", "layer", "label", "against")))  # type: ignore[arg-type]
        seen = checkpoint.compared(square, asked)
        values, random, answered = seen.heat.values, seen.random, seen.heat.question
        return {
            "method": answered.method, "layer": answered.layer, "label": answered.label, "against": answered.against,
            "logit": seen.heat.logit, "largest": float(values.max()), "random": float(random.abs().max()),
            "evidence": seen.evidence, "times": EVIDENT, "usual": checkpoint.default_layer(),
            "temperature": checkpoint.temperature, "full": seen.full, "shape": list(values.shape),
            "patch": patch(checkpoint.side) if answered.method == "occlusion" else None,
            "image": layer_over(values.numpy(), checkpoint.side, seen.full),
            "random_image": layer_over(random.numpy(), checkpoint.side, seen.full),
            **reading(values, telling),
        }  # fmt: skip

    def maps(self, sent: Any) -> dict[str, Any]:
        """What ``layer`` puts out: `feature_maps.as_told`, the ``peaks`` of each channel drawn, and of the first
        convolution its ``filters`` (`feature_maps.filters_of`).
        """
        checkpoint, square, _ = self._changed(sent)
        layer = _word(sent, "layer")
        if layer not in checkpoint.layers:
            raise UserError(t("predict.layer_not_called", layer=repr(layer)[:60]), cure=t("predict.layer_cure"))
        maps = checkpoint.maps(square, layer)
        sheet = feature_maps.develop(maps, layer)
        with checkpoint.borrowed() as own:
            filters = feature_maps.filters_of(own.model, sheet)
        peaks = [feature_maps.peaks(maps[channel]) for channel in sheet.order]
        return {**feature_maps.as_told(sheet), "peaks": peaks, "filters": filters}

    def paths(self, sent: Any) -> dict[str, Any]:
        """What happens in ``block``: `inside.paths`."""
        checkpoint, square, _ = self._changed(sent)
        return inside.paths(checkpoint, square, _word(sent, "block"))

    def switched(self, sent: Any) -> dict[str, Any]:
        """The answer with blocks ``skipped`` and shortcuts ``cut``: ``shares``, the likeliest `MOST_SHARES`."""
        checkpoint, square, _ = self._changed(sent)
        shares = self._switches.answer(checkpoint, square, _names(sent, "skipped"), _names(sent, "cut"))
        return {"shares": shares[:MOST_SHARES]}

    def accuracy(self, sent: Any) -> dict[str, Any]:
        """How many of ``drawings`` it gets right without one path of one block, and as it is: ``switched`` and
        ``whole``, shares or None. Some seconds, the first time.

        Raises:
            UserError: more than one block is meant, or somebody else is measuring.
        """
        skipped, cut = _names(sent, "skipped"), _names(sent, "cut")
        if len(skipped) + len(cut) > 1:  # so few can be asked for that all of them are soon known
            raise not_so()
        checkpoint = self._desk.checkpoint(sent)
        if not self._measuring.acquire(timeout=PATIENCE_SECONDS):
            raise UserError(t("predict.measuring"), cure=t("predict.measuring_cure"))
        try:
            switched = self._switches.accuracy(checkpoint, skipped, cut)
            whole = self._switches.accuracy(checkpoint, [], [])
        finally:
            self._measuring.release()
        return {"drawings": inside.DRAWINGS, "switched": switched, "whole": whole}

    def _changed(self, sent: Any) -> tuple[Checkpoint, Square, npt.NDArray[np.bool_] | None]:
        """The checkpoint, the picture as the visitor has changed it, and where it has parts that tell its class."""
        _, checkpoint, picture = self._desk.one(sent)
        changes = Changes.asked(sent.get("changes"))
        telling = None if picture.telling is None else changes.mask(picture.telling)
        return checkpoint, changes(picture.square), telling


def _word(sent: Any, name: str) -> str:
    word = sent.get(name, "")
    if not isinstance(word, str):
        raise not_so()
    return word


def _names(sent: Any, name: str) -> list[str]:
    names = sent.get(name)
    if not isinstance(names, list) or len(names) > MOST_BLOCKS or not all(isinstance(each, str) for each in names):
        raise not_so()
    return names
