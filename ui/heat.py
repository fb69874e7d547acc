"""What can be asked about where a net looked, and the answer: three methods, any layer, any class or two."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from resnet.errors import UserError
from resnet.saliency import grad_cam_and_logits, integrated_gradients, occlusion
from resnet.saliency_checks import EVIDENT, evident
from ui.text import t

Method: TypeAlias = Literal["grad_cam", "integrated_gradients", "occlusion"]
METHODS: tuple[Method, ...] = ("grad_cam", "integrated_gradients", "occlusion")
NAMED = 5  # classes a refusal lists
BRIGHT = 0.99  # of the pixels are no brighter than the top of the scale; single ones stand out a hundredfold


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Args:
        method: how.
        layer: of Grad-CAM; the others ask about the picture's own pixels.
        label: the class; empty for the likeliest.
        against: the class whose logit is subtracted; empty for none.
    """

    method: Method = "grad_cam"
    layer: str = ""
    label: str = ""
    against: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Where a net looked.

    Args:
        question: as it was answered: with the layer and the class that were meant.
        logit: what is explained: the class's logit, or the difference of two.
        values: h,w float32, as `resnet.saliency` defines them. Like `logit` divided by the checkpoint's temperature,
            so that the softmax of such logits is the probability shown.
    """

    question: Question
    logit: float
    values: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A heat map beside the same one with random weights.

    Args:
        heat: the map.
        random: h,w, with random weights.
        evidence: whether the map is evidence; None where nothing tells.
        full: the heat to draw brightest.
    """

    heat: Heat
    random: Tensor
    evidence: bool | None
    full: float


def checked(asked: Question, classes: Sequence[str]) -> Question:
    """A question that can be answered, from words a script has sent.

    Raises:
        UserError: there is no such method or class; a class is set against itself; a layer is named where none counts.
    """
    if asked.method not in METHODS:
        cure = t("predict.unknown_method_cure", methods=" / ".join(METHODS))
        raise UserError(t("predict.unknown_method", method=repr(asked.method)[:60]), where="method", cure=cure)
    if asked.layer and asked.method != "grad_cam":
        what = t("predict.layer_unused", method=asked.method)
        raise UserError(what, where="layer", cure=t("predict.layer_unused_cure"))
    for where, name in (("label", asked.label), ("against", asked.against)):
        if name and name not in classes:
            near = difflib.get_close_matches(name[:60], classes, n=NAMED, cutoff=0.4) or classes[:NAMED]
            cure = t("predict.unknown_class_cure", classes=", ".join(near))
            raise UserError(t("predict.unknown_class", name=repr(name)[:60]), where=where, cure=cure)
    if asked.against and asked.against == asked.label:
        raise _against_itself(asked.against)
    return asked


def heat_of(
    model: nn.Module, images: Tensor, asked: Question, classes: Sequence[str], temperature: float = 1.0
) -> Heat:
    """Ask a net where it looked; it is given back as it was.

    Args:
        model: takes 1,3,S,S and gives 1,K logits; in evaluation mode.
        images: 1,3,S,S, normalised.
        asked: as `checked` lets pass, with a layer where the method needs one.
        classes: names of the K.
        temperature: what logits are divided by.

    Raises:
        UserError: as `grad_cam`; the likeliest class is set against itself; or the net's numbers are not finite.
    """

    def meant(answer: Tensor) -> tuple[Tensor, Tensor | None]:
        """The class and the one that is set against it, now that the net has said which is the likeliest."""
        label = classes.index(asked.label) if asked.label else int(answer[0].argmax())
        against = classes.index(asked.against) if asked.against else None
        if label == against:
            raise _against_itself(asked.against)
        return torch.tensor([label]), None if against is None else torch.tensor([against])

    if asked.method == "grad_cam":
        values, answer = grad_cam_and_logits(model, images, asked.layer, meant)
    else:
        with torch.no_grad():
            answer = model(images)
        pixels = {"integrated_gradients": integrated_gradients, "occlusion": occlusion}[asked.method]
        values = pixels(model, images, *meant(answer))
    if not (values.isfinite().all() and answer.isfinite().all()):
        raise UserError(t("predict.not_finite"), cure=t("predict.not_finite_cure"))
    logits, (label, against) = answer[0].float() / temperature, meant(answer)
    logit = logits[label] - (0 if against is None else logits[against])
    answered = Question(asked.method, asked.layer, classes[int(label)], asked.against)
    return Heat(answered, float(logit), values[0] / temperature)


def judged(heat: Heat, random: Tensor, usual: str) -> tuple[bool | None, float]:
    """Whether a map is evidence, and the heat to draw brightest.

    Only Grad-CAM at the last stage has a rule for what is evidence (`resnet.saliency_checks.evident`): it was found
    there, and at earlier layers even sure and right answers would not pass it. Brightest is then the map's maximum, or
    what would be evidence, so that a map without stays dim; elsewhere its maximum; and in maps of single pixels, of
    whose maximum nothing follows, what only one pixel in a hundred is above.

    Args:
        heat: a map.
        random: h,w, the same map with random weights.
        usual: the layer of the last stage, `Checkpoint.default_layer`.
    """
    if heat.question.method != "grad_cam":
        return None, max(0.0, float(heat.values.quantile(BRIGHT)))
    largest = float(heat.values.max())
    if heat.question.layer != usual:
        return None, max(0.0, largest)
    return evident(heat.values, random), max(largest, EVIDENT * float(random.abs().max()))


def _against_itself(name: str) -> UserError:
    cure = t("predict.against_itself_cure")
    return UserError(t("predict.against_itself", name=name), where="against", cure=cure)
