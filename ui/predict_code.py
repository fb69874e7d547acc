"""The code behind "Copy as Python" of the Predict tab: a dozen lines that give the answer on show again."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from resnet.errors import UserError
from ui.changes import Changes
from ui.desk import Desk
from ui.desk_question import Question
from ui.offers import Offer
from ui.text import t

WEIGHTS = "model.safetensors"


def predict_code(desk: Desk, sent: Any, *, public: bool = False) -> str:
    """A program that asks the same checkpoint about the same picture, changed in the same way.

    Args:
        desk: that of the page.
        sent: as `Desk.one` takes it, with ``changes`` and, of an upload, the ``name`` its file has at home.
        public: strangers use the page. They have the weights of a run only as a file they took along, and its pictures
            not at all.

    Raises:
        UserError: there is no such checkpoint or picture, or nobody could run the code.
    """
    question, checkpoint, picture = desk.one(sent)
    if question.unseen and public:
        raise UserError(t("predict.no_code"), cure=t("predict.no_code_cure"))
    name = sent.get("name")
    net_from, net = _net(checkpoint.offer, public)
    square_from, square = _square(question, name if isinstance(name, str) and name else picture.name)
    done = _changes(Changes.asked(sent.get("changes")))
    imports = ["import torch", "", net_from, *square_from] + (["from ui.changes import Changes"] if done else [])
    if question.pictures:
        imports = ["import numpy as np", *imports]
    if question.pictures or question.unseen:
        imports = ["from pathlib import Path", "", *imports]
    lines = [
        *imports,
        "",
        f"net = {net}",
        *square,
        *([f"square = Changes({done})(square)"] if done else []),
        "shares, _ = net.answer(torch.tensor(square).permute(2, 0, 1)[None])",
        "for name, share in sorted(zip(net.classes, shares[0].tolist()), key=lambda pair: -pair[1])[:5]:",
        '    print(f"{name}: {share:.2%}")',
    ]
    return "\n".join(lines) + "\n"


def _net(offer: Offer, public: bool) -> tuple[str, str]:
    """What to import, and the expression that gives the net; no path of this machine is among it."""
    kind, _, name = offer.key.partition(":")
    if kind == "imagenet":
        return "from train.imagenet import classifier", f"classifier({_quoted(name)})"
    file = WEIGHTS
    if kind == "shipped":
        file = f"assets/{name}.safetensors"
    elif kind == "run" and not public:
        file = f"runs/{name}"
    return "from train.checkpoint import load_classifier", f"load_classifier({_quoted(file)})"


def _square(question: Question, name: str) -> tuple[list[str], list[str]]:
    """What to import, and the lines that give the picture, S,S,3 uint8."""
    if question.pictures:
        file = _quoted(name)
        return ["from train.pictures import decode, fit_square"], [
            f"picture = decode(Path({file}), name={file}, side=net.image_px)",
            f"square = np.array(fit_square(picture, net.image_px, {_quoted(question.fit)}))",
        ]
    if question.unseen:
        run, number = question.unseen
        return ["from ui.unseen import Unseen"], [
            f'square = Unseen(Path("runs")).picture({_quoted(run)}, {number}, net.image_px).square'
        ]
    return ["from ui.images import drawn"], [f'square = drawn({question.drawing}, net.image_px, "").square']


def _changes(changes: Changes) -> str:
    """What is done to the picture, as arguments; empty where nothing is."""
    names = [field.name for field in fields(changes)]
    return ", ".join(
        f"{name}={getattr(changes, name)!r}" for name in names if getattr(changes, name) != getattr(Changes(), name)
    )


def _quoted(text: str) -> str:
    """As Python writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False)
