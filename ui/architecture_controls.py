"""The Architecture tab's left column: which view, which net, at which input."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import gradio as gr

from resnet.catalogue import CATALOGUE
from resnet.compare import MOST, READY_MADE
from resnet.errors import UserError
from ui import design_controls, room_view
from ui.board import figures
from ui.look import VIEWS, Look
from ui.text import t

STATIC = Path(__file__).parent / "static"
DEPTHS = [(net.title.removeprefix("ResNet-"), net.name) for net in CATALOGUE.values() if net.group == "resnet"]
OTHERS = [
    (f"{t(f'architecture.group.{net.group}')} · {net.title}", net.name)
    for net in CATALOGUE.values()
    if net.group != "resnet"
]
ALL = [(net.title, net.name) for net in CATALOGUE.values()]


def build(first: Look) -> dict[str, Any]:
    """The left column, by name. What a view does not need is hidden."""
    found: dict[str, Any] = {}
    found["view"] = gr.Radio(
        [(t(f"architecture.view.{view}"), view) for view in VIEWS],
        value=first.view,
        label=t("architecture.view"),
        elem_id="net-view",
    )
    with gr.Column(elem_classes="lab-group") as found["for_net"]:
        found["depth"] = gr.Radio(
            DEPTHS,
            value=first.net,
            label=t("architecture.depth"),
            info=t("architecture.depth.info"),
            elem_id="net-depth",
        )
        found["other"] = gr.Dropdown(
            OTHERS, value=None, label=t("architecture.more"), info=t("architecture.more.info"), elem_id="net-other"
        )
    with gr.Column(visible=False, elem_classes="lab-group") as found["for_compare"]:
        found["pair"] = gr.Radio(
            [(t(f"architecture.pair.{pair}"), pair) for pair in READY_MADE],
            value=None,
            label=t("architecture.pair"),
            elem_id="net-pair",
        )
        found["nets"] = gr.Dropdown(
            ALL,
            value=list(first.nets),
            multiselect=True,
            max_choices=MOST,
            label=t("architecture.nets"),
            info=t("architecture.nets.info"),
            elem_id="net-nets",
        )
    with gr.Column(visible=False, elem_classes="lab-group") as found["for_build"]:
        found["design"] = design_controls.build(first.design)
        found["train"] = gr.Button(t("architecture.build.train"), elem_id="build-train")
        room_view.build_only_leader()
    with gr.Row(elem_id="net-inputs") as found["for_all"]:
        found["shape"] = gr.Textbox(
            commas(first.shape),
            label=t("architecture.input"),
            info=t("architecture.input.info"),
            max_lines=1,
            max_length=40,
            min_width=90,
            elem_id="net-input",
        )
        found["classes"] = gr.Number(
            first.num_classes,
            label=t("architecture.classes"),
            info=t("architecture.classes.info"),
            min_width=90,
            elem_id="net-classes",
        )
    found["refused"] = gr.HTML(
        js_on_load=(STATIC / "architecture_refused.js").read_text(encoding="utf-8"),
        elem_id="net-refused",
        apply_default_css=False,
    )
    found["facts"] = gr.HTML(figures(first), elem_id="net-facts", apply_default_css=False)
    return found


def refused(error: UserError, stays: bool = False) -> str:
    """A refusal, as HTML; the page's script shows it at its field.

    Args:
        stays: whether what is on show is what was there before.
    """
    named = {"input": "net-input", "classes": "net-classes", "nets": "net-nets"}
    named |= {name: design_controls.elem_id(name) for name in design_controls.FIELDS}
    field = named.get(error.where, "")
    said = f"{error.what}. {error.cure}." if field else str(error)
    return (
        f'<p class="net-refusal" id="net-refusal" role="alert" data-field="{field}" data-stays="{str(stays).lower()}">'
        f"{html.escape(said)}</p>"
    )


def commas(shape: tuple[int, ...]) -> str:
    """A shape as one types it."""
    return ",".join(map(str, shape))
