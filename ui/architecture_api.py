"""What the Architecture tab's script and other people's scripts can ask: parts of a view, files, measurements."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from resnet.diagram import as_svg
from resnet.errors import UserError
from resnet.formats import as_dict, write
from resnet.inputs import parse_shape
from resnet.summary import summarize
from ui import board
from ui.look import Look, parse
from ui.python_code import python_code
from ui.refusals import answering, refusing
from ui.text import t
from ui.timings import Timings

_TYPES = {"csv": "text/csv", "markdown": "text/markdown", "latex": "application/x-tex", "svg": "image/svg+xml"}
_ENDINGS = {"csv": "csv", "markdown": "md", "latex": "tex", "svg": "svg"}
_LONGEST_LOOK = 20_000  # characters of JSON; a real one has a few hundred


def parameters(text: str) -> dict[str, str]:
    """The address parameters in a JSON text that a script sent; empty for anything else."""
    if not isinstance(text, str) or len(text) > _LONGEST_LOOK:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return _texts(found) if isinstance(found, dict) else {}


def for_the_page(timings: Timings) -> list[Callable[[Any], dict[str, Any]]]:
    """The functions that the tab's script calls; each takes one object with the `look`, the address's parameters."""

    @answering
    def paint(asked: Any) -> dict[str, Any]:
        """Regions of the view anew: "picture", "table", "why", "about"."""
        look = _look(asked)
        regions: dict[str, Callable[[], str]] = {
            "picture": lambda: board.drawing(look),
            "table": lambda: board.table(look, timings.of(look)),
            "why": lambda: board.why(look),
            "about": lambda: board.about(look, *_memory(asked)),
        }
        wanted = asked.get("regions")
        return {name: draw() for name, draw in regions.items() if isinstance(wanted, list) and name in wanted}

    @answering
    def measure(asked: Any) -> dict[str, Any]:
        """Time every operation on this machine; the next table shows it."""
        timings.measure(_look(asked))
        return {}

    @answering
    def memory(asked: Any) -> dict[str, Any]:
        """The memory panel for another batch, number format or optimizer."""
        return {"html": board.memory(_look(asked), *_memory(asked))}

    @answering
    def write_file(asked: Any) -> dict[str, Any]:
        """The table, or the picture as it is unfolded, as a file."""
        look, kind = _look(asked), str(asked.get("format"))
        if kind not in _TYPES:
            raise UserError(t("architecture.no_format"), cure=t("architecture.no_format_cure"))
        summary = board.summary_of(look)
        if kind == "svg":
            text = as_svg(summary, opened=board.opened(look, summary))
        else:
            text = write(summary, view="torchstat" if look.table == "torchstat" else "calls", format=kind)
        name = look.row.name + ("-torchstat" if look.table == "torchstat" and kind != "svg" else "")
        return {"name": f"{name}.{_ENDINGS[kind]}", "type": _TYPES[kind], "text": text}

    @answering
    def python(asked: Any) -> dict[str, Any]:
        """Code that makes the same net and table."""
        return {"code": python_code(_look(asked))}

    return [paint, measure, memory, write_file, python]


def _look(asked: Any) -> Look:
    """What the script has on show; anybody can send anything in its place."""
    if not isinstance(asked, Mapping) or not isinstance(asked.get("look"), Mapping):
        raise UserError(t("architecture.no_look"), cure=t("architecture.no_look_cure"))
    return parse(_texts(asked["look"]))


def _memory(asked: Mapping[str, Any]) -> tuple[int, str, str]:
    """Batch, number format and optimizer of the memory panel; as usual where nothing was chosen."""
    chosen = asked.get("memory") or {"batch": str(board.BATCH), "dtype": board.DTYPE, "optimizer": board.OPTIMIZER}
    chosen = chosen if isinstance(chosen, Mapping) else {}
    batch, dtype, optimizer = (str(chosen.get(name)) for name in ("batch", "dtype", "optimizer"))
    if not batch.isascii() or not batch.isdecimal() or len(batch) > 6:
        raise UserError(t("architecture.memory.no_batch"), cure=t("architecture.memory.no_batch_cure"))
    return int(batch), dtype, optimizer


def _texts(found: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): value for name, value in found.items() if isinstance(value, str)}


def add_endpoint() -> None:
    """Add the named endpoint `/summary`."""
    gr.api(summary_endpoint, api_name="summary", api_description=summary_endpoint.__doc__)


@refusing
def summary_endpoint(net: str, input: str = "", classes: int = 0) -> dict[str, Any]:
    """The layer table of a network: every operation with its shapes, parameters, work and traffic.

    Args:
        net: a name of the catalogue, such as "resnet50".
        input: channels,height,width such as "3,224,224"; empty for the net's own.
        classes: outputs of the head; 0 for the net's own.

    Returns:
        title, input shape, one object a row (name, type, input_shape, output_shape, params, macs, flops, madd,
        output_bytes, read_bytes, write_bytes), the totals of the columns, and the operations they are partial for.
    """
    if not isinstance(net, str):
        raise UserError(t("architecture.no_net"), where="net", cure=t("architecture.no_net_cure"))
    return as_dict(summarize(net, parse_shape(input) if input else None, num_classes=classes or None))
