"""Predict, further down: a channel over the picture, the address, what one takes along, validation pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.test_predict_tab import look_deeper, open_tab, to_layer
from tests.checkpoints import write_checkpoint, write_run
from tests.running_app import App
from tests.toys import TOY

RUN = "predict-deeper-test"
SERVER = re.compile("/component_server")  # where the page asks its functions


@pytest.fixture(scope="module", autouse=True)
def _run(app: App) -> None:
    write_run(app.runs, TOY.with_settings({"data": "drawn"}), id=RUN)


def asks(request: Request, name: str) -> bool:
    """Whether a page asks that function of the server."""
    return bool(SERVER.search(request.url)) and f'"fn_name":"{name}"' in (request.post_data or "")


def hold(page: Page, name: str) -> Callable[[], None]:
    """Keep what the page asks of a function back until what this returns is called."""
    held: list[Route] = []
    over = []

    def keep(route: Route) -> None:
        if not over and asks(route.request, name):
            held.append(route)
        else:
            route.fallback()

    def release() -> None:
        over.append(True)
        for route in held:
            route.continue_()

    page.route(SERVER, keep)
    return release


def test_a_channel_is_laid_over_the_picture(app, page_at, page_errors, screenshot):
    page = open_tab(page_at, app.url, run=RUN)
    look_deeper(page)
    to_layer(page, "conv1")
    expect(page.locator(".predict-maps h3")).to_have_text("conv1: 16 channels of 16×16")
    grid, laid = page.locator(".predict-grid button"), page.locator(".predict-channel")
    expect(laid).to_be_hidden()
    grid.nth(2).click()
    number = grid.nth(2).locator("span").inner_text()
    expect(laid.locator("h4")).to_have_text(f"Channel {number} of conv1: 16×16 values over the picture")
    expect(laid.locator("li")).to_have_count(3)
    row, column = map(int, re.findall(r"row (\d+), column (\d+)", laid.locator("li").first.inner_text())[0])
    frame, whole = laid.locator(".predict-marks i").first.bounding_box(), laid.locator(".predict-laid").bounding_box()
    assert frame["x"] - whole["x"] == pytest.approx((column - 1) / 16 * whole["width"], abs=1.5)
    assert frame["y"] - whole["y"] == pytest.approx((row - 1) / 16 * whole["height"], abs=1.5)
    expect(laid.locator("[data-say=filter]")).to_contain_text("3×3 weights for red, green and blue")
    screenshot(page, "predict-channel", full_page=True)
    grid.nth(2).press("ArrowRight")  # the grid is one stop of the keyboard
    page.keyboard.press("Enter")
    number = grid.nth(3).locator("span").inner_text()
    expect(laid.locator("h4")).to_have_text(re.compile(f"^Channel {number} of conv1"))
    page.keyboard.press("Enter")
    expect(laid).to_be_hidden()
    square, under = page.locator(".predict-got img"), laid.locator(".predict-laid img")
    before = square.get_attribute("src")
    release = hold(page, "maps")
    with page.expect_request(lambda request: asks(request, "maps")):
        page.get_by_label("Without colours").check()
    assert square.get_attribute("src") != before
    grid.nth(2).click()
    expect(under).to_have_attribute("src", before)  # these maps are still of the picture in colour
    release()
    expect(under).to_have_attribute("src", square.get_attribute("src"))
    assert page_errors == []


def test_the_heat_is_told_in_words(app, page_at):
    page = open_tab(page_at, app.url, run=RUN)
    look_deeper(page)
    said = re.compile(
        r"^It is warmest .*; half of the heat lies on [\d.]+ % of the picture\.$|^No place speaks for it\.$"
    )
    expect(page.locator("[data-say=lies]")).to_have_text(said)
    assert said.match(page.locator(".predict-card .predict-heat").get_attribute("alt"))
    page.locator("[data-ask=method]").select_option("Occlusion")
    expect(page.locator("[data-say=telling]")).to_have_text(re.compile(r"^[\d.]+ % of the heat lies on what tells"))


def test_the_address_opens_the_same_again(app, page_at, page_errors):
    page = open_tab(page_at, app.url, run=RUN)
    page.get_by_role("button", name="Draw a dog").click()
    expect(page.locator(".predict-card")).to_contain_text("It was drawn as a dog.")
    name = page.locator(".predict-card [data-say=name]").inner_text()
    page.get_by_label("Squash").check()
    look_deeper(page)
    to_layer(page, "layer2")
    page.locator("[data-ask=method]").select_option("Occlusion")
    for part in (f"ask=run:{RUN}", "fit=squash", "layer=layer2", "method=occlusion", "tab=predict"):
        expect(page).to_have_url(re.compile(re.escape(part)))
    other = page_at(page.url)
    expect(other.locator(".predict-card [data-say=name]")).to_have_text(name)
    expect(other.locator(".predict-maps h3")).to_have_text(re.compile("^layer2: "))  # unfolded, too
    expect(other.locator("[data-say=method]")).to_contain_text("patch")
    assert other.get_by_label("Squash").is_checked()
    gone = page_at(f"{app.url}?tab=predict&ask=run:gone&unseen=gone:3")
    expect(gone.locator(".predict-result > .predict-note")).to_contain_text(
        "The checkpoint of this link is no longer here"
    )
    expect(gone.locator(".predict-card h2")).to_have_text(re.compile(r"[\d.>]+ %$"))  # the usual one answers
    assert page_errors == []


def test_a_server_that_was_out_of_reach_is_asked_the_same_again(app, page_at, page_errors):
    page = page_at("about:blank")
    failed: list[Route] = []

    def fail_once(route: Route) -> None:
        if failed or not asks(route.request, "answers"):
            route.continue_()
        else:
            failed.append(route)
            route.abort()

    page.route(SERVER, fail_once)
    page.goto(f"{app.url}?tab=predict&ask=run:{RUN}")
    expect(page.locator(".predict-result > .predict-note")).to_have_text(re.compile("^The server does not answer"))
    page.get_by_role("button", name="Draw a dog").click()
    expect(page.locator(".predict-card [data-say=truth]")).to_have_text("It was drawn as a dog.")
    expect(page.locator("[data-field=checkpoint]")).to_have_value(f"run:{RUN}")
    assert page_errors == []


def test_a_weight_file_is_asked_though_an_answer_comes_meanwhile(app, page_at, page_errors, tmp_path):
    own = write_checkpoint(tmp_path / "own.safetensors", seed=9, classes=("cat", "dog", "axolotl"))
    page = open_tab(page_at, app.url, run=RUN)
    answer, listed = hold(page, "answers"), hold(page, "checkpoints")
    with page.expect_request(lambda request: asks(request, "answers")):
        page.get_by_role("button", name="Draw a dog").click()
    with page.expect_request(lambda request: asks(request, "checkpoints")):
        page.set_input_files(".predict-weights input", own)
    answer()
    expect(page.locator(".predict-card [data-say=truth]")).to_have_text("It was drawn as a dog.")
    listed()
    expect(page.locator(".predict-bars")).to_contain_text("axolotl")
    expect(page.locator("[data-say=truth]")).to_have_text("It was drawn as a dog.")
    assert page_errors == []


def saved(page: Page, button: Any) -> Path:
    with page.expect_download() as download:
        button.click()
    return Path(download.value.path())


def test_what_one_takes_along(app, page_at, page_errors):
    page = open_tab(page_at, app.url, run=RUN)
    look_deeper(page)
    take = page.locator(".predict-take")
    take.get_by_role("button", name="Copy as Python").click()
    expect(take.locator("pre")).to_contain_text(f'load_classifier("runs/{RUN}")')
    take.get_by_role("button", name="Copy link").click()
    expect(take.locator("pre")).to_have_text(page.url)
    expect(take.locator("[data-say=taken]")).to_have_text(re.compile("Copied|Selected"))
    lines = saved(page, take.get_by_role("button", name="Save as CSV")).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "file,label,cat,dog,unfamiliar,refused"
    for part in ("given", "looked", "maps", "block"):
        section = page.locator(f".predict-{part}").first
        with Image.open(saved(page, section.get_by_role("button", name="Save as PNG"))) as picture:
            box = section.bounding_box()
            assert picture.width == pytest.approx(2 * (box["width"] + 32), abs=4)
            assert len(picture.convert("RGB").resize((200, 200)).getcolors(40_000)) > 20  # maps or pictures are on it
    assert page_errors == []


def test_a_run_shows_pictures_it_was_not_trained_on(app, page_at, page_errors):
    page = open_tab(page_at, app.url, run=RUN)
    button = page.get_by_role("button", name="A picture it was not trained on")
    button.click()
    name = page.locator(".predict-card [data-say=name]")
    expect(name).to_have_text(re.compile(r"^Validation picture \d+$"))
    expect(page.locator(".predict-card [data-say=truth]")).to_have_text(re.compile("^It is labelled (cat|dog)"))
    first = name.inner_text()
    button.click()
    expect(name).not_to_have_text(first)
    again = page_at(page.url)
    expect(again.locator(".predict-card [data-say=name]")).to_have_text(name.inner_text())
    page.get_by_label("Checkpoint").select_option("shipped:photos")  # the first of the list, but for the run's address
    expect(button).to_be_hidden()
    expect(page).to_have_url(re.compile(f"&run={RUN}&ask=shipped:photos&unseen={RUN}:2$"))
    beside = page_at(page.url)
    expect(beside.locator(".predict-card [data-say=name]")).to_have_text(name.inner_text())
    expect(beside.locator("[data-field=checkpoint]")).to_have_value("shipped:photos")
    assert page_errors == []
