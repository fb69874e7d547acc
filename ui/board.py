"""What the Architecture tab shows of one `Look`, as HTML: figures, picture, table, explanation. No Gradio here."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from html import escape

from resnet.catalogue import CATALOGUE
from resnet.compare import compare
from resnet.diagram import as_svg
from resnet.memory import memory_of
from resnet.outline import outline
from resnet.summary import Summary, summarize
from resnet.timing import Timing
from ui import layer_table
from ui.compare_view import compare_view
from ui.cost_view import memory_form, memory_view, timing_note
from ui.explanation_view import explanation
from ui.look import EVERYTHING, TABLES, Look, as_parameters
from ui.names import unbroken
from ui.numbers import count, giga, megabytes
from ui.reconcile_view import reconcile_view
from ui.text import section, t

# Nets that share a remark with the one it was written for.
_NOTES = {
    **dict.fromkeys(("resnet101_v1", "resnet152_v1"), "resnet50_v1"),
    **dict.fromkeys(("resnet32", "resnet44", "resnet56", "resnet110"), "resnet20"),
    **dict.fromkeys(("plain18", "plain20", "plain32", "plain44", "plain56", "plain110"), "plain34"),
    **dict.fromkeys(("vgg11", "vgg13", "vgg16_bn", "vgg19"), "vgg16"),
    "preact_resnet50": "preact_resnet18",
}
IMAGENET_CLASSES = 1000  # what is compared where the first net classifies nothing
BATCH, DTYPE, OPTIMIZER = 32, "float32", "momentum"  # what the memory panel shows first
EXPORTS = ("csv", "markdown", "latex", "svg", "png")


def board(look: Look, timing: Timing | None = None) -> str:
    """Everything right of the controls, but for `about`, which takes longer and is asked for once this is on show.

    Args:
        timing: of the net on show, where it was measured and is wanted.

    Raises:
        UserError: a net cannot work on that shape.
    """
    if look.opened or look.selected or timing or look.table != TABLES[0]:
        return _board(look, timing)
    return _first_sight(look)


@lru_cache(maxsize=128)  # nothing unfolded: some 20 to 40 kB each, where a large net unfolded takes megabytes
def _first_sight(look: Look) -> str:
    return _board(look, None)


def _board(look: Look, timing: Timing | None) -> str:
    if look.view == "convolution":
        inner = ""
    elif look.view == "compare":
        nets = [CATALOGUE[name] for name in look.nets]
        inner = compare_view(compare(nets, look.shape, look.num_classes or IMAGENET_CLASSES))
    else:
        look = _known_names(look)
        inner = (
            f'{picture(look)}<div class="board-main">{_toolbar(look)}'
            f'<div data-region="table">{table(look, timing)}</div>{_files()}</div>'
            f'<aside class="board-side"><div data-region="why">{why(look)}</div>'
            f'<div class="net-about" data-region="about"></div></aside>'
        )
    return f'<div class="board board-{look.view}" data-look="{escape(json.dumps(as_parameters(look)))}">{inner}</div>'


def _known_names(look: Look) -> Look:
    """Without what another net had unfolded or selected and this one has not."""
    names = {part.name for stage in outline(summary_of(look)) for part in stage.walk()} | {EVERYTHING}
    unfolded = tuple(name for name in look.opened if name in names)
    return replace(look, opened=unfolded, selected=look.selected if look.selected in names else "")


def summary_of(look: Look) -> Summary:
    """The layer table of the net that is shown.

    Raises:
        UserError: the net cannot work on that shape.
    """
    row, shape, classes = look.subject
    return summarize(row, shape, num_classes=classes)


def figures(look: Look) -> str:
    """The key figures under the controls."""
    totals = summary_of(look).totals
    shown = (
        (count(totals.params), t("architecture.total.params")),
        (giga(totals.macs), t("architecture.total.macs")),
        (giga(totals.flops), t("architecture.total.flops")),
        (megabytes(totals.write_bytes), t("architecture.total.written")),
        (count(len(summary_of(look).rows)), t("architecture.total.calls")),
    )
    items = "".join(f"<div><dd>{value}</dd><dt>{escape(meaning)}</dt></div>" for value, meaning in shown)
    return f'<section class="net-facts" aria-label="{escape(look.row.title)}"><dl>{items}</dl></section>'


def picture(look: Look) -> str:
    """The diagram in the frame that scrolls it."""
    label = escape(t("architecture.picture", title=look.row.title))
    return f'<div class="net-picture" data-region="picture" role="group" aria-label="{label}">{drawing(look)}</div>'


def drawing(look: Look) -> str:
    """The diagram with what is unfolded, as SVG."""
    summary = summary_of(look)
    return as_svg(summary, opened=opened(look, summary))


def opened(look: Look, summary: Summary) -> frozenset[str]:
    """The names of what is unfolded."""
    if look.opened == (EVERYTHING,):
        return frozenset(part.name for stage in outline(summary) for part in stage.walk() if part.parts)
    return frozenset(look.opened)


def table(look: Look, timing: Timing | None = None) -> str:
    """The layer table, with milliseconds where there is a measurement, and what its columns mean."""
    summary = summary_of(look)
    if look.table == "torchstat":
        notes = [(column, t(f"architecture.define.torchstat.{column}")) for column in layer_table.TORCHSTAT_COLUMNS]
        return layer_table.as_torchstat(summary) + _definitions(notes, t("architecture.torchstat.basis"))
    columns = layer_table.ALL if look.columns == "all" else layer_table.FEW
    times = dict(zip((call.name for call in summary.rows), timing.milliseconds, strict=True)) if timing else None
    listing = layer_table.operations(look.row, summary, opened(look, summary), columns, times)
    measured = f'<p class="net-note">{escape(timing_note(timing))}</p>' if timing else ""
    return (
        listing
        + measured
        + _partial(summary)
        + _definitions(layer_table.definitions(layer_table.ALL), t("architecture.basis"))
    )


def why(look: Look) -> str:
    """The explanation of what is selected; empty where nothing is."""
    return explanation(summary_of(look), look.selected, look.row) if look.selected else ""


def _partial(summary: Summary) -> str:
    if not summary.totals.unknown:
        return ""
    sentence = t("architecture.partial", operations=", ".join(summary.totals.unknown))
    return f'<p class="net-note">{escape(sentence)}</p>'


def _definitions(meanings: list[tuple[str, str]], basis: str) -> str:
    items = "".join(f"<dt>{escape(title)}</dt><dd>{escape(meaning)}</dd>" for title, meaning in meanings)
    return (
        f'<details class="net-meanings"><summary>{escape(t("architecture.definitions"))}</summary>'
        f"<p>{escape(basis)}</p><dl>{items}</dl></details>"
    )


def _toolbar(look: Look) -> str:
    """Buttons between picture and table; the page's script acts on `data-do`."""
    stat = look.table == "torchstat"
    tables = "".join(
        _button(f"table:{name}", t(f"architecture.table.{name}"), pressed=look.table == name) for name in TABLES
    )
    columns = _button("columns", t("architecture.columns"), pressed=look.columns == "all", hidden=stat)
    others = "".join(_button(name, t(f"architecture.{name}"), hidden=stat) for name in ("unfold", "fold", "time"))
    return (
        f'<div class="net-tools" role="group" aria-label="{escape(t("architecture.tools"))}">'
        f'<span class="net-switch">{tables}</span>{columns}{others}<span class="net-said" role="status"></span></div>'
    )


