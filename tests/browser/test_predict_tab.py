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
    expect(page.locator(".predict-card h2")).to_have_text(re.compile(r"^\S.*, [\d.>]+ %$"))
    return page


def look_deeper(page: Page) -> None:
    page.get_by_text("Look deeper").click()
    expect(page.locator(".predict-maps h3")).to_have_text(re.compile("^layer4: 128 channels of 2×2, the 64 most"))


def drop(page: Page, *files: Path) -> None:
    page.set_input_files(".predict-drop input >> nth=0", [str(file) for file in files])


def to_layer(page: Page, name: str) -> None:
    """The slider, by the keyboard, from the stem on."""
    slider = page.get_by_role("slider", name="Layer")
    slider.press("Home")
    for _ in range(100):
        if str(slider.get_attribute("aria-valuetext")).startswith(f"{name} "):
            return
        slider.press("ArrowRight")
    raise AssertionError(f"there is no layer {name}")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_drawing_is_answered_before_anything_is_asked(app, page_at, page_errors, screenshot, width, height, dark):
    page = open_tab(page_at, app.url, width=width, height=height, dark=dark)
    expect(page.locator(".predict-card h2")).to_have_text(re.compile(r"^(Cat|Dog), [\d.>]+ %$"))
    expect(page.locator(".predict-card")).to_contain_text("It was drawn as a cat.")
    assert page.locator(".predict-bars li").count() == 2
    picture = page.locator(".predict-card .predict-stack img >> nth=0")
    assert picture.evaluate("image => [image.naturalWidth, image.width]") == [32, 224 if width < 1000 else 352]
    assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    for part in (
        ".predict-card .predict-stack",
        ".predict-card h2",
        ".predict-card [data-do=cover]",
        ".predict-card [data-do=save]",
    ):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= height, f"{part} fits the first screen"
    screenshot(page, f"predict-{width}-{'dark' if dark else 'light'}", full_page=width < 1000)
    look_deeper(page)
    assert page.locator(".predict-grid button").count() == 64
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(page, f"predict-{width}-{'dark' if dark else 'light'}-deeper", full_page=True)
    assert page_errors == []


def test_pictures_in_answers_out(app, page_at, page_errors, pictures, screenshot):
    page = open_tab(page_at, app.url)
    drop(page, *pictures)
    several = page.locator(".predict-several")
    expect(several.locator("h2")).to_have_text("3 pictures, 1 without an answer")
    rows = several.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("first.png")
    expect(rows.nth(1)).to_contain_text(re.compile(r"notes\.jpg.*No answer: .*text.*Choose a photo", re.DOTALL))
    look_deeper(page)
    screenshot(page, "predict-several", full_page=True)

    scale = page.locator(".predict-maps .predict-legend").inner_text()
    several.get_by_role("button", name="pwned").click()
    expect(page.locator(".predict-card [data-say=name]")).to_contain_text("pwned")
    expect(page.locator(".predict-maps .predict-legend")).not_to_have_text(scale)
    to_layer(page, "layer2")
    expect(page.locator(".predict-maps h3")).to_have_text("layer2: 32 channels of 8×8")
    several.get_by_role("button", name="Picture").click()  # by name, and the other way round
    expect(rows.nth(0)).to_contain_text("pwned")
    several.get_by_role("button", name="Picture").click()
    expect(rows.nth(0)).to_contain_text("notes.jpg")
    with page.expect_download() as download:
        several.get_by_role("button", name="Save as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "file,label,cat,dog,unfamiliar,refused"
    assert [line.split(",")[0] for line in lines[1:]] == ["first.png", "notes.jpg", "${window.pwned=1}<b>.png"]
    assert sum(map(float, lines[1].split(",")[2:4])) == pytest.approx(1)

    page.get_by_role("button", name="Draw a dog").click()
    expect(page.locator(".predict-card")).to_contain_text("It was drawn as a dog.")
    expect(page.locator(".predict-maps h3")).to_have_text("layer2: 32 channels of 8×8")  # the choice stays

    drop(page, pictures[1])
    expect(page.locator(".predict-refused")).to_contain_text("notes.jpg")
    expect(page.locator(".predict-maps")).to_be_hidden()
    assert page.evaluate("window.pwned") is None
    assert page_errors == []


def test_a_covered_part_changes_the_answer_and_comes_back(app, page_at, page_errors, screenshot):
    page = open_tab(page_at, app.url)
    before = page.locator(".predict-bars").inner_text()
    shown = page.locator(".predict-card .predict-stack img >> nth=0")
    whole = shown.get_attribute("src")
    box = page.locator(".predict-card canvas").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 180, steps=8)
    expect(page.locator(".predict-bars")).not_to_have_text(before)  # while it is dragged
    page.mouse.up()
    expect(shown).not_to_have_attribute("src", whole)
    screenshot(page, "predict-covered")
    page.get_by_role("button", name="Uncover").click()
    expect(shown).to_have_attribute("src", whole)
    assert page.locator(".predict-bars").inner_text() == before

    page.get_by_role("button", name="Cover a part").click()  # and by the keyboard alone
    expect(shown).not_to_have_attribute("src", whole)
    moved = shown.get_attribute("src")
    page.keyboard.press("ArrowLeft")
    expect(shown).not_to_have_attribute("src", moved)
    page.keyboard.press("Escape")
    expect(shown).to_have_attribute("src", whole)
    assert page_errors == []


