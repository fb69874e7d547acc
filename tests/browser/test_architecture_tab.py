"""The Architecture tab as a person uses it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import drawn, row


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1440, 900, True), (390, 844, False)])
def test_first_sight(app_url: str, page_at: Callable[..., Page], screenshot, page_errors, width, height, dark):
    page = page_at(app_url, width, height, dark)
    expect(page.locator("#net-board svg")).to_be_visible()
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    expect(page.locator("#net-board tbody tr")).to_have_count(6)
    expect(page.locator("#net-board [data-region=memory]")).to_contain_text("MB")
    screenshot(page, f"architecture-{width}-{'dark' if dark else 'light'}", full_page=width < 600)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways but the table"
    assert page_errors == []


def test_depth_other_net_input_and_refusal(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(app_url, 1440, 900)
    page.get_by_label("152", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("60,192,808")
    expect(page.locator("#net-board svg")).to_contain_text("ResNet-152")
    screenshot(page, "architecture-152")

    page.locator("#net-other input").click()
    page.get_by_role("option", name="AlexNet").click()
    expect(page.locator("#net-facts")).to_contain_text("61,100,840")
    expect(page.locator("#net-depth input:checked")).to_have_count(0)

    page.locator("#net-other input").click()
    page.get_by_role("option", name="ResNet-20", exact=False).first.click()
    expect(page.locator("#net-facts")).to_contain_text("269,722")  # at its own input, with its own classes
    page.locator("#net-other input").click()
    page.get_by_role("option", name="AlexNet").click()
    expect(page.locator("#net-facts")).to_contain_text("61,100,840")

    classes = page.locator("#net-classes input")
    expect(classes).to_have_value("1000")  # it follows the figures, by some milliseconds
    classes.fill("10")
    classes.press("Tab")
    expect(page.locator("#net-facts")).to_contain_text("57,044,810")

    shape = page.locator("#net-input textarea, #net-input input").first
    shape.fill("3,<b>100</b>,100")
    shape.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="is not an input shape")).to_be_visible()
    shape.fill("3,100,100")
    shape.press("Tab")
    expect(page.get_by_role("alert").filter(has_text="224x224 pixels only")).to_be_visible()
    expect(page.locator("#net-board svg")).to_contain_text("AlexNet")
    screenshot(page, "architecture-refusal")

    shape.fill("3,224,224")
    page.get_by_label("18", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("11,181,642")  # what was typed stays: ten classes
    assert page_errors == []


def test_unfold_and_select_in_picture_and_table(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(app_url, 1440, 1000)
    drawn(page, "layer2").click(position={"x": 20, "y": 200})
    expect(row(page, "layer2")).to_have_attribute("aria-expanded", "true")
    expect(row(page, "layer2.0")).to_be_visible()
    drawn(page, "layer2.0").click(position={"x": 20, "y": 200})
    expect(row(page, "layer2.0.downsample.0")).to_have_count(1)
    expect(drawn(page, "layer2.0.downsample.0")).to_have_count(1)

    row(page, "layer2.0.conv1").click()
    expect(row(page, "layer2.0.conv1")).to_have_attribute("aria-selected", "true")
    expect(drawn(page, "layer2.0.conv1")).to_have_class(re.compile("is-selected"))
    why = page.locator("#net-board [data-region=why]")
    expect(why).to_contain_text("⌊(56 − 3 + 2·1)/2⌋ + 1 = 28")
    expect(why).to_contain_text("resnet/blocks.py")
    screenshot(page, "architecture-unfolded")

    drawn(page, "layer2.0.add").click(force=True)
    expect(row(page, "layer2.0.add")).to_have_attribute("aria-selected", "true")
    expect(row(page, "layer2.0.conv1")).to_have_attribute("aria-selected", "false")

    row(page, "layer2").locator(".fold").click()
    expect(row(page, "layer2.0")).to_have_count(0)
    expect(drawn(page, "layer2.0")).to_have_count(0)
    assert page_errors == []


def test_by_keyboard_alone(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at(app_url, 1440, 1000)
    expect(row(page, "stem")).to_be_visible()
    row(page, "stem").focus()
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(row(page, "layer1.0")).to_be_visible()
    expect(row(page, "layer1")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(page, "layer1.0")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, "layer1.0")).to_have_attribute("aria-selected", "true")
    expect(row(page, "layer1.0")).to_have_attribute("aria-expanded", "true")
    expect(row(page, "layer1.0.add")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(row(page, "layer1.0.add")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(row(page, "layer1.0")).to_have_attribute("aria-selected", "false")

    drawn(page, "layer1").focus()
    page.keyboard.press("ArrowUp")
    expect(drawn(page, "layer1.0")).to_have_count(0)
    expect(drawn(page, "layer1")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(drawn(page, "layer1.0")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(drawn(page, "layer1.0")).to_be_focused()
    assert drawn(page, "layer1.0").get_attribute("role") == "treeitem"
    assert "64×56×56" in (drawn(page, "layer1.0").get_attribute("aria-label") or "")
    for tree in ("svg", "table"):
        expect(page.locator(f'#net-board {tree} [data-part][tabindex="0"]')).to_have_count(1)  # one stop for Tab
    page.keyboard.press("Enter")
    expect(drawn(page, "layer1.0.conv1")).to_have_count(1)
    expect(drawn(page, "layer1.0")).to_be_focused()
    assert page_errors == []


def test_the_address_opens_the_same_view_elsewhere(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at(app_url, 1440, 1000)
    page.get_by_label("50", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("25,557,032")
    shape = page.locator("#net-input textarea, #net-input input").first
    shape.fill("3,160,192")
    shape.press("Enter")
    expect(page.locator("#net-board svg")).to_contain_text("3×160×192")
    row(page, "layer3").locator(".fold").click()
    row(page, "layer3.2").click()
    expect(row(page, "layer3.2")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="More columns").click()
    expect(page.get_by_role("columnheader", name="MACs per byte")).to_be_visible()

    other = page_at(page.url, 1440, 1000)
    expect(other.locator("#net-facts")).to_contain_text("25,557,032")
    expect(other.locator("#net-depth input:checked")).to_have_value("resnet50")
    expect(other.locator("#net-board svg")).to_contain_text("3×160×192")
    expect(row(other, "layer3.2")).to_have_attribute("aria-selected", "true")
    expect(drawn(other, "layer3.2")).to_have_class(re.compile("is-selected"))
    expect(other.get_by_role("columnheader", name="MACs per byte")).to_be_visible()
    assert other.url == page.url
    assert page_errors == []


@pytest.mark.parametrize(
    "query",
    [
        "net=nonsense&input=3,1,1&classes=-1&open=<script>&select=${alert(1)}",
        "net=alexnet&input=3,100,100",
        "view=build&layers=0,0&block=x&width=99999999",
        "view=compare&nets=resnet18",
        "input=%24%7BObject.assign(window,{pwned:1})%7D&net=%7B%7Bvalue%7D%7D",
    ],
)
def test_a_bad_address_still_opens_the_page(app_url: str, page_at: Callable[..., Page], page_errors, query):
    page = page_at(f"{app_url}?{query}", 1440, 1000)
    expect(page.locator("#net-board svg").first).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"address asks for|pixels only"))
    assert page.evaluate("window.pwned") is None
    assert page_errors == []


def test_back_goes_to_the_last_net(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at(app_url, 1440, 1000)
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    page.get_by_label("50", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("25,557,032")
    row(page, "layer2").locator(".fold").click()
    expect(row(page, "layer2.0")).to_be_visible()
    page.get_by_label("101", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("44,549,160")
    page.go_back()
    expect(page.locator("#net-facts")).to_contain_text("25,557,032")
    expect(row(page, "layer2.0")).to_be_visible()
    page.go_back()
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    assert page_errors == []


def test_back_leaves_a_page_that_was_opened_by_a_link(app_url: str, page_at: Callable[..., Page]):
    page = page_at(app_url, 1440, 1000)
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    page.goto(f"{app_url}?net=resnet50&open=layer2%2Clayer2.0&tab=architecture")
    expect(row(page, "layer2.0.conv1")).to_be_visible()
    page.wait_for_timeout(300)
    page.go_back()
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")


@pytest.mark.parametrize(
    "query", ["net=resnet50&open=*", "table=torchstat", "view=compare", "view=build", "columns=all"]
)
def test_a_phone_scrolls_nothing_sideways_but_boxes(app_url: str, page_at: Callable[..., Page], screenshot, query):
    page = page_at(f"{app_url}?{query}", 390, 844, dark=True)
    expect(page.locator("#net-board .board")).to_be_visible()
    expect(page).to_have_url(re.compile(re.escape(query)))
    page.wait_for_timeout(300)
    screenshot(page, f"architecture-phone-{query}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_selecting_scrolls_the_two_boxes_and_never_the_page(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at(f"{app_url}?net=resnet152&open=layer3,layer3.15&select=layer3.15.conv2", 1440, 1000)
    for part in (row(page, "layer3.15.conv2"), drawn(page, "layer3.15.conv2")):
        expect(part).to_be_in_viewport()
    row(page, "layer3.15").dispatch_event("click")  # a click proper would scroll by itself
    expect(row(page, "layer3.15")).to_have_attribute("aria-selected", "true")
    expect(row(page, "layer3.15")).to_have_attribute("aria-expanded", "true")  # what is open is first only selected
    assert page.evaluate("window.scrollY") == 0
    row(page, "layer3.15").click()
    expect(row(page, "layer3.15")).to_have_attribute("aria-expanded", "false")
    assert page_errors == []


def test_two_visitors_do_not_share_a_view(app_url: str, page_at: Callable[..., Page]):
    one, two = page_at(app_url, 1440, 1000), page_at(app_url, 1440, 1000)
    row(one, "layer1").locator(".fold").click()
    expect(row(one, "layer1.0")).to_be_visible()
    two.get_by_label("34", exact=True).check(force=True)
    expect(two.locator("#net-facts")).to_contain_text("21,797,672")
    expect(row(two, "layer1.0")).to_have_count(0)
    expect(one.locator("#net-facts")).to_contain_text("11,689,512")
