"""Where things are on the Architecture tab."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def row(page: Page, name: str) -> Locator:
    return page.locator(f'#net-board tr[data-part="{name}"]')


def drawn(page: Page, name: str) -> Locator:
    return page.locator(f'#net-board svg [data-part="{name}"]')


def choose_view(page: Page, name: str) -> None:
    page.locator("#net-view").get_by_label(name, exact=True).check(force=True)
