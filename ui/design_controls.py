"""The controls of "Build your own": four in front, the rest folded away. They and a `Design` say the same."""

from __future__ import annotations

import math
import re
from typing import Any

import gradio as gr

from resnet.design import MAX_WIDTH, Design
from resnet.errors import UserError
from resnet.network import HEADS, STEMS
from ui.text import section, t

# In the order of the controls; the first four stand in front.
FIELDS = ("block", "layers", "width", "shortcut", "groups", "width_per_group", "stem", "order", "stride", "head")


def build(design: Design) -> list[gr.components.Component]:
    """Add the controls, set to `design`; returned in the order of `FIELDS`."""
    first = [
        _radio("block", ("basic", "bottleneck"), design),
        gr.Textbox(
            _layers_text(design.layers),
            label=t("architecture.build.layers"),
            info=t("architecture.build.layers_info"),
            max_lines=1,
            max_length=40,
            elem_id=elem_id("layers"),
        ),
        _number("width", design),
        _radio("shortcut", ("projection", "padded", "none"), design),
    ]
    with gr.Accordion(t("architecture.build.more"), open=False, elem_id="build-more"):
        rest = [
            _number("groups", design),
            _number("width_per_group", design),
            _radio("stem", tuple(STEMS), design),
            _radio("order", ("after", "before", "preactivation"), design),
            _radio("stride", ("3x3", "1x1"), design),
            _radio("head", HEADS, design),
        ]
    return [*first, *rest]


def values(design: Design) -> list[Any]:
    """What the controls show for `design`."""
    return [_layers_text(design.layers) if name == "layers" else getattr(design, name) for name in FIELDS]


def design_of(given: list[Any]) -> Design:
    """The design the controls describe.

    Raises:
        UserError: a number is missing or no number, or the combination cannot be built.
    """
    fields = dict(zip(FIELDS, given, strict=True))
    fields["layers"] = _layers(str(fields["layers"]))
    for name in ("width", "groups", "width_per_group"):
        fields[name] = whole(name, _words()[name], fields[name], MAX_WIDTH)
    return Design(**fields)


def elem_id(name: str) -> str:
    """Where a field stands on the page."""
    return f"build-{name.replace('_', '-')}"


def _radio(name: str, choices: tuple[str, ...], design: Design) -> gr.Radio:
    return gr.Radio(
        [(_words()[f"{name}.{choice}"], choice) for choice in choices],
        value=getattr(design, name),
        label=_words()[name],
        info=_words()[f"{name}_info"],
        elem_id=elem_id(name),
    )


def _number(name: str, design: Design) -> gr.Number:
    return gr.Number(
        getattr(design, name),
        label=_words()[name],
        info=_words()[f"{name}_info"],
        elem_id=elem_id(name),
    )


def _words() -> dict[str, str]:
    return section("architecture.build.")


def _layers(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,4}([,，、\s·x×-]+\d{1,4}){0,19}", text.strip(), re.ASCII):
        what = t("architecture.build.no_layers", given=text[:40])
        raise UserError(what, where="layers", cure=t("architecture.build.no_layers_cure"))
    return tuple(map(int, re.findall(r"\d+", text)))


def whole(name: str, field: str, value: Any, most: int) -> int:
    """A number field's value, if it is a whole number.

    Raises:
        UserError: it is empty or broken; what is out of range is refused where the range is known.
    """
    cure = t("architecture.not_whole_cure", most=most)
    if value is None:
        raise UserError(t("architecture.empty", field=field), where=name, cure=cure)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value % 1:
        raise UserError(t("architecture.not_whole", field=field, number=f"{value!s:.20}"), where=name, cure=cure)
    return int(value)


def _layers_text(layers: tuple[int, ...]) -> str:
    return ",".join(map(str, layers))
