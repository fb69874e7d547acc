"""Steering a run from the page: single steps, another learning rate, resume and start over."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.train_panel import PATIENT, at_step, own, train_tab, wait_for_step


def test_one_step_another_rate_stop_resume_and_start_over(
    app_url: str,
    client: Client,
    started: dict[str, str],
    page_at: Callable[..., Page],
    page_errors: list[str],
    screenshot: Callable[..., Path],
) -> None:
    page = page_at(f"{app_url}?tab=train", width=1440, height=900)
    own(page, started)
    page.goto(f"{app_url}?run={started['run']}")
    panel = train_tab(page)
    wait_for_step(page, panel, 3)
    step = panel.get_by_role("button", name="One step")
    expect(step).to_be_hidden()
    panel.get_by_role("button", name="Pause").click()
    expect(panel).to_have_attribute("data-state", "paused", timeout=PATIENT)

    before = at_step(panel)
    expect(step).to_be_enabled()
    step.dblclick()
    expect(panel.locator("[data-figure=step]")).to_have_text(re.compile(f"^{before + 1:,} of"), timeout=PATIENT)
    page.wait_for_timeout(1500)
    assert at_step(panel) == before + 1  # twice is still one step
    expect(panel).to_have_attribute("data-state", "paused")

    rate = panel.get_by_label("Highest")
    strip = panel.locator("[data-chart=lr] canvas")
    for asked in ("0.001", "0.0005"):
        rate.fill(asked)
        panel.get_by_role("button", name="Change").click()
        expect(strip).to_have_attribute("aria-label", re.compile(f"learning rate 0.003 → {asked}"), timeout=PATIENT)
    panel.get_by_role("button", name="Resume").click()
    expect(strip).to_have_attribute("aria-label", re.compile("learning rate 0.003 → 0.0005"), timeout=PATIENT)
    expect(rate).to_have_value("0.0005")
    screenshot(page, "train-steered")

    somebody = train_tab(page_at(f"{app_url}?run={started['run']}"))
    panel.get_by_role("button", name="Stop and keep").dblclick()  # the second half hits nothing else
    expect(panel).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    expect(somebody).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    stopped_at = at_step(panel)
    panel.get_by_role("button", name="Resume").click()
    expect(panel).to_have_attribute("data-state", "running", timeout=PATIENT)
    wait_for_step(page, panel, stopped_at + 2)
    expect(strip).to_have_attribute("aria-label", re.compile("resumed"))
    expect(somebody).to_have_attribute("data-state", "running", timeout=PATIENT)  # who only watches sees it go on

    panel.get_by_role("button", name="Stop and keep").click()
    panel.get_by_role("button", name="Start over").click(timeout=PATIENT)
    expect(panel).to_have_attribute("data-state", re.compile("queued|preparing|running"), timeout=PATIENT)
    assert started["run"] not in page.url
    expect(strip).not_to_have_attribute("aria-label", re.compile("resumed"))
    panel.get_by_role("button", name=re.compile("Cancel|Stop and keep")).click(timeout=PATIENT)
    expect(panel).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    assert page_errors == []


def test_a_refused_learning_rate_is_said_and_changes_nothing(
    app_url: str, started: dict[str, str], page_at: Callable[..., Page]
) -> None:
    page = page_at(f"{app_url}?tab=train")
    own(page, started)
    page.goto(f"{app_url}?run={started['run']}")
    panel = train_tab(page)
    wait_for_step(page, panel, 3)
    panel.get_by_label("Highest").fill("0")
    panel.get_by_role("button", name="Change").click()
    expect(panel.locator("[data-say=note]")).not_to_be_empty()
    expect(panel.locator("[data-chart=lr] canvas")).not_to_have_attribute("aria-label", re.compile("→"))
