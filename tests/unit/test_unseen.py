"""Validation pictures as examples: those a run was not trained on, and nothing is decoded for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resnet.errors import UserError
from tests.checkpoints import SIDE, write_checkpoint
from tests.pets import write_pets
from tests.toys import TOY
from train.preparation import pictures_of
from train.recipe import Recipe
from train.run import Run
from train.splits import Split
from ui.checkpoints import Shelf
from ui.desk import Desk
from ui.unseen import Unseen, ready


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    return TOY.with_settings({"data": str(write_pets(tmp_path / "pets"))})


def prepared(recipe: Recipe) -> Any:
    opening = pictures_of(recipe)
    while True:
        try:
            next(opening)
        except StopIteration as end:
            return end.value


def everything(split: Split) -> set[bytes]:
    pictures = split.take(torch.arange(len(split.labels))).permute(0, 2, 3, 1)
    return {picture.numpy().tobytes() for picture in pictures.contiguous()}


def test_what_was_not_prepared_is_not_decoded_now(recipe: Recipe):
    with pytest.raises(UserError, match="no longer kept ready") as refused:
        ready(recipe)
    assert recipe.data not in str(refused.value)  # a path of this machine
    prepared(recipe)
    assert len(ready(recipe).val.labels) > 0


def test_every_picture_is_of_the_part_it_was_not_trained_on(recipe: Recipe, tmp_path: Path):
    data = prepared(recipe)
    Run.create(tmp_path / "runs", recipe, id="mine")
    unseen = Unseen(tmp_path / "runs")
    side, count = data.val.side, len(data.val.labels)
    held, trained = everything(data.val), everything(data.train)
    shown = [unseen.picture("mine", number, side) for number in range(3 * count)]
    assert {picture.square.tobytes() for picture in shown} <= held
    assert not {picture.square.tobytes() for picture in shown} & trained
    assert {picture.truth for picture in shown[:6]} == {"cat", "dog"}  # not all of one class first
    assert unseen.picture("mine", 0, side // 2).square.shape == (side // 2, side // 2, 3)


def test_a_set_that_is_elsewhere_is_not_fetched(recipe: Recipe, monkeypatch: pytest.MonkeyPatch):
    for data in ("oxford-pets", "hub:somebody/pets", "/nowhere/at/all"):
        with pytest.raises(UserError, match="no longer kept ready"):
            ready(recipe.with_settings({"data": data}))


def test_the_desk_answers_about_one(tmp_path: Path):
    recipe = TOY.with_settings({"data": "drawn"})
    Run.create(tmp_path / "runs", recipe, id="one")
    write_checkpoint(tmp_path / "runs" / "one" / "model.safetensors", seed=3)
    desk = Desk(Shelf(tmp_path / "runs", assets=tmp_path), tmp_path)
    asked = {"pictures": [], "drawing": 0, "checkpoint": "run:one", "fit": "crop", "run": ""}
    reply = desk.answers({**asked, "unseen": {"run": "one", "number": 4}})["replies"][0]
    assert reply["name"].startswith("Validation picture ")
    assert reply["truth"] in ("cat", "dog")
    assert not reply["drawn"]
    assert reply["side"] == SIDE
    refused = desk.answers({**asked, "unseen": {"run": "gone", "number": 0}})["replies"][0]["refused"]
    assert "no run" in refused["what"].lower()
    for wrong in ({"run": "one"}, {"run": "one", "number": -1}, {"run": 1, "number": 1}, [], "one"):
        with pytest.raises(UserError):
            desk.answers({**asked, "unseen": wrong})


def test_going_on_gives_another_picture(tmp_path: Path):
    Run.create(tmp_path / "runs", TOY.with_settings({"data": "drawn"}), id="one")
    unseen = Unseen(tmp_path / "runs")
    first, second = (unseen.picture("one", number, 32).square for number in (0, 1))
    assert not np.array_equal(first, second)
