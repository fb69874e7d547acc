"""All three tabs in one sitting: look at a net, train one, ask it about a picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from train.drawn_pets import CLASSES, draw

PATIENT = 240_000  # milliseconds: a run of one epoch on a busy machine


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A drawing the run has not seen."""
    path = tmp_path / "my pet.png"
    drawing = draw(seed=99, index=0, side=200)
    Image.fromarray(drawing.image).save(path)
    return path


@pytest.mark.timeout(600)
def test_look_train_ask(app_url: str, page_at: Callable[..., Page], picture: Path, screenshot, page_errors):
    page = page_at(app_url, 1440, 900)

    page.get_by_label("34", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("21,797,672")
    screenshot(page, "sitting-1-architecture")

    page.get_by_role("tab", name="Train").click()
    page.locator("#train-settings button").first.click()
    epochs = page.locator("#train-settings input[type=number]").first
    epochs.fill("1")
    epochs.press("Tab")
    page.click("#train-start")
    panel = page.locator("#train-live .live")
    expect(panel).to_have_attribute("data-state", "running", timeout=PATIENT)
    screenshot(page, "sitting-2-train")
    expect(panel).to_have_attribute("data-state", "finished", timeout=PATIENT)
    expect(panel.locator("[data-figure=validation]")).to_contain_text("%")
    screenshot(page, "sitting-3-trained")
    run = re.search(r"run=([\w-]+)", page.url)
    assert run, "the address names the run"

    page.get_by_role("tab", name="Predict").click()
    chosen = page.locator("#predict select[data-field=checkpoint] option:checked")
    expect(chosen).to_have_text(re.compile("ResNet-10, width 24 · .*47 steps"), timeout=PATIENT)

    page.reload()
    page.get_by_role("tab", name="Train").click()
    expect(panel).to_have_attribute("data-state", "finished", timeout=PATIENT)

    page.get_by_role("tab", name="Predict").click()
    page.set_input_files(".predict-drop input >> nth=0", [str(picture)])
    answer = page.locator(".predict-card h2")
    expect(answer).to_have_text(re.compile(rf"^({'|'.join(CLASSES)}), [\d.>]+ %$", re.IGNORECASE), timeout=PATIENT)
    expect(page.locator(".predict-card").first).to_contain_text("my pet.png")
    expect(chosen).to_have_text(re.compile("47 steps"))
    page.get_by_text("Look deeper").click()
    expect(page.locator(".predict-grid button").first).to_be_visible()
    screenshot(page, "sitting-4-predict", full_page=True)
    assert page_errors == []
