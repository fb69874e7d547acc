"""The panel "Compare runs" of the Train tab: one live component, the table of runs and their curves over each other."""

from __future__ import annotations

from typing import Any

import gradio as gr

from train.experiments import EXPERIMENTS
from ui.live_html import fields, live_html
from ui.live_run import Runs
from ui.overlay import Overlay, recorded, sizes
from ui.refusals import answering

SCRIPTS = (  # one scope: what is known, how it is drawn, the table, polling
    "train_words.js",
    "train_curves.js",
    "train_scales.js",
    "train_sheet.js",
    "browser_store.js",
    "train_runs.js",
    "overlay_chart.js",
    "overlay_group.js",
    "overlay_wait.js",
    "overlay_table.js",
    "overlay.js",
)


def build(runs: Runs) -> gr.HTML:
    """Add the panel. Its script asks for the list of runs and for what is new of those that are checked."""
    overlay = Overlay(runs)

    @answering
    def table(asked: Any) -> dict[str, Any]:
        return overlay.table(*fields(asked, "tokens", "chosen"))

    @answering
    def curves(asked: Any) -> dict[str, Any]:
        return overlay.curves(*fields(asked, "runs"))

    @answering
    def start(asked: Any) -> dict[str, Any]:
        return overlay.start(*fields(asked, "name", "data"))

    @answering
    def stop(asked: Any) -> dict[str, Any]:
        return overlay.stop(*fields(asked, "tokens"))

    @answering
    def recording(asked: Any) -> dict[str, Any]:
        return recorded()

    return live_html(
        "overlay.html",
        SCRIPTS,
        [table, curves, start, stop, recording],
        elem_id="train-compare",
        words="train.overlay.live.",
        sets={name: sizes(experiment) for name, experiment in EXPERIMENTS.items()},
    )
