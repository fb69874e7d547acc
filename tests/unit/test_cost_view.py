"""The memory panel and the timing sentence say their figures, once each, and add up."""

from __future__ import annotations

import re
from html import escape

import pytest

from resnet.memory import OPTIMIZERS, Memory, memory_of
from resnet.timing import Timing
from ui.cost_view import memory_form, memory_view, timing_note
from ui.text import t

TIMING = Timing("Net", (3, 224, 224), ("conv", "add"), (20.0, 1.25), 33.12, 5, 2, "2.9.1+cpu", "Fast <CPU>")


def widths(html: str) -> list[list[float]]:
    """The pieces of each bar, in percent."""
    bars = re.findall(r'class="cost-bar".*?</div>', html)
    return [[float(width) for width in re.findall(r"width: ([\d.]+)%", bar)] for bar in bars]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_bars_are_in_proportion(optimizer):
    memory = memory_of("resnet50", batch=32, dtype="bfloat16", optimizer=optimizer)
    training, inference = widths(memory_view(memory, 32, "bfloat16", optimizer))
    assert sum(training) == pytest.approx(100, abs=0.01)
    assert sum(inference) == pytest.approx(100 * memory.inference / memory.training, abs=0.01)
    assert training[0] == inference[0]
    assert training[3] == pytest.approx(OPTIMIZERS[optimizer] * training[2], abs=0.01)


def test_figures_are_in_decimal_megabytes():
    memory = Memory(100_000_000, 250_000, 3_400_000_000, 45_600_000, 100_000_000, 0, ())
    html = memory_view(memory, 64, "float16", "sgd")
    sizes = re.findall(r'cost-size">([\d.,]+ MB)<', html)
    assert sizes == ["3,600.2 MB", "100.2 MB", "3,400.0 MB", "100.0 MB", "0 MB", "145.8 MB", "100.2 MB", "45.6 MB"]
    assert "64" in html
    assert "float16" in html
    assert "Plain SGD" in html
    assert "partial" not in html


def test_small_nets_have_figures_too():
    sizes = re.findall(r'cost-size">([\d.,]+ MB)<', memory_view(memory_of("resnet20"), 1, "float32", "sgd"))
    assert sizes[1] == "1.08 MB"  # 270 thousand parameters


def test_statistics_of_norms_are_named_only_where_there_are_any():
    assert "norms" in memory_view(memory_of("resnet18"), 1, "float32", "sgd")
    assert "norms" not in memory_view(memory_of("alexnet"), 1, "float32", "sgd")


def test_the_form_has_an_empty_place_for_refusals():
    assert memory_form(32, "float32", "adam").endswith('<p class="cost-said" role="status"></p></form>')


def test_what_is_unknown_is_said_and_escaped():
    html = memory_view(Memory(4, 0, 4, 4, 4, 0, ("<tanh>",)), 1, "float32", "sgd")
    assert escape(t("architecture.partial", operations="<tanh>")) in html


def test_a_timing_says_what_was_measured_on_what():
    assert timing_note(TIMING) == (
        "Measured on this machine (Fast <CPU>, 2 threads, PyTorch 2.9.1): one picture of 3×224×224 in float32 at "
        "evaluation, median of 5 runs; 33.1 ms for the whole pass, 21.2 ms for its operations one by one, with "
        "whatever else the machine did meanwhile."
    )
