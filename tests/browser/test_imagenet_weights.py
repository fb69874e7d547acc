"""ImageNet weights as a person asks them on the Predict tab: chosen, downloaded with a click, answering."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torchvision
from PIL import Image
from playwright.sync_api import Page, expect

from resnet import weights
from tests.hub import Hub, serving
from tests.running_app import App, start_app
from train.drawn_pets import draw

KEY = "imagenet:resnet18"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with a ResNet-18 of random weights, which comes in two halves."""
    path = tmp_path_factory.mktemp("hub") / "model.safetensors"
    torch.manual_seed(1)
    weights.save(path, torchvision.models.resnet18())
    with serving() as hub:
        hub.files["timm/resnet18.tv_in1k"] = path.read_bytes()
        yield hub


@pytest.fixture
def online(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """An app that asks this hub, and has downloaded nothing yet."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    yield from start_app(tmp_path)


def choose(page: Page, key: str) -> None:
    select = page.locator("[data-field=checkpoint]")
    expect(page.locator(".predict-card h2")).to_have_text(re.compile(r"^\S.*, [\d.<>]+ %$"))
    select.select_option(key)


def test_weights_come_with_a_click_and_answer_once_they_are_there(
    online: App, hub: Hub, page_at, page_errors, tmp_path, screenshot
):
    page = page_at(f"{online.url}?tab=predict")
    said = page.locator(".predict-card h2")
    panel = page.locator(".predict-download")
    expect(panel).to_be_hidden()
    choose(page, "imagenet:resnet34")
    expect(panel).to_contain_text("ResNet-34 · ImageNet, 1,000 classes · about 87 MB to download")
    before = said.inner_text()
    assert hub.asked == []  # nothing is fetched, nor even asked about, before the click
    panel.get_by_role("button", name="Download").press("Enter")  # the hub has none
    expect(panel.get_by_role("alert")).to_contain_text("ResNet-34: The Hub has no such repository")
    screenshot(page, "predict-download-failed")
    expect(panel.get_by_role("button", name="Download")).to_be_focused()
    assert said.inner_text() == before
    expect(page.locator(".predict-beside")).to_be_visible()
    expect(page.locator(".predict-others input[value^='imagenet:']")).to_have_count(0)

    linked = page_at(f"{online.url}?tab=predict&ask={KEY}", dark=True)  # a link to what is not here yet
    expect(linked.locator(".predict-card h2")).to_have_text(before)
    expect(linked.locator(".predict-download")).to_contain_text("ResNet-18")
    screenshot(linked, "predict-download-dark")
    assert not any("resnet18" in repository for _, repository, _ in hub.asked)

    hub.gate = threading.Event()
    choose(page, KEY)
    expect(panel.get_by_role("alert")).to_be_hidden()
    panel.get_by_role("button", name="Download").press("Enter")
    expect(panel).to_contain_text(re.compile(r"\b[1-9]\d* of 46 MB are here"))
    screenshot(page, "predict-download")
    other = page_at(f"{online.url}?tab=predict", width=390, height=844)
    choose(other, KEY)
    other.locator(".predict-download").get_by_role("button", name="Download").click()
    expect(other.locator(".predict-download")).to_contain_text("MB are here")
    screenshot(other, "predict-download-390", full_page=True)
    assert other.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("button", name="Draw a dog").click()  # others' answers do not wait, nor one's own
    expect(page.locator("[data-say=truth]")).to_have_text("It was drawn as a dog.")
    hub.gate.set()
    for each in (page, other):
        expect(each.locator(".predict-bars li")).to_have_count(6)
        expect(each.locator(".predict-bars")).to_contain_text("995 other classes")
        expect(each.locator("[data-say=size]")).to_have_text(re.compile("^224×224 pixels"))
        expect(each.locator("[data-field=checkpoint] option:checked")).to_have_text(
            "ResNet-18 · ImageNet, 1,000 classes"
        )
        expect(each.locator(".predict-download")).to_be_hidden()
    assert [method for method, repository, _ in hub.asked if repository.endswith("resnet18.tv_in1k")].count("GET") == 1
    screenshot(page, "predict-imagenet")
    screenshot(other, "predict-imagenet-390", full_page=True)

    page.get_by_role("button", name="Cover a part").click()
    expect(page.locator("[data-say=cover]")).to_have_text(re.compile("^Covered"))
    page.locator(".predict-deeper > summary").click()
    expect(page.locator("[data-ask=label] option")).to_have_count(1001)
    expect(page.locator(".predict-trained img.predict-heat")).to_have_attribute("src", re.compile("^data:"))
    expect(page.locator(".predict-paths li").first).to_be_visible()
    screenshot(page, "predict-imagenet-deeper", full_page=True)
    page.get_by_role("button", name="Measure on 200 drawings").click()
    expect(page.locator("[data-say=accuracy]")).to_contain_text("does not know cats and dogs")

    for number in range(2):
        Image.fromarray(draw(1, number, 96).image).save(tmp_path / f"{number}.png")
    page.set_input_files(".predict-drop input >> nth=0", [tmp_path / "0.png", tmp_path / "1.png"])
    expect(page.locator(".predict-several tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.locator(".predict-several [data-do=csv]").click()
    head, *lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    likeliest = "label,share,label_2,share_2,label_3,share_3,label_4,share_4,label_5,share_5"  # not a thousand columns
    assert head == f"file,{likeliest},unfamiliar,refused"
    assert [line.count(",") for line in lines] == [head.count(",")] * 2
    shares = [float(share) for share in lines[0].split(",")[2:12:2]]
    assert 1 > shares[0] >= shares[1] >= shares[4] > 0
    assert page_errors == []
