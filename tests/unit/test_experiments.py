"""The ready-made experiments: what they compare, and what is kept of which runs belong together."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from train.experiments import EXPERIMENTS, Experiment
from train.recipe import Recipe
from train.run import Run
from train.together import MOST_BYTES, Together

PROJECT = Path(__file__).resolve().parents[2]
ID, OTHER = "0" * 32, "1" * 32
COMPARED = {"depth": {"net"}, "relu": {"net"}, "warm": {"init"}}


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=str)
def test_the_runs_of_an_experiment_differ_in_one_thing_alone(experiment: Experiment) -> None:
    recipes = [dataclasses.asdict(recipe) for recipe in experiment.recipes]
    differing = {key for recipe in recipes for key in recipe if recipe[key] != recipes[0][key]}
    assert differing == COMPARED[experiment.name]
    assert len({recipe.to_json() for recipe in experiment.recipes}) == len(recipes) > 1
    assert 1 <= experiment.slice_steps <= 10
    for recipe in experiment.recipes:
        recipe.check_net()
        assert recipe.data == "drawn"
        assert not recipe.init or Path(recipe.init).is_file()


def test_an_experiment_can_ask_other_pictures() -> None:
    for key, experiment in EXPERIMENTS.items():
        assert experiment.name == key
        other = experiment.on("pets.zip")
        assert {recipe.data for recipe in other.recipes} == {"pets.zip"}
        assert other.on("drawn") == experiment


def test_experiments_bring_no_torch() -> None:
    code = "import sys, train.experiments; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_a_run_knows_the_set_it_was_started_with(tmp_path: Path) -> None:
    together = Together(OTHER, "depth", (ID, OTHER))
    run, _ = Run.create(tmp_path, Recipe(), id=ID, experiment=together)
    assert run.experiment == {"id": OTHER, "name": "depth", "runs": [ID, OTHER]}
    assert Run.create(tmp_path, Recipe())[0].experiment is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "[" * 100_000, '{"id": 1}', "\xff" * 9,
        json.dumps({"id": OTHER, "name": "depth", "runs": [OTHER]}),  # this run is not one of them
        json.dumps({"id": OTHER, "name": "depth", "runs": [ID], "more": 1}),
        json.dumps({"id": "../x", "name": "depth", "runs": [ID]}),
        json.dumps({"id": OTHER.upper().replace("1", "A"), "name": "depth", "runs": [ID]}),
        json.dumps({"id": OTHER, "name": "depth", "runs": [ID, "../x"]}),
        json.dumps({"id": OTHER, "name": "depth", "runs": [ID, 7]}),
        json.dumps({"id": OTHER, "name": "depth", "runs": ID}),
        json.dumps({"id": OTHER, "name": "depth", "runs": [ID] * 65}),
        json.dumps({"id": OTHER, "name": "x" * 41, "runs": [ID]}),
        json.dumps({"id": OTHER, "name": "a\nb", "runs": [ID]}),
        json.dumps({"id": OTHER, "name": ["depth"], "runs": [ID]}),
        json.dumps({"id": OTHER, "name": "depth", "runs": [ID]}) + " " * MOST_BYTES,
    ],
)  # fmt: skip
def test_what_a_stranger_says_of_it_is_not_believed(tmp_path: Path, text: Any) -> None:
    run, _ = Run.create(tmp_path, Recipe(), id=ID)
    (run.path / "experiment.json").write_text(text, encoding="latin-1")
    assert run.experiment is None
