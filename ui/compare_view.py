"""Nets side by side, as HTML: their totals, what differs stage by stage, and the chart. No Gradio here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape
from typing import Literal

from resnet.catalogue import CATALOGUE, Net
from resnet.compare import READY_MADE, Cell, Comparison, Figure, Row
from resnet.diagram import BORROWED_STAGES
from resnet.published import MEASURES, Accuracy, Measure, accuracy
from resnet.summary import Summary
from ui.compare_chart import chart
from ui.names import unbroken
from ui.numbers import count, decimal, giga, megabytes, percent, printed, ratio, shape, signed
from ui.text import t

_MEASURES: dict[Measure, str] = {
    "one_crop": "architecture.compare.one_crop",
    "ten_crops": "architecture.compare.ten_crops",
    "cifar10": "architecture.compare.cifar10",
}
_NOTES = {
    "newer_recipe": "architecture.compare.note.newer_recipe",
    "ported": "architecture.compare.note.ported",
    "option_a": "architecture.compare.note.option_a",
    "their_test": "architecture.compare.note.their_test",
}
# What to look for in the pairs that are offered, by their name in READY_MADE.
REMARKS = {
    "plain34_resnet34": "architecture.pair.plain34_resnet34.remark",
    "resnet34_resnet50": "architecture.pair.resnet34_resnet50.remark",
    "v1_v15": "architecture.pair.v1_v15.remark",
    "vgg16_resnet50": "architecture.pair.vgg16_resnet50.remark",
    "alexnet_googlenet": "architecture.pair.alexnet_googlenet.remark",
}
_COLUMNS = {
    "net": "architecture.compare.column.net",
    "output": "architecture.compare.column.output",
    "params": "architecture.compare.column.params",
    "share": "architecture.compare.column.share",
    "macs": "architecture.compare.column.macs",
    "written": "architecture.compare.column.written",
    "blocks": "architecture.compare.column.blocks",
    "layers": "architecture.compare.column.layers",
}
_ORDER = ("net", "output", "params", "share", "macs", "share", "written", "blocks", "layers")
_STAGES = {"stem": "architecture.stage.stem", "head": "architecture.stage.head"}
_TOTALS: tuple[tuple[str, Callable[[Summary], int], Callable[[int], str]], ...] = (
    ("architecture.compare.params", lambda summary: summary.totals.params, count),
    ("architecture.compare.macs", lambda summary: summary.totals.macs, giga),
    ("architecture.compare.flops", lambda summary: summary.totals.flops, giga),
    ("architecture.compare.written", lambda summary: summary.totals.write_bytes, megabytes),
    ("architecture.compare.calls", lambda summary: len(summary.rows), count),
)


def compare_view(comparison: Comparison) -> str:
    """Everything said about the nets together; titles are escaped, so nets of one's own may be among them."""
    nets = ", ".join(net.title for net in comparison.nets)
    return (
        f'<section class="cmp-view" aria-label="{escape(t("architecture.compare.label", nets=nets))}">'
        f'{_remark(comparison.nets)}<div class="cmp-top">{_totals(comparison)}{chart(comparison)}</div>'
        f"{_stages(comparison)}</section>"
    )


def _remark(nets: tuple[Net, ...]) -> str:
    names = tuple(net.name for net in nets)
    found = next((pair for pair, members in READY_MADE.items() if members == names), None)
    return f'<p class="cmp-remark">{unbroken(t(REMARKS[found]))}</p>' if found else ""


# --- Totals ----------------------------------------------------------------------------------------------------------


def _totals(comparison: Comparison) -> str:
    caption = t("architecture.compare.totals")
    heads = "".join(f'<th scope="col" class="n">{unbroken(net.title)}</th>' for net in comparison.nets)
    rows = [_total_row(comparison, *figure) for figure in _TOTALS]
    rows += [_accuracy_row(comparison.nets, measure) for measure in MEASURES]
    basis = t(
        "architecture.compare.basis",
        shape=shape(comparison.input_shape),
        classes=count(comparison.num_classes),
        first=comparison.nets[0].title,
    )
    wide = " cmp-wide" if len(comparison.nets) > 2 else ""
    table = f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return (
        f'<div class="cmp-totals{wide}"><h3>{escape(caption)}</h3><p class="cmp-note">{unbroken(basis)}</p>'
        f"{_scrolling(caption, table)}{_partial(comparison)}{_published(comparison.nets)}</div>"
    )


