"""The controls of "Build your own": four in front, the rest folded away. They and a `Design` say the same."""

from __future__ import annotations

import re
from typing import Any

import gradio as gr

from resnet.design import Design
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
            elem_id="build-layers",
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
        fields[name] = _whole(name, fields[name])
    return Design(**fields)


def _radio(name: str, choices: tuple[str, ...], design: Design) -> gr.Radio:
    return gr.Radio(
        [(_words()[f"{name}.{choice}"], choice) for choice in choices],
        value=getattr(design, name),
        label=_words()[name],
        info=_words()[f"{name}_info"],
        elem_id=f"build-{name.replace('_', '-')}",
    )


def _number(name: str, design: Design) -> gr.Number:
    return gr.Number(
        getattr(design, name),
        label=_words()[name],
        info=_words()[f"{name}_info"],
        elem_id=f"build-{name.replace('_', '-')}",
    )


def _words() -> dict[str, str]:
    return section("architecture.build.")


def _layers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in re.split(r"[,\s·x×-]+", text.strip()) if part)
    except ValueError:
        what = t("architecture.build.no_layers", given=text)
        raise UserError(what, cure=t("architecture.build.no_layers_cure")) from None


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, (int, float)) or int(value) != value:
        what = t("architecture.not_whole", number=value, field=_words()[name])
        raise UserError(what, cure=t("architecture.not_whole_cure"))
    return int(value)


def _layers_text(layers: tuple[int, ...]) -> str:
    return ",".join(map(str, layers))
