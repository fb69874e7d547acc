"""The Train tab's charts: long runs, marks, axes, smoothing, the crosshair, and all of it in words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.train_panel import PATIENT, inked, train_tab
from tests.made_up import append, made_up_run, started, step, steps
from tests.running_app import App
from train.run import Run

LEARNING_RATE = {"kind": "learning_rate", "step": 900, "lr": 0.02, "before": 0.01, "next_lr": 0.01}


@pytest.fixture
def made_up(app: App) -> Iterator[Callable[..., str]]:
    """`made_up(name, events)` puts a run into the app's folder and returns its address; afterwards it is gone."""
    names: list[str] = []

    def make(name: str, events: object) -> str:
        names.append(name)
        made_up_run(app.runs, name, events)  # type: ignore[arg-type]
        return f"{app.url}?run={name}"

    yield make
    for name in names:
        shutil.rmtree(app.runs / name)


def label(panel: Locator, chart: str) -> str:
    return str(panel.locator(f"[data-chart={chart}] canvas").get_attribute("aria-label"))


def test_a_hundred_thousand_steps_are_quick_and_say_what_a_point_is(
    made_up: Callable[..., str], page_at: Callable[..., Page], screenshot: Callable[..., Path], page_errors: list[str]
) -> None:
    end = {"kind": "finished", "step": 100_000, "reason": "done"}
    address = made_up("long", [started(100_000), *steps(1, 100_000), end])
    page = page_at("about:blank", width=1440, height=900)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    panel = train_tab(page)
    expect(panel.locator("[data-figure=step]")).to_have_text("100,000 of 100,000", timeout=PATIENT)
    assert sum("/poll?" in url for url in asked) == 1
    expect(panel.locator("[data-chart=loss] .key-raw")).to_contain_text("64 steps a point, lowest to highest")
    assert "each point of the charts is 64 steps" in label(panel, "loss")
    assert inked(panel, "loss") > 50
    spent = page.evaluate(
        """async () => {
          const canvas = document.querySelector("#train-live [data-chart=loss] canvas");
          const begin = performance.now();
          canvas.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse" }));
          await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          return performance.now() - begin;
        }"""
    )
    assert spent < 500  # milliseconds until the crosshair shows, on a machine that does other things as well
    screenshot(page, "train-long")
    assert page_errors == []


def test_a_run_that_grows_long_under_ones_eyes_is_that_opened_later(
    app: App, made_up: Callable[..., str], page_at: Callable[..., Page]
) -> None:
    address = made_up("growing", [started(20_000), *steps(1, 4999)])
    training = Run.open(app.runs, "growing")
    training.hold(timeout=5)  # as whoever trains it does
    panel = train_tab(page_at(address))
    expect(panel.locator("[data-figure=step]")).to_have_text(re.compile("^4,999"), timeout=PATIENT)
    expect(panel.locator("[data-chart=loss] .key-raw")).to_contain_text("each step")
    append(app.runs / "growing" / "events.jsonl", steps(5000, 12_345), seq=5009)
    later = train_tab(page_at(address))
    for each in (panel, later):
        expect(each.locator("[data-figure=step]")).to_have_text(re.compile("^12,345"), timeout=PATIENT)
        each.locator("[data-chart=loss] canvas").press("PageUp")
    expect(later.locator("[data-read=at]")).to_have_text("at steps 11,945 to 11,952")
    for part in ("at", "raw", "train"):
        texts = [each.locator(f"[data-read={part}]").first.inner_text() for each in (panel, later)]
        assert texts[0] == texts[1] != ""
    training.release()


