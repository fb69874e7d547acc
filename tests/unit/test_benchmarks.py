"""The benchmarks' helpers, and that the programs they measure still fit the code."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from tests.browser.find_browser import NoBrowserError, find

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


def test_drawn_files_are_laid_out_as_a_data_set(benchmark, tmp_path: Path) -> None:
    benchmark("_drawn_files").write(tmp_path, 6, 2, side=40)
    files = sorted(tmp_path.rglob("*.jpg"))
    folders = [file.parent.relative_to(tmp_path).as_posix() for file in files]
    assert folders == ["train/cat"] * 3 + ["train/dog"] * 3 + ["val/cat", "val/dog"]
    for file in files:
        with Image.open(file) as image:
            assert (image.format, image.size) == ("JPEG", (40, 40))


def test_a_goal_is_reached_in_the_first_epoch_that_has_it(benchmark) -> None:
    reached = benchmark("time_to_accuracy").reached
    curve = {"accuracy 1": 0.6, "CPU-seconds 1": 10, "accuracy 2": 0.91, "CPU-seconds 2": 20}
    curve |= {"accuracy 3": 0.9, "CPU-seconds 3": 30}
    assert reached(curve, 0.6) == 10
    assert reached(curve, 0.9) == 20
    assert reached(curve, 0.95) == math.inf


@pytest.mark.slow
def test_the_warm_start_turns_the_photos_and_tells_what_it_reached(benchmark, capsys, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as photos:
        for number in range(20):
            file = io.BytesIO()
            Image.effect_noise((60, 40), 10 + number).save(file, "PNG")
            photos.writestr(f"val/{'cat' if number % 2 else 'dog'}/{number}.jpg", file.getvalue())
    quick = ["epochs=1", "image_px=32", "stored_px=32", "val_px=32", "batch=8", "threads=1", "precision=float32"]
    benchmark("warm_start").main(["--photos", str(tmp_path / "photos.zip"), "--set", *quick])
    told = capsys.readouterr().out
    assert re.search(r"epoch 1: \d+\.\d% after \d+ CPU-seconds", told)
    assert re.search(r"(PASS|MISS)  turned photos within 60 CPU-seconds", told)


def test_time_to_accuracy_prints_the_curve(benchmark, capsys, tmp_path: Path) -> None:
    benchmark("_drawn_files").write(tmp_path, 64, 16, side=40)
    benchmark("time_to_accuracy").main(["1", "--quick", "--threads", "1", "--photos", str(tmp_path)])
    printed = capsys.readouterr().out
    curves = [[float(number) for number in row] for row in re.findall(r"^ +\d+ +([\d.]+)% +([\d.]+)$", printed, re.M)]
    assert len(curves) == 4  # two epochs of drawn pets, two of "photos"
    assert 0 < curves[0][1] <= curves[1][1]
    assert 0 < curves[2][1] <= curves[3][1]
    assert re.search(r"(PASS|MISS)  photos to 90 %: ", printed)


@pytest.mark.slow
def test_the_training_loops_are_measured(benchmark, capsys, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # two threads that other work keeps apart wait for each other for ever
    benchmark("train_speed").main(["1", "--quick"])
    rows = re.findall(r"^ +(\w+) +(\d+) pictures/s +([\d.]+)x", capsys.readouterr().out, re.M)
    assert [loop for loop, _, _ in rows] == ["ours", "article", "reference"]
    assert rows[0][2] == "1.00"


@pytest.mark.slow
def test_drawing_is_measured_at_three_sides(benchmark, capsys) -> None:
    benchmark("drawn_pets").main(["1", "--quick"])
    rows = re.findall(r"^ +(\d+) pixels +(\d+) a second, +([\d.]+)x", capsys.readouterr().out, re.M)
    assert [side for side, _, _ in rows] == ["48", "64", "128"]
    assert all(int(rate) > 0 for _, rate, _ in rows)


@pytest.mark.slow
def test_the_profile_accounts_for_a_whole_epoch(benchmark, capsys, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))  # the script sets another, which must not stay
    benchmark("train_profile").main(["1", "--quick", "--threads", "1"])
    rows = re.findall(r"^ +([\d.]+)%  (.+)$", capsys.readouterr().out, re.M)
    shares = {name: float(share) for share, name in rows}
    assert sum(shares.values()) == pytest.approx(100, abs=0.2)
    assert shares["convolutions, forward"] > 0
    assert shares["convolutions, backward"] > 0


def test_the_share_of_heat_on_telling_parts_is_measured(benchmark, capsys) -> None:
    benchmark("focus").main(["3"])
    told = capsys.readouterr().out
    rows = re.findall(r"^ +(\w+) +([\d.]+)% ± [\d.]+% +([\d.]+)% ± [\d.]+% +([\d.]+)% +(-?[\d.]+) +\d+$", told, re.M)
    assert [row[0] for row in rows] == ["grad_cam", "integrated_gradients", "occlusion"]
    assert all(0 < float(share) < 100 for row in rows for share in row[1:4])
    assert len(re.findall(r"^(?:PASS|MISS)  ", told, re.M)) == 6


@pytest.mark.slow
def test_what_an_answer_costs_is_measured(benchmark, capsys) -> None:
    benchmark("predict").main(["1", "--quick"])
    told = capsys.readouterr().out
    found = {name: float(took) for name, took in re.findall(r"^ +(\S.*?) +([\d.]+) ms +[\d.]+x$", told, re.M)}
    for way in ("page", "API"):
        parts = ("prediction", f"feature maps, {way}", f"Grad-CAM, {way}")
        assert found[f"together, {way}"] == pytest.approx(sum(found[part] for part in parts), abs=0.3)
        assert found[f"Grad-CAM, {way}"] > found["random weights' map"] > found["bare"] / 2 > 0
    assert re.findall(r"^(?:PASS|MISS)  (\w+)", told, re.M)[:2] == ["page", "API"]
    assert re.search(r"^memory after 1 predictions [1-9][\d,]* MB, after 10 [1-9]|^Memory is left out", told, re.M)


def test_convolutions_have_two_rows(benchmark) -> None:
    row_of = benchmark("train_profile").row_of
    names = ("aten::mkldnn_convolution", "aten::conv2d", "aten::convolution_backward", "ConvolutionBackward0")
    assert [row_of(name).removeprefix("convolutions, ") for name in names] == ["forward"] * 2 + ["backward"] * 2
    assert row_of("aten::_convert_indices") == "aten::_convert_indices"


def test_the_lag_of_a_step_is_from_its_event_to_the_drawing_that_has_it(benchmark) -> None:
    lags = benchmark("_live_page").lags([[2_000, 2], [3_000, 3]], {1: 1.0, 2: 1.5, 3: 2.75, 4: 2.875})
    assert lags == [1.0, 0.5, 0.25]


@pytest.mark.slow
def test_live_training_is_measured(benchmark, capsys, monkeypatch, tmp_path: Path) -> None:
    try:
        find()
    except NoBrowserError as problem:
        pytest.skip(str(problem))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as above
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))  # the script sets another, which must not stay
    benchmark("live").main(["1", "--quick"])
    told = capsys.readouterr().out
    assert re.findall(r"^(?:PASS|MISS)  ([^:,]+)", told, re.M) == [
        "click to first point",
        "click to first point",
        "training slowed by 8 viewers (aim 2)",
    ]
    seconds = [float(found) for found in re.findall(r"first point, .*: ([\d.]+) s, bar", told)]
    assert len(seconds) == 2
    assert all(0 < each < 300 for each in seconds)
    assert re.search(r"update lag of [1-9]\d* steps: median [\d.]+ s", told)
    assert re.search(r"bytes of a poll's answer: median [1-9]\d+, ", told)
    rows = re.findall(r"^ +(\d+) viewers: +(\d+) pictures/s, alone +(\d+), .* +([\d.]+) answers/s$", told, re.M)
    assert [row[0] for row in rows] == ["1", "8", "32"]
    assert all(float(number) > 0 for row in rows for number in row)
