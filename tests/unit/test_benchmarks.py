"""The benchmarks' helpers, and that the programs they measure still fit the code."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """`benchmark("summary")` is benchmarks/summary.py as a module."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return import_module


def test_programs_take_turns_and_give_medians(benchmark, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = (
        "import json, pathlib\n"
        f"log = pathlib.Path({str(log)!r})\n"
        "log.open('a').write('{name}')\n"
        "print(json.dumps(dict(at=len(log.read_text()))))\n"
    )
    programs = {name: program.format(name=name) for name in "ab"}
    taken = benchmark("_fresh").in_turn(programs, 3)
    assert taken == {"a": [{"at": 1}, {"at": 3}, {"at": 5}], "b": [{"at": 2}, {"at": 4}, {"at": 6}]}
    assert benchmark("_fresh").median_of(taken["a"]) == {"at": 3}


def test_a_program_that_fails_says_why(benchmark) -> None:
    fresh = benchmark("_fresh")
    with pytest.raises(fresh.ProgramError, match="ZeroDivisionError"):
        fresh.measure("1 / 0")


@pytest.mark.parametrize(
    ("value", "bars", "kept"),
    [(7, {"at_least": 6}, True), (5, {"at_least": 6}, False), (0.5, {"at_most": 1}, True), (2, {"at_most": 1}, False)],
)
def test_a_figure_is_held_against_its_bar(benchmark, capsys, value: float, bars: dict[str, float], kept: bool) -> None:
    assert benchmark("_fresh").keeps("claim", value, "ms", **bars) is kept
    assert capsys.readouterr().out.startswith("PASS" if kept else "MISS")


@pytest.mark.slow
def test_the_layer_table_is_measured(benchmark) -> None:
    found = benchmark("_fresh").measure(benchmark("summary").MINE.format(net="resnet18"))
    assert found["rows"] == 69
    assert found["first"] > found["again"] > 0


@pytest.mark.slow
def test_what_the_server_draws_is_measured(benchmark) -> None:
    page = benchmark("page")
    found = benchmark("_fresh").measure((page.BEGIN + page.STEPS).format(query={"net": "resnet34"}))
    assert found["size unfolded"] > found["size"] > 1000
    assert found["switched to"] > found["switched to, again"] > 0
    at_once = benchmark("_fresh").measure((page.BEGIN + page.AT_ONCE).format(query={"net": "resnet34"}))
    assert at_once["switched to, all unfolded"] > 0
