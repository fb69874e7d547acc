"""The figure of a run: right in every number, the same bytes for the same run, in the page's colours."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib import rcParams
from PIL import Image

from tests.made_up import append, epoch, started, step, steps
from train import figure
from train.chart import Chart
from train.event_log import EventLog
from train.figure import PNG_SIZE, smoothed, write_figure
from ui.live_html import STATIC
from ui.live_run import recorded

ABOUT = {
    "net": "ResNet-10, width 16",
    "data": "drawn",
    "recipe": "live",
    "image_px": 48,
    "batch": 64,
    "lr": 0.01,
    "seed": 3,
}


def drawn(path: Path, events: list[dict[str, Any]], **about: Any) -> str:
    """All words of the SVG of a run with these events."""
    append(path / "events.jsonl", events)
    return words(write_figure(Chart(EventLog(path / "events.jsonl")).since(0, 0), {**ABOUT, **about}, "svg"))


def words(svg: bytes) -> str:
    texts = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join("".join(text.itertext()) for text in texts)


def test_its_words_say_what_the_events_say() -> None:
    run = recorded()
    said = words(write_figure(run, run["about"], "svg"))
    last = [event for event in run["events"] if event["kind"] == "epoch"][-1]
    assert "ResNet-10, width 24 on drawn cats and dogs" in said
    assert "Recipe live: 12 epochs of 3,000 pictures, 48 px, batches of 64, learning rate up to 0.003, seed 0" in said
    assert "Step 564 of 564; after epoch 12 validation accuracy" in said
    share, right, of, loss = re.search(r"accuracy ([\d.]+) % \((\d+) of (\d+)\), loss ([\d.]+)", said).groups()  # type: ignore[union-attr]
    assert int(right) / int(of) == last["val_accuracy"]
    assert float(share) == pytest.approx(100 * last["val_accuracy"], abs=0.05)
    assert float(loss) == pytest.approx(last["val_loss"], abs=0.0005)
    for label in ("training, each step", "smoothed over 10 steps", "validation", "chance", "learning rate", "0.003"):
        assert label in said.splitlines()


def test_the_png_has_its_size_and_the_pages_colours() -> None:
    run = recorded()
    image = Image.open(io.BytesIO(write_figure(run, run["about"], "png")))
    assert (image.format, image.size) == ("PNG", PNG_SIZE)
    counts = {colour: count for count, colour in image.convert("RGB").getcolors(image.width * image.height)}
    for colour in (figure.TRAIN, figure.VALIDATION):
        assert counts[tuple(bytes.fromhex(colour[1:]))] > 1000
    light = (STATIC / "lab.css").read_text().split("}")[0]
    used = {"ink": figure.INK, "soft": figure.SOFT, "rule": figure.RULE, "edge": figure.EDGE}
    for name, colour in {**used, "accent": figure.TRAIN, "warn": figure.VALIDATION}.items():
        assert f"--lab-{name}: {colour};" in light


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_run_gives_the_same_bytes(kind: Any) -> None:
    run, before = recorded(), dict(rcParams)
    assert write_figure(run, run["about"], kind) == write_figure(run, run["about"], kind)
    assert dict(rcParams) == before  # they are the whole program's


def test_what_happened_is_named_at_its_step(tmp_path: Path) -> None:
    said = drawn(
        tmp_path,
        [
            started(2000), *steps(1, 700),
            {"kind": "learning_rate", "step": 700, "lr": 0.001, "before": 0.01, "next_lr": 0.001},
            *steps(701, 900), {"kind": "resumed", "step": 900}, *steps(901, 950),
            {"kind": "diverged", "step": 951, "reason": "The loss is no number"},
        ],
    )  # fmt: skip
    assert {"learning rate 0.01 → 0.001", "resumed", "diverged"} <= set(said.splitlines())
    assert "Step 950 of 2,000; after epoch 1 validation accuracy 90.0 % (450 of 500), loss 0.600" in said


def test_a_long_run_says_how_many_steps_a_point_stands_for(tmp_path: Path) -> None:
    said = drawn(tmp_path, [started(20_000), *steps(1, 10_001)])
    assert "training, lowest to highest of 8 steps" in said
    assert "their mean" in said
    assert "10,000" in said.splitlines()


def test_a_run_is_drawn_from_its_first_step_on_and_with_numbers_that_are_none(tmp_path: Path) -> None:
    assert "Step 1 of 500, before the end of its first epoch" in drawn(tmp_path, [started(500), step(1)])
    lost = [step(1) | {"loss": None}, step(2) | {"lr": None}, epoch(0, 2, val_loss=None, val_accuracy=None)]
    (tmp_path / "lost").mkdir()
    assert "accuracy unknown, loss not a number" in drawn(tmp_path / "lost", [started(500, 2), *lost])


@pytest.mark.parametrize("name", ["$x_1$ & <b>.zip", "$\\frac{", "pets" * 100])
def test_the_pictures_name_is_text_and_no_longer_than_there_is_room(tmp_path: Path, name: str) -> None:
    said = drawn(tmp_path, [started(500), step(1)], data=name)
    (title,) = [line for line in said.splitlines() if line.startswith("ResNet-10, width 16 on ")]
    assert title.removeprefix("ResNet-10, width 16 on ")[:37] == name[:37]
    assert len(title) < 70


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_name_that_no_font_here_can_write_is_nothing_to_warn_of(
    kind: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(figure, "get_font_names", lambda: ["DejaVu Sans"])
    run = recorded()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = write_figure(run, {**run["about"], "data": "猫狗照片.zip"}, kind)
    assert caplog.records == []
    assert kind == "png" or "on 猫狗照片.zip" in words(made)


def test_fonts_that_are_there_take_over_what_the_first_cannot_write(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """STIX, which comes with matplotlib and can write a letter in a circle, stands in for a Chinese font."""
    run = recorded()
    about = {**run["about"], "data": "pets \u24b6"}
    plain = write_figure(run, about, "png")
    monkeypatch.setattr(figure, "FALLBACKS", ("No Such Font", "STIXSizeOneSym", "STIXGeneral"))
    caplog.clear()
    assert write_figure(run, about, "png") != plain
    assert b"STIXGeneral" in write_figure(run, about, "svg")
    assert caplog.records == []


def test_the_running_mean_is_fair_to_its_first_values() -> None:
    assert smoothed([2.0, 2.0, None, 2.0], 1) == [pytest.approx(2), pytest.approx(2), None, pytest.approx(2)]
    rising = smoothed([0.0, 1.0], 1)
    assert rising[1] == pytest.approx(1 / 1.9)  # the older of two counts nine tenths of the newer
