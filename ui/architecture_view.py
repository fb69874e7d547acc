"""A network as HTML: key figures, picture, layer table. No Gradio here, and nothing a visitor typed."""

from __future__ import annotations

import base64
from functools import lru_cache
from html import escape

from resnet.catalogue import CATALOGUE, Net
from resnet.diagram import BORROWED_STAGES, as_svg
from resnet.formats import COLUMNS, as_csv, cells
from resnet.stages import stages
from resnet.summary import Call, Summary, summarize
from ui.text import section, t

_TEXT_COLUMNS = ("name", "type", "input_shape", "output_shape")
# Nets that share a remark with the one it was written for.
_NOTES = {
    **dict.fromkeys(("resnet101_v1", "resnet152_v1"), "resnet50_v1"),
    **dict.fromkeys(("resnet32", "resnet44", "resnet56", "resnet110"), "resnet20"),
    **dict.fromkeys(("plain18", "plain20", "plain32", "plain44", "plain56", "plain110"), "plain34"),
    **dict.fromkeys(("vgg11", "vgg13", "vgg16_bn", "vgg19"), "vgg16"),
    "preact_resnet50": "preact_resnet18",
}


@lru_cache(maxsize=64)
def view(name: str, shape: tuple[int, int, int], classes: int | None) -> tuple[str, str, str]:
    """Key figures, picture and table of a net, each as HTML.

    Raises:
        UserError: the net cannot work on that shape.
    """
    summary = summarize(name, shape, num_classes=classes)
    return _figures(CATALOGUE[name], summary), _picture(summary), _table(name, summary)


def _figures(net: Net, summary: Summary) -> str:
    totals = summary.totals
    figures = (
        (f"{totals.params:,}", t("architecture.total.params")),
        (f"{totals.macs / 1e9:,.3f}", t("architecture.total.macs")),
        (f"{totals.flops / 1e9:,.3f}", t("architecture.total.flops")),
        (f"{totals.write_bytes / 1e6:,.1f}", t("architecture.total.written")),
        (f"{len(summary.rows):,}", t("architecture.total.calls")),
    )
    items = "".join(f"<div><dd>{value}</dd><dt>{escape(meaning)}</dt></div>" for value, meaning in figures)
    remarks = section("architecture.note.")
    remark = remarks.get(_NOTES.get(net.name, net.name), "")
    said = f"<p>{escape(remark)}</p>" if remark else ""
    source = escape(t("architecture.source", source=net.source))
    return (
        f'<section class="net-facts" aria-label="{escape(net.title)}"><dl>{items}</dl>{said}'
        f'<p class="net-source">{source}</p></section>'
    )


def _picture(summary: Summary) -> str:
    label = escape(t("architecture.picture", title=summary.title))
    return f'<div class="net-picture" tabindex="0" role="group" aria-label="{label}">{as_svg(summary)}</div>'


def _table(name: str, summary: Summary) -> str:
    heads = "".join(
        f'<th scope="col"{_numeric(column)} title="{escape(t(f"architecture.define.{column}"))}">'
        f"{escape(t(f'architecture.column.{column}'))}</th>"
        for column in COLUMNS
    )
    bodies = "".join(_stage_rows(stage, calls) for stage, calls in stages(summary))
    caption = escape(t("architecture.table", title=summary.title))
    return (
        f'<div class="net-table" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead>{bodies}{_total_row(summary)}</table></div>{_footnotes(name, summary)}"
    )


def _stage_rows(stage: str, calls: list[Call]) -> str:
    colour = BORROWED_STAGES.get(stage, stage)
    rows = "".join(_row(call) for call in calls)
    title = (
        f'<tr class="stage-name"><th scope="rowgroup" colspan="{len(COLUMNS)}">{escape(_stage_name(stage))}</th></tr>'
    )
    return f'<tbody style="--stage: var(--lab-stage-{colour})">{title}{rows}</tbody>'


def _stage_name(stage: str) -> str:
    """Stages with a meaning in words have words; the others are called as their layers are: layer3, features."""
    return section("architecture.stage.").get(stage, stage)


def _row(call: Call) -> str:
    name, *rest = cells(call)
    others = "".join(f"<td{_numeric(c)}>{_cell(value)}</td>" for c, value in zip(COLUMNS[1:], rest, strict=True))
    return f'<tr><th scope="row">{escape(str(name))}</th>{others}</tr>'


def _total_row(summary: Summary) -> str:
    totals = summary.totals
    figures = "".join(
        f'<td class="n">{getattr(totals, column):,}</td>' for column in COLUMNS if column not in _TEXT_COLUMNS
    )
    total = escape(t("architecture.total"))
    return f'<tfoot><tr><th scope="row" colspan="{len(_TEXT_COLUMNS)}">{total}</th>{figures}</tr></tfoot>'


def _footnotes(name: str, summary: Summary) -> str:
    meanings = "".join(
        f"<dt>{escape(t(f'architecture.column.{column}'))}</dt><dd>{escape(t(f'architecture.define.{column}'))}</dd>"
        for column in COLUMNS
    )
    partial = ""
    if summary.totals.unknown:
        sentence = t("architecture.partial", operations=", ".join(summary.totals.unknown))
        partial = f'<p class="net-partial">{escape(sentence)}</p>'
    links = (
        f'<a download="{name}.csv" href="{_data("text/csv", as_csv(summary))}">{escape(t("architecture.csv"))}</a>'
        f'<a download="{name}.svg" href="{_data("image/svg+xml", as_svg(summary))}">{escape(t("architecture.svg"))}</a>'
    )
    return (
        f'{partial}<div class="net-notes"><details><summary>{escape(t("architecture.definitions"))}</summary>'
        f"<p>{escape(t('architecture.basis'))}</p><dl>{meanings}</dl></details><nav>{links}</nav></div>"
    )


def _data(kind: str, text: str) -> str:
    """A download that needs no file on the server."""
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def _numeric(column: str) -> str:
    return "" if column in _TEXT_COLUMNS else ' class="n"'


def _cell(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(value.replace("x", "×") if value[:1].isdigit() else value)
