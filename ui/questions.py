"""The questions above the tabs: each sets the page, asks for a guess first, and answers with numbers computed here."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from resnet.errors import UserError
from resnet.memory import memory_of
from resnet.outline import Part, find_part, outline
from resnet.summary import Summary, summarize
from resnet.ways import ways
from ui.look import Look
from ui.numbers import count, giga, megabytes, million, percent, ratio, shape
from ui.refusals import answering
from ui.text import section, t

STATIC = Path(__file__).parent / "static"

Fact = tuple[str, str]  # what, how much


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        key: of its words, `architecture.question.<key>`.
        look: what the Architecture tab shows while it is asked.
        guesses: the numbers one can choose from; the words give them their unit.
        truth: the number asked for, computed.
        facts: what the answer shows beside it, computed.
    """

    key: str
    look: Look
    guesses: tuple[float, ...]
    truth: Callable[[], float]
    facts: Callable[[], list[Fact]]

    def right(self) -> int:
        """Which guess comes nearest to the truth."""
        truth = self.truth()
        return min(range(len(self.guesses)), key=lambda i: abs(self.guesses[i] - truth))


def _fewest() -> int:
    return ways(summarize("resnet34")).shortest


def _shortcut_facts() -> list[Fact]:
    plain, residual = summarize("plain34"), summarize("resnet34")
    there, around = ways(plain), ways(residual)
    params = residual.totals.params - plain.totals.params
    macs = residual.totals.macs - plain.totals.macs
    return [
        (t("architecture.question.shortcut.plain"), f"{there.shortest}"),
        (t("architecture.question.shortcut.residual"), f"{around.shortest}"),
        (t("architecture.question.shortcut.ways"), count(around.number)),
        (t("architecture.question.shortcut.params"), f"{count(params)} ({percent(params, plain.totals.params)} %)"),
        (t("architecture.question.shortcut.macs"), f"{count(macs)} ({percent(macs, plain.totals.macs)} %)"),
    ]


def _projections(net: str) -> list[Part]:
    return [part for stage in outline(summarize(net)) for part in stage.walk() if part.shortcut == "projection"]


def _projection_facts() -> list[Fact]:
    facts = [
        (part.name, f"{shape(part.input_shape)} → {shape(part.output_shape)}") for part in _projections("resnet34")
    ]
    first = _projections("resnet50")[0]
    also = f"{shape(first.input_shape)} → {shape(first.output_shape)}"
    return [*facts, (t("architecture.question.projection.bottleneck", name=first.name), also)]


def _kept() -> tuple[int, int]:
    """Bytes of activations that training keeps of one picture, in ResNet-34 and ResNet-50."""
    return memory_of("resnet34").activations, memory_of("resnet50").activations


def _kept_ratio() -> float:
    small, large = _kept()
    return large / small


def _fifty_facts() -> list[Fact]:
    small, large, paper = (summarize(name).totals for name in ("resnet34", "resnet50", "resnet50_v1"))
    moved = [totals.read_bytes + totals.write_bytes for totals in (small, large)]
    gmacs = t("architecture.question.fifty.gmacs", **_change(giga, small.macs, large.macs))
    millions = t("architecture.question.fifty.millions", **_change(million, small.params, large.params))
    return [
        (t("architecture.question.fifty.macs"), gmacs),
        (t("architecture.question.fifty.paper"), ratio(paper.macs, small.macs)),
        (t("architecture.question.fifty.params"), millions),
        (t("architecture.question.fifty.kept"), t("architecture.question.fifty.mb", **_change(megabytes, *_kept()))),
        (t("architecture.question.fifty.moved"), t("architecture.question.fifty.mb", **_change(megabytes, *moved))),
    ]


def _change(written: Callable[[int], str], before: int, after: int) -> dict[str, str]:
    return {"before": written(before), "after": written(after), "ratio": ratio(after, before)}


def _share(summary: Summary, stage: str, column: str) -> tuple[int, int]:
    """A stage's and the whole net's total of a column."""
    part = find_part(summary, stage)
    assert part is not None
    return getattr(part.totals, column), getattr(summary.totals, column)


def _head_share() -> float:
    head, whole = _share(summarize("vgg16"), "head", "params")
    return 100 * head / whole


def _place_facts() -> list[Fact]:
    def line(net: str, stage: str) -> Fact:
        summary = summarize(net)
        params, macs = (f"{percent(*_share(summary, stage, column))} %" for column in ("params", "macs"))
        what = t("architecture.question.place.of", title=summary.title, stage=stage)
        return what, t("architecture.question.place.shares", params=params, macs=macs)

    return [line("vgg16", "features"), line("vgg16", "head"), *(line("resnet50", f"layer{i}") for i in range(1, 5))]


QUESTIONS = (
    Question("shortcut", Look(view="compare", nets=("plain34", "resnet34")), (5, 17, 34), _fewest, _shortcut_facts),
    Question(
        "projection",
        Look(net="resnet34", opened=("layer2",), selected="layer2.0"),
        (0, 3, 16),
        lambda: len(_projections("resnet34")),
        _projection_facts,
    ),
    Question("fifty", Look(view="compare", nets=("resnet34", "resnet50")), (1.1, 1.7, 2.7), _kept_ratio, _fifty_facts),
    Question("place", Look(view="compare", nets=("vgg16", "resnet50")), (10, 50, 90), _head_share, _place_facts),
)
_BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}


def find(key: object) -> Question:
    """The question of that key.

    Raises:
        UserError: there is none.
    """
    if not isinstance(key, str) or key not in _BY_KEY:
        raise UserError(t("architecture.question.none"), cure=t("architecture.no_look_cure"))
    return _BY_KEY[key]


@lru_cache(maxsize=len(QUESTIONS))
def answer(key: str) -> dict[str, Any]:
    """What is revealed: which guess was right, the numbers, and the sentence that follows from them."""
    question = find(key)
    return {"right": question.right(), "facts": question.facts(), "sentence": t(f"architecture.question.{key}.answer")}


def build() -> gr.HTML:
    """Add the strip. Its event `asked` fires with the key of the question that was opened as its value."""

    @answering
    def reveal(asked: Any) -> dict[str, Any]:
        return answer(find(asked).key)

    return gr.HTML(
        html_template=_template(),
        js_on_load=(STATIC / "questions.js").read_text(encoding="utf-8"),
        server_functions=[reveal],
        apply_default_css=False,
        elem_id="lab-questions",
        questions={
            question.key: {
                "hides": question.look.view == "compare",
                "guess": t(f"architecture.question.{question.key}.guess"),
                "choices": [
                    t(f"architecture.question.{question.key}.choice", number=f"{number:g}")
                    for number in question.guesses
                ],
            }
            for question in QUESTIONS
        },
        words={**section("architecture.question.script."), "unreachable": t("page.unreachable")},
    )


def _template() -> str:
    asked = [(question.key, html.escape(t(f"architecture.question.{question.key}"))) for question in QUESTIONS]
    closed = 'aria-expanded="false" aria-controls="ask-panel"'
    buttons = "".join(f'<button type="button" data-ask="{key}" {closed}>{words}</button>' for key, words in asked)
    label, close = html.escape(t("architecture.question.strip")), html.escape(t("architecture.question.close"))
    return (
        f'<section class="ask" aria-label="{label}"><b>{label}</b><div class="ask-list">{buttons}</div>'
        f'<button type="button" class="ask-close" data-close aria-label="{close}">×</button></section>'
        f'<section class="ask-panel" id="ask-panel" aria-labelledby="ask-guess" hidden></section>'
    )
