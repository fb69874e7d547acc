"""A line of CSV that is the same on every system and that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell


def csv_line(cells: Iterable[str | float]) -> str:
    """One line, ending in a line feed; text that would be a formula gets an apostrophe in front, which makes it text.

    Numbers are written so that they read back as they are.
    """
    line = io.StringIO()
    csv.writer(line).writerow(map(_harmless, cells))  # ends in \r\n: told of \n alone, older Pythons quote no \r
    return line.getvalue().removesuffix("\r\n") + "\n"


def _harmless(cell: str | float) -> str | float:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
