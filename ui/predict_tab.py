"""The Predict tab: give pictures, read what a checkpoint takes them for, cover parts, see where it looked and
what its layers and blocks make of a picture.

One live component: its script (`static/predict.js`) holds the state and asks the functions here; nothing of a visitor
is kept between two questions but what `ui.desk` keeps for some minutes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from train.familiarity import UNFAMILIAR
from ui import predict_api, visitor
from ui.checkpoints import Shelf
from ui.deeper import Deeper
from ui.desk import Desk
from ui.images import MAX_PICTURES, next_drawn
from ui.lab import Lab
from ui.live_html import fields, live_html
from ui.predict_code import predict_code
from ui.refusals import answering

SCRIPTS = (  # one scope; the last one holds the state
    "parts.js",
    "save_file.js",
    "copy_text.js",
    "part_picture.js",
    "predict_answer.js",
    "predict_channel.js",
    "predict_deeper.js",
    "predict_heat.js",
    "predict_block.js",
    "predict_cover.js",
    "predict_drop.js",
    "predict_weights.js",
    "predict_download.js",
    "predict_beside.js",
    "predict_asking.js",
    "predict_address.js",
    "predict_take.js",
    "predict.js",
)


def build(lab: Lab) -> None:
    """Add the tab's component and the endpoints `/predict` and `/feature_maps`."""
    uploads = Path(get_upload_folder())

    def may_download() -> bool:
        return not lab.room.led or lab.room.leads(visitor.leader_token())

    shelf = Shelf(lab.runs, public=lab.public, uploads=uploads, may_download=may_download)
    desk = Desk(shelf, uploads)
    deeper = Deeper(desk)
    looks = (deeper.heat, deeper.maps, deeper.paths, deeper.switched, deeper.accuracy)

    @answering
    def checkpoints(asked: Any) -> dict[str, Any]:
        return {"checkpoints": desk.checkpoints(*fields(asked, "run"))}

    @answering
    def answers(asked: Any) -> dict[str, Any]:
        return desk.answers(asked)

    @answering
    def opened(asked: Any) -> dict[str, Any]:
        return desk.opened(*fields(asked, "key"))

    @answering
    def download(asked: Any) -> dict[str, Any]:
        return desk.download(*fields(asked, "key"))

    @answering
    def downloaded(asked: Any) -> dict[str, Any]:
        return desk.downloaded(*fields(asked, "key"))

    @answering
    def beside(asked: Any) -> dict[str, Any]:
        return desk.beside(asked)

    @answering
    def changed(asked: Any) -> dict[str, Any]:
        return desk.changed(asked)

    @answering
    def another(asked: Any) -> dict[str, Any]:
        return {"drawing": desk.another(*fields(asked, "animal", "after"))}

    @answering
    def code(asked: Any) -> dict[str, Any]:
        return {"code": predict_code(desk, asked, public=lab.public)}

    live_html(
        "predict.html",
        SCRIPTS,
        [checkpoints, opened, download, downloaded, answers, changed, beside, another, code, *map(answering, looks)],
        elem_id="predict",
        words="predict.live.",
        drawing=next_drawn("cat", -1),
        most=MAX_PICTURES,
        odd_percent=f"{100 * UNFAMILIAR:.0f}",
    )
    predict_api.build(desk.shelf)
