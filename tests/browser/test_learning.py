"""The panel "What it is learning" as a person uses it, on a run that was trained before the app began."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import Locator, Page, expect

from tests.running_app import App
from train.__main__ import main

EPOCHS = 4
HOSTILE = "<img src=x onerror=window.broken=1>"
SETTINGS = [
    "image_px=24",
    "shift_px=1",
    f"epochs={EPOCHS}",
    "train_pictures=64",
    "val_pictures=40",
    "batch=16",
    "threads=1",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four short epochs, good enough to be wrong now and then."""
    folder = tmp_path_factory.mktemp("trained") / "seen"
    arguments = ["fit", "--data", "drawn", "--net", "resnet10_w16", "--out", str(folder), "--set", *SETTINGS]
    assert main(arguments) == 0
    return folder


@pytest.fixture
def run(app: App, trained: Path) -> str:
    """The same, where the app finds it."""
    shutil.copytree(trained, app.runs / "seen", dirs_exist_ok=True)
    return "seen"


def panel(page: Page) -> Locator:
    """The panel, once it shows something."""
    found = page.locator("#train-learning .learn")
    expect(found).to_have_attribute("data-state", "seen")
    return found


def open_run(page_at: Callable[..., Page], app: App, run: str, **window: int | bool) -> Page:
    page = page_at(f"{app.url}?tab=train&run={run}", **window)
    panel(page)
    return page


def painted(canvas: Locator) -> int:
    """How many different pixels a canvas has."""
    return int(
        canvas.evaluate(
            """(canvas) => {
              const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              return new Set(new Uint32Array(data.buffer)).size;
            }"""
        )
    )


def test_before_the_first_run_a_sentence_says_what_will_appear(app_url: str, page_at: Callable[..., Page]) -> None:
    found = page_at(f"{app_url}?tab=train").locator("#train-learning .learn")
    expect(found).to_contain_text("At the end of each epoch")
    expect(found.locator(".learn-body")).to_be_hidden()


