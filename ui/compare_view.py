"""Nets side by side, as HTML: their totals, what differs stage by stage, and the chart. No Gradio here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape

from resnet.catalogue import Net
from resnet.compare import READY_MADE, Cell, Comparison, Figure, Row
from resnet.diagram import BORROWED_STAGES
from resnet.formats import shape_text
from resnet.inputs import Shape
from resnet.published import MEASURES, Accuracy, Measure, accuracy
from resnet.summary import Summary
from ui.compare_chart import chart
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
_COLUMNS = (
    ("architecture.compare.column.net", ""),
    ("architecture.compare.column.output", ""),
    ("architecture.compare.column.params", "n"),
    ("architecture.compare.column.share", "n"),
    ("architecture.compare.column.macs", "n"),
    ("architecture.compare.column.share", "n"),
    ("architecture.compare.column.written", "n"),
    ("architecture.compare.column.blocks", "n"),
    ("architecture.compare.column.layers", "n"),
)
_STAGES = {"stem": "architecture.stage.stem", "head": "architecture.stage.head"}
_TOTALS: tuple[tuple[str, Callable[[Summary], float], str], ...] = (
    ("architecture.compare.params", lambda summary: summary.totals.params, "{:,.0f}"),
    ("architecture.compare.macs", lambda summary: summary.totals.macs / 1e9, "{:,.3f}"),
    ("architecture.compare.flops", lambda summary: summary.totals.flops / 1e9, "{:,.3f}"),
    ("architecture.compare.written", lambda summary: summary.totals.write_bytes / 1e6, "{:,.1f}"),
    ("architecture.compare.calls", lambda summary: len(summary.rows), "{:,.0f}"),
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
    return f'<p class="cmp-remark">{escape(t(REMARKS[found]))}</p>' if found else ""


# --- Totals ----------------------------------------------------------------------------------------------------------


def _totals(comparison: Comparison) -> str:
    caption = t("architecture.compare.totals")
    heads = "".join(f'<th scope="col" class="n">{escape(net.title)}</th>' for net in comparison.nets)
    rows = [_total_row(comparison, *figure) for figure in _TOTALS]
    rows += [_accuracy_row(comparison.nets, measure) for measure in MEASURES]
    basis = t(
        "architecture.compare.basis",
        shape=_times(comparison.input_shape),
        classes=f"{comparison.num_classes:,}",
        first=comparison.nets[0].title,
    )
    wide = " cmp-wide" if len(comparison.nets) > 2 else ""
    table = f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return (
        f'<div class="cmp-totals{wide}"><h3>{escape(caption)}</h3><p class="cmp-note">{escape(basis)}</p>'
        f"{_scrolling(caption, table)}{_partial(comparison)}{_published(comparison.nets)}</div>"
    )


def _total_row(comparison: Comparison, key: str, figure: Callable[[Summary], float], form: str) -> str:
    values = [figure(summary) for summary in comparison.summaries]
    cells = [f'<td class="n">{form.format(values[0])}</td>']
    for value in values[1:]:
        against = t("architecture.compare.same") if value == values[0] else ratio(value, values[0])
        cells.append(f'<td class="n">{form.format(value)}<small>{against}</small></td>')
    return f'<tr><th scope="row">{escape(t(key))}</th>{"".join(cells)}</tr>'


def _accuracy_row(nets: tuple[Net, ...], measure: Measure) -> str:
    """What was published by one measure; nothing if none of the nets was measured so."""
    figures = [accuracy(net, measure) for net in nets]
    if not any(figures):
        return ""
    cells = "".join(_accuracy_cell(figure, figures[0] if i else None) for i, figure in enumerate(figures))
    return f'<tr><th scope="row">{escape(t(_MEASURES[measure]))}</th>{cells}</tr>'


def _accuracy_cell(figure: Accuracy | None, first: Accuracy | None) -> str:
    if figure is None:
        return f'<td class="n cmp-none">{escape(t("architecture.compare.unpublished"))}</td>'
    said = []
    if first is not None:
        points = _signed(f"{figure.top1 - first.top1:+.2f}")
        said.append(t("architecture.compare.points", difference=points))
    if figure.top5 is not None:
        said.append(t("architecture.compare.top5", percent=figure.top5))
    small = "".join(f"<small>{escape(each)}</small>" for each in said)
    return f'<td class="n">{figure.top1} %{small}</td>'


def _partial(comparison: Comparison) -> str:
    unknown = sorted({name for summary in comparison.summaries for name in summary.totals.unknown})
    if not unknown:
        return ""
    return f'<p class="cmp-note">{escape(t("architecture.compare.partial", operations=", ".join(unknown)))}</p>'


def _published(nets: tuple[Net, ...]) -> str:
    """Where the accuracies come from, and what stands in the way of comparing them."""
    figures = [(net, found) for net in nets for measure in MEASURES if (found := accuracy(net, measure))]
    if not figures:
        return ""
    items = "".join(f"<li>{escape(_source(net, figure))}</li>" for net, figure in figures)
    return (
        f'<details class="cmp-sources"><summary>{escape(t("architecture.compare.sources"))}</summary>'
        f"<p>{escape(t('architecture.compare.published'))}</p><ul>{items}</ul></details>"
    )


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
    heads = "".join(f'<th scope="col" class="{kind}">{escape(t(key))}</th>' for key, kind in _COLUMNS)
    table = f"<thead><tr>{heads}</tr></thead>{''.join(_body(comparison, row) for row in comparison.rows)}"
    return (
        f'<div class="cmp-stages"><h3>{escape(caption)}</h3><p class="cmp-note">{escape(how)}</p>'
        f"{_scrolling(caption, table)}</div>"
    )


def _body(comparison: Comparison, row: Row) -> str:
    """One row of the comparison: a line for each net, so that what is compared stands one under the other."""
    lines = "".join(f"<tr>{_line(comparison, row, i)}</tr>" for i in range(len(comparison.nets)))
    name = t(_STAGES[row.name]) if row.name in _STAGES else row.name
    title = name if "/" not in name else t("architecture.compare.map_side", part=name)
    return (
        f'<tbody><tr class="cmp-row"><th scope="rowgroup" colspan="{len(_COLUMNS)}"><span>{escape(title)}</span></th>'
        f"</tr>{lines}</tbody>"
    )


def _line(comparison: Comparison, row: Row, i: int) -> str:
    cell, title = row.cells[i], escape(comparison.nets[i].title)
    if cell is None:
        nothing = escape(t("architecture.compare.none"))
        return f'<th scope="row">{title}</th><td class="cmp-none" colspan="{len(_COLUMNS) - 1}">{nothing}</td>'
    differing = row.differences(i)
    whole = comparison.summaries[i].totals
    part = "" if cell.name == row.name else f"<small>{escape(cell.name)}</small>"
    colour = BORROWED_STAGES.get(cell.stage, cell.stage)
    return (
        f'<th scope="row" style="--stage: var(--lab-stage-{escape(colour)})">{title}{part}</th>'
        f"{_cell(_times(cell.output_shape), '', 'output_shape' in differing, numeric=False)}"
        f"{_exact(row, cell, 'params', differing)}{_share(cell.totals.params, whole.params)}"
        f"{_exact(row, cell, 'macs', differing)}{_share(cell.totals.macs, whole.macs)}"
        f"{_megabytes(row, cell, differing)}"
        f"{_cell(str(cell.blocks or '–'), '', 'blocks' in differing)}"
        f"{_cell(str(cell.layers), '', 'layers' in differing)}"
    )


def _exact(row: Row, cell: Cell, figure: Figure, differing: Collection[Figure]) -> str:
    """A whole number; where it differs from the first net's, by how much."""
    value = cell.figure(figure)
    assert isinstance(value, int)
    if figure not in differing:
        return _cell(f"{value:,}", "", False)
    first = _first(row, figure)
    difference = _signed(f"{value - first:+,}")
    return _cell(f"{value:,}", f"{difference} · {ratio(value, first)}", True)


