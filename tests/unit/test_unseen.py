"""Validation pictures as examples: those a run was not trained on, and nothing is decoded for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from resnet.errors import UserError
from tests.checkpoints import SIDE, write_run
from tests.pets import write_pets
from tests.toys import TOY
from train import store
from train.cache import Cache
from train.command import result_of
from train.drawn_pets import CLASSES, draw
from train.preparation import pictures_of
from train.recipe import Recipe
from train.splits import Split
from ui.checkpoints import Shelf
from ui.desk import Desk
from ui.unseen import Unseen, ready


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    return TOY.with_settings({"data": str(write_pets(tmp_path / "pets"))})


@pytest.fixture
def drawn(tmp_path: Path) -> Recipe:
    return TOY.with_settings({"data": "drawn"})


def everything(split: Split) -> set[bytes]:
    pictures = split.take(torch.arange(len(split.labels))).permute(0, 2, 3, 1)
    return {picture.numpy().tobytes() for picture in pictures.contiguous()}


def test_what_is_not_kept_is_not_decoded_and_nothing_makes_way_for_it(recipe: Recipe, monkeypatch: pytest.MonkeyPatch):
    def never(*_args: Any, **_kwargs: Any) -> Any:
        raise AssertionError("nobody has asked for this work")

    with monkeypatch.context() as patched:
        patched.setattr(store, "decode", never)
        patched.setattr(Cache, "make_room", never)
        assert ready(recipe) is None
    result_of(pictures_of(recipe))
    monkeypatch.setattr(store, "decode", never)
    kept = ready(recipe)
    assert kept is not None
    assert len(kept.val.labels) > 0


def test_every_picture_is_of_the_part_it_was_not_trained_on(recipe: Recipe, tmp_path: Path):
    data = result_of(pictures_of(recipe))
    write_run(tmp_path / "runs", recipe, id="mine")
    unseen = Unseen(tmp_path / "runs")
    side, count = data.val.side, len(data.val.labels)
    held, trained = everything(data.val), everything(data.train)
    shown = [unseen.picture("mine", number, side) for number in range(3 * count)]
    assert {picture.square.tobytes() for picture in shown} <= held
    assert not {picture.square.tobytes() for picture in shown} & trained
    assert {picture.truth for picture in shown[:6]} == {"cat", "dog"}  # not all of one class first
    assert unseen.picture("mine", 0, side // 2).square.shape == (side // 2, side // 2, 3)


def test_pictures_that_were_divided_anew_since_are_not_shown(recipe: Recipe, tmp_path: Path):
    """They may have been trained on: a folder without parts is divided by what lies in it."""
    write_run(tmp_path / "runs", recipe, id="mine")
    for number in range(12):
        drawing = draw(9, number, 32)
        Image.fromarray(drawing.image).save(Path(recipe.data) / CLASSES[drawing.label] / f"new-{number}.png")
    result_of(pictures_of(recipe))  # another run has kept them ready
    with pytest.raises(UserError, match="no longer kept ready"):
        Unseen(tmp_path / "runs").picture("mine", 0, SIDE)


@pytest.mark.parametrize("data", ["oxford-pets", "hub:somebody/pets", "/nowhere/at/all"])
def test_a_set_that_is_elsewhere_is_not_fetched(recipe: Recipe, tmp_path: Path, data: str):
    write_run(tmp_path / "runs", recipe, id="mine")
    (tmp_path / "runs" / "mine" / "recipe.json").write_text(recipe.with_settings({"data": data}).to_json())
    with pytest.raises(UserError, match="no longer kept ready") as refused:
        Unseen(tmp_path / "runs").picture("mine", 0, SIDE)
    assert "nowhere" not in str(refused.value)  # a path of this machine


def test_strangers_see_nothing_that_was_sent_or_whose_name_can_be_guessed(drawn: Recipe, tmp_path: Path):
    runs, random_id = tmp_path / "runs", "0123abcd" * 4
    for id in ("mine", random_id):
        write_run(runs, drawn, id=id)
    assert Unseen(runs).may_have("mine")
    strangers = Unseen(runs, public=True)
    assert not strangers.may_have("mine")
    with pytest.raises(UserError, match="no longer kept ready"):
        strangers.picture("mine", 0, SIDE)
    assert strangers.picture(random_id, 0, SIDE).square.shape == (SIDE, SIDE, 3)
    sent = drawn.with_settings({"data": str(runs.resolve() / "uploads" / "abc" / "photos.zip")})
    (runs / random_id / "recipe.json").write_text(sent.to_json())
    assert not Unseen(runs, public=True).may_have(random_id)
    assert Unseen(runs).may_have(random_id)


def test_the_desk_answers_about_one(drawn: Recipe, tmp_path: Path):
    write_run(tmp_path / "runs", drawn, id="one")
    desk = Desk(Shelf(tmp_path / "runs", assets=tmp_path), tmp_path)
    asked = {"pictures": [], "drawing": 0, "checkpoint": "run:one", "fit": "crop", "run": ""}
    answer = desk.answers({**asked, "unseen": {"run": "one", "number": 4}})
    assert answer["checkpoint"]["unseen"]
    (reply,) = answer["replies"]
    assert reply["name"].startswith("Validation picture ")
    assert reply["truth"] in ("cat", "dog")
    assert not reply["drawn"]
    assert reply["side"] == SIDE
    refused = desk.answers({**asked, "unseen": {"run": "gone", "number": 0}})["replies"][0]["refused"]
    assert "no run" in refused["what"].lower()
    for wrong in ({"run": "one"}, {"run": "one", "number": -1}, {"run": 1, "number": 1}, [], "one"):
        with pytest.raises(UserError):
            desk.answers({**asked, "unseen": wrong})


def test_going_on_gives_another_picture(drawn: Recipe, tmp_path: Path):
    write_run(tmp_path / "runs", drawn, id="one")
    unseen = Unseen(tmp_path / "runs")
    first, second = (unseen.picture("one", number, 32).square for number in (0, 1))
    assert not np.array_equal(first, second)
