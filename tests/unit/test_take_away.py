"""What one takes along of a run: each file is what it says it is, and reaches only those it belongs to."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args

import pytest
from safetensors.torch import load
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.made_up import append, epoch, made_up_run, started, steps
from tests.pets import write_pets
from tests.running_app import PROJECT
from tests.toys import TOY, data
from train.__main__ import main
from train.checkpoint import load_classifier, save_classifier
from train.engine import Training
from train.event_table import COLUMNS, as_csv
from train.events import Event
from train.recipe import Recipe
from train.run import Run
from ui.take_away import TOKEN, TakeAway, route

HOSTILE = ["../..", "..", "", "nobody", "mine/../mine", "mine\0", "%2e%2e", "/etc"]


@dataclass(frozen=True)
class Lab:
    """A run called "mine" whose net a training has made, and an app that hands its files out."""

    runs: Path
    token: str
    client: TestClient

    def ask(self, kind: str, run: str = "mine", **headers: str) -> bytes:
        answer = self.client.get("/take-away", params={"run": run, "file": kind}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.content

    def refused(self, kind: str, run: str = "mine", **headers: str) -> str:
        answer = self.client.get("/take-away", params={"run": run, "file": kind}, headers=headers)
        assert answer.status_code == 400
        assert str(self.runs) not in answer.text
        return str(answer.json()["error"])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    runs = tmp_path_factory.mktemp("runs")
    pets = write_pets(runs.parent / "secret" / "pets")
    run, token = Run.create(runs, TOY.with_settings({"data": str(pets), "init": str(pets.parent / "a.st")}), id="mine")
    training = Training(TOY.with_settings({"epochs": "1"}), data())
    with run.writing() as log:
        log.append(started(6, 6))
        for event in training.events():
            log.append({"kind": event.kind, **{field.name: getattr(event, field.name) for field in fields(event)}})
    save_classifier(run.weights, training)
    return Lab(runs, token, TestClient(Starlette(routes=[route(runs)])))


def test_what_there_is_is_told_without_a_path(lab: Lab) -> None:
    there = TakeAway(lab.runs).look("mine")
    size = (lab.runs / "mine" / "model.safetensors").stat().st_size
    assert there == {"step": 6, "weights": size, "over": True, "from_page": False}
    run, _ = Run.create(lab.runs, TOY)
    there = TakeAway(lab.runs).look(run.id)
    assert there == {"step": 0, "weights": 0, "over": False, "from_page": True}
    run.release()


def test_the_weights_are_the_runs_own_and_need_its_token(lab: Lab) -> None:
    taken = lab.ask("weights", **{TOKEN: lab.token})
    assert taken == (lab.runs / "mine" / "model.safetensors").read_bytes()
    assert "conv1.weight" in load(taken)
    for headers in ({}, {TOKEN: ""}, {TOKEN: lab.token[:-1]}, {TOKEN: "a" * 10_000}):
        assert "Only whoever started this run can take its weights. Use " in lab.refused("weights", **headers)
    other = made_up_run(lab.runs, "other", [started(6, 6)])
    assert "Only whoever" in lab.refused("weights", **{TOKEN: other})
    assert "no weights yet. Wait " in lab.refused("weights", "other", **{TOKEN: other})


def test_weights_that_are_replaced_on_their_way_arrive_whole(lab: Lab) -> None:
    token = made_up_run(lab.runs, "training", [started(6, 6)])
    weights = lab.runs / "training" / "model.safetensors"
    weights.write_bytes(old := os.urandom(3_000_000))
    parcel = TakeAway(lab.runs).parcel("training", "weights", token)
    pieces = [next(parcel.pieces)]
    weights.write_bytes(b"new")
    assert b"".join([*pieces, *parcel.pieces]) == old
    assert (parcel.size, len(pieces[0])) == (3_000_000, 1 << 20)  # in pieces: never all of it in memory


@pytest.mark.parametrize("run", HOSTILE)
@pytest.mark.parametrize("kind", ["weights", "png", "events", "recipe", "script"])
def test_other_runs_are_refused(lab: Lab, run: str, kind: str) -> None:
    assert lab.refused(kind, run, **{TOKEN: lab.token}).endswith(".")


@pytest.mark.parametrize("kind", ["", "owner.json", "../owner.json", "state"])
def test_other_files_are_refused(lab: Lab, kind: str) -> None:
    assert "There is no such file of a run. Ask for one of: weights, png" in lab.refused(kind, **{TOKEN: lab.token})


def test_whoever_sends_nothing_of_the_kind_is_refused(lab: Lab) -> None:
    assert lab.client.get("/take-away").status_code == 400
    assert lab.client.post("/take-away").status_code == 405
    for run in (None, 3, {"run": "mine"}, ["mine"]):
        with pytest.raises(Exception, match="cannot be the name of a run"):
            TakeAway(lab.runs).look(run)


def test_the_figure_comes_once_there_is_a_step(lab: Lab) -> None:
    assert lab.ask("png").startswith(b"\x89PNG")
    assert b"ResNet-10, width 16 on pets" in lab.ask("svg")
    made_up_run(lab.runs, "new", [])
    assert "taken no step yet" in lab.refused("png", "new")


def test_a_run_with_more_epochs_than_one_answer_holds_is_drawn_whole(lab: Lab) -> None:
    made_up_run(lab.runs, "long", [started(2100, 1), *steps(1, 2100, 1)])
    assert b"after epoch 2,100 validation accuracy" in lab.ask("svg", "long")


def test_the_recipe_reads_back_and_tells_no_folder(lab: Lab) -> None:
    text = lab.ask("recipe").decode()
    recipe = Recipe.from_json(text)
    assert (recipe.data, recipe.init, recipe.net) == ("pets", "a.st", TOY.net)
    assert "secret" not in text
    assert "/" not in text


def test_the_table_of_events_holds_what_the_run_has_recorded(lab: Lab) -> None:
    happened = [
        {"kind": "preparing", "done": 3, "total": 0, "what": "drawing", "size": 0, "kept": "memory"},
        started(6, 3, classes=["=1+1", "a, b"], notes=['It says "no"\nand stops']),
        *steps(1, 6, 3),
        {"kind": "resumed", "step": 3, "notes": []},
        *steps(4, 5, 3),
        epoch(1, 3, val_loss=None),
        {"kind": "failed", "what": "=SUM(A1)", "where": "-x", "cure": "", "unheard": 1},
    ]
    made_up_run(lab.runs, "table", happened)
    table = lab.ask("events", "table").decode()
    header, *rows = csv.reader(io.StringIO(table, newline=""))
    assert tuple(header) == COLUMNS
    events = Run.open(lab.runs, "table").events(limit=1000)
    assert len(rows) == len(events) == 11
    for row, event in zip(rows, events, strict=True):
        for name, cell in zip(header, row, strict=True):
            value = event.get(name)
            if isinstance(value, str):
                assert cell in (value, f"'{value}")
            else:
                assert (json.loads(cell) if cell else None) == value
    assert [row[COLUMNS.index("step")] for row in rows if row[2] == "step"] == ["1", "2", "3", "4", "5"]
    assert not any(cell.startswith(("=", "-")) for row in rows for cell in row)


def test_every_field_of_every_event_has_a_column() -> None:
    assert {field.name for event in get_args(Event) for field in fields(event)} <= set(COLUMNS)
    assert len(COLUMNS) == len(set(COLUMNS))


def test_what_is_recorded_while_the_table_is_written_is_left_out(lab: Lab) -> None:
    made_up_run(lab.runs, "growing", [started(12_000), *steps(1, 6000)])
    table = as_csv(Run.open(lab.runs, "growing"))
    text = next(table) + next(table)
    append(lab.runs / "growing" / "events.jsonl", [{"kind": "resumed", "step": 5900}, *steps(5901, 6100)], seq=6013)
    text += "".join(table)
    taken = [int(row["step"]) for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "step"]
    assert taken == list(range(1, 5901))


def test_the_script_prints_what_the_command_prints(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "predict.py").write_bytes(lab.ask("script"))
    (tmp_path / "mine.safetensors").write_bytes(lab.ask("weights", **{TOKEN: lab.token}))
    pets = write_pets(tmp_path / "pets", 2)
    files = [str(path) for path in sorted(pets.rglob("*.png"))]

    told = subprocess.run(
        [sys.executable, "predict.py", "mine.safetensors", *files, "none.png"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert main(["predict", str(tmp_path / "mine.safetensors"), *files]) == 0
    assert told.stdout == capsys.readouterr().out
    assert len(told.stdout.splitlines()) == 4
    assert set(load_classifier(tmp_path / "mine.safetensors").classes) == {"lying", "standing"}
    assert told.returncode == 1
    assert told.stderr.startswith("none.png: There is no such file")
    assert "Traceback" not in told.stderr


def test_files_are_named_by_net_and_run_in_plain_letters(lab: Lab) -> None:
    def named(run: str, kind: str) -> str:
        headers = lab.client.get("/take-away", params={"run": run, "file": kind}).headers
        assert headers["cache-control"] == "no-store"
        return headers["content-disposition"]

    assert named("mine", "recipe") == 'attachment; filename="resnet10_w16-mine-recipe.json"'
    run, _ = Run.create(lab.runs, Recipe(net='a"; b/\\é\u732b'))
    run.release()
    assert named(run.id, "events") == f'attachment; filename="a_b_-{run.id[:8]}-events.csv"'
