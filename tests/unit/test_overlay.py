"""Several runs side by side: what tells them apart, what is sent of them, who may see and start what."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from resnet.errors import UserError
from tests.made_up import append, started, steps
from train.experiments import EXPERIMENTS
from train.launcher import Launcher
from train.recipe import Recipe
from train.run import Run
from train.waiting import create_together
from ui import overlay
from ui.lab import Lab
from ui.live_run import Runs
from ui.overlay import MOST, Overlay, among, recorded, sizes
from ui.run_settings import SETTINGS

PLAIN = Recipe(net="resnet10_w16")
LAB_CSS = Path(overlay.__file__).parent / "static" / "lab.css"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "runs", tmp_path / "data", Launcher(tmp_path / "runs"))


@pytest.fixture
def make(lab: Lab) -> Callable[..., str]:
    """`make(name, recipe, events)` puts a run into the lab's folder and returns its owner's token."""

    def make_run(name: str, recipe: Recipe = PLAIN, events: object = ()) -> str:
        run, token = Run.create(lab.runs, recipe, id=name)
        append(run.path / "events.jsonl", events)  # type: ignore[arg-type]
        run.release()
        return token

    return make_run


def test_the_table_tells_how_far_runs_are_and_what_tells_the_chosen_apart(lab: Lab, make: Callable[..., str]) -> None:
    make("one", PLAIN, [started(1000), *steps(1, 600)])
    make("two", replace(PLAIN, lr=0.01), [started(1000), *steps(1, 20)])
    make("three", replace(PLAIN, epochs=3))
    table = Overlay(Runs(lab)).table({}, ["two", "one"])
    assert [row["id"] for row in table["rows"]] == ["three", "two", "one"]
    assert [row["val_accuracy"] for row in table["rows"]] == [None, None, 0.9]
    assert [row["settings"] for row in table["rows"]] == [["0.003"], ["0.01"], ["0.003"]]
    assert table["columns"] == [{"key": "lr", "name": "learning rate"}]
    assert len(table["same"]) == len(SETTINGS) - 1
    assert {"name": "initial weights", "value": "random"} in table["same"]
    assert table["names"] == {"two": "two · ResNet-10, width 16", "one": "one · ResNet-10, width 16"}
    assert [row["given"] for row in table["rows"]] == ["three", "two", "one"]
    assert table["rows"][0]["title"] == "three · ResNet-10, width 16"
    assert table["data"] == ["drawn"]
    json.dumps(table, allow_nan=False)


def test_a_spoilt_run_is_left_out(lab: Lab, make: Callable[..., str]) -> None:
    for name in ("good", "spoilt"):
        make(name)
    (lab.runs / "spoilt" / "recipe.json").write_text("{}}")
    table = Overlay(Runs(lab)).table({}, ["spoilt", "good", "gone", "../../etc"])
    assert [row["id"] for row in table["rows"]] == list(table["names"]) == ["good"]


def test_on_a_public_page_one_sees_ones_own_runs_and_those_one_knows(lab: Lab, make: Callable[..., str]) -> None:
    tokens = {name: make(name) for name in ("mine", "known", "other")}
    public = Overlay(Runs(replace(lab, public=True)))
    table = public.table({"mine": tokens["mine"]}, ["known"])
    assert [row["id"] for row in table["rows"]] == ["mine", "known"]
    assert "token" not in json.dumps(table)


def test_who_knows_one_run_of_a_set_is_not_told_the_others() -> None:
    experiment = {"id": "0" * 32, "name": "depth", "runs": ["one", "two", "three"]}
    assert among(experiment, {"three": 0, "one": 0}) == {**experiment, "runs": ["one", "three"]}
    assert among(None, {"one": 0}) is None


def test_a_set_is_listed_in_the_order_of_its_turns(lab: Lab, make: Callable[..., str]) -> None:
    made = [run for run, _ in create_together(lab.runs, EXPERIMENTS["warm"].recipes, "warm")]
    for run in made:
        run.release()
    table = Overlay(Runs(lab)).table({}, [run.id for run in made])
    assert [row["id"] for row in table["rows"]] == [run.id for run in made]
    assert [row["apart"] for row in table["rows"]] == ["initial weights photos.safetensors", "initial weights random"]


def test_an_experiment_says_how_large_it_is() -> None:
    """Its runs are equally long, so that they can be compared; the last step of an epoch takes what is left."""
    for experiment in EXPERIMENTS.values():
        (length,) = {(recipe.train_pictures, recipe.batch, recipe.epochs) for recipe in experiment.recipes}
        assert sizes(experiment)["runs"] == str(len(experiment.recipes))
        pictures, batch, epochs = length
        assert sizes(experiment)["steps"] == f"{-(-pictures // batch) * epochs:,}"


@pytest.mark.parametrize("chosen", [None, "one", [1], [["one"]], {"one": 1}, [str(n) for n in range(MOST + 1)]])
def test_what_cannot_be_chosen_is_refused(lab: Lab, chosen: object) -> None:
    with pytest.raises(UserError):
        Overlay(Runs(lab)).table({}, chosen)


def test_curves_come_in_increments_for_all_at_once(lab: Lab, make: Callable[..., str]) -> None:
    make("one", PLAIN, [started(1000), *steps(1, 30)])
    panel = Overlay(Runs(lab))
    asked = {"since": 0, "step": 0, "width": 1}
    first, gone = panel.curves([{"run": "one", **asked}, {"run": "gone", **asked}])["runs"]
    assert gone == {"run": "gone", "gone": True}
    assert (first["run"], first["steps"]["first"], first["steps"]["last"]) == ("one", 1, 30)
    append(lab.runs / "one" / "events.jsonl", steps(31, 33), seq=first["seq"])
    (more,) = panel.curves([{"run": "one", "since": first["seq"], "step": 30, "width": 1}])["runs"]
    assert (more["steps"]["first"], len(more["steps"]["loss"]), more["events"]) == (31, 3, [])


@pytest.mark.parametrize("asked", [None, {}, [None], [{"run": "one"}], [{}] * (MOST + 1)])
def test_what_cannot_be_asked_is_refused(lab: Lab, asked: object) -> None:
    with pytest.raises(UserError):
        Overlay(Runs(lab)).curves(asked)


def test_an_experiment_is_started_as_one_on_the_pictures_that_were_chosen(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def start_together(recipes: tuple[Recipe, ...], **options: object) -> list[tuple[object, str]]:
        asked.append((recipes, options))
        return [(SimpleNamespace(id=f"run{n}"), f"token{n}") for n, _ in enumerate(recipes)]

    monkeypatch.setattr(lab.launcher, "start_together", start_together, raising=False)
    (lab.data / "pets" / "cat").mkdir(parents=True)
    answer = Overlay(Runs(lab)).start("depth", "pets")
    depth = EXPERIMENTS["depth"]
    assert answer == {"runs": [{"run": f"run{n}", "token": f"token{n}"} for n in range(len(depth.recipes))]}
    ((recipes, options),) = asked
    assert [recipe.net for recipe in recipes] == [recipe.net for recipe in depth.recipes]
    assert {recipe.data for recipe in recipes} == {str(lab.data / "pets")}
    assert options == {"experiment": "depth", "slice_steps": depth.slice_steps}


def test_a_set_is_stopped_at_once_while_it_waits_and_again_without_harm(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.launcher.slots, "_dispatch", lambda: None)  # it waits
    panel = Overlay(Runs(lab))
    tokens = {each["run"]: each["token"] for each in panel.start("depth", "drawn")["runs"]}
    first, *others = tokens
    with pytest.raises(UserError, match="whoever started"):
        panel.stop({**tokens, first: "somebody else's"})
    assert [Run.open(lab.runs, id).state() for id in tokens] == ["queued"] + ["stopped"] * len(others)
    for _ in "12":
        assert panel.stop(tokens) == {"runs": [{"run": id, "state": "stopped"} for id in tokens]}
    assert not list(lab.launcher.slots.queue)
    assert [len(Run.open(lab.runs, id).events()) for id in tokens] == [1 + (not others)] * len(tokens)


@pytest.mark.parametrize("tokens", [None, {}, "abc", ["abc"], {str(n): "" for n in range(65)}, {"../x": ""}, {1: 2}])
def test_what_is_no_set_is_not_stopped(lab: Lab, tokens: object) -> None:
    with pytest.raises(UserError):
        Overlay(Runs(lab)).stop(tokens)


@pytest.mark.parametrize(
    ("name", "data"), [("nothing", "drawn"), (None, "drawn"), (["depth"], "drawn"), ("depth", "../x"), ("depth", None)]
)
def test_what_is_no_experiment_is_not_started(lab: Lab, name: object, data: object) -> None:
    with pytest.raises(UserError):
        Overlay(Runs(lab)).start(name, data)
    assert lab.launcher.list() == []


def test_there_need_be_no_long_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "RECORDED", tmp_path / "none.json")
    assert recorded() == {"runs": []}


# Whether colours can be told apart: the runs' ones on the page's two backgrounds, as people with each kind of colour
# blindness see them (Machado, Oliveira and Fernandes 2009, severity 1).
SEEN = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "no green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def light(colour: str) -> tuple[float, ...]:
    """Linear red, green and blue of "#rrggbb"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def times(matrix: tuple[tuple[float, ...], ...], values: tuple[float, ...]) -> list[float]:
    return [sum(factor * value for factor, value in zip(row, values, strict=True)) for row in matrix]