def _total_row(
    comparison: Comparison, key: str, figure: Callable[[Summary], int], written: Callable[[int], str]
) -> str:
    values = [figure(summary) for summary in comparison.summaries]
    cells = []
    for net, value in zip(comparison.nets, values, strict=True):
        same = t("architecture.compare.same") if value == values[0] else ratio(value, values[0])
        against = f"<small>{same}</small>" if cells else ""
        cells.append(f'<td class="n"{_label(net.title)}>{written(value)}{against}</td>')
    return f'<tr><th scope="row">{escape(t(key))}</th>{"".join(cells)}</tr>'


def _accuracy_row(nets: tuple[Net, ...], measure: Measure) -> str:
    """What was published by one measure; nothing if none of the nets was measured so."""
    figures = [accuracy(net, measure) for net in nets]
    if not any(figures):
        return ""
    cells = "".join(
        _accuracy_cell(net, measure, figure, figures[0] if i else None)
        for i, (net, figure) in enumerate(zip(nets, figures, strict=True))
    )
    return f'<tr><th scope="row">{escape(t(_MEASURES[measure]))}</th>{cells}</tr>'


def _accuracy_cell(net: Net, measure: Measure, figure: Accuracy | None, first: Accuracy | None) -> str:
    if figure is None:
        return f'<td class="n cmp-none"{_label(net.title)}>{escape(_absent(net, measure))}</td>'
    said = []
    if first is not None:
        said.append(t("architecture.compare.points", difference=signed(figure.top1 - first.top1, 2)))
    if figure.top5 is not None:
        said.append(t("architecture.compare.top5", percent=printed(figure.top5, figure.source)))
    small = "".join(f"<small>{escape(each)}</small>" for each in said)
    return f'<td class="n"{_label(net.title)}>{printed(figure.top1, figure.source)} %{small}</td>'


def _absent(net: Net, measure: Measure) -> str:
    """That nothing was published; or, where something was for the same net with the paper's stride, what that is."""
    found = _of_v1(net, measure)
    if found is None:
        return t("architecture.compare.unpublished")
    return t("architecture.compare.only_v1", percent=printed(found[1].top1, found[1].source))


def _of_v1(net: Net, measure: Measure) -> tuple[Net, Accuracy] | None:
    """The same net of the catalogue with the paper's stride, and what was published for that."""
    v1 = CATALOGUE.get(f"{net.name}_v1") if CATALOGUE.get(net.name) == net else None
    figure = accuracy(v1, measure) if v1 else None
    return (v1, figure) if v1 and figure else None


def _partial(comparison: Comparison) -> str:
    unknown = sorted({name for summary in comparison.summaries for name in summary.totals.unknown})
    if not unknown:
        return ""
    return f'<p class="cmp-note">{escape(t("architecture.partial", operations=", ".join(unknown)))}</p>'


def _published(nets: tuple[Net, ...]) -> str:
    """Where the accuracies come from, and what stands in the way of comparing them."""
    figures = [each for measure in MEASURES for each in _shown(nets, measure)]
    if not figures:
        return ""
    items = "".join(f"<li>{unbroken(_source(net, figure))}</li>" for net, figure in dict.fromkeys(figures))
    return (
        f'<details class="cmp-sources"><summary>{escape(t("architecture.compare.sources"))}</summary>'
        f"<p>{escape(t('architecture.compare.published'))}</p><ul>{items}</ul></details>"
    )


def _shown(nets: tuple[Net, ...], measure: Measure) -> list[tuple[Net, Accuracy]]:
    """The figures in one row of the totals, each with the net it was published for."""
    own = [(net, accuracy(net, measure)) for net in nets]
    if not any(figure for _, figure in own):
        return []
    return [found for net, figure in own if (found := (net, figure) if figure else _of_v1(net, measure))]


def _source(net: Net, figure: Accuracy) -> str:
    sentence = t(
        "architecture.compare.source", net=net.title, measure=t(_MEASURES[figure.measure]), source=figure.source
    )
    return f"{sentence} {t(_NOTES[figure.note])}" if figure.note else sentence


# --- Stage by stage --------------------------------------------------------------------------------------------------


def _stages(comparison: Comparison) -> str:
    by_stage = comparison.by == "stage"
    caption = t("architecture.compare.stages" if by_stage else "architecture.compare.maps")
    how = t(
        "architecture.compare.stages.how" if by_stage else "architecture.compare.maps.how",
        first=comparison.nets[0].title,
    )
    heads = "".join(
        f'<th scope="col" class="{" ".join(_alignment(column))}">{escape(t(_COLUMNS[column]))}</th>'
        for column in _ORDER
    )
    table = f"<thead><tr>{heads}</tr></thead>{''.join(_body(comparison, row) for row in comparison.rows)}"
    return (
        f'<div class="cmp-stages"><h3>{escape(caption)}</h3><p class="cmp-note">{unbroken(how)}</p>'
        f"{_scrolling(caption, table)}</div>"
    )


