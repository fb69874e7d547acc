"""A layer table as text: for eyes, or for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from resnet.inputs import Shape
from resnet.stages import stage_outputs
from resnet.summary import Call, Summary

COLUMNS = (
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
)

DEFINITIONS = {
    "params": "weights and biases; running statistics of norms are not counted",
    "macs": "multiply-accumulates of convolutions and linear layers",
    "flops": "2 x MACs",
    "madd": "multiplications and additions counted apart, of all operations, as torchstat does",
    "output_bytes": "float32, one picture",
    "read_bytes": "inputs and parameters, each read once",
    "write_bytes": "the output, written once",
}


def shape_text(shape: Shape) -> str:
    """(64, 112, 112) -> "64x112x112"."""
    return "x".join(str(size) for size in shape)


def input_text(shapes: Sequence[Shape]) -> str:
    """One shape if all are equal (both sides of an addition), otherwise all of them (a concatenation)."""
    return shape_text(shapes[0]) if len(set(shapes)) == 1 else "+".join(map(shape_text, shapes))


def cells(call: Call) -> list[str | int]:
    """The values of `COLUMNS` for one call; "n/a" where an operation has no definition."""
    figures = (call.params, call.macs, call.flops, call.madd, call.output_bytes, call.read_bytes, call.write_bytes)
    return [
        call.name,
        call.type,
        input_text(call.input_shapes),
        shape_text(call.output_shape),
        *("n/a" if figure is None else figure for figure in figures),
    ]


def as_csv(summary: Summary) -> str:
    """One line a call and no total line, so that a column can be summed as it is."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells(call) for call in summary.rows)
    return text.getvalue()


def as_table(summary: Summary) -> str:
    """Aligned columns, a total line, and what the columns mean."""
    totals = summary.totals
    rows = [[_figure(cell) for cell in cells(call)] for call in summary.rows]
    total: list[str | int] = ["total", "", "", "", totals.params, totals.macs, totals.flops, totals.madd]
    total += [totals.output_bytes, totals.read_bytes, totals.write_bytes]
    rows.append([_figure(cell) for cell in total])
    widths = [max(len(row[i]) for row in [list(COLUMNS), *rows]) for i in range(len(COLUMNS))]

    def line(row: Sequence[str]) -> str:
        words = [cell.ljust(width) for cell, width in zip(row[:4], widths[:4], strict=True)]
        figures = [cell.rjust(width) for cell, width in zip(row[4:], widths[4:], strict=True)]
        return "  ".join(words + figures).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    heading = f"{summary.title} at {shape_text(summary.input_shape)}, batch 1, float32: {len(summary.rows)} operations"
    notes = [f"  {name:<12}  {meaning}" for name, meaning in DEFINITIONS.items()]
    if totals.unknown:
        notes.append(f"  The totals are partial: no definition for {', '.join(totals.unknown)}")
    return "\n".join([heading, rule, line(COLUMNS), rule, *map(line, rows[:-1]), rule, line(rows[-1]), "", *notes, ""])


def as_stages(summary: Summary) -> str:
    """The output shape after each stage and each operation of the head, with the batch of 1 in front."""
    shapes = stage_outputs(summary)
    width = max(len(name) for name, _ in shapes)
    return "".join(f"{name.ljust(width)}  output shape: {shape_text((1, *shape))}\n" for name, shape in shapes)


def _figure(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell
