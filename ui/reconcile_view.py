"""Why does the paper say 3.8? The reconciliation of `resnet.reconcile` as a narrow panel. No Gradio here."""

from __future__ import annotations

from html import escape

from resnet.catalogue import Net
from resnet.inputs import Shape
from resnet.reconcile import STANDARD_CLASSES, STANDARD_SHAPE, Reconciliation, reconcile
from ui.numbers import count, decimal, giga, shape, signed
from ui.text import t

_STEPS = {
    "classes": "architecture.reconcile.step.classes",
    "channels": "architecture.reconcile.step.channels",
    "size": "architecture.reconcile.step.size",
}


def reconcile_view(net: Net, input_shape: tuple[int, int, int], num_classes: int) -> str:
    """The panel for ResNet-50, -101 and -152 in both variants; empty for every other net.

    Raises:
        UserError: the net does not take this input or this number of classes.
    """
    found = reconcile(net, input_shape, num_classes)
    if found is None:
        return ""
    title = escape(t("architecture.reconcile.title", printed=_printed(found)))
    this = t("architecture.reconcile.this")
    if (tuple(input_shape), num_classes) != (STANDARD_SHAPE, STANDARD_CLASSES):
        this = t("architecture.reconcile.this_there", setting=t("architecture.reconcile.standard"))
    return (
        f'<section class="rec-panel" aria-label="{title}"><h3>{title}</h3>'
        f"{_three(found, this)}{_rounding(found)}{_moved(found)}{_here(found, input_shape, num_classes)}"
        f"{_closing(found)}</section>"
    )


def _three(found: Reconciliation, this: str) -> str:
    """The paper's figure and the two exact ones.

    Args:
        this: the mark of the net that is shown.
    """
    rows = (
        ("architecture.reconcile.paper", t("architecture.reconcile.paper.info"), _printed(found), ""),
        ("architecture.reconcile.v1", _counted(found.v1_macs), giga(found.v1_macs), this if found.is_v1 else ""),
        ("architecture.reconcile.v15", _counted(found.v15_macs), giga(found.v15_macs), "" if found.is_v1 else this),
    )
    lines = "".join(_line(t(key), info, value, mark) for key, info, value, mark in rows)
    head = _head(t("architecture.reconcile.standard"), t("architecture.reconcile.gmacs"))
    return f"<table>{head}<tbody>{lines}</tbody></table>"


def _head(what: str, unit: str) -> str:
    columns = f'<th scope="col">{escape(what)}</th><th scope="col" class="n">{escape(unit)}</th>'
    return f"<thead><tr>{columns}</tr></thead>"


def _line(name: str, info: str, value: str, mark: str = "") -> str:
    this = f" <b>{escape(mark)}</b>" if mark else ""
    small = f"<small>{escape(info)}</small>" if info else ""
    return f'<tr><th scope="row">{escape(name)}{this}{small}</th><td class="n">{value}</td></tr>'


def _counted(macs: int) -> str:
    return t("architecture.reconcile.counted", macs=count(macs))


def _rounding(found: Reconciliation) -> str:
    if found.rounds_as_printed:
        sentence = t("architecture.reconcile.rounds", exact=giga(found.v1_macs), printed=_printed(found))
    else:
        sentence = t(
            "architecture.reconcile.prints",
            exact=giga(found.v1_macs),
            printed=_printed(found),
            rounded=decimal(found.v1_macs / 1e9, 1),
        )
    return f"<p>{escape(sentence)}</p>"


def _moved(found: Reconciliation) -> str:
    lines = "".join(
        _line(
            call.name,
            t("architecture.reconcile.maps", v1=shape(call.v1_output[1:]), v15=shape(call.v15_output[1:])),
            signed(call.difference),
        )
        for call in found.moved
    )
    total = _line(t("architecture.reconcile.sum"), "", signed(found.v15_macs - found.v1_macs))
    said = escape(t("architecture.reconcile.moved", count=len(found.moved)))
    return f"<p>{said}</p>{_sum(t('architecture.reconcile.convolution'), lines, total)}"


def _here(found: Reconciliation, input_shape: Shape, num_classes: int) -> str:
    """How this net's count at hand comes from the one above; nothing where they are the same."""
    if not found.steps:
        return ""
    start = _line(t("architecture.reconcile.standard"), "", count(found.standard_macs))
    steps = "".join(_line(t(_STEPS[step.what]), "", signed(step.macs)) for step in found.steps)
    total = _line(t("architecture.reconcile.sum"), "", count(found.here_macs))
    said = t(
        "architecture.reconcile.here",
        shape=shape(input_shape),
        classes=count(num_classes),
        macs=giga(found.here_macs),
    )
    return f"<p>{escape(said)}</p>{_sum(t('architecture.reconcile.step'), start + steps, total)}"


def _sum(what: str, lines: str, total: str) -> str:
    head = _head(what, t("architecture.reconcile.macs"))
    return f'<table class="rec-sum">{head}<tbody>{lines}</tbody><tfoot>{total}</tfoot></table>'


def _closing(found: Reconciliation) -> str:
    return f"<p>{escape(t('architecture.reconcile.flops', flops=giga(2 * found.here_macs)))}</p>"


def _printed(found: Reconciliation) -> str:
    return decimal(found.paper_gmacs, 1)
