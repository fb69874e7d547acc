"""A live piece of the page: one `gr.HTML` with a template, scripts of its own and functions they may call."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from resnet.errors import UserError
from ui.text import section, t

STATIC = Path(__file__).parent / "static"


def live_html(
    template: str,
    scripts: Sequence[str],
    functions: Sequence[Callable[..., Any]],
    *,
    elem_id: str,
    words: str,
    **props: Any,
) -> gr.HTML:
    """The component.

    Args:
        template: a file of `ui/static`; ``[[key]]`` in it becomes that key's text.
        scripts: files of `ui/static`, run as one.
        functions: what they may ask the server for.
        elem_id: its id on the page.
        words: the beginning of the keys whose texts the scripts get.
        props: what else the scripts get.
    """
    text = (STATIC / template).read_text(encoding="utf-8")
    return gr.HTML(
        html_template=re.sub(r"\[\[(.+?)\]\]", lambda found: html.escape(t(found[1])), text),
        js_on_load="\n".join((STATIC / name).read_text(encoding="utf-8") for name in scripts),
        server_functions=[*functions],
        apply_default_css=False,
        elem_id=elem_id,
        words=section(words),
        **props,
    )


def fields(asked: Any, *names: str) -> list[Any]:
    """The values of `names` in what the page's script sent; anybody can send anything in its place."""
    if not isinstance(asked, dict) or any(name not in asked for name in names):
        raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
    return [asked[name] for name in names]
