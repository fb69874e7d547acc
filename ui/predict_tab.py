"""The Predict tab: give pictures, read what a checkpoint takes them for, cover parts, look at what its layers put out.

One live component: its script (`static/predict.js`) holds the state and asks the functions here; nothing of a visitor
is kept between two questions but what `ui.desk` keeps for some minutes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from train.familiarity import UNFAMILIAR
from ui import predict_api
from ui.checkpoints import Shelf
from ui.desk import Desk
from ui.images import next_drawn
from ui.lab import Lab
from ui.live_html import fields, live_html
from ui.refusals import answering

SCRIPTS = (  # one scope: parts, files, drawing of the answer and of what lies deeper, the cover; state and questions
    "parts.js",
    "save_file.js",
    "predict_answer.js",
    "predict_deeper.js",
    "predict_cover.js",
    "predict.js",
)


def build(lab: Lab) -> None:
    """Add the tab's component and the endpoints `/predict` and `/feature_maps`."""
    desk = Desk(Shelf(lab.runs, public=lab.public), Path(get_upload_folder()))

    @answering
    def checkpoints(asked: Any) -> dict[str, Any]:
        return {"checkpoints": desk.checkpoints(*fields(asked, "run"))}

    @answering
    def answers(asked: Any) -> dict[str, Any]:
        return desk.answers(asked)

    @answering
    def changed(asked: Any) -> dict[str, Any]:
        return desk.changed(asked)

    @answering
    def another(asked: Any) -> dict[str, Any]:
        return {"drawing": desk.another(*fields(asked, "animal", "after"))}

    @answering
    def maps(asked: Any) -> dict[str, Any]:
        return desk.maps(asked)

    live_html(
        "predict.html",
        SCRIPTS,
        [checkpoints, answers, changed, another, maps],
        elem_id="predict",
        words="predict.live.",
        drawing=next_drawn("cat", -1),
        odd_percent=f"{100 * UNFAMILIAR:.0f}",
    )
    predict_api.build(desk.shelf)
