"""ImageNet weights on their way to the Predict tab: one download at a time, begun by who may; nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from resnet.errors import UserError
from resnet.pretrained import locate
from resnet.pretrained_here import kept
from tests.hub import Hub, hub_here  # noqa: F401 - a fixture
from tests.imagenet_shelf import HOME, KEY, WORDS, arrive, come, empty_shelf, on_disk  # noqa: F401 - a fixture
from ui import imagenet_weights, predict_api, predict_tab
from ui.checkpoints import Shelf
from ui.desk import Desk
from ui.lab import Lab
from ui.room import Room

OTHER = "imagenet:resnet34"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Downloads wait for it once they have begun; `gate.begun` has one entry for each."""
    opened, really, begun = threading.Event(), imagenet_weights.locate, []

    def slowly(*asked):
        begun.append(asked)
        opened.wait(10)
        return really(*asked)

    monkeypatch.setattr(imagenet_weights, "locate", slowly)
    opened.begun = begun
    yield opened
    opened.set()


def test_an_answer_is_refused_until_somebody_lets_them_come(shelf: Shelf, hub: Hub, tmp_path: Path):
    with pytest.raises(UserError, match=r"^ResNet-18: Its ImageNet weights are not .* yet\. Choose it in the list"):
        shelf.open(KEY)
    with pytest.raises(UserError, match="not on this machine yet"):
        Desk(shelf, tmp_path).downloaded(KEY)
    assert hub.asked == []


def test_several_share_one_download_and_nobodys_answer_waits(shelf: Shelf, gate, tmp_path: Path):
    desk = Desk(shelf, tmp_path)
    for _ in range(2):
        told = desk.download(KEY)
        assert (told["key"], told["here"]) == (KEY, False)
    assert shelf.open("").offer.key == "run:one"
    with pytest.raises(
        UserError, match=r"^ResNet-18: .* on their way, 0 of about 47 MB are here\. Ask again in a while"
    ):
        shelf.open(KEY)
    assert on_disk(shelf) == []
    gate.set()
    arrive(shelf)
    assert len(gate.begun) == 1
    assert desk.downloaded(KEY) == {"key": KEY, "here": True}
    assert on_disk(shelf) == [KEY]


def test_one_download_runs_at_a_time(shelf: Shelf, gate):
    shelf.imagenet.begin(KEY)
    with pytest.raises(
        UserError, match=r"^ResNet-34: The weights of ResNet-18 are on their way, .* once they are here"
    ):
        shelf.imagenet.begin(OTHER)
    gate.set()
    arrive(shelf)
    come(shelf, OTHER)
    assert on_disk(shelf) == [KEY, OTHER]


def test_who_may_not_begin_a_download_gets_what_others_let_come(shelf: Shelf, gate, tmp_path: Path):
    leads = [False]
    led = Shelf(tmp_path / "runs", assets=tmp_path, may_download=lambda: leads[0])
    assert led.imagenet.to_download() == []
    for refused in (led.find, led.imagenet.begin, lambda key: predict_api._open(led, key)):
        with pytest.raises(UserError, match=r"^ResNet-18: .* in this room only the leader may .* ask the leader"):
            refused(KEY)
    leads[0] = True
    led.imagenet.begin(KEY)
    leads[0] = False
    led.imagenet.begin(KEY)
    assert led.imagenet.progress(KEY)
    gate.set()
    arrive(led)
    assert on_disk(led) == [KEY]
    assert len(gate.begun) == 1


@pytest.mark.parametrize(("led", "count"), [(False, 10), (True, 0)])
def test_where_somebody_leads_the_others_are_offered_no_downloads(hub: Hub, tmp_path: Path, led: bool, count: int):
    lab = Lab(tmp_path, tmp_path, None, room=Room(led=led))  # type: ignore[arg-type]
    with gr.Blocks() as page:
        predict_tab.build(lab)
    (checkpoints,) = (
        function
        for block in page.blocks.values()
        for function in getattr(block, "server_fns", [])
        if function.__name__ == "checkpoints"
    )
    listed = checkpoints({"run": ""})["checkpoints"]
    assert sum(bool(each["download"]) for each in listed) == count


