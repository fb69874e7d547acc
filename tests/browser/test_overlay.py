"""The panel "Compare runs" as a person uses it: runs over each other, what tells them apart, a set started at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import Locator, Page, expect

from tests.browser.train_panel import PATIENT
from tests.made_up import append, started, steps
from tests.running_app import App
from tests.runs import wait_until
from train.recipe import Recipe
from train.run import Run
from ui.overlay import RECORDED

HOSTILE = "<img src=x onerror=window.broken=1>"
FIRST = Recipe(net="resnet10_w16")
SECOND = replace(FIRST, lr=0.02, freeze=HOSTILE)
SHORT = [started(400, 50), *steps(1, 100, 50)]


@pytest.fixture
def make(app: App) -> Iterator[Callable[..., Run]]:
    """`make(name, recipe, events)` puts a run into the app's folder; afterwards it is gone."""
    made: list[Run] = []

    def make_run(name: str, recipe: Recipe, events: object) -> Run:
        run, _ = Run.create(app.runs, recipe, id=name)
        append(run.path / "events.jsonl", events)  # type: ignore[arg-type]
        run.release()
        made.append(run)
        return run

    yield make_run
    for run in made:
        run.release()
        shutil.rmtree(run.path)


def panel(page: Page) -> Locator:
    found = page.locator("#train-compare .over")
    expect(found).to_be_visible(timeout=PATIENT)
    return found


def live(found: Locator) -> Locator:
    """The charts of the runs themselves, beside which the long recording may stand."""
    return found.locator(".over-group").first


def row(found: Locator, run: str) -> Locator:
    return found.locator(f'.over-runs tr[data-run="{run}"]')


def drawn(found: Locator, chart: str, number: int) -> int:
    """How many pixels of a chart have the colour of run `number`, roughly."""
    return int(
        live(found)
        .locator(f"[data-chart={chart}] canvas")
        .evaluate(
            """(canvas, number) => {
              const colour = getComputedStyle(canvas).getPropertyValue(`--lab-run-${number}`).trim();
              const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
              const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              let count = 0;
              for (let i = 0; i < data.length; i += 4) {
                const off = parts.reduce((sum, part, index) => sum + Math.abs(data[i + index] - part), 0);
                if (off < 60 && data[i + 3] > 200) count += 1;
              }
              return count;
            }""",
            number,
        )
    )


