"""Steering a run over the network: single steps, another learning rate, and going on with one that was left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.api.test_train_api import LONG, OVER, TINY, follow
from tests.running_app import App, start_app

Started = dict[str, str]


def ask(client: Client, run: Started, *arguments: Any) -> Any:
    return client.predict(run["run"], run["token"], *arguments, api_name="/control_run")


def begin(client: Client, settings: dict[str, Any]) -> Started:
    return client.predict("drawn", "resnet10_w16", "live", settings, api_name="/start_run")


def last_step(answer: dict[str, Any]) -> dict[str, Any]:
    return [event for event in answer["events"] if event["kind"] == "step"][-1]


def test_single_steps_and_another_learning_rate(client: Client) -> None:
    run = begin(client, LONG)
    ask(client, run, "step", 3)
    ask(client, run, "step", 3)
    answer = follow(client, run["run"], ("paused",))
    assert last_step(answer)["step"] == 3
    ask(client, run, "step", 4, 0.5)
    while last_step(answer)["step"] == 3 or answer["state"] != "paused":
        answer = follow(client, run["run"], ("paused",))
    assert last_step(answer)["step"] == 4
    (change,) = [event for event in answer["events"] if event["kind"] == "learning_rate"]
    assert (change["step"], change["lr"], change["before"]) == (3, 0.5, 0.003)
    assert last_step(answer)["lr"] == change["next_lr"]
    for arguments, said in {
        ("step",): "step: This is not the number of a step. Give the step to pause after, such as 5",
        ("pause", None, 0): "lr: 0.0 is out of range. Give a number from 1e-08 to 10",
        ("resume",): "This run is paused already",
    }.items():
        with pytest.raises(AppError, match=said):
            ask(client, run, *arguments)
    ask(client, run, "stop")
    assert follow(client, run["run"])["state"] == "stopped"


def test_a_stopped_run_goes_on_and_one_that_has_finished_does_not(client: Client) -> None:
    run = begin(client, TINY)
    ask(client, run, "step", 5)
    follow(client, run["run"], ("paused",))
    ask(client, run, "stop")
    follow(client, run["run"], ("stopped",))
    with pytest.raises(AppError, match="Only whoever started this run"):
        client.predict(run["run"], "guess", "resume", api_name="/control_run")
    assert ask(client, run, "resume")["state"] in ("queued", "preparing", "running")
    answer = follow(client, run["run"], ("finished",))
    assert [event["step"] for event in answer["events"] if event["kind"] == "step"] == list(range(1, 9))
    with pytest.raises(AppError, match=r"This run has finished\. Start a new run"):
        ask(client, run, "resume")


@pytest.mark.slow
def test_what_a_closed_app_left_goes_on_in_the_next_with_the_same_token(tmp_path: Path) -> None:
    run: Started = {}
    for app in start_app(tmp_path):
        client = Client(app.url, verbose=False)
        run = begin(client, {**TINY, "epochs": 40})
        ask(client, run, "step", 5)
        follow(client, run["run"], ("paused",))
    (tmp_path / "data").rmdir()
    for app in start_app(tmp_path):
        client = Client(app.url, verbose=False)
        assert follow(client, run["run"], OVER)["state"] == "interrupted"
        assert ask(client, run, "resume")["state"] == "queued"
        answer = follow(client, run["run"], ("finished",))
        assert [event["step"] for event in answer["events"] if event["kind"] == "resumed"] == [5]
        assert [event["step"] for event in answer["events"] if event["kind"] == "step"] == list(range(1, 161))


def test_the_docstring_tells_an_agent_what_may_be_asked_for(client: Client, app: App) -> None:
    told = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/control_run"]
    named = {parameter["parameter_name"]: parameter for parameter in told["parameters"]}
    assert [name for name, parameter in named.items() if parameter["parameter_has_default"]] == ["step", "lr"]
    for word in ("run", "pause", "stop", "step", "resume"):
        assert f"'{word}'" in named["want"]["python_type"]["type"]
