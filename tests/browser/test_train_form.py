"""What stands one level below the Train tab's first choices, and a net of one's own on its way there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.train_panel import LONG, PATIENT, own, train_tab
from tests.running_app import App, start_app
from tests.runs import wait_until
from train.oxford_pets import are_here
from train.run import Run


def test_a_net_that_was_built_is_trained_with_settings_that_were_changed(
    app_url: str, page_at: Callable[..., Page], screenshot: Callable[..., Path], page_errors: list[str]
) -> None:
    page = page_at(f"{app_url}?view=build&layers=1,1&width=16", width=1440, height=900)
    expect(page.locator("#net-facts")).to_contain_text("54,584")
    page.get_by_role("button", name="Train this net").click()
    panel = train_tab(page)
    expect(page.locator("#train-net input")).to_have_value("The one I built")
    expect(page.locator("#train-remarks")).to_contain_text("Your net: 1-1 basic blocks, width 16.")
    assert "tab=train" in page.url

    page.locator("#train-data input").click()
    page.get_by_test_id("dropdown-option").filter(has_text="Oxford-IIIT Pet").click()
    size = expect(page.locator("#train-remarks"))
    (size.not_to_contain_text if are_here() else size.to_contain_text)("811 MB are downloaded once")
    page.locator("#train-data input").click()
    page.get_by_test_id("dropdown-option").filter(has_text="Drawn cats and dogs").click()
    size.not_to_contain_text("811 MB")

    page.locator("#train-settings button").first.click()
    changed = page.locator("#train-changed")
    expect(changed).to_have_text("As the recipe has them.")
    page.get_by_role("button", name="Optimiser").click()
    batch = page.get_by_label("Batch", exact=True)
    expect(batch).to_have_value("64")
    batch.fill("32")
    batch.press("Tab")
    page.get_by_label("Adam", exact=True).check(force=True)
    expect(changed).to_have_text("Changed: Method, Batch.")
    screenshot(page, "train-form", full_page=True)
    page.get_by_role("button", name="Back to the recipe").click()
    expect(changed).to_have_text("As the recipe has them.")
    expect(batch).to_have_value("64")
    page.get_by_label("Adam", exact=True).check(force=True)

    page.locator("#train-start").click()
    expect(panel.locator("[data-figure=net]")).to_contain_text("Your net: 1-1 basic blocks, width 16", timeout=PATIENT)
    panel.get_by_role("button", name="Cancel").or_(panel.get_by_role("button", name="Stop and keep")).first.click()
    expect(panel).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    assert page_errors == []


def test_a_run_begins_with_the_weights_of_another(
    tmp_path_factory: pytest.TempPathFactory,
    page_at: Callable[..., Page],
    screenshot: Callable[..., Path],
    page_errors: list[str],
) -> None:
    for app in start_app(tmp_path_factory.mktemp("own runs")):  # there are no runs of other tests
        begin_with_the_weights_of_another(app, page_at, screenshot, page_errors)


def begin_with_the_weights_of_another(
    app: App, page_at: Callable[..., Page], screenshot: Callable[..., Path], page_errors: list[str]
) -> None:
    client = Client(app.url, verbose=False)
    short = {**LONG, "epochs": 1, "norm": "group", "threads": 1}
    first = client.predict("drawn", "resnet10_w16", "live", short, api_name="/start_run")
    page = page_at(f"{app.url}?tab=train", width=390, height=844)
    panel = train_tab(page)
    page.locator("#train-settings button").first.click()
    page.get_by_role("button", name="What it begins with").click()
    page.get_by_label("one of your runs", exact=False).check(force=True)
    which = page.locator("#train-own-run")
    expect(which).to_contain_text("No run you started in this browser has weights yet.")
    page.locator("#train-start").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("No run is chosen to begin from.")

    wait_until((app.runs / first["run"] / "model.safetensors").exists)
    own(page, first)
    page.get_by_label("from scratch", exact=True).check(force=True)
    expect(which).to_be_hidden()
    page.get_by_label("one of your runs", exact=False).check(force=True)
    expect(which).not_to_contain_text("No run you started")
    which.locator("input").focus()
    expect(page.get_by_test_id("dropdown-option")).to_have_text(
        re.compile(r"ResNet-10, width 16 · \d+\.\d % · \d\d:\d\d")
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#train-net input")).to_have_value("ResNet-10, width 16")
    expect(page.locator("#train-own-run")).to_contain_text("Net and norm are now those of the run you chose")
    expect(page.locator("#train-changed")).to_have_text("Changed: Norm, Weights.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "train-own-run", full_page=True)

    page.locator("#train-start").click()
    expect(panel).to_have_attribute("data-state", re.compile("preparing|running"), timeout=PATIENT)
    began = Run.open(app.runs, page.evaluate("new URL(location).searchParams.get('run')"))
    assert began.recipe.init == str((app.runs / first["run"]).resolve())
    panel.get_by_role("button", name="Cancel").or_(panel.get_by_role("button", name="Stop and keep")).first.click()
    expect(panel).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    assert page_errors == []