def test_two_runs_are_laid_over_each_other_and_a_link_restores_them(
    app: App, make: Callable[..., Run], page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    make("over-1", FIRST, SHORT)
    growing = make("over-2", SECOND, [started(400, 50), *steps(1, 60, 50)])
    growing.hold(timeout=5)  # as whoever trains it does
    page = page_at(f"{app.url}?tab=train", width=1440, height=900)
    found = panel(page)
    expect(found.locator(".over-groups")).to_be_hidden()
    for name in ("over-1", "over-2"):
        row(found, name).get_by_role("checkbox").check(timeout=PATIENT)
    expect(found.locator("thead th").filter(has_text="learning rate")).to_be_visible(timeout=PATIENT)
    same = found.locator(".over-same")
    same.get_by_text("All other settings, 31 of them, are the same").click()
    expect(same.locator("dt", has_text="initial weights").locator("+ dd")).to_have_text("random")
    expect(row(found, "over-2").locator("td").nth(4)).to_have_text("0.02")
    expect(row(found, "over-2")).to_contain_text(HOSTILE[:20])
    key = live(found).locator(".over-key")
    expect(key.locator("tbody tr")).to_have_count(2)
    expect(key.locator("thead")).to_contain_text("At step 60, which all have reached")
    expect(key.locator("tbody tr").nth(0)).to_contain_text("100 of 400")
    for chart in ("loss", "accuracy"):
        for number in (1, 2):
            assert drawn(found, chart, number) > 20

    seq = growing.summary()["seq"]
    append(growing.path / "events.jsonl", steps(61, 90, 50), seq=seq)
    expect(key.locator("thead")).to_contain_text("At step 90, which all have reached", timeout=PATIENT)
    live(found).locator("[data-chart=loss] canvas").press("Home")
    expect(key.locator("thead")).to_contain_text("At step 1")
    canvas = live(found).locator("[data-chart=loss] canvas")
    expect(canvas).to_have_attribute(
        "aria-label", re.compile(r"At step 1: A over-1 · ResNet-10, width 16 .*; B over-2 ")
    )
    live(found).get_by_text("Curves as a table").click()
    expect(live(found).locator(".over-numbers tbody tr").last).to_contain_text("100")

    assert "compare=over-1,over-2" in page.url
    page.goto(f"{app.url}?compare=over-2,over-1,over-gone")  # names no tab
    found = panel(page)
    expect(live(found).locator(".over-key tbody tr").first).to_contain_text(
        "A over-2 · ResNet-10, width 16", timeout=PATIENT
    )
    expect(live(found).locator(".over-key tbody tr").first).to_contain_text("90 of 400")
    expect(found.locator("[data-say=hint]")).to_contain_text("Not here, or no longer: 1")
    row(found, "over-1").get_by_role("button", name="over-1").click()
    expect(page.locator("#train-live [data-figure=step]")).to_have_text("100 of 400", timeout=PATIENT)
    expect(page.locator("#train-live [data-figure=run]")).to_contain_text("over-1")
    listed = page.locator('#train-live .live-runs [data-run="over-1"]')
    expect(listed).to_contain_text("over-1")
    expect(listed).to_have_attribute("aria-current", "true")
    assert page.evaluate("window.broken") is None
    assert page_errors == []


def test_no_more_are_compared_than_can_be_told_apart(
    app: App, make: Callable[..., Run], page_at: Callable[..., Page]
) -> None:
    names = [f"six-{number}" for number in range(7)]
    for name in names:
        make(name, FIRST, SHORT)
    page = page_at(f"{app.url}?compare={','.join(names)}", width=390, height=844)
    found = panel(page)
    expect(live(found).locator(".over-key tbody tr")).to_have_count(6, timeout=PATIENT)
    expect(row(found, names[6]).get_by_role("checkbox")).to_be_disabled()
    row(found, names[0]).get_by_role("checkbox").uncheck()
    row(found, names[6]).get_by_role("checkbox").check()
    expect(row(found, names[6]).locator(".over-mark b")).to_have_text("A")  # the colour that became free
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for place in (row(found, names[0]), live(found).locator(".over-key tbody tr").first):
        ends = place.evaluate("row => [...row.cells].map((cell) => cell.getBoundingClientRect().right)")
        assert max(ends) <= 390  # nothing has to be scrolled into sight
    more = found.get_by_role("button", name="Show all")
    if more.is_visible():
        more.click()
    expect(found.locator(".over-runs tbody tr:not([hidden])")).to_have_count(len(list(app.runs.glob("*/recipe.json"))))


def test_one_click_starts_a_set_and_compares_its_runs(
    app: App,
    client: Client,
    started: dict[str, str],
    page_at: Callable[..., Page],
    screenshot: Callable[..., Path],
) -> None:
    page = page_at(f"{app.url}?tab=train", width=1440, height=900)
    found = panel(page)
    found.locator('[data-set="depth"] button').click()
    expect(found.locator(".over-runs input:checked")).to_have_count(4, timeout=PATIENT)
    tokens = page.evaluate("JSON.parse(localStorage.getItem('lab.tokens'))")
    try:
        assert len(tokens) == 4
        key = live(found).locator(".over-key tbody tr")
        nets = [re.compile(net) for net in ("Plain-20", "Plain-56", "ResNet-20", "ResNet-56")]
        expect(key).to_have_text(nets)
        expect(found.locator(".over-runs tr:has(:checked)")).to_have_text(nets)
        expect(page.locator("#train-live .live-runs li:nth-child(-n+4)")).to_have_text(nets)
        wait = live(found).locator(".over-wait")
        expect(wait).to_contain_text("Waiting: one run, or one set of runs, comes first.")
        expect(wait).to_contain_text("In training now: ResNet-10, width 16.")
        expect(key.first).to_contain_text("waiting")
        client.predict(started["run"], started["token"], "stop", api_name="/control_run")
        expect(key.nth(3)).to_contain_text(re.compile(r"[1-9]\d* of \d+"), timeout=PATIENT)  # it had its turn
        expect(wait).to_be_hidden()
        if RECORDED.exists():
            expect(found.locator(".over-group").last).to_contain_text("Not trained here: recorded")
        screenshot(page, "train-compare-depth", full_page=True)
        found.get_by_role("button", name="Stop the set: Does depth help?").click()
        wait_until(lambda: {Run.open(app.runs, run).wanted().want for run in tokens} == {"stop"})
    finally:
        for run, token in tokens.items():
            client.predict(run, token, "stop", api_name="/control_run")
