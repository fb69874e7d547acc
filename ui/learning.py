"""What a run has learned, for the page: its observations as they were kept, and its nets of then, asked again.

Who knows a run's id may watch it, and so may read this. Every function takes what a stranger may send and answers
plain JSON values; refusals are `UserError`.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resnet.errors import UserError
from resnet.stages import stage_of
from train.album import FOLDER, kept_weights, name_of, observed
from train.event_log import OVER
from train.run import Run
from ui.checkpoints import Checkpoint, Offer
from ui.feature_maps import as_strip, caption, develop
from ui.heat import Question
from ui.heat_map import laid_over
from ui.images import Square
from ui.picture_uri import as_uri, webp_uri
from ui.text import t

NETS = 4  # of then, kept in memory
ANSWERS = 96  # kept in memory: many people move the same slider
CHANNELS = 32  # drawn of a layer
_ENDED = OVER | {"interrupted"}

Key = tuple[Any, ...]


class Learning:
    """What the runs of one app have learned.

    Args:
        runs: the folder of all runs.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._nets: OrderedDict[Key, NetOfThen] = OrderedDict()
        self._answers: OrderedDict[Key, dict[str, Any]] = OrderedDict()
        self._turn = threading.Lock()  # one at a time: training comes first

    def is_there(self, run: object) -> bool:
        """Whether there is a run of that id."""
        try:
            Run.open(self._runs, run)  # type: ignore[arg-type]
        except UserError:
            return False
        return True

    def look(self, run: object, known: object) -> dict[str, Any]:
        """What has been observed of a run.

        Args:
            run: its id.
            known: the newest epoch the page has already; -1 for none.

        Returns:
            ``run``, ``over`` (nothing more will come), ``epochs`` observed, ``weights`` (those among them whose nets
            can be asked), where there is anything new ``newest`` (as `epoch`) and, for who knows nothing, ``probes``.
        """
        found = Run.open(self._runs, run)  # type: ignore[arg-type]
        is_over = found.state() in _ENDED  # first: once it is, what follows is complete
        folder = found.path / FOLDER
        epochs = observed(folder)
        answer: dict[str, Any] = {"run": found.id, "over": is_over, "epochs": epochs, "weights": kept_weights(folder)}
        if epochs and epochs[-1] != known:
            answer["newest"] = self._epoch(folder, epochs[-1])
            if known == -1:
                answer["probes"] = self._probes(folder)
        return answer

    def epoch(self, run: object, epoch: object) -> dict[str, Any]:
        """What was observed at the end of one epoch, as `train.album` keeps it, and ``strip``, its small pictures."""
        folder = Run.open(self._runs, run).path / FOLDER  # type: ignore[arg-type]
        return self._epoch(folder, _one_of(epoch, observed(folder), t("train.learning.no_epoch")))

    def then(self, run: object, epoch: object, probe: object, layer: object) -> dict[str, Any]:
        """What the net of then makes of one probe.

        Args:
            run: its id.
            epoch: one whose weights were kept.
            probe: its place among the probes, from 0.
            layer: one of `layers`; empty for the last stage with maps.

        Returns:
            ``layers`` one can choose (``name``, ``stage``), the ``layer`` chosen, ``label`` (the answer that the heat
            map speaks of), ``heat`` (a picture), ``cold`` (nothing speaks for the answer there) and ``maps``: a
            ``strip`` of ``shown`` channels of ``height`` by ``width`` values, a ``caption``, and whether they are
            ``signed``.
        """
        folder = Run.open(self._runs, run).path / FOLDER  # type: ignore[arg-type]
        epoch = _one_of(epoch, kept_weights(folder), t("train.learning.no_weights"))
        path = folder / f"{name_of(epoch)}.safetensors"
        square = self._square(folder, probe)
        if not isinstance(layer, str):
            raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))

        def ask() -> dict[str, Any]:
            net = _kept(self._nets, (path, _stamp(path)), NETS, lambda: NetOfThen(path, epoch))
            return _asked(net, square, layer)

        with self._turn:
            return _kept(self._answers, (path, _stamp(path), probe, layer), ANSWERS, ask)

    def _epoch(self, folder: Path, epoch: int) -> dict[str, Any]:
        path = folder / f"{name_of(epoch)}.json"

        def read() -> dict[str, Any]:
            return {**_read(path), "strip": _as_uri(path.with_suffix(".png"))}

        with self._turn:
            return _kept(self._answers, (path, _stamp(path)), ANSWERS, read)

    def _probes(self, folder: Path) -> dict[str, Any]:
        return {**_read(folder / "probes.json"), "strip": _as_uri(folder / "probes.png")}

    def _square(self, folder: Path, probe: object) -> Square:
        """One probe, as the net gets it."""
        about = _read(folder / "probes.json")
        place = _one_of(probe, list(range(len(about["positions"]))), t("train.learning.no_probe"))
        strip = np.asarray(_opened(folder / "probes.png"))
        return np.ascontiguousarray(strip[:, place * about["side"] : (place + 1) * about["side"]])


class NetOfThen(Checkpoint):
    """A net as it was at the end of an epoch."""

    def __init__(self, path: Path, epoch: int) -> None:
        super().__init__(Offer(key="", path=path, title=f"epoch {epoch + 1}", knows="", stamp=_stamp(path)))

    def stages(self) -> list[str]:
        """The layers on the top level whose maps have a height and a width."""
        sizes = ((name, shape) for name, shape in self.layers.items() if "." not in name and len(shape) == 3)
        return [name for name, shape in sizes if shape[1] * shape[2] > 1]


def _asked(net: NetOfThen, square: Square, layer: str) -> dict[str, Any]:
    stages = net.stages()
    layer = layer or stages[-1]
    if layer not in stages:
        what = t("train.learning.no_layer", layer=repr(layer)[:60])
        raise UserError(what, where="layer", cure=t("train.learning.no_layer_cure", layers=", ".join(stages)))
    heat = net.heat(square, Question(layer=layer))
    speaking = heat.values.clamp(min=0).numpy()
    sheet = develop(net.maps(square, layer), layer, CHANNELS)
    return {
        "layers": [{"name": name, "stage": stage_of(name)} for name in stages],
        "layer": layer,
        "label": heat.question.label,
        "heat": webp_uri(laid_over(square, speaking)),
        "cold": not speaking.any(),
        "maps": {
            "strip": as_uri(as_strip(sheet), "PNG"),
            "shown": len(sheet.order),
            "height": sheet.shape[1],
            "width": sheet.shape[2],
            "caption": caption(sheet),
            "signed": sheet.scale[0] < 0,
        },
    }


def _kept(kept: OrderedDict[Key, Any], key: Key, most: int, make: Callable[[], Any]) -> Any:
    """What is kept under that key, or is made now; those not asked for longest are forgotten."""
    if key not in kept:
        kept[key] = make()
        while len(kept) > most:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def _one_of(asked: object, known: list[int], refusal: str) -> int:
    """A number that a stranger sent, if it is one of these."""
    if isinstance(asked, bool) or not isinstance(asked, int) or asked not in known:
        raise UserError(refusal, cure=t("train.learning.no_epoch_cure"))
    return asked


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(path) from error


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path, formats=["PNG"]).convert("RGB")
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error


def _stamp(path: Path) -> tuple[int, int]:
    """Changes whenever the file does."""
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path) from error
    return status.st_mtime_ns, status.st_size


def _unreadable(path: Path) -> UserError:
    return UserError(t("train.learning.unreadable"), where=path.name, cure=t("train.learning.unreadable_cure"))


def _as_uri(strip: Path) -> str:
    return webp_uri(_opened(strip))
