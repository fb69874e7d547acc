"""What one takes along from the Architecture tab, and what its panels measure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize(
    ("button", "name", "part"),
    [
        ("CSV", "resnet18.csv", b"name,type,input_shape"),
        ("Markdown", "resnet18.md", b"| layer1.0.conv1 | conv2d |"),
        ("LaTeX", "resnet18.tex", b"layer1.0.conv1 & conv2d &"),
        ("SVG", "resnet18.svg", b"<svg"),
        ("PNG", "resnet18.png", b"\x89PNG"),
    ],
)
def test_taking_it_along(app_url: str, page_at: Callable[..., Page], button, name, part):
    page = page_at(app_url, 1440, 1000)
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    assert download.value.suggested_filename == name
    content = download.value.path().read_bytes()
    assert len(content) > 1000
    assert part in content
    if button == "CSV":
        lines = csv.DictReader(io.StringIO(content.decode()))
        assert sum(int(line["params"]) for line in lines) == 11_689_512


def test_torchstat_memory_and_time(app_url: str, page_at: Callable[..., Page], screenshot, page_errors):
    page = page_at(f"{app_url}?net=alexnet&classes=10", 1440, 1000)
    page.get_by_role("button", name="torchstat").click()
    table = page.locator("#net-board table")
    expect(table).to_contain_text("711,488,448")
    expect(page.locator("#net-board tbody tr")).to_have_count(20)
    screenshot(page, "architecture-torchstat")
    page.get_by_role("button", name="Operations").click()
    expect(table).to_contain_text("features")

    memory = page.locator("#net-board [data-region=memory]")
    before = memory.inner_text()
    page.locator("#net-board select[name=optimizer]").select_option("adam")
    expect(memory).not_to_have_text(before)
    batch = page.locator("#net-board input[name=batch]")
    batch.fill("0")
    batch.press("Enter")
    expect(page.locator(".cost-said")).to_contain_text("pictures")

    page.get_by_role("button", name="Time each operation").click()
    expect(page.get_by_role("columnheader", name="time (ms)")).to_be_visible()
    assert float(page.locator("#net-board tfoot td.n").last.inner_text()) > 0
    assert page_errors == []
