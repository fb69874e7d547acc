"""A room that somebody leads, and sharing a run: two browsers at an address that is not localhost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

from tests.browser.train_panel import LONG, PATIENT, train_tab, wait_for_step
from tests.running_app import App, elsewhere, start_app
from tests.runs import wait_until

ONLY_LEADER = "Only the leader of this room starts runs. To train one of your own, start the app on your own computer."
HOSTILE = "<img src=x onerror=window.broken=1>"


@pytest.fixture(scope="module")
def presenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app as a lecturer starts it."""
    yield from start_app(tmp_path_factory.mktemp("presenter"), "--presenter")


def link(app: App) -> str:
    """The word of the leader's link, as the terminal shows it."""
    wait_until(lambda: any("?lead=" in line for line in app.said))
    return next(found[1] for line in app.said if (found := re.search(r"\?lead=(\S+)", line)))


def test_a_room_follows_its_leader_votes_and_explores(
    presenter: App, page_at: Callable[..., Page], page_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    address = elsewhere(presenter)
    viewer = page_at(address, width=390, height=844)
    expect(viewer.locator(".room-line")).to_contain_text("Nobody leads yet")
    leader = page_at(f"{address}?lead={link(presenter)}", width=1440, height=900)
    bar = leader.locator(".room")
    expect(bar).to_contain_text("You lead 1 other is here.")
    assert "lead=" not in leader.url
    expect(viewer.locator(".room-line")).to_contain_text("You follow the leader")

    # its address for the others, to be scanned
    leader.get_by_role("button", name="Address and QR code").click()
    expect(leader.locator(".room-invite")).to_contain_text(re.compile(r"http://[\w.]+:\d+/|in no network"))

    # another browser cannot open the link again; this one stays what it is when it is loaded anew
    late = page_at(f"{address}?lead={link(presenter)}")
    expect(late.locator(".room-note")).to_contain_text("Another browser has opened this link")
    late.close()
    leader.reload()
    expect(bar).to_contain_text("You lead")

    # the tab, the net and what is selected in it
    leader.get_by_role("tab", name="Predict").click()
    expect(viewer.locator("#tab-predict")).to_be_visible()
    leader.get_by_role("tab", name="Architecture").click()
    leader.get_by_role("radio", name="50", exact=True).check()
    expect(leader.locator("#net-board")).to_contain_text("ResNet-50")
    leader.locator("#net-board tr[data-part=layer3]").click()
    expect(viewer.locator("#net-board tr[data-part=layer3]")).to_have_class(re.compile("is-selected"))
    expect(viewer.locator("#tab-architecture")).to_be_visible()

    # whoever explores alone stays, and returns to where the leader is by then
    viewer.get_by_role("button", name="Explore alone").click()
    leader.get_by_role("tab", name="Train").click()
    expect(leader.locator("#train-start")).to_be_visible()
    leader.wait_for_timeout(2500)
    expect(viewer.locator("#tab-architecture")).to_be_visible()
    viewer.reload()
    expect(viewer.locator(".room-line")).to_contain_text("You explore alone")
    expect(viewer.locator("#tab-architecture")).to_be_visible()

    # only the leader starts: the others read so in the place of every button that does, also when they explore
    expect(viewer.locator("#net-board")).to_contain_text("ResNet-50")
    viewer.get_by_role("radio", name="Your own").click()
    expect(viewer.locator("#tab-architecture").get_by_text(ONLY_LEADER)).to_be_visible()
    expect(viewer.locator("#build-train")).to_be_hidden()
    viewer.get_by_role("tab", name="Train").click()
    expect(viewer.locator("#tab-train").get_by_text(ONLY_LEADER)).to_have_count(2)
    for text in viewer.locator("#tab-train").get_by_text(ONLY_LEADER).all():
        expect(text).to_be_visible()
    expect(viewer.locator(".over-sets h3").first).to_be_visible()
    for start in ("#train-start", ".over-sets button"):
        expect(viewer.locator(start).first).to_be_hidden()
        expect(leader.locator(start).first).to_be_visible()
    expect(leader.get_by_text(ONLY_LEADER).first).to_be_hidden()
    viewer.evaluate("document.getElementById('train-start').click()")
    expect(viewer.get_by_text("Only the leader of this room starts and steers runs")).to_be_visible()

    # all watch its run
    viewer.get_by_role("button", name="Follow again").click()
    expect(viewer.locator("#tab-train")).to_be_visible()
    leader.locator("#train-start").click()
    expect(leader).to_have_url(re.compile("run="))
    run = leader.evaluate("new URL(window.location).searchParams.get('run')")
    expect(viewer).to_have_url(re.compile(f"run={run}"))
    wait_for_step(viewer, train_tab(viewer), 2)
    expect(leader.locator("#train-share")).to_contain_text("2 browsers watch")
    train_tab(leader).get_by_role("button", name="Stop and keep").click()
    expect(train_tab(viewer)).to_have_attribute("data-state", "stopped", timeout=PATIENT)
    leader.evaluate(
        """run => {
          const url = new URL(window.location);
          url.searchParams.set("compare", run); // as the table of runs does
          window.history.replaceState(null, "", url);
        }""",
        run,
    )
    expect(viewer).to_have_url(re.compile(f"compare={run}"))

    # a vote, whose answers are text; what the form shows before are examples
    leader.get_by_role("button", name="Address and QR code").click()
    expect(leader.locator(".room-invite")).to_be_visible()
    leader.get_by_role("button", name="Let the room vote").click()
    expect(leader.locator(".room-invite")).to_be_hidden()
    leader.locator(".room-form input[name=question]").fill("Which curve ends lower?")
    leader.locator(".room-form input[name=option]").nth(0).fill("plain-20")
    leader.get_by_role("button", name="Ask", exact=True).click()
    expect(leader.locator(".room-form")).to_be_visible()
    leader.locator(".room-form input[name=option]").nth(1).fill(HOSTILE)
    screenshot(leader, "room-leader-asks")
    leader.get_by_role("button", name="Ask", exact=True).click()
    answer = viewer.locator(".room-vote li button").nth(1)
    expect(answer).to_contain_text(HOSTILE[:40])
    expect(viewer.locator(".room-vote samp").first).to_be_empty()  # nobody follows the others' guesses
    answer.click()
    expect(viewer.locator(".room-vote samp").nth(1)).to_have_text("1")
    expect(leader.locator(".room-vote")).to_contain_text("1 answer so far")
    expect(leader.locator(".room-vote samp")).to_have_text(["", ""])  # all see its screen
    leader.get_by_role("button", name="Close the vote").click()
    expect(leader.locator(".room-vote samp")).to_have_text(["0", "1"])
    bars = leader.locator(".room-vote li i")
    assert [round(bars.nth(number).bounding_box()["width"]) > 100 for number in (0, 1)] == [False, True]  # type: ignore[index]
    expect(leader.locator(".room-vote li button").first).to_be_disabled()
    screenshot(leader, "room-leader-vote")
    screenshot(viewer, "room-viewer-vote-phone")
    assert viewer.evaluate("document.documentElement.scrollWidth") <= 390
    leader.get_by_role("button", name="Clear the room").click()
    expect(viewer.locator(".room-vote")).to_be_hidden()
    assert viewer.evaluate("window.broken") is None
    assert page_errors == []


def test_the_address_is_open_until_somebody_came_and_the_leader_goes_on(
    tmp_path: Path, page_at: Callable[..., Page], page_errors: list[str]
) -> None:
    for app in start_app(tmp_path, "--presenter"):
        leader = page_at(f"{app.url}?lead={link(app)}")
        address = leader.locator(".room-invite")
        expect(address).to_contain_text("No phone has connected")
        leader.get_by_role("tab", name="Predict").click()
        expect(leader).to_have_url(re.compile("tab=predict"))
        page_at(app.url, width=390, height=844)
        expect(leader.locator(".room-line")).to_contain_text("1 other is here")
        expect(address).to_be_visible()  # those who come next scan it, too
        leader.get_by_role("tab", name="Architecture").click()
        expect(address).to_be_hidden()
        leader.get_by_role("button", name="Address and QR code").click()
        leader.get_by_role("tab", name="Train").click()
        expect(leader).to_have_url(re.compile("tab=train"))
        leader.wait_for_timeout(1500)
        expect(address).to_be_visible()  # opened by hand
    assert page_errors == []


def test_a_script_neither_starts_nor_steers_where_somebody_leads(presenter: App) -> None:
    client = Client(presenter.url, verbose=False)
    for name, arguments in {"/start_run": ("drawn", "", "live", LONG), "/control_run": ("0" * 32, "", "stop")}.items():
        with pytest.raises(AppError, match=r"Only the leader of this room starts and steers runs\. To train one"):
            client.predict(*arguments, api_name=name)


@pytest.mark.parametrize("dark", [False, True])
def test_a_run_is_shared_by_its_address(
    app: App,
    started: dict[str, str],
    page_at: Callable[..., Page],
    page_errors: list[str],
    screenshot: Callable[..., Path],
    dark: bool,
) -> None:
    page = page_at(f"{app.url}?tab=train&run={started['run']}", dark=dark)
    share = page.locator("#train-share")
    expect(share).to_contain_text("1 browser watches", timeout=PATIENT)
    share.locator("summary").click()
    expect(share.locator("input")).to_have_value(f"{app.url}?tab=train&run={started['run']}")
    expect(share).to_contain_text("Start it with --presenter and no --host")  # this app listens on its own machine only
    expect(share.locator("img")).to_be_hidden()
    assert page.locator(".room").is_hidden()
    screenshot(page, f"share-{'dark' if dark else 'light'}")
    assert page_errors == []
