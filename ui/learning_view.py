"""The panel "What it is learning" of the Train tab: one live component that follows the run the live panel shows."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import gradio as gr

from resnet.errors import UserError
from ui.lab import Lab
from ui.learning import Learning
from ui.refusals import answering
from ui.text import section, t

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("learning_parts.js", "learning.js")  # drawing; the server and the slider


def build(lab: Lab) -> gr.HTML:
    """Add the panel. Its script hears which run is watched by the event ``lab:run`` and asks for what is new of it."""
    learning = Learning(lab.runs)

    @answering
    def look(asked: Any) -> dict[str, Any]:
        run, known = _fields(asked, "run", "known")
        return learning.look(run, known) if learning.is_there(run) else {"gone": True}  # the live panel says why

    @answering
    def epoch(asked: Any) -> dict[str, Any]:
        return learning.epoch(*_fields(asked, "run", "epoch"))

    @answering
    def then(asked: Any) -> dict[str, Any]:
        return learning.then(*_fields(asked, "run", "epoch", "probe", "layer"))

    template = (STATIC / "learning.html").read_text(encoding="utf-8")
    return gr.HTML(
        html_template=re.sub(r"\[\[(.+?)\]\]", lambda found: html.escape(t(found[1])), template),
        js_on_load="\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS),
        server_functions=[look, epoch, then],
        apply_default_css=False,
        elem_id="train-learning",
        words=section("train.learning.live."),
    )


def _fields(asked: Any, *names: str) -> list[Any]:
    if not isinstance(asked, dict) or any(name not in asked for name in names):
        raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
    return [asked[name] for name in names]
