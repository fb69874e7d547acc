"""The Architecture tab: pick a network, see every shape in it."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from resnet.catalogue import CATALOGUE, find
from resnet.errors import UserError
from resnet.formats import COLUMNS, cells, shape_text
from resnet.inputs import parse_shape
from resnet.summary import summarize
from ui.architecture_view import view
from ui.lab import Lab
from ui.refusals import refusal, refusing
from ui.text import t

DEPTHS = [(net.title.removeprefix("ResNet-"), net.name) for net in CATALOGUE.values() if net.group == "resnet"]
OTHERS = [
    (f"{t(f'architecture.group.{net.group}')} · {net.title}", net.name)
    for net in CATALOGUE.values()
    if net.group != "resnet"
]
FIRST = "resnet18"


def build(lab: Lab) -> None:
    """Add the tab's components, events and the `/summary` endpoint."""
    figures, picture, table = view(FIRST, find(FIRST).input_shape, None)
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            depth = gr.Radio(
                DEPTHS,
                value=FIRST,
                label=t("architecture.depth"),
                info=t("architecture.depth.info"),
                elem_id="net-depth",
            )
            other = gr.Dropdown(
                OTHERS,
                value=None,
                label=t("architecture.more"),
                info=t("architecture.more.info"),
                elem_id="net-other",
            )
            with gr.Row():
                shape = gr.Textbox(
                    _commas(find(FIRST).input_shape),
                    label=t("architecture.input"),
                    info=t("architecture.input.info"),
                    max_lines=1,
                    max_length=40,
                    min_width=120,
                    elem_id="net-input",
                )
                classes = gr.Number(
                    find(FIRST).classes,
                    label=t("architecture.classes"),
                    info=t("architecture.classes.info"),
                    min_width=120,
                    elem_id="net-classes",
                )
            refused = gr.HTML(elem_id="net-refused", apply_default_css=False)
            facts = gr.HTML(figures, elem_id="net-facts", apply_default_css=False)
        with gr.Column(scale=3, min_width=320):
            drawing = gr.HTML(picture, elem_id="net-picture", apply_default_css=False)
            listing = gr.HTML(table, elem_id="net-table", apply_default_css=False)
    outputs = [refused, facts, drawing, listing]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}
    depth.input(_choose, depth, [other, shape, classes, *outputs], **quiet)
    other.input(_choose_other, other, [depth, shape, classes, *outputs], **quiet)
    for left in (shape.submit, shape.blur, classes.submit, classes.blur):  # not at every key: half a number is none
        left(_redraw, [depth, other, shape, classes], outputs, **quiet)
    gr.api(summary_endpoint, api_name="summary", api_description=summary_endpoint.__doc__)


def _choose(name: str) -> list[Any]:
    """A depth was picked: forget the other net, take this one's own input and classes."""
    net = find(name)
    classes = gr.Number(net.classes, interactive=net.classes is not None)
    return [None, _commas(net.input_shape), classes, "", *view(name, net.input_shape, None)]


def _choose_other(name: str | None) -> list[Any]:
    if name is None:
        return [gr.skip()] * 7
    return _choose(name)


def _redraw(depth: str | None, other: str | None, shape: str, classes: float | None) -> list[Any]:
    """The view for the fields as they stand; a refusal stands under them, and the last view stays."""
    name = other or depth or FIRST
    try:
        wanted = None if classes is None else _whole(classes)
        return ["", *view(name, parse_shape(shape), wanted if find(name).classes is not None else None)]
    except UserError as error:
        sentence = f'<p class="net-refusal" role="alert">{html.escape(refusal(error))}</p>'
        return [sentence, gr.skip(), gr.skip(), gr.skip()]


def _whole(classes: float) -> int:
    if int(classes) != classes:
        raise UserError(
            t("architecture.not_whole", number=classes), where="classes", cure=t("architecture.not_whole_cure")
        )
    return int(classes)


def _commas(shape: tuple[int, ...]) -> str:
    return ",".join(map(str, shape))


@refusing
def summary_endpoint(net: str, input: str = "", classes: int = 0) -> dict[str, Any]:
    """The layer table of a network: every operation with its shapes, parameters, work and traffic.

    Args:
        net: a name of the catalogue, such as "resnet50".
        input: channels,height,width such as "3,224,224"; empty for the net's own.
        classes: outputs of the head; 0 for the net's own.

    Returns:
        title, input shape, one object a row (name, type, input_shape, output_shape, params, macs, flops, madd,
        output_bytes, read_bytes, write_bytes) and the totals of the columns.
    """
    found = summarize(net, parse_shape(input) if input else None, num_classes=classes or None)
    totals = {column: getattr(found.totals, column) for column in COLUMNS[4:]}
    return {
        "title": found.title,
        "input": shape_text(found.input_shape),
        "rows": [dict(zip(COLUMNS, cells(row), strict=True)) for row in found.rows],
        "totals": totals,
        "partial": list(found.totals.unknown),
    }
