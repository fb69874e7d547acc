"""The four endpoints of training, called as a script calls them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.running_app import App, free_port, run_app, start_app

TINY = {"epochs": 2, "train_pictures": 64, "val_pictures": 32, "batch": 16, "image_px": 16, "shift_px": 1, "threads": 1}
LONG = {**TINY, "epochs": 10_000}
OVER = ("finished", "stopped", "diverged", "failed", "interrupted")


def follow(client: Client, run: str, until: tuple[str, ...] = OVER, seconds: float = 90) -> dict[str, Any]:
    """Poll as the page does until the run is in one of these states; the last answer, with all events."""
    events: list[dict[str, Any]] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = client.predict(run, events[-1]["seq"] if events else 0, api_name="/run_events")
        events += answer["events"]
        if answer["state"] in until and (answer["state"] not in OVER or not answer["events"]):
            return {**answer, "events": events}
        time.sleep(0.1)
    pytest.fail(f"the run is {answer['state']} after {seconds} s: {events[-1:]}")


@pytest.fixture
def running(client: Client) -> Any:
    """A run that goes on until the test is over."""
    started = client.predict("drawn", "resnet10_w16", "live", LONG, api_name="/start_run")
    follow(client, started["run"], ("running",))
    yield started
    client.predict(started["run"], started["token"], "stop", api_name="/control_run")
    follow(client, started["run"])


def test_start_and_poll_to_the_end(client: Client, app: App) -> None:
    started = client.predict("drawn", "resnet10_w16", "live", TINY, api_name="/start_run")
    answer = follow(client, started["run"])

    assert answer["state"] == "finished"
    events = answer["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    steps = [event["step"] for event in events if event["kind"] == "step"]
    assert steps == list(range(1, 9))  # 64 pictures, 16 at a time, twice
    assert [event["epoch"] for event in events if event["kind"] == "epoch"] == [0, 1]
    assert events[-1]["kind"] == "finished"
    assert (app.runs / started["run"] / "model.safetensors").is_file()

    rows = client.predict(None, api_name="/list_runs")
    row = next(row for row in rows if row["id"] == started["run"])
    assert (row["state"], row["step"], row["steps"]) == ("finished", 8, 8)
    assert client.predict(started["run"], started["token"], "stop", api_name="/control_run")["state"] == "finished"


def test_a_net_of_ones_own_is_trained_and_told_by_its_title(client: Client) -> None:
    own = {**TINY, "epochs": 1, "norm": "group"}
    started = client.predict("drawn", "design:layers=1,1:width=8:stem=3x3", "live", own, api_name="/start_run")
    assert follow(client, started["run"])["state"] == "finished"
    first = client.predict(started["run"], 0, api_name="/run_events")
    assert first["about"]["net"] == "Your net: 1-1 basic blocks, width 8"
    row = next(row for row in client.predict(None, api_name="/list_runs") if row["id"] == started["run"])
    assert row["net"] == first["about"]["net"]


def test_a_run_begins_with_the_shipped_weights(client: Client) -> None:
    begun = {**TINY, "epochs": 1, "image_px": 32, "freeze": "all but layer4 fc"}
    started = client.predict("drawn", "resnet18_w40", "live", begun, "shipped", api_name="/start_run")
    answer = follow(client, started["run"])
    assert answer["state"] == "finished"
    told = next(event for event in answer["events"] if event["kind"] == "started")
    assert "It begins with the weights of photos.safetensors." in told["notes"]


def test_a_run_begins_with_the_weights_of_ones_own(client: Client, app: App) -> None:
    first = client.predict("drawn", "resnet10_w16", "live", TINY, api_name="/start_run")
    init = f"run:{first['run']}"
    follow(client, first["run"])
    for token in ("", "guess"):
        with pytest.raises(AppError, match="Only whoever started this run can begin another from its weights"):
            client.predict("drawn", "resnet10_w16", "live", TINY, init, token, api_name="/start_run")
    begun = ("drawn", "resnet10_w16", "live", {**TINY, "epochs": 1, "seed": 1}, init, first["token"])
    answer = follow(client, client.predict(*begun, api_name="/start_run")["run"])
    assert answer["state"] == "finished"
    told = next(event for event in answer["events"] if event["kind"] == "started")
    assert f"It begins with the weights of run {first['run'][:8]}." in told["notes"]
    assert first["run"] not in json.dumps(answer)
    assert str(app.runs) not in json.dumps(answer)


def test_the_first_answer_tells_what_is_trained_and_no_path(client: Client, running: dict[str, str]) -> None:
    first = client.predict(running["run"], 0, api_name="/run_events")
    assert first["about"]["data"] == "drawn"
    assert first["about"]["net"] == "ResNet-10, width 16"
    assert "about" not in client.predict(running["run"], 1, api_name="/run_events")


def test_pause_resume_stop(client: Client, running: dict[str, str]) -> None:
    def ask(want: str) -> None:
        client.predict(running["run"], running["token"], want, api_name="/control_run")

    ask("pause")
    ask("pause")  # asking twice does no harm
    paused = follow(client, running["run"], ("paused",))
    time.sleep(0.5)
    assert follow(client, running["run"], ("paused",))["events"] == paused["events"]
    ask("run")
    follow(client, running["run"], ("running",))
    ask("stop")
    assert follow(client, running["run"])["state"] == "stopped"


def test_only_the_token_controls(client: Client, running: dict[str, str]) -> None:
    for token in ("", "guess", running["run"]):
        with pytest.raises(AppError, match="Only whoever started this run"):
            client.predict(running["run"], token, "stop", api_name="/control_run")
    assert client.predict(running["run"], 0, api_name="/run_events")["state"] == "running"


def test_a_second_run_waits_its_turn(client: Client, running: dict[str, str]) -> None:
    second = client.predict("drawn", "resnet10_w16", "live", TINY, api_name="/start_run")
    answer = client.predict(second["run"], 0, api_name="/run_events")
    assert (answer["state"], answer["ahead"], answer["holds_up"]) == ("queued", 1, "running")
    client.predict(running["run"], running["token"], "pause", api_name="/control_run")
    follow(client, running["run"], ("paused",))
    assert client.predict(second["run"], 0, api_name="/run_events")["holds_up"] == "paused"
    client.predict(second["run"], second["token"], "stop", api_name="/control_run")
    assert follow(client, second["run"])["state"] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("drawn", "resnet10_w24", "quick", {}), "The recipes are live, photos, thorough, finetune, article"),
        (("drawn", "resnet10_w42", "live", {}), "Try resnet10_w"),
        (("drawn", "alexnet", "live", {}), "224"),
        (("drawn", "resnet10_w24", "live", {"lr": "nan"}), "lr: .*Give a number from"),
        (("drawn", "resnet10_w24", "live", {"epoch": 3}), "Did you mean"),
        (("drawn", "resnet10_w24", "live", {"data": "/etc"}), "not a setting"),
        (("drawn", "resnet10_w24", "live", [1]), "Give "),
        (("../../etc", "resnet10_w24", "live", {}), "Choose one of: drawn"),
        (("/etc/passwd", "resnet10_w24", "live", {}), "Choose one of: drawn"),
        (("<img src=x onerror=alert(1)>", "resnet10_w24", "live", {}), "&lt;img"),
        (("drawn", "resnet10_w24", "live", {}, "/etc/passwd"), "Give init as scratch, shipped, imagenet or run:ID"),
        (("drawn", "resnet10_w24", "live", {}, "shipped"), "Choose the net resnet18_w40"),
        (("drawn", "design:layers=999", "live", {}), "Give each stage 1 to 100"),
    ],
)
def test_refusals_name_the_cure(client: Client, arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict(*arguments, api_name="/start_run")


@pytest.mark.parametrize(("run", "since"), [("nobody", 0), ("../..", 0), ("", 0), ("x" * 5000, 0)])
def test_unknown_runs_are_refused(client: Client, run: str, since: int) -> None:
    with pytest.raises(AppError, match="run"):
        client.predict(run, since, api_name="/run_events")


def test_a_public_page_lists_only_the_callers_own_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    for app in start_app(tmp_path_factory.mktemp("public"), "--public"):
        client = Client(app.url, verbose=False)
        mine = client.predict("drawn", "resnet10_w16", "live", TINY, api_name="/start_run")
        tokens = {mine["run"]: mine["token"]}
        assert client.predict(None, api_name="/list_runs") == []
        assert client.predict({mine["run"]: "guess"}, api_name="/list_runs") == []
        assert [row["id"] for row in client.predict(tokens, api_name="/list_runs")] == [mine["run"]]
        assert follow(client, mine["run"])["state"] == "finished"  # a link is enough to watch


def test_the_endpoints_say_what_they_take(client: Client) -> None:
    told = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    for name, arguments in {
        "/start_run": ["data", "net", "recipe", "settings", "init", "init_token"],
        "/run_events": ["run", "since"],
        "/control_run": ["run", "token", "want", "step", "lr"],
        "/list_runs": ["tokens"],
    }.items():
        assert [parameter["parameter_name"] for parameter in told[name]["parameters"]] == arguments
        assert told[name]["description"]


def test_a_taken_port_is_said_so(app: App, tmp_path: Any) -> None:
    port = app.url.rstrip("/").rsplit(":", 1)[1]
    answer = run_app("--port", port, "--runs", str(tmp_path / "runs"))
    assert answer.returncode == 2
    assert f"Port {port} is taken by another program. " in answer.stderr
    assert "--port" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_check_says_what_is_there_and_what_is_missing(tmp_path: Any) -> None:
    fine = run_app("--check", "--port", str(free_port()), "--runs", str(tmp_path / "runs"))
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "ok    torch: 2." in fine.stdout

    (tmp_path / "file").write_text(json.dumps({}))
    broken = run_app("--check", "--port", str(free_port()), "--runs", str(tmp_path / "file"))
    assert broken.returncode == 1
    assert "fail  runs folder: " in broken.stdout
    assert "--runs DIR" in broken.stdout