def test_the_choices_change_the_picture_and_are_remembered(
    made_up: Callable[..., str], page_at: Callable[..., Page]
) -> None:
    page = page_at(made_up("choices", [started(1500, 100), *steps(1, 1000, 100)]))
    panel = train_tab(page)
    expect(panel.locator("[data-figure=step]")).to_have_text(re.compile("^1,000"), timeout=PATIENT)
    expect(panel.get_by_label("steps", exact=True)).to_be_checked()

    def picture() -> str:
        page.wait_for_timeout(200)
        return str(panel.locator("[data-chart=loss] canvas").evaluate("canvas => canvas.toDataURL()"))

    pictures = [picture()]
    panel.get_by_label("log", exact=True).check()
    pictures.append(picture())
    panel.get_by_label("epochs", exact=True).check()
    pictures.append(picture())
    slider = panel.get_by_role("slider")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(panel.locator("output")).to_have_text("100 steps")
    pictures.append(picture())
    assert len(set(pictures)) == 4
    page.reload()
    panel = train_tab(page)
    expect(panel.get_by_label("log", exact=True)).to_be_checked(timeout=PATIENT)
    expect(panel.get_by_label("epochs", exact=True)).to_be_checked()
    expect(panel.locator("output")).to_have_text("100 steps")
    panel.locator("[data-chart=accuracy] canvas").press("Home")
    expect(panel.locator("[data-read=at]")).to_have_text("epoch 0.01, step 1")


def test_what_was_done_to_a_run_is_marked_and_told(
    made_up: Callable[..., str], page_at: Callable[..., Page], screenshot: Callable[..., Path]
) -> None:
    resumed = {"kind": "resumed", "step": 1000, "notes": []}
    events = [started(1500, 100), *steps(1, 900, 100), LEARNING_RATE, *steps(901, 1000, 100), resumed]
    page = page_at(made_up("marks", [*events, *steps(1001, 1200, 100)]), width=390, height=844)
    panel = train_tab(page)
    expect(panel.locator("[data-figure=step]")).to_have_text(re.compile("^1,200"), timeout=PATIENT)
    assert inked(panel, "lr", "warn") > 20  # the two lines; the strip has no validation
    for sentence in ("Step 900: learning rate 0.01 → 0.02.", "Step 1,000: resumed."):
        assert sentence in label(panel, "loss")
    panel.get_by_text("Epochs as a table").click()
    expect(panel.locator(".live-happenings li")).to_have_text(
        ["Step 900: learning rate 0.01 → 0.02.", "Step 1,000: resumed."]
    )
    expect(panel.locator("tbody tr")).to_have_count(12)
    expect(panel.locator("thead")).to_contain_text("learning rate")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "train-marks-phone", full_page=True)


def test_the_crosshair_reads_all_panels_and_a_finger_leaves_it_there(
    made_up: Callable[..., str], page_at: Callable[..., Page]
) -> None:
    page = page_at(made_up("cross", [started(1500, 100), *steps(1, 1000, 100)]))
    panel = train_tab(page)
    expect(panel.locator("[data-figure=step]")).to_have_text(re.compile("^1,000"), timeout=PATIENT)
    canvas = panel.locator("[data-chart=accuracy] canvas")
    canvas.press("Home")
    expect(panel.locator("[data-chart=loss] [data-read=raw]")).to_have_text(f"{step(1)['loss']:.3f}")
    accuracy = f"{100 * step(1)['accuracy']:.1f} %"
    expect(panel.locator("[data-chart=accuracy] [data-read=raw]")).to_have_text(accuracy)
    expect(panel.locator("[data-chart=lr] [data-read=train]")).to_have_text("0.01")
    for kind, kept in (("mouse", "^$"), ("touch", "at step")):
        canvas.evaluate(
            """(canvas, kind) => {
              const at = { pointerType: kind, bubbles: true, clientX: canvas.getBoundingClientRect().left + 200 };
              for (const name of ["pointerdown", "pointerleave"]) canvas.dispatchEvent(new PointerEvent(name, at));
            }""",
            kind,
        )
        expect(panel.locator("[data-read=at]")).to_have_text(re.compile(kept))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
def test_the_recording_looks_right(
    app_url: str, page_at: Callable[..., Page], screenshot: Callable[..., Path], width: int, height: int, dark: bool
) -> None:
    page = page_at(f"{app_url}?tab=train", width=width, height=height, dark=dark)
    panel = train_tab(page)
    expect(panel.locator("[data-say=recorded]")).to_be_visible(timeout=PATIENT)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000:
        strip = panel.locator("[data-chart=lr] canvas").bounding_box()
        assert strip is not None
        assert strip["y"] + strip["height"] <= height  # all charts without scrolling
    screenshot(page, f"train-recorded-{width}-{'dark' if dark else 'light'}", full_page=width < 1000)