def _body(comparison: Comparison, row: Row) -> str:
    """One row of the comparison: a line for each net, so that what is compared stands one under the other."""
    lines = "".join(_line(comparison, row, i) for i in range(len(comparison.nets)))
    return (
        f'<tbody><tr class="cmp-row"><th scope="rowgroup" colspan="{len(_ORDER)}">'
        f"<span>{escape(_row_title(row.name))}</span></th></tr>{lines}</tbody>"
    )


def _row_title(name: str) -> str:
    if name in _STAGES:
        return t(_STAGES[name])
    if name == "1/1":
        return t("architecture.compare.map_whole")
    return t("architecture.compare.map_side", part=name) if "/" in name else name


def _line(comparison: Comparison, row: Row, i: int) -> str:
    cell, title = row.cells[i], unbroken(comparison.nets[i].title)
    if cell is None:
        nothing = escape(t("architecture.compare.none"))
        rest = f'<td class="cmp-none" colspan="{len(_ORDER) - 1}">{nothing}</td>'
        return f'<tr><th scope="row">{title}</th>{rest}</tr>'
    differing = row.differences(i)
    whole = comparison.summaries[i].totals
    part = "" if cell.name == row.name else f"<small>{escape(cell.name)}</small>"
    colour = BORROWED_STAGES.get(cell.stage, cell.stage)
    cells = (
        _cell("output", shape(cell.output_shape), differs="output_shape" in differing),
        _exact(row, cell, "params", differing),
        _share(cell.totals.params, whole.params),
        _exact(row, cell, "macs", differing),
        _share(cell.totals.macs, whole.macs),
        _written(row, cell, differing),
        _cell("blocks", count(cell.blocks) if cell.blocks else "–", differs="blocks" in differing),
        _cell("layers", count(cell.layers), differs="layers" in differing),
    )
    stripe = f' style="--stage: var(--lab-stage-{escape(colour)})"'
    return f'<tr{stripe}><th scope="row">{title}{part}</th>{"".join(cells)}</tr>'


def _exact(row: Row, cell: Cell, figure: Literal["params", "macs"], differing: Collection[Figure]) -> str:
    """A whole number; where it differs from the first net's, by how much."""
    value = getattr(cell.totals, figure)
    if figure not in differing:
        return _cell(figure, count(value))
    first = getattr(_first(row).totals, figure)
    return _cell(figure, count(value), f"{signed(value - first)} · {ratio(value, first)}", differs=True)


def _written(row: Row, cell: Cell, differing: Collection[Figure]) -> str:
    written = cell.totals.write_bytes
    text = decimal(written / 1e6, 3)  # as many digits in every line, so that the column lines up
    if "write_bytes" not in differing:
        return _cell("written", text)
    return _cell("written", text, ratio(written, _first(row).totals.write_bytes), differs=True)


def _first(row: Row) -> Cell:
    first = row.cells[0]
    assert first is not None, "nothing differs from a cell that is not there"
    return first


def _share(part: int, whole: int) -> str:
    """How much of the net's own total stands in this row, as a figure and as a bar."""
    share, label = percent(part, whole), _label(t(_COLUMNS["share"]))
    return f'<td class="n cmp-share"{label}>{share} %<i style="--part: {share}%"></i></td>'


def _cell(column: str, text: str, against: str = "", *, differs: bool = False) -> str:
    kind = " ".join(_alignment(column) + ["cmp-differs"] * differs)
    mark = "≠\u00a0" if differs else ""
    small = f"<small>{against}</small>" if against else ""
    return f'<td class="{kind}"{_label(t(_COLUMNS[column]))}>{mark}{escape(text)}{small}</td>'


# --- Small things ----------------------------------------------------------------------------------------------------


def _alignment(column: str) -> list[str]:
    return [] if column in ("net", "output") else ["n"]


def _label(text: str) -> str:
    """What a cell is about: on a phone the head is gone, and each cell says it."""
    return f' data-label="{escape(text)}"'


def _scrolling(caption: str, inside: str) -> str:
    """A table that scrolls within its frame, with the keyboard too."""
    label = escape(caption)
    return (
        f'<div class="cmp-frame" tabindex="0" role="region" aria-label="{label}">'
        f"<table><caption>{label}</caption>{inside}</table></div>"
    )
