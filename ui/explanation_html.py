"""The HTML that explanations are made of: facts with a label, formulas, sentences, numbers."""

from __future__ import annotations

from html import escape

from resnet.derivations import Derivation, Formula
from ui.numbers import count
from ui.text import t


def fact(label: str, *lines: str) -> str:
    """A label and, under it, lines of HTML: one pair of a definition list."""
    return f'<div class="why-fact"><dt>{escape(label)}</dt><dd>{"".join(lines)}</dd></div>'


def said(key: str, **pieces: str) -> str:
    """A sentence with pieces of HTML in it."""
    return f"<p>{escape(t(key), quote=False).format(**pieces)}</p>"


def numbers(found: Derivation) -> dict[str, str]:
    """What a sentence about a derivation needs, by name."""
    return {name: count(value) if isinstance(value, int) else escape(value) for name, value in found.numbers.items()}


def formula(formula: Formula) -> str:
    """A formula on a line of its own."""
    return f'<p class="why-formula">{escape(str(formula))}</p>'


def figure(found: Derivation) -> str:
    """The figure with how it comes about, if that is known."""
    if found.rule == "figure" or not found.formulas:
        return escape(t("architecture.not_known") if found.value is None else count(found.value))
    return code(str(found.formulas[-1]))


def code(text: str) -> str:
    """A formula within a sentence."""
    return f'<span class="why-formula">{escape(text)}</span>'
