"""The row "Take it with you" as a person uses it: on a made-up run with the weights of a tiny net."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from safetensors.torch import load

from tests.browser.train_panel import own, train_tab
from tests.checkpoints import write_checkpoint
from tests.made_up import made_up_run, started, steps
from tests.running_app import App

END = {"kind": "finished", "step": 100, "reason": "done"}


def write_run(app: App, name: str) -> dict[str, str]:
    token = made_up_run(app.runs, name, [started(100, 10), *steps(1, 100, 10), END])
    write_checkpoint(app.runs / name / "model.safetensors")
    return {"run": name, "token": token}


def row(page: Page) -> Locator:
    return page.locator("#train-take-away .take")


def take(page: Page, name: str) -> tuple[str, bytes]:
    """What the browser downloads once this is pressed: its name and content."""
    with page.expect_download() as coming:
        row(page).get_by_role("button", name=name).click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


def test_whoever_started_a_run_takes_all_of_it_along(
    app: App, page_at: Callable[..., Page], page_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    run = write_run(app, "taken")
    page = page_at(f"{app.url}?tab=train", width=1440, height=1100)
    train_tab(page)
    expect(row(page)).to_be_hidden()  # the recording is nobody's
    own(page, run)
    page.goto(f"{app.url}?tab=train&run=taken")
    expect(row(page)).to_be_visible()
    name, weights = take(page, "Weights (safetensors, ")
    assert name == "resnet10_w16-taken.safetensors"
    assert "conv1.weight" in load(weights)
    assert take(page, "Figure (PNG)")[1].startswith(b"\x89PNG")
    assert b"after epoch 10 validation accuracy 90.0 % (450 of 500)" in take(page, "Figure (SVG)")[1]
    assert take(page, "Events (CSV)")[1].startswith(b"seq,time,kind,step,")
    assert take(page, "Recipe (JSON)")[0] == "resnet10_w16-taken-recipe.json"
    assert b"load_classifier" in take(page, "Python script")[1]
    expect(row(page).get_by_role("status")).to_contain_text("predict.py is among your downloads. Put it beside app.py")
    screenshot(page, "take-away", full_page=True)
    assert page_errors == []


def test_whoever_watches_takes_all_but_the_weights_and_reads_what_is_refused(
    app: App, page_at: Callable[..., Page], page_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    write_run(app, "watched")
    page = page_at(f"{app.url}?tab=train&run=watched", width=390, height=844, dark=True)
    expect(row(page)).to_contain_text("its weights are in its own folder")
    expect(row(page).get_by_role("button", name="Weights")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert take(page, "Recipe (JSON)")[0] == "resnet10_w16-watched-recipe.json"
    screenshot(page, "take-away-phone-dark", full_page=True)
    (app.runs / "watched" / "recipe.json").unlink()  # deleted by hand, while somebody looks
    row(page).get_by_role("button", name="Figure (PNG)").click()
    expect(row(page).get_by_role("status")).to_have_text(
        "watched: There is no run of this name. Choose one from the list of runs."
    )
    assert page_errors == []
