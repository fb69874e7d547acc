"""A table of words and numbers, and how it is written: for eyes, for a spreadsheet, for a document.

CSV has no total line, so that a column can be summed as it is; all other forms have one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | None  # None: there is no such number, "n/a"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of words, then columns of numbers.

    Args:
        heading: one line above the table.
        words: how many columns, from the left, hold words; the others hold numbers.
        total: a cell for every column, as in a row.
        definitions: what each number column means.
        notes: sentences that belong under the table.
    """

    heading: str
    columns: tuple[str, ...]
    words: int
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...]
    definitions: Mapping[str, str]
    notes: tuple[str, ...] = ()


def as_dict(table: Table) -> dict[str, Any]:
    """`rows`, one object each by column, and `totals` of the number columns; numbers are unrounded."""
    return {
        "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
        "totals": dict(zip(table.columns[table.words :], table.total[table.words :], strict=True)),
    }


def as_csv(table: Table) -> str:
    """Plain numbers: no thousands separators, and two decimals where they are not whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_number(cell, "") for cell in row] for row in table.rows)
    return text.getvalue()


def as_text(table: Table) -> str:
    """Aligned columns, a total line, and what the columns mean."""
    rows = _read(table.rows)
    total = _read([table.total])[0]
    widths = [max(map(len, column)) for column in zip(table.columns, *rows, total, strict=True)]

    def line(row: Sequence[str]) -> str:
        sides = [str.ljust] * table.words + [str.rjust] * (len(row) - table.words)
        return "  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True)).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    meanings = [f"  {name:<12}  {meaning}" for name, meaning in table.definitions.items()]
    notes = [f"  {note}" for note in table.notes]
    lines = [table.heading, rule, line(table.columns), rule, *map(line, rows), rule, line(total), "", *meanings, *notes]
    return "\n".join([*lines, ""])


def as_markdown(table: Table) -> str:
    """A table with pipes, as GitHub and most other Markdown readers draw it."""

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    columns = [_markdown(column) for column in table.columns]
    sides = ["---"] * table.words + ["---:"] * (len(columns) - table.words)
    rows = [[_markdown(cell) for cell in row] for row in _read(table.rows)]
    total = [f"**{_markdown(cell)}**" if cell else "" for cell in _read([table.total])[0]]
    lines = [line(columns), line(sides), *map(line, rows), line(total)]
    meanings = [f"- {_markdown(name)}: {_markdown(meaning)}" for name, meaning in table.definitions.items()]
    notes = [f"- {_markdown(note)}" for note in table.notes]
    return "\n".join([_markdown(table.heading), "", *lines, "", *meanings, *notes, ""])


def as_latex(table: Table) -> str:
    """A `tabular` that needs no package. Heading, meanings and notes stand above it as comments."""

    def line(cells: Sequence[str]) -> str:
        return " & ".join(map(_latex, cells)) + r" \\"

    meanings = [f"{name}: {meaning}" for name, meaning in table.definitions.items()]
    comments = [f"% {words}" for words in (table.heading, *meanings, *table.notes)]
    sides = "l" * table.words + "r" * (len(table.columns) - table.words)
    lines = [r"\hline", line(table.columns), r"\hline", *map(line, _read(table.rows))]
    lines += [r"\hline", line(_read([table.total])[0]), r"\hline"]
    return "\n".join([*comments, rf"\begin{{tabular}}{{{sides}}}", *lines, r"\end{tabular}", ""])


WRITERS: Mapping[str, Callable[[Table], str]] = {
    "table": as_text,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}


def _read(rows: Sequence[tuple[Cell, ...]]) -> list[list[str]]:
    """Rows as people read them, with thousands separated."""
    return [[_number(cell, ",") for cell in row] for row in rows]


def _number(cell: Cell, thousands: str) -> str:
    if cell is None:
        return "n/a"
    if isinstance(cell, str):
        return cell
    return format(cell, f"{thousands}.2f" if isinstance(cell, float) else f"{thousands}d")


# An underscore inside a word (max_pool2d) means nothing in Markdown; at its edge it starts or ends emphasis.
_MARKDOWN = re.compile(r"[\\`*|<\[]|(?<!\w)_+|_+(?!\w)")


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(lambda found: "".join(f"\\{mark}" for mark in found[0]), text)


_LATEX = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_SHAPES = re.compile(r"\d+(x\d+)+(\+\d+(x\d+)+)*")  # 64x112x112, or several of them


def _latex(text: str) -> str:
    if _SHAPES.fullmatch(text):
        shapes = text.replace("x", r" \times ").replace("+", " + ")
        return f"${shapes}$"
    return text.translate(_LATEX)
