"""The row "Take it with you" of the Train tab: it follows the run the live panel shows."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.lab import Lab
from ui.live_html import fields, live_html
from ui.refusals import answering
from ui.take_away import ADDRESS, TOKEN, TakeAway, route

SCRIPTS = ("browser_store.js", "addresses.js", "save_file.js", "take_away.js")


def build(lab: Lab) -> gr.HTML:
    """Add the row, and the address of its files. It is hidden while there is nothing to take along."""
    lab.routes.append(route(lab.runs))
    take_away = TakeAway(lab.runs)

    @answering
    def look(asked: Any) -> dict[str, Any]:
        return take_away.look(*fields(asked, "run"))

    return live_html(
        "take_away.html",
        SCRIPTS,
        [look],
        elem_id="train-take-away",
        words="train.take_away.live.",
        address=ADDRESS,
        token_header=TOKEN,
    )