def _files() -> str:
    """What can be taken along: the table and the picture as files, the net as code."""
    kinds = "".join(_button(f"save:{kind}", t(f"architecture.save.{kind}")) for kind in EXPORTS)
    python = _button("python", t("architecture.python"))
    return f'<div class="net-take"><b>{escape(t("architecture.take"))}</b>{kinds}{python}</div>'


def _button(do: str, label: str, *, pressed: bool | None = None, hidden: bool = False) -> str:
    state = "" if pressed is None else f' aria-pressed="{"true" if pressed else "false"}"'
    return f'<button type="button" data-do="{do}"{state}{" hidden" if hidden else ""}>{escape(label)}</button>'


def about(look: Look, batch: int = BATCH, dtype: str = DTYPE, optimizer: str = OPTIMIZER) -> str:
    """What is said of the net as a whole: remark, reconciliation with the paper, memory, source.

    Raises:
        UserError: a batch, number format or optimizer that is not offered.
    """
    net, shape, classes = look.subject
    remark = section("architecture.note.").get(_NOTES.get(net.name, net.name), "")
    said = f"<p>{unbroken(remark)}</p>" if remark else ""
    source = "" if look.view == "build" else f"<p>{unbroken(t('architecture.source', source=net.source))}</p>"
    return (
        f"{said}{reconcile_view(net, shape, classes or 0)}"
        f'{memory_form(batch, dtype, optimizer)}<div data-region="memory">'
        f"{memory(look, batch, dtype, optimizer)}</div>{source}"
    )


def memory(look: Look, batch: int = BATCH, dtype: str = DTYPE, optimizer: str = OPTIMIZER) -> str:
    """What the net takes in memory.

    Raises:
        UserError: a batch, number format or optimizer that is not offered.
    """
    net, shape, classes = look.subject
    needed = memory_of(net, shape, num_classes=classes, batch=batch, dtype=dtype, optimizer=optimizer)
    return memory_view(needed, batch, dtype, optimizer)
