"""The layer table as HTML: stages that unfold to blocks, blocks that unfold to operations. Nothing a visitor typed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from html import escape

from resnet.catalogue import Net
from resnet.diagram import BORROWED_STAGES
from resnet.outline import Alias, Part, aliases, outline
from resnet.summary import Summary, Totals
from resnet.torchstat import COLUMNS as TORCHSTAT_COLUMNS
from resnet.torchstat import torchstat
from ui.names import also_called
from ui.numbers import count, decimal, shape, shapes
from ui.text import section, t

FEW = ("name", "output_shape", "params", "macs")
ALL = (
    "name",
    "type",
    "input_shape",
    "output_shape",
    "params",
    "macs",
    "flops",
    "madd",
    "output_bytes",
    "read_bytes",
    "write_bytes",
    "intensity",
)
_WORDS = ("name", "type", "input_shape", "output_shape")  # left-aligned; all others are figures

Milliseconds = Mapping[str, float]


def operations(
    net: Net, summary: Summary, opened: Collection[str], columns: tuple[str, ...], times: Milliseconds | None = None
) -> str:
    """The table with the parts in `opened` unfolded.

    Args:
        times: milliseconds of every call, by name, where somebody had them measured.
    """
    is_wide = columns == ALL or bool(times)
    if times:
        columns = (*columns, "time")
    others = aliases(net)
    bodies = []
    for stage in outline(summary):
        colour = BORROWED_STAGES.get(stage.name, stage.name)
        rows = "".join(
            _row(part, columns, level, others, times, part.name in opened) for part, level in _visible(stage, opened)
        )
        bodies.append(f'<tbody style="--stage: var(--lab-stage-{colour}, var(--lab-stage-stem))">{rows}</tbody>')
    head = "".join(_heading(column, t(f"architecture.column.{column}")) for column in columns)
    return _table(
        t("architecture.table", title=summary.title),
        head,
        "".join(bodies),
        _total_row(summary.totals, columns, times),
        role="treegrid",
        is_wide=is_wide,
    )


def _visible(part: Part, opened: Collection[str], level: int = 1) -> Iterator[tuple[Part, int]]:
    """A part and, where it is unfolded, the parts in it; with the depth at which each stands."""
    yield part, level
    if part.name in opened:
        for inner in part.parts:
            yield from _visible(inner, opened, level + 1)


def _row(
    part: Part,
    columns: tuple[str, ...],
    level: int,
    others: Mapping[str, Alias],
    times: Milliseconds | None,
    is_open: bool,
) -> str:
    expanded = f' aria-expanded="{"true" if is_open else "false"}"' if part.parts else ""
    name = _stage_name(part) if part.level == "stage" else part.name
    also = f"<small>{also_called(others[part.name])}</small>" if part.name in others else ""
    fold = '<span class="fold" aria-hidden="true"></span>'
    cells = "".join(f"<td{_align(column)}>{_cell(part, column, times)}</td>" for column in columns[1:])
    return (
        f'<tr role="row" data-part="{escape(part.name)}" data-level="{part.level}" aria-level="{level}"{expanded} '
        f'tabindex="-1"><th scope="row" role="rowheader">{fold}{escape(name)}{also}</th>{cells}</tr>'
    )


def _stage_name(part: Part) -> str:
    """Stages with a meaning in words have words; the others are called as their layers are: layer3, features."""
    return section("architecture.stage.").get(part.name, part.name)


def _cell(part: Part, column: str, times: Milliseconds | None) -> str:
    if column == "type":
        return escape(part.calls[0].type if part.level == "call" else "")
    if column == "input_shape":
        return shapes(part.calls[0].input_shapes if part.level == "call" else (part.input_shape,))
    if column == "output_shape":
        return shape(part.output_shape)
    if column == "time":
        return decimal(sum((times or {}).get(call.name, 0.0) for call in part.calls), 3)
    return _figure(part.totals, column)


def _figure(totals: Totals, column: str) -> str:
    """One figure of some operations together: "n/a" if none of them is defined, marked if some are not."""
    partial = totals.unknown and column in ("macs", "flops", "madd", "intensity")
    if column == "intensity":
        moved = totals.read_bytes + totals.write_bytes
        known, text = totals.macs, decimal(totals.macs / moved if moved else 0.0, 2)
    else:
        known = getattr(totals, column)
        text = count(known)
    if not partial:
        return text
    return t("architecture.at_least", figure=text) if known else t("architecture.not_known")


def _total_row(totals: Totals, columns: tuple[str, ...], times: Milliseconds | None) -> str:
    cells = []
    for column in columns[1:]:
        if column in _WORDS:
            cells.append("<td></td>")
        elif column == "time":
            cells.append(f'<td class="n">{decimal(sum((times or {}).values()), 3)}</td>')
        else:
            cells.append(f'<td class="n">{_figure(totals, column)}</td>')
    return (
        f'<tr role="row"><th scope="row" role="rowheader">{escape(t("architecture.total"))}</th>{"".join(cells)}</tr>'
    )


def as_torchstat(summary: Summary) -> str:
    """torchstat's own table: a row a layer, its columns, its units."""
    listing = torchstat(summary)
    head = "".join(_heading(column, column, f"torchstat.{column}") for column in TORCHSTAT_COLUMNS)
    rows = "".join(
        f'<tr role="row" data-part="{escape(row.name)}" data-level="call" aria-level="1" tabindex="-1">'
        f"{_torchstat_cells(row.cells())}</tr>"
        for row in listing.rows
    )
    caption = t("architecture.torchstat.table", title=summary.title)
    total = f'<tr role="row">{_torchstat_cells(listing.totals.cells())}</tr>'
    return _table(caption, head, f"<tbody>{rows}</tbody>", total, role="grid", is_wide=True)


def _torchstat_cells(cells: tuple[str | int | float, ...]) -> str:
    name, *rest = cells
    others = "".join(_torchstat_cell(cell) for cell in rest)
    return f'<th scope="row" role="rowheader">{escape(str(name))}</th>{others}'


def _torchstat_cell(cell: str | int | float) -> str:
    if isinstance(cell, str):
        return f"<td>{escape(cell)}</td>"
    return f'<td class="n">{count(cell) if isinstance(cell, int) else decimal(cell, 2)}</td>'


def definitions(columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each column's title, what it means and where that definition comes from."""
    return [(t(f"architecture.column.{column}"), t(f"architecture.define.{column}")) for column in columns]


def _heading(column: str, title: str, key: str = "") -> str:
    meaning = t(f"architecture.define.{key or column}")
    numeric = "" if column in (*_WORDS, *TORCHSTAT_COLUMNS[:3]) else ' class="n"'
    return f'<th scope="col" role="columnheader"{numeric} title="{escape(meaning)}">{escape(title)}</th>'


def _align(column: str) -> str:
    return "" if column in _WORDS else ' class="n"'


def _table(caption: str, head: str, bodies: str, foot: str, *, role: str, is_wide: bool) -> str:
    """A table; one that `is_wide` has the whole width of the page."""
    wide = ' class="is-wide"' if is_wide else ""
    return (
        f'<div class="net-table"><table{wide} role="{role}" aria-label="{escape(caption)}">'
        f'<thead><tr role="row">{head}</tr></thead>{bodies}<tfoot>{foot}</tfoot></table></div>'
    )
