"""The Architecture tab's other views, and the questions that lead into them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import choose_view, row

PROJECT = Path(__file__).resolve().parent.parent.parent


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
        expect(page.locator("#net-facts")).to_contain_text("269,722")  # the address was read
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
    choose_view(page, "One net")  # turned away from the question
    expect(page.locator("#net-board[inert]")).to_have_count(0)
    page.get_by_role("button", name="Why does 50 cost").click()
    page.get_by_role("button", name="Why does 50 cost").click()
    expect(page.locator("#net-board[inert] .cmp-view")).to_have_count(1)
    page.get_by_role("button", name="1.1 times").click()
    expect(page.locator(".ask-panel")).to_contain_text("It is: 2.7 times")
    expect(page.locator("#net-board[inert]")).to_have_count(0)
    assert page_errors == []