def _megabytes(row: Row, cell: Cell, differing: Collection[Figure]) -> str:
    written = cell.totals.write_bytes
    against = ratio(written, _first(row, "write_bytes")) if "write_bytes" in differing else ""
    return _cell(f"{written / 1e6:,.3f}", against, bool(against))


def _first(row: Row, figure: Figure) -> int:
    first = row.cells[0]
    assert first is not None, "nothing differs from a cell that is not there"
    value = first.figure(figure)
    assert isinstance(value, int)
    return value


def _share(part: int, whole: int) -> str:
    """How much of the net's own total stands in this row, as a figure and as a bar."""
    percent = 100 * part / whole if whole else 0.0
    return f'<td class="n cmp-share">{percent:.1f} %<i style="width: {percent:.1f}%"></i></td>'


def _cell(text: str, against: str, differs: bool, *, numeric: bool = True) -> str:
    kind = " ".join(["n"] * numeric + ["cmp-differs"] * differs)
    mark = "≠ " if differs else ""
    small = f"<small>{against}</small>" if against else ""
    return f'<td class="{kind}">{mark}{escape(text)}{small}</td>'


# --- Small things ----------------------------------------------------------------------------------------------------


def ratio(value: float, first: float) -> str:
    """ "1.12×": how many times the first; with as many digits as it takes to tell it from 1 and from 0."""
    if not first:
        return "–"
    times = value / first
    if times < 0.1:
        return f"{times:.2g}×"
    digits = next((digits for digits in (2, 3, 4, 5) if times == 1 or round(times, digits) != 1), 6)
    return f"{times:,.{digits}f}×"


def _signed(number: str) -> str:
    return number.replace("-", "−")


def _times(shape: Shape) -> str:
    return shape_text(shape).replace("x", " × ")


def _scrolling(caption: str, inside: str) -> str:
    """A table that scrolls within its frame, with the keyboard too."""
    label = escape(caption)
    return (
        f'<div class="cmp-frame" tabindex="0" role="region" aria-label="{label}">'
        f"<table><caption>{label}</caption>{inside}</table></div>"
    )
