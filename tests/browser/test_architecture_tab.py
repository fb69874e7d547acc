"""The Architecture tab as a person uses it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (1440, 900, True), (390, 844, False)])
def test_first_sight(app_url: str, page_at: Callable[..., Page], screenshot, page_errors, width, height, dark):
    page = page_at(app_url, width, height, dark)
    expect(page.locator("#net-picture svg")).to_be_visible()
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    assert page.locator("#net-table tbody tr:not(.stage-name)").count() == 69
    screenshot(page, f"architecture-{width}-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways but the table"
    assert page_errors == []


def test_depth_other_net_input_and_refusal(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(app_url, 1440, 900)
    page.get_by_label("152", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("60,192,808")
    expect(page.locator("#net-picture")).to_contain_text("ResNet-152")
    screenshot(page, "architecture-152")

    page.locator("#net-other input").click()
    page.get_by_role("option", name="AlexNet").click()
    expect(page.locator("#net-facts")).to_contain_text("61,100,840")
    expect(page.locator("#net-depth input:checked")).to_have_count(0)

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
    expect(page.locator("#net-picture")).to_contain_text("AlexNet")
    screenshot(page, "architecture-refusal")

    page.get_by_label("18", exact=True).check(force=True)
    expect(page.locator("#net-facts")).to_contain_text("11,689,512")
    expect(shape).to_have_value("3,224,224")
    assert page_errors == []


def test_the_table_can_be_taken_along(app_url: str, page_at: Callable[..., Page]):
    page = page_at(app_url)
    with page.expect_download() as download:
        page.get_by_role("link", name="Table as CSV").click()
    assert download.value.suggested_filename == "resnet18.csv"
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("name,type,input_shape")
    assert sum(int(line.split(",")[4]) for line in lines[1:]) == 11_689_512