def test_a_script_begins_a_download_and_is_refused_until_it_is_over(shelf: Shelf, gate):
    for _ in range(2):
        with pytest.raises(UserError, match=r"on their way, 0 of about 47 MB are here\. Ask again in a while"):
            predict_api._open(shelf, KEY)
    gate.set()
    arrive(shelf)
    assert len(gate.begun) == 1
    with pytest.raises(UserError, match="This is a text file"):  # it is asked
        predict_api._open(shelf, KEY)


def test_a_script_is_told_once_why_a_download_failed(shelf: Shelf, hub: Hub, monkeypatch: pytest.MonkeyPatch):
    away(hub, monkeypatch)
    with pytest.raises(UserError):
        come(shelf)
    with pytest.raises(UserError, match="answered HTTP 503"):
        predict_api._open(shelf, KEY)
    hub.files[HOME] = WORDS
    with pytest.raises(UserError, match=r"on their way|This is a text file"):
        predict_api._open(shelf, KEY)
    arrive(shelf)
    assert on_disk(shelf) == [KEY]


def test_what_came_by_another_way_since_a_download_failed_is_here(shelf: Shelf, hub: Hub, monkeypatch, tmp_path: Path):
    away(hub, monkeypatch)
    with pytest.raises(UserError):
        come(shelf)
    hub.files[HOME] = WORDS
    locate("resnet18", "imagenet", tell=lambda _: None)  # a training began with them
    come(shelf)
    assert Desk(shelf, tmp_path).downloaded(KEY) == {"key": KEY, "here": True}
    with pytest.raises(UserError, match="This is a text file"):
        predict_api._open(shelf, KEY)


def test_what_has_come_so_far_is_told(shelf: Shelf, hub: Hub, tmp_path: Path):
    hub.files[HOME] = bytes(24_000_000)  # the library writes ten million at once
    hub.gate = threading.Event()
    desk = Desk(shelf, tmp_path)
    told = desk.download(KEY)
    deadline = time.monotonic() + 10
    while not told["done"] and time.monotonic() < deadline:
        time.sleep(0.01)
        told = desk.downloaded(KEY)
    assert 0 < told["done"] < told["total"] == 24
    assert shelf.imagenet.offers() == []
    hub.gate.set()
    arrive(shelf)
    assert desk.downloaded(KEY)["here"]


def test_what_was_not_compared_with_its_hash_yet_is_not_here(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    compared = threading.Event()
    monkeypatch.setattr("resnet.pretrained._verify", lambda *_: compared.wait(10))
    shelf.imagenet.begin(KEY)
    deadline = time.monotonic() + 10
    while kept("resnet18") is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert kept("resnet18")
    assert on_disk(shelf) == []
    compared.set()
    arrive(shelf)
    assert on_disk(shelf) == [KEY]


def broken(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.damaged = True


def away(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.answers[HOME] = (503, "")
    del hub.files[HOME]


@pytest.mark.parametrize(("fault", "said"), [(broken, "arrived damaged"), (away, "answered HTTP 503")])
def test_a_download_that_fails_says_why_and_can_be_tried_again(shelf: Shelf, hub: Hub, monkeypatch, fault, said):
    fault(hub, monkeypatch)
    with pytest.raises(
        UserError, match=rf"^ResNet-18: .*{said}.* See to the network and the disk .* try again"
    ) as told:
        come(shelf)
    assert "by hand" not in str(told.value)  # nobody can give this page a path
    with pytest.raises(UserError, match=said):
        shelf.imagenet.progress(KEY)
    assert on_disk(shelf) == []
    assert shelf.open("run:one")
    hub.damaged = False
    hub.files[HOME] = WORDS
    come(shelf)
    assert shelf.imagenet.progress(KEY) is None
    assert on_disk(shelf) == [KEY]