def test_a_changed_picture_is_answered_and_looked_into(app, page_at):
    page = open_tab(page_at, app.url)
    look_deeper(page)
    before, scale = (
        page.locator(".predict-bars").inner_text(),
        page.locator(".predict-maps .predict-legend").inner_text(),
    )
    page.get_by_label("Turn").select_option("upside down")
    expect(page.locator(".predict-bars")).not_to_have_text(before)
    expect(page.locator(".predict-maps .predict-legend")).not_to_have_text(scale)
    page.get_by_label("Turn").select_option("upright")
    expect(page.locator(".predict-bars")).to_have_text(before, use_inner_text=True)


def test_the_answer_is_saved_as_one_picture(app, page_at):
    page = open_tab(page_at, app.url)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as one picture").click()
    with Image.open(download.value.path()) as saved:
        assert saved.format == "PNG"
        assert saved.getpixel((20, 20))[:3] != (255, 255, 255)  # the drawing, not only paper


def test_a_wide_picture_shows_its_crop_and_an_upright_phone_photo_stands(app, page_at, tmp_path):
    photo = Image.new("RGB", (90, 60), "navy")
    photo.paste("red", (60, 0, 90, 60))  # held upright, the right side of the sensor is the top
    exif = Image.Exif()
    exif[0x0112] = 8
    photo.save(tmp_path / "phone.jpg", exif=exif)
    page = open_tab(page_at, app.url)
    drop(page, tmp_path / "phone.jpg")
    expect(page.locator(".predict-card [data-say=name]")).to_have_text("phone.jpg")
    look_deeper(page)
    whole = page.locator(".predict-whole img")
    expect(whole).to_be_visible()
    assert whole.evaluate("image => image.naturalWidth < image.naturalHeight")
    frame, picture = (page.locator(f".predict-whole {part}").bounding_box() for part in ("i", "img"))
    assert frame["height"] == pytest.approx(picture["height"] * 2 / 3, abs=2)
    page.get_by_label("Squash").check()
    expect(page.locator(".predict-whole i")).to_be_hidden()
    expect(page.locator("[data-say=given]")).to_contain_text("squashed")


def test_a_layer_with_negatives_shows_where_zero_is(app, page_at):
    page = open_tab(page_at, app.url)
    look_deeper(page)
    to_layer(page, "bn1")
    expect(page.locator(".predict-maps h3")).to_have_text("bn1: 16 channels of 16×16")
    low, high = page.locator(".predict-maps .predict-scale b").all_inner_texts()
    assert low == "−" + high
    expect(page.locator(".predict-maps .predict-scale i")).to_have_text("0")
    tile = page.locator(".predict-grid canvas").first
    assert tile.evaluate("canvas => [canvas.width, canvas.offsetWidth]") == [16, 64]


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
    select = page.get_by_label("Checkpoint")
    select.focus()
    fresh = select.locator("option", has_text="12.3 %")
    expect(fresh).to_have_count(1)
    select.select_option(fresh.get_attribute("value"))
    expect(page.locator(".predict-controls")).to_contain_text("12.3 % right on validation pictures")


def test_where_it_looked_is_laid_over_the_picture_and_asked_about(app, page_at, page_errors):
    page = open_tab(page_at, app.url)
    heat = page.locator(".predict-card .predict-heat")
    expect(heat).to_be_visible()
    expect(page.locator("[data-say=where]")).to_have_text(re.compile("where it looked|nowhere in particular"))
    slider = page.get_by_role("slider", name="Heat")
    slider.press("Home")
    assert heat.evaluate("image => getComputedStyle(image).opacity") == "0"
    look_deeper(page)
    reading = page.locator("[data-say=evidence]")
    expect(reading).to_contain_text(re.compile("the logit of (cat|dog)"))
    page.locator("[data-ask=label]").select_option("dog")
    page.locator("[data-ask=against]").select_option("cat")
    expect(reading).to_contain_text("the logit of dog minus that of cat")
    page.locator("[data-ask=against]").select_option("dog")
    expect(reading).to_contain_text(re.compile(r"against itself|another"))
    page.locator("[data-ask=against]").select_option("no other class")
    page.locator("[data-ask=method]").select_option("Occlusion")
    expect(page.locator("[data-say=method]")).to_contain_text(re.compile(r"patch of \d+×\d+ pixels"))
    expect(page.locator(".predict-random .predict-heat")).to_be_visible()
    assert page_errors == []


def test_a_block_shows_its_paths_and_the_answer_without_one(app, page_at, page_errors):
    page = open_tab(page_at, app.url)
    look_deeper(page)
    paths = page.locator(".predict-paths li")
    expect(paths).to_have_count(4)
    expect(paths.locator("b")).to_have_text(["x", "F(x)", "sum", "output"])
    page.locator("[data-field=block]").select_option("layer2.0")
    expect(paths.locator("b")).to_have_text(["shortcut", "F(x)", "sum", "output"])
    expect(page.locator("[data-say=inside]")).to_contain_text("projection of it, 32×8×8")
    page.get_by_label("skip this block").check()
    expect(page.locator("[data-say=switched]")).to_have_text(re.compile(r"^(Cat|Dog), .* As it is: (Cat|Dog), "))
    page.get_by_role("button", name="Measure on 200 drawings").click()
    expect(page.locator("[data-say=accuracy]")).to_have_text(
        re.compile(r"^Without F of layer2\.0, .* of 200 drawings are right; as it is, ")
    )
    assert page_errors == []
