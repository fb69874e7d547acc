"""The convolution calculator: eight numbers in; sizes, parameters, work and the kernel's walk over the picture out.

One live component. Its script sends the form to `calculate`, shows the sentences that come back and draws the walk by
itself; the address keeps the numbers as ``conv=side,in,out,kernel,stride,padding,dilation,groups``.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import gradio as gr

from resnet.convolution import DRAWN_MOST, EXAMPLES, LIMITS, Convolution, miniature, spoken
from resnet.errors import UserError
from resnet.windows import Slide
from ui.numbers import count, shape
from ui.refusals import answering
from ui.text import section, t

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("convolution_walk.js", "convolution.js")  # the drawing; the form, the server and the address
FIRST = "keep"


def build() -> gr.HTML:
    """Add the calculator, with the first example filled in."""
    template = (STATIC / "convolution.html").read_text(encoding="utf-8")
    return gr.HTML(
        html_template=re.sub(r"\[\[(.+?)\]\]", lambda found: html.escape(t(found[1])), template),
        js_on_load="\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS),
        server_functions=[calculate],
        apply_default_css=False,
        elem_id="conv",
        words=section("architecture.convolution.live."),
        limits=LIMITS,
        examples={name: {field: getattr(example, field) for field in LIMITS} for name, example in EXAMPLES.items()},
        first={"example": FIRST, "answer": _answer(EXAMPLES[FIRST])},
    )


@answering
def calculate(asked: Any) -> dict[str, Any]:
    """Everything the page shows for the numbers in `asked`, or ``{"error": sentence, "field": name or ""}``."""
    try:
        return _answer(_parsed(asked))
    except UserError as error:
        field = next((name for name in LIMITS if spoken(name) == error.where), "")
        return {"error": str(error), "field": field}


def _parsed(asked: Any) -> Convolution:
    """The numbers as the script sends them, in digits; anybody can send anything in their place."""
    if not isinstance(asked, dict) or set(asked) != set(LIMITS):
        raise UserError(
            t("architecture.convolution.not_asked_so"), cure=t("architecture.convolution.not_asked_so_cure")
        )
    return Convolution(**{name: _whole(name, asked[name]) for name in LIMITS})


def _whole(name: str, digits: Any) -> int:
    if not (isinstance(digits, str) and re.fullmatch(r"-?[0-9]{1,9}", digits)):
        least, most = LIMITS[name]
        raise UserError(
            t("architecture.convolution.not_whole"),
            where=spoken(name),
            cure=t("architecture.convolution.not_whole_cure", least=least, most=most),
        )
    return int(digits)


def _answer(convolution: Convolution) -> dict[str, Any]:
    """What the page writes into the places of the same name, and what it draws."""
    slide = convolution.slide
    before = (convolution.in_channels, convolution.side, convolution.side)
    after = (convolution.out_channels, slide.places, slide.places)
    return {
        "input": shape(before),
        "output": shape(after),
        "batch": t("architecture.convolution.batch", input=shape((4, *before)), output=shape((4, *after))),
        "textbook": f"{slide.textbook} = {count(slide.places)}" if slide.textbook else "",
        "formula": f"{slide.formula} = {count(slide.places)}",
        "floor": _floor(slide),
        "params": count(convolution.params),
        "params_how": _params(convolution),
        "macs": count(convolution.macs),
        "macs_how": t(
            "architecture.convolution.macs_how",
            **_numbers(convolution, "out_channels", "places", "share", "kernel", "products"),
            flops=count(2 * convolution.macs),
        ),
        **_drawing(convolution),
    }


def _floor(slide: Slide) -> str:
    """What the division leaves over, and whether that costs pixels of the picture."""
    numbers = _numbers(slide, "slack", "stride", "dropped", "lost")
    dropped, lost = slide.dropped, slide.lost
    if not dropped:
        sentences = [t("architecture.convolution.exact", **numbers)]
    else:
        drops = "architecture.convolution.drops_one" if dropped == 1 else "architecture.convolution.drops"
        sentences = [t(drops, **numbers)]
        if not lost:
            sentences.append(t("architecture.convolution.drops_padding"))
        elif lost == dropped:
            sentences.append(t("architecture.convolution.drops_picture"))
        else:
            sentences.append(t("architecture.convolution.drops_both", padding=dropped - lost, lost=lost))
    if slide.gap:
        sentences.append(t("architecture.convolution.gap", **_numbers(slide, "span", "gap")))
    return " ".join(sentences)


def _params(convolution: Convolution) -> str:
    sentences = [
        t(
            "architecture.convolution.params_how",
            **_numbers(convolution, "out_channels", "share", "kernel", "weights"),
            biases=count(convolution.params - convolution.weights),
        ),
        t("architecture.convolution.share", **_numbers(convolution, "share", "in_channels")),
    ]
    if convolution.groups == convolution.in_channels > 1:
        sentences.append(t("architecture.convolution.depthwise"))
    return " ".join(sentences)


def _drawing(convolution: Convolution) -> dict[str, Any]:
    """The numbers the script draws from, and the sentence that says for which picture they are."""
    small = miniature(convolution)
    if small is None:
        numbers = _numbers(convolution.slide, "span", "stride", "padding")
        return {"drawing": None, "drawn": t("architecture.convolution.not_drawn", **numbers, most=DRAWN_MOST)}
    if small.side == convolution.side:
        drawn = t("architecture.convolution.drawn_whole")
    else:
        drawn = t("architecture.convolution.drawn_small", small=small.side, side=convolution.side)
    shown = ("padding", "kernel", "stride", "dilation", "span", "places", "dropped")
    own = {"side": small.side, "in": convolution.in_channels, "out": convolution.out_channels}
    return {"drawing": {name: getattr(small.slide, name) for name in shown} | own, "drawn": drawn}


def _numbers(described: Convolution | Slide, *names: str) -> dict[str, str]:
    """Some of its numbers as people read them, to put into a sentence."""
    return {name: count(getattr(described, name)) for name in names}
