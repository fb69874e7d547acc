"""A room full of phones: forty of them ask, as the page's scripts do, at an address that is not localhost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from gradio_client import Client

from tests.api.test_train_api import OVER, TINY
from tests.running_app import App, elsewhere, start_app

PHONES = 40
EPOCHS = 25
SECONDS = 240.0  # at most, on a machine with much else to do


class Phone:
    """A page that is watched, without its browser: what it has seen of a run, and of the room."""

    def __init__(self, url: str, number: int, ids: dict[str, int]) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        self._who = f"{number:032x}"
        self._ids = ids
        self.steps: list[int] = []
        self.events: list[int] = []
        self.people = 0

    def ask(self, component: str, name: str, question: dict[str, Any]) -> dict[str, Any]:
        data = {"data": question, "component_id": self._ids[component], "fn_name": name, "session_hash": self._who}
        answer = self._http.post("/gradio_api/component_server", json=data)
        answer.raise_for_status()
        return answer.json()

    def watch(self, run: str, everybody: Barrier) -> None:
        """Until the run is over; the room once a second, as long as it takes until everybody has been counted."""
        seq, next_look, deadline = 0, 0.0, time.monotonic() + SECONDS
        everybody.wait()
        while time.monotonic() < deadline:
            if time.monotonic() > next_look:
                self.people = max(
                    self.people, self.ask("lab-room", "look", {"who": self._who, "run": run, "at": ""})["watching"]
                )
                next_look = time.monotonic() + 1
            step = self.steps[-1] if self.steps else 0
            had = {"since": seq, "step": step, "width": 1}
            answer = self._http.get("/poll", params={"run": run, **had}).raise_for_status().json()
            seq = answer["seq"]
            self.events += [event["seq"] for event in answer["events"] if event["kind"] != "preparing"]
            taken = answer["steps"]
            self.steps += range(taken["first"], taken["first"] + len(taken["loss"]))
            if answer["state"] in OVER and not answer["more"] and self.people == PHONES:
                return
            time.sleep(0.25)
        pytest.fail(f"the run is {answer['state']}, and {self.people} were counted, after {SECONDS:.0f} s")


@pytest.mark.slow
def test_forty_phones_see_everything_once_and_are_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    for app in start_app(tmp_path_factory.mktemp("room"), "--host", "0.0.0.0"):
        watched_by_forty(app)


def watched_by_forty(app: App) -> None:
    url = elsewhere(app)
    components = httpx.get(f"{url}config").json()["components"]
    ids = {part["props"].get("elem_id"): part["id"] for part in components}
    phones = [Phone(url, number, ids) for number in range(PHONES)]
    with ThreadPoolExecutor(PHONES) as threads:
        client = Client(app.url, verbose=False)
        run = client.predict("drawn", "resnet10_w16", "live", {**TINY, "epochs": EPOCHS}, api_name="/start_run")["run"]
        everybody = Barrier(PHONES)
        list(threads.map(lambda phone: phone.watch(run, everybody), phones))
    steps = list(range(1, 4 * EPOCHS + 1))  # 64 pictures, 16 at a time
    assert [phone.steps for phone in phones] == [steps] * PHONES
    first = phones[0].events
    assert first == sorted(set(first))
    assert len(first) > EPOCHS  # an event an epoch, and how the run began and ended
    assert all(phone.events == first for phone in phones)
