"""What a block and a stage consist of and what they cost, as HTML facts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from resnet.branches import Branch
from resnet.explain import Division, Share
from resnet.inputs import Shape
from resnet.outline import Part
from resnet.windows import Pair, Window
from ui import explanation_html as html
from ui.numbers import count, shape
from ui.text import t


def block_facts(part: Part, about: Division) -> Iterator[str]:
    """The facts of a block: its branches, and what each costs."""
    each = about.branches.each
    if about.branches.join == "cat":
        for number, branch in enumerate(each, start=1):
            yield html.fact(t("architecture.why.branch_number", number=number), *_branch(branch))
    else:
        yield html.fact(t("architecture.why.branch"), *_branch(each[0]))
        shortcut = _shortcut(part, each[1]) if len(each) == 2 else (html.said("architecture.why.no_shortcut"),)
        yield html.fact(t("architecture.why.shortcut"), *shortcut)
    for label, divided in (("architecture.why.params", about.params), ("architecture.why.macs", about.macs)):
        note = (html.said("architecture.why.of_branches"),) if divided.rule == "branches" else ()
        yield html.fact(t(label), f'<p class="why-formula">{html.figure(divided)}</p>', *note)


def _branch(branch: Branch) -> Iterator[str]:
    yield f'<p class="why-formula">{_from_to(branch)}</p>'
    if branch.windows:
        yield f"<p>{escape(' → '.join(_step(kind, window) for kind, window in branch.windows))}</p>"
    yield html.said("architecture.why.figures", **_figures(branch))


def _shortcut(part: Part, branch: Branch) -> Iterator[str]:
    changes = ", ".join(_changes(branch.input_shape, branch.output_shape))
    fitting = shape(branch.output_shape)
    if part.shortcut == "identity":
        yield html.said("architecture.why.identity", shape=fitting)
    elif part.shortcut == "padded":
        yield html.said("architecture.why.padded", changes=changes)
    else:
        key = "architecture.why.projection" if changes else "architecture.why.projection_free"
        yield html.said(key, changes=changes, shape=fitting)
        yield from _branch(branch)


def _changes(before: Shape, after: Shape) -> Iterator[str]:
    """What a shortcut has to change for x to fit F(x)."""
    if before[0] != after[0]:
        yield t("architecture.why.changes.channels", before=count(before[0]), after=count(after[0]))
    if before[1:] != after[1:]:
        square = before[1] == before[2] and after[1] == after[2]
        key = "architecture.why.changes.side" if square else "architecture.why.changes.sides"
        yield t(key, before=_side_text(before[1:], square), after=_side_text(after[1:], square))


def _side_text(sides: Shape, square: bool) -> str:
    return count(sides[0]) if square else shape(sides)


def _step(kind: str, window: Window) -> str:
    """A convolution or pooling in a few words: "3×3 convolution, stride 2"."""
    kinds = {
        "conv2d": "architecture.why.conv2d",
        "max_pool2d": "architecture.why.max_pool2d",
        "avg_pool2d": "architecture.why.avg_pool2d",
    }
    step = t(kinds[kind], kernel=shape(window.kernel))
    if window.stride != (1, 1):
        step = t("architecture.why.stride", step=step, stride=_either(window.stride))
    if window.dilation != (1, 1):
        step = t("architecture.why.dilation", step=step, dilation=_either(window.dilation))
    return step


def _either(pair: Pair) -> str:
    return count(pair[0]) if pair[0] == pair[1] else shape(pair)


def stage_facts(part: Part, about: Share) -> Iterator[str]:
    """The facts of a stage: its blocks and its share of the net."""
    blocks = html.said("architecture.why.blocks.none", calls=count(len(part.calls)))
    yield html.fact(t("architecture.why.blocks"), f"<p>{count(about.blocks)}</p>" if about.blocks else blocks)
    totals = part.totals
    shares = (
        ("architecture.why.params", totals.params, about.params),
        ("architecture.why.macs", None if totals.unknown else totals.macs, about.macs),
    )
    for label, own, share in shares:
        figure = html.code(count(own)) if own is not None else escape(t("architecture.not_known"))
        of_net = (html.said("architecture.why.share", formula=html.code(str(share))),) if share else ()
        yield html.fact(t(label), f"<p>{figure}</p>", *of_net)


def _figures(branch: Branch) -> dict[str, str]:
    totals = branch.totals
    return {"params": count(totals.params), "macs": count(totals.macs)}


def _from_to(branch: Branch) -> str:
    return f"{shape(branch.input_shape)} → {shape(branch.output_shape)}"
