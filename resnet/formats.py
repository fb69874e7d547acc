"""A network's layer table as text: which view of it, in which format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from resnet import tables
from resnet.errors import UserError
from resnet.inputs import Shape
from resnet.stages import stage_outputs
from resnet.summary import Call, Summary
from resnet.tables import Table
from resnet.torchstat import COLUMNS as TORCHSTAT_COLUMNS
from resnet.torchstat import DEFINITIONS as TORCHSTAT_DEFINITIONS
from resnet.torchstat import NOTES as TORCHSTAT_NOTES
from resnet.torchstat import torchstat

DEFINITIONS = {
    "params": "weights and biases; running statistics of norms are not counted",
    "macs": "multiply-accumulates of convolutions and linear layers",
    "flops": "2 x MACs",
    "madd": "multiplications and additions counted apart, of all operations, as torchstat does",
    "output_bytes": "float32, one picture",
    "read_bytes": "inputs and parameters, each read once",
    "write_bytes": "the output, written once",
}
COLUMNS = ("name", "type", "input_shape", "output_shape", *DEFINITIONS)

VIEWS = ("calls", "torchstat", "stages")
FORMATS = ("table", "csv", "json", "markdown", "latex")


def write(summary: Summary, view: str = "calls", format: str = "csv") -> str:
    """A view of a layer table, ending in a newline.

    Args:
        view: "calls", every operation; "torchstat", the layers as torchstat counts them; or "stages", output shapes.
        format: one of `FORMATS`; the stages are a "table" only.

    Raises:
        UserError: there is no such view or format.
    """
    _check(view, VIEWS, "view")
    _check(format, FORMATS, "format")
    if view == "stages":
        if format != "table":
            raise UserError("The stages are printed as a table only", where="format", cure="Choose table")
        return as_stages(summary)
    if format == "json":
        return json.dumps(as_dict(summary, view), indent=2, ensure_ascii=False) + "\n"
    return tables.WRITERS[format](_TABLES[view](summary))


def as_dict(summary: Summary, view: str = "calls") -> dict[str, Any]:
    """The view as JSON and the `/summary` endpoint have it.

    Returns:
        title, input, rows (an object each, by column), totals (of the number columns); for calls also partial, the
        operations that macs, flops and madd have no definition for. Their figures are None.
    """
    found = {
        "title": summary.title,
        "input": shape_text(summary.input_shape),
        **tables.as_dict(_TABLES[view](summary)),
    }
    return {**found, "partial": list(summary.totals.unknown)} if view == "calls" else found


def as_stages(summary: Summary) -> str:
    """The output shape after each stage and each operation of the head, with the batch of 1 in front."""
    shapes = stage_outputs(summary)
    width = max((len(name) for name, _ in shapes), default=0)
    return "".join(f"{name.ljust(width)}  output shape: {shape_text((1, *shape))}\n" for name, shape in shapes)


def shape_text(shape: Shape) -> str:
    """(64, 112, 112) -> "64x112x112"."""
    return "x".join(str(size) for size in shape)


def input_text(shapes: Sequence[Shape]) -> str:
    """One shape if all are equal (both sides of an addition), otherwise all of them (a concatenation)."""
    return shape_text(shapes[0]) if len(set(shapes)) == 1 else "+".join(map(shape_text, shapes))


def _values(call: Call) -> tuple[str | int | None, ...]:
    shapes = (input_text(call.input_shapes), shape_text(call.output_shape))
    return (call.name, call.type, *shapes, *(getattr(call, column) for column in DEFINITIONS))


def _calls(summary: Summary) -> Table:
    totals = summary.totals
    partial = f"The totals are partial: no definition for {', '.join(totals.unknown)}"
    return Table(
        heading=_heading(summary, f"{len(summary.rows)} operations"),
        columns=COLUMNS,
        words=len(COLUMNS) - len(DEFINITIONS),
        rows=tuple(map(_values, summary.rows)),
        total=("total", "", "", "", *(getattr(totals, column) for column in DEFINITIONS)),
        definitions=DEFINITIONS,
        notes=(partial,) if totals.unknown else (),
    )


def _torchstat(summary: Summary) -> Table:
    report = torchstat(summary)
    return Table(
        heading=_heading(summary, f"{len(report.rows)} layers as torchstat counts them"),
        columns=TORCHSTAT_COLUMNS,
        words=len(TORCHSTAT_COLUMNS) - len(TORCHSTAT_DEFINITIONS),
        rows=tuple(row.cells() for row in report.rows),
        total=report.totals.cells(),
        definitions=TORCHSTAT_DEFINITIONS,
        notes=TORCHSTAT_NOTES,
    )


_TABLES: Mapping[str, Callable[[Summary], Table]] = {"calls": _calls, "torchstat": _torchstat}


def _heading(summary: Summary, counted: str) -> str:
    return f"{summary.title} at {shape_text(summary.input_shape)}, batch 1, float32: {counted}"


def _check(name: str, known: Sequence[str], where: str) -> None:
    if name not in known:
        raise UserError(f"There is no {where} {name!r}", where=where, cure=f"Choose one of {', '.join(known)}")
