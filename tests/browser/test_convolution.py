"""The convolution calculator as a person uses it, on a page of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.running_app import free_port
from ui import convolution_view
from ui.theme import LabTheme

STATIC = Path(convolution_view.__file__).parent / "static"
SERVER = re.compile("/component_server")  # where Gradio's page calls its server functions


@pytest.fixture(scope="module")
def calculator_url() -> Iterator[str]:
    """A page that holds nothing but the calculator."""
    with gr.Blocks(fill_width=True, analytics_enabled=False) as page:
        convolution_view.build()
    _, url, _ = page.launch(
        server_port=free_port(),
        theme=LabTheme(),
        css_paths=[STATIC / "lab.css", STATIC / "convolution.css"],
        prevent_thread_lock=True,
        ssr_mode=False,
        quiet=True,
    )
    yield url
    page.close(verbose=False)


def opened(page: Page) -> Locator:
    """The calculator, once it shows its first answer."""
    calculator = page.locator("#conv .conv")
    expect(said(calculator, "output")).not_to_be_empty()
    return calculator


def said(calculator: Locator, name: str) -> Locator:
    """The place where one part of the answer stands."""
    return calculator.locator(f"[data-say={name}]")


def example(page: Page, name: str) -> None:
    """Press one of the three examples."""
    page.get_by_role("button", name=name).click()


def test_the_three_examples(calculator_url: str, page_at: Callable[..., Page], page_errors: list[str]) -> None:
    page = page_at(calculator_url, 1440, 900)
    calculator = opened(page)
    for name, stride, channels, size in (
        ("Halve the size", "2", 3, 256),
        ("Change the channels", "1", 64, 512),
        ("Keep the size", "1", 3, 512),
    ):
        example(page, name)
        expect(said(calculator, "output")).to_have_text(f"{channels}×{size}×{size}")
        expect(page.get_by_label("Stride")).to_have_value(stride)
        expect(page.get_by_label("Output channels")).to_have_value(str(channels))
        expect(calculator.locator("[aria-pressed=true]")).to_contain_text(name)
    assert page_errors == []


def test_typing_recomputes_and_a_refusal_comes_and_goes(
    calculator_url: str, page_at: Callable[..., Page], screenshot: Callable[..., Path], page_errors: list[str]
) -> None:
    page = page_at(calculator_url, 1440, 900)
    calculator = opened(page)
    stride, kernel = page.get_by_label("Stride"), page.get_by_role("spinbutton", name="Kernel")
    stride.fill("4")
    expect(said(calculator, "output")).to_have_text("3×128×128")
    expect(said(calculator, "textbook")).to_have_text("⌊(512 − 3 + 2·1)/4⌋ + 1 = 128")
    expect(calculator.locator("[aria-pressed=true]")).to_have_count(0)

    stride.fill("0")
    refusal = page.get_by_role("alert")
    expect(refusal).to_have_text("stride: With 0 the kernel would never move on. Give a whole number from 1 to 64.")
    expect(stride).to_have_attribute("aria-invalid", "true")
    expect(said(calculator, "output")).to_have_text("3×128×128")
    screenshot(page, "convolution-refusal")
    stride.fill("2")
    expect(refusal).to_be_hidden()
    expect(stride).to_have_attribute("aria-invalid", "false")
    expect(said(calculator, "output")).to_have_text("3×256×256")

    kernel.fill("31")
    expect(said(calculator, "drawn")).to_contain_text("Not drawn")
    expect(calculator.locator(".conv-walk > svg")).to_be_hidden()
    kernel.fill("3")
    expect(calculator.locator(".conv-walk > svg")).to_be_visible()
    assert page_errors == []


def test_the_kernel_walks_by_key_button_and_pointer(
    calculator_url: str, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    page = page_at(calculator_url, 1440, 900)
    calculator = opened(page)
    example(page, "Halve the size")
    place, now = calculator.locator(".conv-place"), calculator.locator(".conv-now")
    expect(calculator.locator(".conv-output")).to_have_count(16)
    expect(calculator.locator(".conv-walk .conv-dropped:visible")).to_have_count(2 * 10 - 1 + 1)  # and the key
    expect(place).to_have_text("Output row 1, column 1 looks at rows 1–3, columns 1–3. 5 of its 9 taps lie on padding.")

    calculator.locator(".conv-walk > svg").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(place).to_have_text("Output row 2, column 3 looks at rows 3–5, columns 5–7.")
    expect(now).to_have_attribute("data-place", "6")
    cell = float(now.get_attribute("width") or 0)
    first = calculator.locator(".conv-walk .conv-cell").first
    corner = [float(first.get_attribute(name) or 0) for name in ("x", "y")]
    moved = f"translate({corner[0] + 4 * cell:g} {corner[1] + 2 * cell:g})"
    expect(calculator.locator(".conv-kernel")).to_have_attribute("transform", moved)

    page.get_by_role("button", name="Back").click()
    expect(now).to_have_attribute("data-place", "5")
    page.keyboard.press("ArrowRight")  # only the drawing takes keys
    expect(now).to_have_attribute("data-place", "5")
    calculator.locator("[data-place='15']").hover()
    expect(place).to_contain_text("row 4, column 4")
    expect(page.get_by_role("button", name="Forward")).to_be_disabled()
    assert page_errors == []


def test_it_plays_when_asked_and_only_then(
    calculator_url: str, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    page = page_at(calculator_url)
    calculator = opened(page)
    example(page, "Halve the size")
    now, place = calculator.locator(".conv-now"), calculator.locator(".conv-place")
    page.wait_for_timeout(1000)
    expect(now).to_have_attribute("data-place", "0")
    page.get_by_role("button", name="Play").click()
    expect(place).to_have_attribute("aria-live", "off")
    expect(now).to_have_attribute("data-place", "2")
    page.get_by_role("button", name="Pause").click()
    expect(place).to_have_attribute("aria-live", "polite")
    stopped = now.get_attribute("data-place") or ""
    page.wait_for_timeout(1000)
    expect(now).to_have_attribute("data-place", stopped)
    assert page_errors == []


def test_the_address_keeps_the_numbers(
    calculator_url: str, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    page = page_at(f"{calculator_url}?net=resnet50")
    calculator = opened(page)
    assert page.url.endswith("?net=resnet50")
    page.get_by_label("Groups").fill("3")
    page.get_by_label("Stride").fill("2")
    expect(said(calculator, "output")).to_have_text("3×256×256")
    expect(said(calculator, "params")).to_have_text("30")
    assert page.url.endswith("?net=resnet50&conv=512,3,3,3,2,1,1,3")

    other = opened(page_at(page.url))
    expect(said(other, "params")).to_have_text("30")
    expect(other.page.get_by_label("Groups")).to_have_value("3")
    broken = opened(page_at(f"{calculator_url}?conv=1,2,<b>"))
    expect(said(broken, "output")).to_have_text("3×512×512")
    assert page_errors == []


def test_the_last_question_wins_and_a_lost_one_is_said(
    calculator_url: str, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    page = page_at(calculator_url)
    calculator = opened(page)
    held: list[Route] = []
    page.route(SERVER, lambda route: held.append(route) if not held else route.continue_())
    example(page, "Change the channels")
    example(page, "Halve the size")
    expect(said(calculator, "output")).to_have_text("3×256×256")
    with page.expect_response(SERVER):
        held[0].continue_()
    page.wait_for_timeout(300)
    expect(said(calculator, "output")).to_have_text("3×256×256")

    page.unroute(SERVER)
    page.route(SERVER, lambda route: route.abort())
    page.get_by_label("Stride").fill("3")
    expect(page.get_by_role("alert")).to_contain_text("No answer from the server")
    page.unroute(SERVER)
    page.get_by_label("Stride").fill("4")
    expect(said(calculator, "output")).to_have_text("3×128×128")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert page_errors == []


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1440, 900, True), (390, 844, False)])
def test_it_fits(
    calculator_url: str, page_at: Callable[..., Page], screenshot: Callable[..., Path], page_errors: list[str],
    width: int, height: int, dark: bool,
) -> None:  # fmt: skip
    page = page_at(f"{calculator_url}?conv=224,3,64,7,2,3,1,1", width, height, dark)
    calculator = opened(page)
    expect(said(calculator, "output")).to_have_text("64×112×112")
    for _ in range(6):
        page.get_by_role("button", name="Forward").click()
    screenshot(page, f"convolution-{width}-{'dark' if dark else 'light'}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert calculator.locator(".conv-walk").evaluate("walk => walk.scrollWidth <= walk.clientWidth")
    assert page_errors == []