def test_the_newest_epoch_is_shown_with_all_its_parts(
    app: App, run: str, page_at: Callable[..., Page], page_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    page = open_run(page_at, app, run, width=1440, height=1200)
    found = panel(page)
    expect(found.locator("[data-say=when]")).to_have_text(f"After epoch {EPOCHS}, step {EPOCHS * 4}")
    probes = found.locator(".learn-probes li button")
    expect(probes).to_have_count(8)
    for number in range(8):
        text = probes.nth(number).inner_text()
        truth, label = re.search(r"is (\w+)\s+(\w+),", text).groups()  # type: ignore[union-attr]
        assert ("✓ right" if truth == label else "✗ wrong") in text  # a sign and a word, not only a colour
        assert painted(probes.nth(number).locator("canvas")) > 20
    counts = [int(text) for text in found.locator(".learn-confusion td button").all_inner_texts()]
    assert len(counts) == 4
    assert sum(counts) == 40
    expect(found.locator(".learn-filters canvas")).to_have_count(16)
    assert painted(found.locator(".learn-filters canvas").first) > 3
    stages = found.locator(".learn-stages tbody th")
    assert stages.all_inner_texts() == ["stem", "layer1", "layer2", "layer3", "layer4"]
    screenshot(page, "learning", full_page=True)
    assert page_errors == []


def test_a_cell_of_the_confusion_matrix_opens_its_pictures(app: App, run: str, page_at: Callable[..., Page]) -> None:
    found = panel(open_run(page_at, app, run))
    full = found.locator(".learn-confusion td button:enabled").first
    count = int(full.inner_text())
    full.focus()
    full.press("Enter")
    opened = found.locator(".learn-cell")
    expect(opened).to_contain_text(f"{count} × ")
    pictures = opened.locator("canvas")
    expect(pictures).to_have_count(min(count, 12))
    assert painted(pictures.first) > 20
    expect(full).to_be_focused()
    full.press("Enter")
    expect(opened).to_be_hidden()


def test_the_time_lapse_shows_the_net_of_then(
    app: App, run: str, page_at: Callable[..., Page], page_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    page = open_run(page_at, app, run, width=1440, height=1200)
    found = panel(page)
    probe = found.locator(".learn-probes li button").nth(2)
    probe.click()
    then = found.locator(".learn-then")
    heat = then.locator("img")
    expect(heat).to_have_attribute("src", re.compile("^data:image/webp"))
    expect(then.locator("[data-say=then]")).to_contain_text(f"Picture 3 after epoch {EPOCHS}")
    newest = heat.get_attribute("src")
    slider = found.locator("input[type=range]")
    slider.press("Home")
    expect(found.locator("[data-say=when]")).to_have_text("After epoch 1, step 4")
    expect(then.locator("[data-say=then]")).to_contain_text("Picture 3 after epoch 1")
    expect(heat).not_to_have_attribute("src", newest or "")
    assert "is " in probe.inner_text()
    then.locator("select").select_option("layer1")
    expect(then.locator("[data-say=maps]")).to_contain_text("layer1: 16 channels")
    expect(then.locator(".learn-tiles canvas")).to_have_count(16)
    screenshot(page, "learning-then", full_page=True)
    found.get_by_role("button", name="Newest").click()
    expect(then.locator("[data-say=then]")).to_contain_text(f"after epoch {EPOCHS}")
    expect(slider).to_be_focused()
    assert page_errors == []


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_scrolls_sideways(
    app: App, run: str, page_at: Callable[..., Page], screenshot: Callable[..., Path], dark: bool
) -> None:
    page = open_run(page_at, app, run, width=390, height=844, dark=dark)
    found = panel(page)
    found.locator(".learn-probes li button").first.click()
    expect(found.locator(".learn-then img")).to_be_visible()
    found.locator(".learn-confusion td button:enabled").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, f"learning-phone-{'dark' if dark else 'light'}", full_page=True)


def test_names_are_text(app: App, trained: Path, page_at: Callable[..., Page], page_errors: list[str]) -> None:
    hostile = app.runs / "hostile"
    shutil.copytree(trained, hostile, dirs_exist_ok=True)
    for file in (hostile / "probes").glob("*.json"):
        file.write_text(file.read_text().replace('"cat"', f'"{HOSTILE}"'))
    found = panel(open_run(page_at, app, "hostile"))
    found.locator(".learn-confusion td button:enabled").first.click()
    expect(found.locator(".learn-confusion th").nth(1)).to_have_text(HOSTILE)
    assert found.locator("img[src=x]").count() == 0
    assert found.page.evaluate("window.broken") is None
    assert page_errors == []


def test_a_run_that_trains_is_followed_from_its_first_epoch_on(
    app: App, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    client = Client(app.url, verbose=False)
    settings = {"epochs": 5000, "train_pictures": 64, "val_pictures": 32, "batch": 16, "image_px": 16, "threads": 1}
    begun = client.predict("drawn", "resnet10_w16", "live", {**settings, "shift_px": 1}, api_name="/start_run")
    page = page_at(f"{app.url}?tab=train&run={begun['run']}")
    found = panel(page)
    shown = found.locator("[data-say=when]").inner_text()
    expect(found.locator("[data-say=when]")).not_to_have_text(shown)
    found.locator("input[type=range]").press("Home")
    expect(found.locator("[data-say=when]")).to_have_text("After epoch 1, step 4")
    page.wait_for_timeout(5000)  # epochs go by, and what one looks at stays
    expect(found.locator("[data-say=when]")).to_have_text("After epoch 1, step 4")
    client.predict(begun["run"], begun["token"], "stop", api_name="/control_run")
    kept = list((app.runs / begun["run"] / "probes").glob("epoch-*.json"))
    assert 2 <= len(kept) <= 24
    assert page_errors == []


def test_another_run_replaces_what_is_shown(app: App, run: str, page_at: Callable[..., Page]) -> None:
    page = open_run(page_at, app, run)
    page.evaluate("document.dispatchEvent(new CustomEvent('lab:run', { detail: { run: '' } }))")
    found = page.locator("#train-learning .learn")
    expect(found.locator(".learn-body")).to_be_hidden()
    expect(found).to_contain_text("At the end of each epoch")
