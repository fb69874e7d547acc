"""How one operation's size, parameters, work and traffic come about, as HTML facts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from resnet.derivations import Derivation, Formula
from resnet.explain import Work
from resnet.sizes import Axis
from resnet.windows import Slide
from ui import explanation_html as html
from ui.numbers import count
from ui.text import t

_SIZE = {
    "kept": "architecture.why.kept",
    "flattened": "architecture.why.flattened",
    "joined": "architecture.why.joined",
    "outputs": "architecture.why.outputs",
    "average": "architecture.why.average",
    "thinned": "architecture.why.thinned_more",
    "filled": "architecture.why.filled",
}
_PARAMS = {
    "convolution": "architecture.why.params.convolution",
    "convolution_bias": "architecture.why.params.convolution_bias",
    "linear": "architecture.why.params.linear",
    "linear_bias": "architecture.why.params.linear_bias",
    "norm": "architecture.why.params.norm",
    "other": "architecture.why.params.other",
    "none": "architecture.why.params.none",
    "again": "architecture.why.params.again",
}
_MACS = {
    "linear": "architecture.why.macs.linear",
    "none": "architecture.why.macs.none",
    "unknown": "architecture.why.unknown",
}
_MADD = {
    "convolution": "architecture.why.madd.convolution",
    "convolution_bias": "architecture.why.madd.convolution_bias",
    "linear": "architecture.why.madd.linear",
    "norm": "architecture.why.madd.norm",
    "each": "architecture.why.madd.each",
    "max_pool": "architecture.why.madd.max_pool",
    "average_pool": "architecture.why.madd.average_pool",
    "adaptive": "architecture.why.madd.average_pool",
    "none": "architecture.why.madd.none",
    "unknown": "architecture.why.unknown",
}


def work_facts(work: Work) -> Iterator[str]:
    """The facts of one operation, in reading order."""
    sides = {
        "both": "architecture.why.size.both",
        "height": "architecture.why.size.height",
        "width": "architecture.why.size.width",
    }
    for axis, slide in work.sides.items():
        yield html.fact(t(sides[axis]), *_side(axis, slide))
    if work.size.rule in _SIZE:
        yield html.fact(t("architecture.why.size"), *_size(work.size))
    yield html.fact(t("architecture.why.params"), *_params(work.params))
    yield html.fact(t("architecture.why.macs"), *_macs(work))
    yield html.fact(t("architecture.why.madd"), *_derived(work.madd, _MADD))
    yield html.fact(t("architecture.why.traffic"), *_traffic(work))


def _side(axis: Axis, slide: Slide) -> Iterator[str]:
    yield html.formula(Formula(slide.textbook or slide.formula, slide.places))
    forms = {
        (False, False): "architecture.why.form.floor",
        (False, True): "architecture.why.form.floor_dilated",
        (True, False): "architecture.why.form.ceil",
        (True, True): "architecture.why.form.ceil_dilated",
    }
    yield f'<p class="why-form">{escape(t(forms[slide.ceil, slide.textbook is None]))}</p>'
    yield from _rounding(axis, slide)
    if slide.gap:
        lines = _lines(axis, padded=False)
        yield html.said("architecture.why.gap", stride=count(slide.stride), gap=count(slide.gap), lines=lines)


def _rounding(axis: Axis, slide: Slide) -> Iterator[str]:
    numbers = {
        "rest": count(slide.dropped),
        "stride": count(slide.stride),
        "over": count(slide.over),
        "padded": count(slide.padded),
        "lines": _lines(axis, padded=slide.padding > 0),
    }
    if slide.rounding == "floor":
        yield html.said("architecture.why.floor_one" if slide.dropped == 1 else "architecture.why.floor", **numbers)
        if slide.padding and slide.lost:
            padding = count(slide.dropped - slide.lost)
            yield html.said("architecture.why.lost_some", padding=padding, lost=count(slide.lost))
        elif slide.padding:
            yield html.said("architecture.why.lost_none")
    else:
        others = {"exact": "architecture.why.exact", "ceil": "architecture.why.ceil", "cut": "architecture.why.cut"}
        yield html.said(others[slide.rounding], **numbers)


def _lines(axis: Axis, *, padded: bool) -> str:
    names = {
        ("both", False): "architecture.why.lines.both",
        ("height", False): "architecture.why.lines.height",
        ("width", False): "architecture.why.lines.width",
        ("both", True): "architecture.why.lines.padded_both",
        ("height", True): "architecture.why.lines.padded_height",
        ("width", True): "architecture.why.lines.padded_width",
    }
    return escape(t(names[axis, padded]))


def _size(size: Derivation) -> Iterator[str]:
    yield from map(html.formula, size.formulas)
    key = "architecture.why.thinned" if size.numbers.get("stride") == 2 else _SIZE[size.rule]
    yield html.said(key, **html.numbers(size))


def _params(params: Derivation) -> Iterator[str]:
    if params.rule == "again" and (params.value or not params.numbers["first"]):
        yield html.said("architecture.why.params.elsewhere", value=count(params.value or 0), **html.numbers(params))
        return
    yield from _derived(params, _PARAMS)
    if params.numbers.get("groups", 1) != 1:
        yield html.said("architecture.why.params.groups", **html.numbers(params))


def _macs(work: Work) -> Iterator[str]:
    if work.macs.rule != "convolution":
        yield from _derived(work.macs, _MACS)
        return
    each, values, whole = work.macs.formulas
    grouped = work.params.numbers.get("groups", 1) != 1
    pieces = {"each": html.code(str(each)), "values": html.code(str(values)), "total": html.code(whole.right)}
    yield html.said("architecture.why.macs.convolution", **pieces)
    yield html.said("architecture.why.macs.groups" if grouped else "architecture.why.macs.convolution_how")


def _traffic(work: Work) -> Iterator[str]:
    yield html.said("architecture.why.read", formula=html.figure(work.read))
    yield html.said("architecture.why.written", formula=html.figure(work.written))
    if work.intensity.formulas:
        yield html.said("architecture.why.intensity", formula=html.figure(work.intensity))
    elif work.intensity.rule == "none":
        yield html.said("architecture.why.intensity.none")


def _derived(found: Derivation, sentences: dict[str, str]) -> Iterator[str]:
    """A figure's last formula and the sentence about it; the bare figure where there is neither."""
    if found.formulas:
        yield html.formula(found.formulas[-1])
    if found.rule in sentences:
        yield html.said(sentences[found.rule], **html.numbers(found))
    elif not found.formulas:
        yield f"<p>{html.figure(found)}</p>"