def luminance(colour: str) -> float:
    return times(((0.2126, 0.7152, 0.0722),), light(colour))[0]


def cie_lab(colour: str, seen: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """The colour as it is seen, in a space where distances are alike everywhere."""
    clipped = tuple(min(1.0, max(0.0, part)) for part in times(seen, light(colour)))
    white_xyz = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))
    x, y, z = (part ** (1 / 3) if part > 0.00886 else (903.3 * part + 16) / 116 for part in times(white_xyz, clipped))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("dark", [False, True])
def test_the_runs_colours_are_told_apart_by_everybody(dark: bool) -> None:
    themes = LAB_CSS.read_text(encoding="utf-8").split(":root.dark")
    inks = dict(re.findall(r"--lab-([\w-]+): (#[0-9a-f]{6});", themes[dark]))
    colours = [inks[f"run-{number}"] for number in range(1, MOST + 1)]
    for colour, paper in itertools.product(colours, (inks["paper"], inks["raised"])):
        darker, lighter = sorted((luminance(colour), luminance(paper)))
        assert (lighter + 0.05) / (darker + 0.05) >= 3, (colour, paper)
    for (kind, seen), (one, other) in itertools.product(SEEN.items(), itertools.combinations(colours, 2)):
        assert math.dist(cie_lab(one, seen), cie_lab(other, seen)) > 20, (kind, one, other)
