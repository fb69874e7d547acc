"""The Train tab as a person uses it: one click to a curve, pause, resume, stop and keep, reload, watch by link."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.train_panel import LONG, PATIENT, at_step, inked, own, train_tab, wait_for_step
from tests.running_app import App


def test_before_the_first_run_a_recorded_one_is_shown(app_url: str, page_at: Callable[..., Page]) -> None:
    page = page_at(f"{app_url}?tab=train")
    panel = train_tab(page)
    expect(panel).to_have_attribute("data-state", "empty")
    expect(panel.get_by_role("status").first).to_contain_text(
        "A recorded run Start training, and yours takes its place"
    )
    expect(panel.locator("[data-say=recorded]")).to_contain_text("Recorded 22 November 2026 on one core")
    expect(panel.locator(".live-verdict")).to_contain_text("It has learned.")
    for chart in ("loss", "accuracy", "lr"):
        assert inked(panel, chart) > 50
    for name in ("Pause", "Stop and keep", "Start over"):
        expect(panel.get_by_role("button", name=name)).to_be_hidden()
    expect(panel.get_by_role("link", name="Ask it about a picture")).to_be_hidden()  # there are no weights of it here


def test_the_recording_waits_until_the_tab_is_opened(app_url: str, page_at: Callable[..., Page]) -> None:
    page = page_at("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.goto(app_url)
    expect(page.locator("#net-facts")).to_be_visible()
    page.wait_for_timeout(1000)
    assert not any('"recording"' in body for body in asked)
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#train-live [data-say=recorded]")).to_be_visible(timeout=PATIENT)
    assert sum('"recording"' in body for body in asked) == 1


def test_one_click_trains_and_shows_it(
    app: App, page_at: Callable[..., Page], page_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    page = page_at(f"{app.url}?tab=train", width=1440, height=900)
    panel = train_tab(page)
    page.locator("#train-start").click()
    expect(panel).to_have_attribute("data-state", re.compile("preparing|running"), timeout=PATIENT)
    assert "run=" in page.url
    expect(panel.locator("[data-say=recorded]")).to_be_hidden()
    stop = panel.get_by_role("button", name=re.compile("^(Cancel|Stop and keep)$"))  # once there is something to keep
    expect(stop).to_be_enabled()
    screenshot(page, "train-preparing")
    stop.click()
    expect(panel).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    assert page_errors == []


def test_a_refusal_is_read_on_the_page(app_url: str, page_at: Callable[..., Page]) -> None:
    page = page_at(f"{app_url}?tab=train")
    panel = train_tab(page)
    page.locator("#train-data input").click()
    page.get_by_role("option", name="A ZIP of my own").click()
    expect(page.locator("#train-upload")).to_be_visible()
    page.locator("#train-start").click()
    expect(page.get_by_text("Upload one, or choose other pictures")).to_be_visible()
    expect(panel).to_have_attribute("data-state", "empty")


def test_a_number_out_of_range_is_refused_in_our_words(app_url: str, page_at: Callable[..., Page]) -> None:
    page = page_at(f"{app_url}?tab=train")
    panel = train_tab(page)
    page.locator("#train-settings button").first.click()
    epochs = page.get_by_label("Epochs", exact=True)
    expect(epochs).to_have_value("12")  # the field is filled in as its group unfolds
    epochs.fill("0")
    epochs.press("Tab")
    page.locator("#train-start").click()
    expect(page.get_by_text("Give a whole number from 1 to 10000")).to_be_visible()
    expect(panel).to_have_attribute("data-state", "empty")


def test_curve_pause_reload_resume_stop(
    app: App,
    started: dict[str, str],
    page_at: Callable[..., Page],
    page_errors: list[str],
    screenshot: Callable[..., Path],
) -> None:
    page = page_at(f"{app.url}?tab=train", width=1440, height=900)
    own(page, started)
    page.goto(f"{app.url}?run={started['run']}")
    panel = train_tab(page)
    wait_for_step(page, panel, 20)
    expect(panel.locator(f'.live-runs button[data-run="{started["run"]}"]')).to_contain_text("yours")
    expect(panel).to_have_attribute("data-state", "running")
    assert inked(panel, "loss") > 50
    assert inked(panel, "accuracy") > 50
    expect(panel.locator("[data-figure=net]")).to_contain_text("ResNet-10, width 16")
    screenshot(page, "train-running")

    panel.get_by_role("button", name="Pause").click()
    expect(panel).to_have_attribute("data-state", "paused", timeout=PATIENT)
    paused_at = at_step(panel)
    page.wait_for_timeout(1500)
    assert at_step(panel) == paused_at

    page.reload()
    panel = train_tab(page)
    expect(panel).to_have_attribute("data-state", "paused", timeout=PATIENT)
    assert at_step(panel) == paused_at
    assert inked(panel, "loss") > 50
    assert f"run={started['run']}" in page.url

    panel.get_by_role("button", name="Resume").click()
    expect(panel).to_have_attribute("data-state", "running", timeout=PATIENT)
    wait_for_step(page, panel, paused_at + 5)
    panel.get_by_role("button", name="Stop and keep").click()
    expect(panel).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    expect(panel.get_by_role("button", name="Stop and keep")).to_be_hidden()
    assert (app.runs / started["run"] / "model.safetensors").is_file()

    panel.get_by_text("Epochs as a table").click()
    expect(panel.locator("tbody tr").nth(4)).to_be_visible()  # it is written as it unfolds
    steps = panel.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert len(steps) >= 5
    assert len(set(steps)) == len(steps)  # reloading drew no epoch twice
    assert page_errors == []


def test_a_second_browser_watches_by_link_but_cannot_steer(
    app_url: str, started: dict[str, str], page_at: Callable[..., Page], screenshot: Callable[..., Path]
) -> None:
    page = page_at(f"{app_url}?run={started['run']}", width=390, height=844, dark=True)
    panel = train_tab(page)
    wait_for_step(page, panel, 3)
    for name in ("Pause", "Stop and keep"):
        expect(panel.get_by_role("button", name=name)).to_be_hidden()
    expect(panel).to_contain_text("You are watching. Whoever started this run can pause or stop it.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "train-phone-dark", full_page=True)


def test_a_cut_connection_is_said_and_survived(
    app_url: str, started: dict[str, str], page_at: Callable[..., Page]
) -> None:
    page = page_at(f"{app_url}?run={started['run']}")
    panel = train_tab(page)
    wait_for_step(page, panel, 3)
    page.context.set_offline(True)
    expect(panel).to_contain_text("No connection", timeout=PATIENT)
    stood_at = at_step(panel)
    page.context.set_offline(False)
    wait_for_step(page, panel, stood_at + 5)
    expect(panel).not_to_contain_text("No connection")
    panel.get_by_text("Epochs as a table").click()
    row = panel.locator("tbody tr")
    expect(row.nth(stood_at // 4 + 1)).to_be_visible(timeout=PATIENT)
    steps = [int(step.replace(",", "")) for step in panel.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert steps == list(range(4, 4 * len(steps) + 1, 4))  # every epoch of four steps, those of meanwhile, too


def test_the_chart_can_be_read_with_the_keyboard(
    app_url: str, started: dict[str, str], page_at: Callable[..., Page]
) -> None:
    page = page_at(f"{app_url}?run={started['run']}")
    panel = train_tab(page)
    wait_for_step(page, panel, 10)
    canvas = panel.locator("[data-chart=loss] canvas")
    canvas.press("Home")
    canvas.press("ArrowRight")
    expect(panel.locator("[data-read=at]")).to_have_text("at step 2")
    assert "over 2 of" in str(canvas.get_attribute("aria-label"))
    canvas.press("Escape")
    expect(panel.locator("[data-read=at]")).to_have_text("")


def test_a_link_to_no_run_says_so(app_url: str, page_at: Callable[..., Page]) -> None:
    panel = train_tab(page_at(f"{app_url}?run=nobody"))
    expect(panel).to_have_attribute("data-state", "unknown", timeout=PATIENT)


def test_a_refused_poll_does_not_forget_the_run(
    app_url: str, started: dict[str, str], page_at: Callable[..., Page]
) -> None:
    page = page_at(f"{app_url}?run={started['run']}")
    panel = train_tab(page)
    wait_for_step(page, panel, 3)

    polls = re.compile(r"/poll\?")
    page.route(polls, lambda route: route.fulfill(json={"error": "The disk is gone."}))
    expect(panel).to_contain_text("The disk is gone.", timeout=PATIENT)
    stood_at = at_step(panel)
    assert f"run={started['run']}" in page.url
    page.unroute(polls)
    wait_for_step(page, panel, stood_at + 5)


def test_whoever_waits_behind_a_paused_run_is_told(
    app_url: str, client: Client, started: dict[str, str], page_at: Callable[..., Page]
) -> None:
    waiting = client.predict("drawn", "resnet10_w16", "live", {**LONG, "threads": 1}, api_name="/start_run")
    panel = train_tab(page_at(f"{app_url}?run={waiting['run']}"))
    expect(panel.get_by_role("status").first).to_have_text(
        "Waiting 1 run ahead of yours. It starts by itself.", timeout=PATIENT
    )
    expect(panel.locator("[data-say=waits]")).to_have_text(
        "Nothing to draw yet. 1 run ahead of yours. It starts by itself."
    )
    client.predict(started["run"], started["token"], "pause", api_name="/control_run")
    expect(panel).to_contain_text(
        "The run ahead of yours is paused. It makes way within 3 minutes, unless it goes on before.", timeout=PATIENT
    )
    client.predict(waiting["run"], waiting["token"], "stop", api_name="/control_run")


def test_a_recipe_brings_its_settings_but_leaves_what_was_chosen(app_url: str, page_at: Callable[..., Page]) -> None:
    page = page_at(f"{app_url}?tab=train")
    train_tab(page)
    page.locator("#train-settings button").first.click()
    net = page.locator("#train-net input")
    seed, size = page.get_by_label("Random seed"), page.get_by_label("Picture size")
    expect(size).to_have_value("48")
    expect(seed).to_have_value("0")  # the form is settled: nothing will overwrite what is typed
    seed.fill("7")
    seed.press("Tab")
    expect(seed).to_have_value("7")
    page.get_by_label("Article").check(force=True)
    expect(size).to_have_value("64")
    expect(net).to_have_value("ResNet-18")  # the recipe's own, as nobody had chosen another
    net.click()
    page.get_by_role("option", name="ResNet-20", exact=True).click()
    page.get_by_label("Live").check(force=True)
    expect(size).to_have_value("48")
    expect(net).to_have_value("ResNet-20")
    expect(seed).to_have_value("7")


def test_a_run_that_is_over_can_be_asked(
    app_url: str, client: Client, page_at: Callable[..., Page], screenshot: Callable[..., Path]
) -> None:
    run = client.predict(
        "drawn", "resnet10_w16", "live", {**LONG, "threads": 1, "epochs": 1, "seed": 5}, api_name="/start_run"
    )
    page = page_at(f"{app_url}?run={run['run']}", width=1440, height=900)
    panel = train_tab(page)
    expect(panel).to_have_attribute("data-state", "finished", timeout=PATIENT)
    screenshot(page, "train-finished")
    panel.get_by_role("link", name="Ask it about a picture").click()
    expect(page.locator(".predict-card h2")).to_be_visible(timeout=PATIENT)
    chosen = page.locator("#predict select[data-field=checkpoint] option:checked")
    expect(chosen).to_have_text(re.compile("ResNet-10, width 16 .* 4 steps"))


def test_a_run_that_diverged_says_so_in_whole_sentences(
    app_url: str, client: Client, page_at: Callable[..., Page]
) -> None:
    run = client.predict(
        "drawn",
        "resnet10_w16",
        "live",
        {**LONG, "threads": 1, "lr": 10, "schedule": "constant"},
        api_name="/start_run",
    )
    panel = train_tab(page_at(f"{app_url}?run={run['run']}"))
    expect(panel).to_have_attribute("data-state", "diverged", timeout=PATIENT)
    expect(panel.locator("[data-say=detail]")).to_have_text(re.compile(r"[^.]\.$"))
    for chart in ("loss", "accuracy"):
        assert inked(panel, chart) > 10  # be it a single step
        assert inked(panel, chart, "warn") > 100  # the line where it broke


def test_a_run_of_the_list_opens(app_url: str, started: dict[str, str], page_at: Callable[..., Page]) -> None:
    page = page_at(f"{app_url}?tab=train")
    panel = train_tab(page)
    row = panel.locator(f'.live-runs button[data-run="{started["run"]}"]')
    expect(row).not_to_contain_text("yours")
    row.click()
    wait_for_step(page, panel, 3)
    assert started["run"] in page.url


def test_names_are_text_wherever_they_are_shown(
    app: App, client: Client, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    name = "<img src=x onerror=window.hit=1>${window.hit=1}{{x}}"
    (app.data / name / "a").mkdir(parents=True)
    client.predict(name, "resnet10_w16", "live", {"image_px": 16}, api_name="/start_run")
    page = page_at(f"{app.url}?tab=train")
    row: Any = train_tab(page).locator(".live-runs button").first
    expect(row).to_contain_text("<img src=x", timeout=PATIENT)
    row.click()
    panel = train_tab(page)
    expect(panel).to_have_attribute("data-state", "failed", timeout=PATIENT)
    expect(panel.locator("[data-figure=data]")).to_contain_text("<img src=x")
    assert page.evaluate("window.hit") is None
    assert page_errors == []
