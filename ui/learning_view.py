"""The panel "What it is learning" of the Train tab: one live component that follows the run the live panel shows."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.lab import Lab
from ui.learning import Learning
from ui.live_html import fields, live_html
from ui.refusals import answering

SCRIPTS = ("parts.js", "learning_parts.js", "learning.js")  # drawing; the server and the slider


def build(lab: Lab) -> gr.HTML:
    """Add the panel. Its script hears which run is watched by the event ``lab:run`` and asks for what is new of it."""
    learning = Learning(lab.runs)

    @answering
    def look(asked: Any) -> dict[str, Any]:
        run, known = fields(asked, "run", "known")
        return learning.look(run, known) if learning.is_there(run) else {"gone": True}  # the live panel says why

    @answering
    def epoch(asked: Any) -> dict[str, Any]:
        return learning.epoch(*fields(asked, "run", "epoch"))

    @answering
    def then(asked: Any) -> dict[str, Any]:
        return learning.then(*fields(asked, "run", "epoch", "probe", "layer"))

    return live_html(
        "learning.html", SCRIPTS, [look, epoch, then], elem_id="train-learning", words="train.learning.live."
    )
