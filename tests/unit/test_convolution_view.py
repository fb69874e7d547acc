"""The convolution calculator's answers: sentences with their numbers, and one for whatever is sent."""

from __future__ import annotations

import re

import pytest

from resnet.convolution import EXAMPLES, LIMITS
from ui import convolution_view
from ui.convolution_view import SCRIPTS, STATIC, calculate
from ui.text import section, t


def asked(**change: str) -> dict[str, str]:
    """What the page's script sends for the second example, with some of it changed."""
    return {name: str(getattr(EXAMPLES["halve"], name)) for name in LIMITS} | change


def test_the_page_gets_sentences_with_their_numbers() -> None:
    answer = calculate(asked())
    assert answer["output"] == "3×256×256"
    assert "511/2 leaves 1 over" in answer["floor"]
    assert "no pixel of the picture is lost" in answer["floor"]
    assert answer["textbook"] == "⌊(512 − 3 + 2·1)/2⌋ + 1 = 256"
    assert answer["formula"] == "⌊(512 + 2·1 − 1·(3 − 1) − 1)/2⌋ + 1 = 256"
    assert answer["params"] == "84"
    assert answer["macs"] == f"{3 * 256 * 256 * 27:,}"
    assert answer["drawing"]["dropped"] == 1
    assert "these pixels are never looked at" in calculate(asked(padding="0", kernel="2", side="511"))["floor"]
    both = calculate(asked(kernel="1", stride="5", side="223"))["floor"]
    assert "no window reaches the last 4 rows and columns" in both
    assert "1 of padding, 3 of the picture" in both
    assert "each window starts 4 px past the end" in both
    assert calculate(asked(dilation="2"))["textbook"] == ""
    assert "1 of 64" in calculate(asked(in_channels="64", out_channels="64", groups="64"))["params_how"]
    assert calculate(asked(kernel="31"))["drawing"] is None
    assert "leaves nothing over" in calculate(asked(stride="1"))["floor"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (asked(stride="0"), "stride"),
        (asked(groups="2"), "groups"),
        (asked(side=""), "side"),
        (asked(in_channels="1e3"), "in_channels"),
        (asked(out_channels="٣"), "out_channels"),
        (asked(side="9" * 10_000), "side"),
        (asked() | {"kernel": 3}, "kernel"),
        (asked() | {"kernel": ["3"]}, "kernel"),
        (asked() | {"bias": "0"}, ""),
        ({}, ""),
        (None, ""),
        ("<b>", ""),
    ],
)
def test_whatever_is_sent_gets_a_sentence(sent: object, field: str) -> None:
    answer = calculate(sent)
    assert set(answer) == {"error", "field"}
    assert answer["field"] == field
    assert 20 < len(answer["error"]) < 160


def test_a_failure_of_our_own_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution_view, "miniature", lambda convolution: 1 / 0)
    assert calculate(asked()) == {"error": t("page.unexpected")}


def test_the_words_leave_settings_to_recipes() -> None:
    assert not [said for said in section("architecture.convolution.").values() if "setting" in said]


def test_the_script_uses_the_words_it_gets_and_no_others() -> None:
    scripts = "".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
    used = set(re.findall(r"\bwords\.(\w+)", scripts))
    assert used == set(section("architecture.convolution.live."))
