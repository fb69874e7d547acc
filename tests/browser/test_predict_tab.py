"""The Predict tab as a person uses it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.checkpoints import write_checkpoint
from tests.running_app import App
from train.drawn_pets import draw

RUN = "predict-tab-test"
EVIL = "predict-tab-evil"


@pytest.fixture(scope="module", autouse=True)
def _checkpoints(app: App) -> None:
    write_checkpoint(app.runs / RUN / "model.safetensors", seed=4)
    evil = ("${window.pwned=1}{{1}}", "<img src=x onerror='window.pwned=1'>")
    write_checkpoint(app.runs / EVIL / "model.safetensors", seed=5, classes=evil)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Two drawings and a text file named .jpg; one drawing's name is markup."""
    paths = [tmp_path / "first.png", tmp_path / "notes.jpg", tmp_path / "${window.pwned=1}<b>.png"]
    Image.fromarray(draw(7, 0, 120).image).save(paths[0])
    paths[1].write_text("these are only words")
    Image.fromarray(draw(7, 1, 120).image).save(paths[2])
    return paths


def open_tab(page_at: Any, url: str, run: str = RUN, **how: Any) -> Page:
    page = page_at(f"{url}?tab=predict&run={run}", **how)
    expect(page.locator(".predict-maps h3")).to_have_text(re.compile("^layer4: 128 channels of 2×2, the 64 most"))
    return page


def drop(page: Page, *files: Path) -> None:
    page.set_input_files("#predict-files input[type=file]", [str(file) for file in files])


def choose(page: Page, box: str, pattern: str) -> None:
    page.click(f"{box} input")
    page.get_by_role("option").filter(has_text=re.compile(pattern)).first.click()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_drawing_is_answered_before_anything_is_asked(app, page_at, page_errors, screenshot, width, height, dark):
    page = open_tab(page_at, app.url, width=width, height=height, dark=dark)
    expect(page.locator(".predict-card h2")).to_have_text(re.compile(r"^(Cat|Dog), [\d.>]+ %$"))
    expect(page.locator(".predict-card")).to_contain_text("It was drawn as a cat.")
    assert page.locator(".predict-bars li").count() == 2
    assert page.locator(".predict-grid figure").count() == 64
    picture = page.locator(".predict-card img")
    assert picture.evaluate("image => [image.naturalWidth, image.width]") == [32, 224]
    assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000:
        below = page.locator(".predict-maps").bounding_box()
        assert below["y"] + below["height"] <= height, "the answer and its maps fit without scrolling"
    else:
        answer = page.locator(".predict-card h2").bounding_box()
        assert answer["y"] < height / 2, "on a phone the answer is in the first screen's upper half"
    screenshot(page, f"predict-{width}-{'dark' if dark else 'light'}", full_page=width < 1000)
    assert page_errors == []


def test_pictures_in_answers_out(app, page_at, page_errors, pictures, screenshot):
    page = open_tab(page_at, app.url)
    drop(page, *pictures)
    expect(page.locator(".predict-several h2")).to_have_text("3 pictures, 1 without an answer")
    rows = page.locator(".predict-several tbody tr")
    expect(rows.nth(0)).to_contain_text("first.png")
    expect(rows.nth(1)).to_contain_text(re.compile(r"notes\.jpg.*No answer: .*text.*Choose a photo", re.DOTALL))
    screenshot(page, "predict-several")

    scale = page.locator(".predict-legend").inner_text()
    choose(page, "#predict-picture", "pwned")
    expect(page.locator(".predict-legend")).not_to_have_text(scale)
    choose(page, "#predict-layer", r"^\W*layer2\s+32×8×8")
    expect(page.locator(".predict-maps h3")).to_have_text("layer2: 32 channels of 8×8")

    page.get_by_role("button", name="Draw a dog").click()
    expect(page.locator(".predict-card")).to_contain_text("It was drawn as a dog.")
    expect(page.locator(".predict-maps h3")).to_have_text("layer2: 32 channels of 8×8")  # the choice stays

    drop(page, pictures[1])
    expect(page.locator(".predict-refused")).to_contain_text("notes.jpg")
    expect(page.locator(".predict-maps")).to_have_count(0)
    assert page.evaluate("window.pwned") is None
    assert page_errors == []


def test_a_layer_with_negatives_shows_where_zero_is(app, page_at):
    page = open_tab(page_at, app.url)
    choose(page, "#predict-layer", r"^\W*bn1\s")
    expect(page.locator(".predict-maps h3")).to_have_text("bn1: 16 channels of 16×16")
    low, high = page.locator(".predict-scale b").all_inner_texts()
    assert low == "−" + high
    expect(page.locator(".predict-scale i")).to_have_text("0")
    tile = page.locator(".predict-grid img").first
    assert tile.evaluate("image => [image.naturalWidth, image.width]") == [16, 64]


def test_what_a_checkpoint_calls_its_classes_is_text(app, page_at, page_errors):
    page = open_tab(page_at, app.url, run=EVIL)
    expect(page.locator(".predict-bars")).to_contain_text("${window.pwned=1}{{1}}")
    expect(page.locator(".predict-bars")).to_contain_text("<img src=x")
    page.wait_for_timeout(300)  # an onerror would need a moment
    assert page.evaluate("window.pwned") is None
    assert page_errors == []


def test_a_checkpoint_that_has_appeared_meanwhile_is_offered(app, page_at):
    page = open_tab(page_at, app.url)
    write_checkpoint(app.runs / "predict-tab-fresh" / "model.safetensors", seed=6, accuracy=0.123)
    choose(page, "#predict-checkpoint", r"12\.3 %")
    expect(page.locator("#predict-controls")).to_contain_text("12.3 % right on validation pictures")
