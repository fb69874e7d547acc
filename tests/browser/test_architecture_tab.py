"""The Architecture tab as a person uses it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import choose_view, drawn, row

PROJECT = Path(__file__).resolve().parent.parent.parent


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


def test_compare(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(app_url, 1440, 1000)
    choose_view(page, "Compare")
    board = page.locator("#net-board")
    expect(board).to_contain_text("Stage by stage")
    page.get_by_label("VGG-16 / ResNet-50").check(force=True)
    expect(board).to_contain_text("138,357,544")
    expect(board).to_contain_text("25,557,032")
    screenshot(page, "architecture-compare")
    other = page_at(page.url, 1440, 1000)
    expect(other.locator("#net-board")).to_contain_text("138,357,544")
    expect(other.get_by_label("VGG-16 / ResNet-50")).to_be_checked()

    for _ in range(2):
        page.locator("#net-nets").get_by_role("button", name=re.compile("remove", re.I)).first.click()
    expect(page.get_by_role("alert").filter(has_text="Two to four nets")).to_be_visible()
    assert page_errors == []


@pytest.mark.parametrize(
    ("query", "shape", "compared"),
    [("net=resnet20", "3,224,224", "ResNet-34"), ("view=compare&nets=resnet20,resnet56", "3,32,32", "ResNet-56")],
)
def test_compare_says_which_input_it_takes(app_url: str, page_at: Callable[..., Page], query, shape, compared):
    page = page_at(f"{app_url}?{query}", 1440, 1000)
    if "view" not in query:
        expect(page.locator("#net-facts")).to_contain_text("parameters")
        choose_view(page, "Compare")
    expect(page.locator("#net-board")).to_contain_text(compared)
    expect(page.locator("#net-board")).to_contain_text(shape.replace(",", "×"))
    expect(page.locator("#net-input textarea, #net-input input").first).to_have_value(shape)


def test_nets_that_take_no_common_input_are_refused_with_a_cure(app_url: str, page_at: Callable[..., Page]):
    page = page_at(f"{app_url}?view=compare&nets=resnet20,alexnet", 1440, 1000)
    refused = page.locator("#net-refused [role=alert]")
    expect(refused).to_contain_text("or without AlexNet")
    expect(page.locator("#net-board .cmp-view")).to_be_visible()  # two nets that go together


def test_build_and_copy_as_python(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(app_url, 1440, 1000)
    choose_view(page, "Your own")
    expect(page.locator("#net-board svg")).to_contain_text("Your net")
    page.get_by_label("bottleneck: 1×1, 3×3, 1×1").check(force=True)
    layers = page.locator("#build-layers textarea, #build-layers input").first
    layers.fill("")
    layers.press_sequentially("2,3,2", delay=30)  # half a number is neither shown nor refused
    expect(page.locator("#net-board svg")).to_contain_text("2-3-2 bottlenecks")  # at once
    expect(page.locator("#net-refused [role=alert]")).to_have_count(0)
    page.get_by_label("padded with zeros").check(force=True)
    expect(page.locator("#net-board svg")).to_contain_text("padded")
    expect(page.locator("#net-board tbody tr")).to_have_count(5)
    params = re.search(r"[\d,]+", page.locator("#net-facts dd").first.inner_text()).group()
    screenshot(page, "architecture-build")

    page.get_by_role("button", name="Copy as Python").click()
    code = page.locator(".net-code").inner_text()
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=PROJECT, text=True, timeout=120)
    assert params in printed

    other = page_at(page.url, 1440, 1000)
    expect(other.locator("#net-board svg")).to_contain_text("2-3-2 bottlenecks")
    expect(other.locator("#net-facts")).to_contain_text(params)

    page.get_by_label("basic: 3×3, 3×3").check(force=True)
    page.get_by_text("More choices").click()
    groups = page.locator("#build-groups input")
    groups.fill("32")
    groups.press("Enter")
    expect(page.locator("#build-groups .net-refusal-here")).to_be_in_viewport()
    expect(groups).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#net-board.is-refused svg")).to_contain_text("Your net")  # the last view stays, greyed
    groups.fill("1")
    expect(page.locator(".net-refusal-here")).to_have_count(0)
    expect(groups).not_to_have_attribute("aria-invalid", "true")
    assert page_errors == []


def test_a_question_sets_the_page_and_is_answered(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(f"{app_url}?tab=predict", 1440, 1000)
    page.get_by_role("button", name="When must it be a projection?").click()
    expect(page.locator("#net-board svg")).to_contain_text("ResNet-34")
    expect(row(page, "layer2.0")).to_have_attribute("aria-selected", "true")
    assert page.locator("#net-board").get_attribute("inert") is None
    panel = page.locator(".ask-panel")
    panel.get_by_role("button", name="16 of them").click()
    expect(panel).to_contain_text("It is: 3 of them")
    expect(panel).to_contain_text("64×56×56 → 128×28×28")
    screenshot(page, "question")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Put the questions away").click()
    expect(page.locator(".ask-list")).to_be_hidden()
    page.reload()
    expect(page.locator("#net-board svg")).to_be_visible()
    expect(page.locator(".ask-list")).to_be_hidden()
    assert page_errors == []


def test_a_comparison_is_out_of_sight_until_the_guess(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at(app_url, 1440, 1000)
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    page.get_by_role("button", name="Why does 50 cost").click()
    expect(page.locator("#net-board[inert] .cmp-view")).to_have_count(1)
    page.get_by_role("button", name="1.1 times").click()
    expect(page.locator(".ask-panel")).to_contain_text("It is: 2.7 times")
    expect(page.locator("#net-board[inert]")).to_have_count(0)
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


def test_selecting_scrolls_the_two_boxes_and_never_the_page(app_url: str, page_at: Callable[..., Page], page_errors):
    page = page_at(f"{app_url}?net=resnet152&open=layer3,layer3.15&select=layer3.15.conv2", 1440, 1000)
    for part in (row(page, "layer3.15.conv2"), drawn(page, "layer3.15.conv2")):
        expect(part).to_be_in_viewport()
    row(page, "layer3.15").click()
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
