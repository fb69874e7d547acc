"""The Architecture tab while an answer is under way: what was asked last is shown, nothing done meanwhile is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from tests.browser.board import choose_view, row

CONTROLS, SCRIPT = re.compile("queue/join"), re.compile("component_server")


@contextmanager
def held(page: Page, address: re.Pattern[str]) -> Iterator[list[Route]]:
    """Requests to `address` wait until the end of the block."""
    waiting: list[Route] = []
    over = False

    def hold(request: Route) -> None:
        if over:
            request.continue_()
        else:
            waiting.append(request)

    page.route(address, hold)
    yield waiting
    assert waiting, "there was something to hold"
    over = True
    for request in waiting:
        request.continue_()


def whole(page: Page) -> Page:
    """`page`, once its slowest part is there."""
    expect(page.locator("#net-board [data-region=memory]")).to_contain_text("MB")
    return page


def test_what_is_done_before_the_address_is_read_is_kept(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at("about:blank", 1440, 1000)
    with held(page, CONTROLS):
        page.goto(f"{app_url}?net=alexnet&classes=10&columns=all")
        page.get_by_role("button", name="torchstat").click()
        expect(page.locator("#net-board table")).to_contain_text("MemR+W(B)")
    expect(page.locator("#net-board table")).to_contain_text("711,488,448")
    expect(page.locator("#net-board tbody tr")).to_have_count(20)
    expect(page).to_have_url(re.compile("classes=10&table=torchstat&columns=all"))
    assert page_errors == []


def test_what_is_unfolded_meanwhile_is_so_in_the_next_net(app_url: str, page_at: Callable[..., Page], page_errors):
    page = whole(page_at(app_url, 1440, 1000))
    with held(page, CONTROLS):
        page.get_by_label("34", exact=True).check(force=True)
        row(page, "layer1").locator(".fold").click()
        expect(row(page, "layer1.1")).to_be_visible()
    expect(page.locator("#net-facts")).to_contain_text("21,797,672")
    expect(row(page, "layer1.2")).to_be_visible()
    assert page_errors == []


def test_an_answer_about_the_last_net_is_dropped(app_url: str, page_at: Callable[..., Page], page_errors):
    page = whole(page_at(app_url, 1440, 1000))
    with held(page, SCRIPT) as waiting:
        row(page, "layer1").locator(".fold").click()
        page.get_by_label("152", exact=True).check(force=True)
        expect(page.locator("#net-facts")).to_contain_text("60,192,808")
        expect(row(page, "layer1.2")).to_be_visible()  # the click counts for the new net
        page.wait_for_timeout(100)
        assert len(waiting) >= 2
    expect(page.locator("#net-board [data-region=memory]")).to_contain_text("MB")
    expect(row(page, "layer1.2")).to_be_visible()
    assert page_errors == []


def test_a_question_waits_for_the_address(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at("about:blank", 1440, 1000)
    with held(page, re.compile("/api/|/run/|queue/join")) as waiting:
        page.goto(f"{app_url}?tab=predict")
        page.get_by_role("button", name="When must it be a projection?").click()
        expect(page.locator(".ask-panel")).to_contain_text("How many")
        page.wait_for_timeout(200)
        assert waiting
    expect(row(page, "layer2.0")).to_be_visible()
    expect(page).to_have_url(re.compile("tab=architecture&net=resnet34"))
    assert page_errors == []


def test_what_is_typed_meanwhile_stays(app_url: str, page_at: Callable[..., Page], page_errors):
    page = whole(page_at(app_url, 1440, 1000))
    choose_view(page, "Your own")
    expect(page.locator("#net-board svg")).to_contain_text("Your net")
    layers = page.locator("#build-layers textarea, #build-layers input").first
    with held(page, CONTROLS):
        page.get_by_label("bottleneck: 1×1, 3×3, 1×1").check(force=True)
        layers.fill("2,3,2")
    expect(page.locator("#net-board svg")).to_contain_text("bottlenecks")
    expect(layers).to_have_value("2,3,2")
    layers.press("Enter")
    expect(page.locator("#net-board svg")).to_contain_text("2-3-2 bottlenecks")
    assert page_errors == []


def test_a_server_that_is_away_is_said(app_url: str, page_at: Callable[..., Page]):
    page = whole(page_at(app_url, 1440, 1000))
    page.route(SCRIPT, lambda request: request.abort())
    row(page, "layer1").locator(".fold").click()
    expect(page.locator(".net-said")).to_contain_text("does not answer")
    page.unroute(SCRIPT)
    page.get_by_role("button", name="Unfold all").click()
    expect(row(page, "layer1.0.conv1")).to_be_visible()
    expect(page.locator(".net-said")).to_be_empty()


def test_unfolding_all_in_vain_can_be_tried_again(app_url: str, page_at: Callable[..., Page]):
    page = whole(page_at(app_url, 1440, 1000))
    page.route(SCRIPT, lambda request: request.abort())
    page.get_by_role("button", name="Unfold all").click()
    expect(page.locator(".net-said")).to_contain_text("does not answer")
    page.unroute(SCRIPT)
    row(page, "layer1").locator(".fold").click()
    expect(row(page, "layer1.0")).to_be_visible()


def test_of_many_clicks_in_a_row_the_last_one_counts(app_url: str, page_at: Callable[..., Page], page_errors):
    page = whole(page_at(app_url, 1440, 1000))
    page.evaluate(
        "depths => depths.map((depth) => document.querySelector(`#net-depth input[value=${depth}]`).click())",
        ["resnet152", "resnet50", "resnet101", "resnet152", "resnet34"],
    )
    expect(page.locator("#net-facts")).to_contain_text("21,797,672")
    page.wait_for_timeout(500)
    expect(page.locator("#net-facts")).to_contain_text("21,797,672")
    expect(page.locator("#net-depth input:checked")).to_have_value("resnet34")
    assert page_errors == []
