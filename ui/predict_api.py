"""`/predict`, `/feature_maps` and `/grad_cam`: what the Predict tab does, for scripts and agents."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

from resnet.errors import UserError
from ui import feature_maps
from ui.checkpoints import Checkpoint, Shelf
from ui.heat import Question
from ui.heat_map import laid_over
from ui.imagenet_weights import KEYS
from ui.images import FITS, Picture, RefusedPicture, checked_fit, load
from ui.refusals import refusing
from ui.text import t

MOST_CHANNELS = 256  # in one PNG


def build(shelf: Shelf) -> None:
    """Add the endpoints. They take uploads and words; nothing a caller writes becomes a path."""

    @refusing
    def predict(pictures: list[str] | None, checkpoint: str = "", fit: str = "crop") -> dict[str, Any]:
        return _predict(shelf, pictures, checkpoint, fit)

    @refusing
    def draw(
        picture: str | None, checkpoint: str = "", layer: str = "", channels: int = feature_maps.MOST, fit: str = "crop"
    ) -> tuple[Image.Image, dict[str, Any]]:
        return _feature_maps(shelf, picture, checkpoint, layer, channels, fit)

    @refusing
    def look(
        picture: str | None,
        checkpoint: str = "",
        layer: str = "",
        label: str = "",
        against: str = "",
        method: str = "grad_cam",
        fit: str = "crop",
    ) -> tuple[Image.Image, dict[str, Any]]:
        return _grad_cam(shelf, picture, checkpoint, Question(method, layer, label, against), fit)  # type: ignore[arg-type]

    with gr.Row(visible=False):
        key, layer = gr.Textbox("", label="checkpoint"), gr.Textbox("", label="layer")
        label, against = gr.Textbox("", label="label"), gr.Textbox("", label="against")
        method = gr.Textbox("grad_cam", label="method")
        fit = gr.Textbox(FITS[0], label="fit")
        channels = gr.Number(feature_maps.MOST, label="channels", precision=0)
        pictures, picture = gr.File(label="pictures", file_count="multiple"), gr.File(label="picture")
        replies, about = gr.JSON(label="answers"), gr.JSON(label="about")
        sheet = gr.Image(label="maps", format="png", type="pil")
        gr.Button().click(
            predict,
            [pictures, key, fit],
            replies,
            api_name="predict",
            api_description=t("predict.api_predict"),
        )
        gr.Button().click(
            draw,
            [picture, key, layer, channels, fit],
            [sheet, about],
            api_name="feature_maps",
            api_description=t("predict.api_feature_maps"),
        )
        gr.Button().click(
            look,
            [picture, key, layer, label, against, method, fit],
            [sheet, about],
            api_name="grad_cam",
            api_description=t("predict.api_grad_cam"),
        )


def _predict(shelf: Shelf, pictures: list[str] | None, key: str, fit: str) -> dict[str, Any]:
    if not pictures:
        raise UserError(t("predict.no_picture"), where="pictures", cure=t("predict.no_picture_cure"))
    checkpoint = _open(shelf, key)
    replies: list[dict[str, Any]] = []
    for picture in load(pictures, checkpoint.side, checked_fit(fit)):
        if isinstance(picture, RefusedPicture):
            reason = picture.reason
            replies.append({"name": picture.name, "refused": {"what": reason.what, "cure": reason.cure}})
            continue
        probabilities, milliseconds, familiarity = checkpoint.answer(picture.square)
        replies.append(
            {
                "name": picture.name,
                "label": next(iter(probabilities)),
                "probabilities": probabilities,
                "milliseconds": round(milliseconds, 3),
                "familiarity": familiarity,
            }
        )
    return {"checkpoint": checkpoint.offer.key, "image_px": checkpoint.side, "fit": fit, "pictures": replies}


def _feature_maps(
    shelf: Shelf, picture: str | None, key: str, layer: str, channels: int | None, fit: str
) -> tuple[Image.Image, dict[str, Any]]:
    if channels is None or not 1 <= channels <= MOST_CHANNELS:
        cure = t("predict.channels_cure", most=MOST_CHANNELS)
        raise UserError(t("predict.channels_range", channels=channels), where="channels", cure=cure)
    checkpoint = _open(shelf, key)
    loaded = _one(picture, checkpoint.side, fit)
    layer = layer or checkpoint.default_layer()
    sheet = feature_maps.develop(checkpoint.maps(loaded.square, layer), layer, channels)
    about = {
        "checkpoint": checkpoint.offer.key,
        "layer": layer,
        "shape": list(sheet.shape),
        "channels": list(sheet.order),
        "means": list(sheet.means),
        "scale": list(sheet.scale),
        "extremes": list(sheet.extremes),
    }
    return feature_maps.as_picture(sheet), about


def _grad_cam(
    shelf: Shelf, picture: str | None, key: str, asked: Question, fit: str
) -> tuple[Image.Image, dict[str, Any]]:
    checkpoint = _open(shelf, key)
    square = _one(picture, checkpoint.side, fit).square
    seen = checkpoint.compared(square, asked)
    values, answered = seen.heat.values, seen.heat.question
    about = {
        "checkpoint": checkpoint.offer.key,
        "method": answered.method,
        "layer": answered.layer,
        "label": answered.label,
        "against": answered.against,
        "logit": seen.heat.logit,
        "max": float(values.max()),
        "min": float(values.min()),
        "mean": float(values.mean()),
        "random_max": float(seen.random.abs().max()),
        "evidence": seen.evidence,
        "scale": [0.0, seen.full],
        "unit": "logits",
        "temperature": checkpoint.temperature,
        "shape": list(values.shape),
    }
    return laid_over(square, values.numpy(), seen.full), about


def _open(shelf: Shelf, key: str) -> Checkpoint:
    """The checkpoint; one that has to be downloaded is refused until it is here, so that nobody's answer waits."""
    if key in KEYS:
        shelf.imagenet.summon(key)
    return shelf.open(key)


def _one(picture: str | None, side: int, fit: str) -> Picture:
    """The picture, or a refusal."""
    if picture is None:
        raise UserError(t("predict.no_picture"), where="picture", cure=t("predict.no_picture_cure"))
    (loaded,) = load([picture], side, checked_fit(fit))
    if isinstance(loaded, RefusedPicture):
        raise loaded.reason
    return loaded
