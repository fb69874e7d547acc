"""One stage, block or operation explained, as HTML for the panel beside the picture. Nothing a visitor typed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from resnet.catalogue import Net
from resnet.explain import Division, Explanation, Work, explain
from resnet.inputs import Shape
from resnet.outline import Part, aliases, find_part
from resnet.receptive_field import Field
from resnet.source import Source
from resnet.summary import Summary
from resnet.windows import Pair
from ui import explanation_html as html
from ui.explanation_parts import block_facts, stage_facts
from ui.explanation_work import work_facts
from ui.names import also_called
from ui.numbers import count, shape, shapes
from ui.text import section, t


def explanation(summary: Summary, name: str, net: Net | None) -> str:
    """The panel's content for the part of that name; empty if the network has none.

    Args:
        net: the row of the catalogue, for what others call its stages; None for a module of one's own.
    """
    part = find_part(summary, name)
    if part is None:
        return ""
    explained = explain(summary, part)
    about = explained.about
    if isinstance(about, Work):
        facts = work_facts(about)
    elif isinstance(about, Division):
        facts = block_facts(part, about)
    else:
        facts = stage_facts(part, about)
    listed = "".join(facts) + html.fact(t("architecture.why.field"), *_field(explained.field, summary.input_shape))
    label = escape(t("architecture.why.label", name=part.name))
    return (
        f'<section class="why-panel" aria-label="{label}">{_heading(part, net)}<dl class="why-facts">{listed}</dl>'
        f"{_sources(explained)}</section>"
    )


def _heading(part: Part, net: Net | None) -> str:
    name, also = part.name, ""
    if part.level == "stage":
        name = section("architecture.stage.").get(name, name)
        alias = aliases(net).get(part.name) if net else None
        also = f" <small>({also_called(alias)})</small>" if alias else ""
    levels = {"stage": "architecture.why.stage", "block": "architecture.why.block"}
    kind = part.calls[0].type if part.level == "call" else t(levels[part.level])
    went_in = part.calls[0].input_shapes if part.level == "call" else (part.input_shape,)
    sizes = " → ".join(([shapes(went_in)] if any(went_in) else []) + [shape(part.output_shape)])
    return (
        f'<h2 class="why-name">{escape(name)}{also}</h2>'
        f'<p class="why-kind">{escape(kind)}</p><p class="why-formula">{sizes}</p>'
    )


def _field(field: Field | None, picture: Shape) -> Iterator[str]:
    if field is None:
        yield html.said("architecture.why.field.unknown")
        return
    size, sides = _height_width(field.size), _height_width((picture[-2], picture[-1]))
    if field.sees_all(picture) and field.places == (1, 1):
        yield html.said("architecture.why.field.whole", **sides)
        return
    yield f'<p class="why-formula">{escape(t("architecture.why.field.px", **size))}</p>'
    if field.exceeds(picture):
        yield html.said("architecture.why.field.exceeds", **sides)
    else:
        yield html.said("architecture.why.field.of_picture")
    down, across = field.jump
    if field.places != (1, 1) and down == across:
        yield html.said("architecture.why.field.jump", jump=count(down))
    elif field.places != (1, 1):
        yield html.said("architecture.why.field.jumps", down=count(down), across=count(across))


def _height_width(pair: Pair) -> dict[str, str]:
    return {"height": count(pair[0]), "width": count(pair[1])}


def _sources(explained: Explanation) -> str:
    if not explained.sources:
        return ""
    calls = any(source.calling for source in explained.sources)
    note = html.said("architecture.why.source.calls") if calls else ""
    shown = "".join(map(_source, explained.sources))
    return f'<div class="why-source"><h3>{escape(t("architecture.why.source"))}</h3>{shown}{note}</div>'


def _source(source: Source) -> str:
    place = escape(t("architecture.why.source.place", function=source.function, file=source.file, first=source.first))
    lines = []
    for number, line in enumerate(source.lines, start=source.first):
        marked = number == source.calling
        text = f"{'▸' if marked else ' '}{number:>4}  {escape(line)}"
        lines.append(f'<mark class="why-calling">{text}</mark>' if marked else text)
    code = "\n".join(lines)
    return f'<p>{place}</p><pre class="why-lines" tabindex="0" role="region" aria-label="{place}">{code}</pre>'
