"""Weight files of one's own, and several checkpoints side by side, as a person uses them on the Predict tab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.checkpoints import write_checkpoint
from tests.running_app import App

RUN = "predict-others-test"
OTHERS = ("predict-others-1", "predict-others-2", "predict-others-3")


@pytest.fixture(scope="module", autouse=True)
def _checkpoints(app: App) -> None:
    for seed, name in enumerate((RUN, *OTHERS)):
        write_checkpoint(app.runs / name / "model.safetensors", seed=seed, accuracy=0.9 + seed / 100)


def open_tab(page_at, url: str, **how) -> Page:
    page = page_at(f"{url}?tab=predict&run={RUN}", **how)
    expect(page.locator(".predict-card h2")).to_have_text(re.compile(r"^\S.*, [\d.>]+ %$"))
    return page


def give(page: Page, file: Path) -> None:
    page.set_input_files(".predict-weights input", str(file))


def test_a_weight_file_is_asked_by_whoever_gave_it_and_by_nobody_else(
    app, page_at, page_errors, tmp_path, screenshot, client: Client
):
    own = write_checkpoint(tmp_path / "my own <b>.safetensors", seed=9, classes=("cat", "dog", "axolotl"), accuracy=0.5)
    page = open_tab(page_at, app.url)
    give(page, own)
    chosen = page.locator("[data-field=checkpoint] option:checked")
    expect(chosen).to_have_text(re.compile(r"^my own <b>\.safetensors · ResNet-10, width 16 · .*50\.0 %"))
    expect(page.locator(".predict-bars")).to_contain_text("axolotl")
    expect(page.locator("[data-say=knows]")).to_contain_text("Knows cat, dog, axolotl")
    screenshot(page, "predict-weights")

    pickled = tmp_path / "torch.safetensors"
    pickled.write_bytes(b"\x80\x04\x95never run")
    give(page, pickled)
    refusal = page.locator("[data-say=weights]")
    expect(refusal).to_contain_text(
        "torch.safetensors: This is a pickle, not a safetensors file. A pickle can run code"
    )
    expect(page.locator(".predict-bars")).to_contain_text("axolotl")  # what was asked before still stands
    screenshot(page, "predict-weights-refused")

    other = open_tab(page_at, app.url)
    other.locator("[data-field=checkpoint]").focus()
    expect(other.locator("[data-field=checkpoint]")).not_to_contain_text("50.0 %")
    assert page_errors == []


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1440, 900, True), (390, 844, False)])
def test_checkpoints_stand_side_by_side_and_follow_the_picture(
    app, page_at, page_errors, screenshot, width, height, dark
):
    page = open_tab(page_at, app.url, width=width, height=height, dark=dark)
    fold = page.locator(".predict-beside")
    fold.get_by_text("Compare with other checkpoints").press("Enter")
    expect(fold.locator("table")).to_be_hidden()
    for name in OTHERS:
        box = fold.locator(f"input[value='run:{name}']")
        box.press("Space")
        expect(box).to_be_checked()
    expect(fold.locator("input:not(:checked)").first).to_be_disabled()
    rows = fold.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text(page.locator(".predict-card h2").inner_text())
    expect(fold.locator("td b").first).to_be_visible()
    expect(fold.locator("tbody")).not_to_contain_text("…")
    before = rows.locator("td > b").all_inner_texts()
    screenshot(page, f"predict-beside-{width}-{'dark' if dark else 'light'}", full_page=width < 1000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("button", name="Cover a part").click()
    for row, said in enumerate(before):
        expect(rows.locator("td > b").nth(row)).not_to_have_text(said)
    expect(rows.nth(0)).to_contain_text(page.locator(".predict-card h2").inner_text())
    fold.locator("input:checked").first.press("Space")
    expect(rows).to_have_count(3)
    in_table = fold.locator("input:checked").first.get_attribute("value")
    page.locator("[data-field=checkpoint]").select_option(in_table)  # it does not stand there twice
    expect(rows).to_have_count(2)
    assert page_errors == []
