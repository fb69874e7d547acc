"""`/predict` and `/feature_maps`: what the Predict tab does, for scripts and agents."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

from resnet.errors import UserError
from ui import feature_maps
from ui.checkpoints import Shelf
from ui.images import FITS, RefusedPicture, checked_fit, load
from ui.predict_answer import Answer
from ui.refusals import refusing
from ui.text import t

MOST_CHANNELS = 256  # in one PNG


def build(shelf: Shelf) -> None:
    """Add both endpoints. They take uploads and words; nothing a caller writes becomes a path."""

    @refusing
    def predict(pictures: list[str] | None, checkpoint: str = "", fit: str = "crop") -> dict[str, Any]:
        return _predict(shelf, pictures, checkpoint, fit)

    @refusing
    def draw(
        picture: str | None, checkpoint: str = "", layer: str = "", channels: int = feature_maps.MOST, fit: str = "crop"
    ) -> tuple[Image.Image, dict[str, Any]]:
        return _feature_maps(shelf, picture, checkpoint, layer, channels, fit)

    with gr.Row(visible=False):
        key, layer = gr.Textbox("", label="checkpoint"), gr.Textbox("", label="layer")
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


def _predict(shelf: Shelf, pictures: list[str] | None, key: str, fit: str) -> dict[str, Any]:
    if not pictures:
        raise UserError(t("predict.no_picture"), where="pictures", cure=t("predict.no_picture_cure"))
    checkpoint = shelf.open(key)
    replies: list[dict[str, Any]] = []
    for picture in load(pictures, checkpoint.side, checked_fit(fit)):
        if isinstance(picture, RefusedPicture):
            reason = picture.reason
            replies.append({"name": picture.name, "refused": {"what": reason.what, "cure": reason.cure}})
            continue
        answer = Answer(picture, *checkpoint.answer(picture.square))
        replies.append(
            {
                "name": picture.name,
                "label": answer.label,
                "probabilities": answer.probabilities,
                "milliseconds": round(answer.milliseconds, 3),
                "familiarity": answer.familiarity,
            }
        )
    return {"checkpoint": checkpoint.offer.key, "image_px": checkpoint.side, "fit": fit, "pictures": replies}


def _feature_maps(
    shelf: Shelf, picture: str | None, key: str, layer: str, channels: int | None, fit: str
) -> tuple[Image.Image, dict[str, Any]]:
    if picture is None:
        raise UserError(t("predict.no_picture"), where="picture", cure=t("predict.no_picture_cure"))
    if channels is None or not 1 <= channels <= MOST_CHANNELS:
        cure = t("predict.channels_cure", most=MOST_CHANNELS)
        raise UserError(t("predict.channels_range", channels=channels), where="channels", cure=cure)
    checkpoint = shelf.open(key)
    (loaded,) = load([picture], checkpoint.side, checked_fit(fit))
    if isinstance(loaded, RefusedPicture):
        raise loaded.reason
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
