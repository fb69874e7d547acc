"""Checkpoints on offer and the nets kept in memory."""

from __future__ import annotations

import dataclasses
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

import resnet
from resnet import weights
from resnet.activations import layer_names, watch
from resnet.errors import UserError
from tests.checkpoints import SIDE, write_checkpoint
from train.checkpoint import load_classifier, save_classifier
from ui import checkpoints
from ui.checkpoints import Checkpoint, Offer, Shelf
from ui.heat import Question
from ui.images import drawn
from ui.layer_shapes import layer_shapes

SQUARE = drawn(0, SIDE, "").square


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs, shipped weights and a secret, to be copied."""
    folder = tmp_path_factory.mktemp("written")
    for number, name in enumerate(("old", "new")):
        path = write_checkpoint(folder / "runs" / name / "model.safetensors", seed=number)
        os.utime(path, (1000 + number, 1000 + number))
    (folder / "runs" / "fresh").mkdir()
    (folder / "runs" / "spoilt").mkdir()
    (folder / "runs" / "spoilt" / "model.safetensors").write_bytes(b"\x80\x04.")
    write_checkpoint(folder / "secret" / "model.safetensors")
    write_checkpoint(folder / "assets" / "pets.safetensors", data="/home/somebody/My photos.zip", accuracy=0.981)
    return folder


@pytest.fixture
def runs(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path / "runs"


@pytest.fixture
def shelf(runs: Path) -> Shelf:
    return Shelf(runs, assets=runs.parent / "assets")


def test_shipped_weights_come_first_then_runs_newest_first(shelf):
    assert [offer.key for offer in shelf.offers()] == ["shipped:pets", "run:new", "run:old"]
    assert shelf.find("").key == "shipped:pets"


def test_a_checkpoint_says_what_it_is_but_not_where_its_pictures_lie(shelf):
    shipped, run, _ = shelf.offers()
    assert shipped.title == "ResNet-10, width 16 · My photos.zip · 98.1 % · 1,234 steps"
    assert run.title == "new · ResNet-10, width 16 · drawn pets · 75.0 % · 1,234 steps"
    assert "expect nonsense on photos" in run.knows
    assert "Its training took 60 seconds of processor time." in run.knows
    assert "nonsense" not in shipped.knows


def test_a_downloaded_set_is_called_by_its_name(shelf, runs):
    write_checkpoint(runs / "new" / "model.safetensors", data="oxford-pets")
    assert "Oxford-IIIT Pet" in shelf.find("run:new").title


def test_a_random_id_is_no_name(shelf, runs):
    write_checkpoint(runs / ("0123abcd" * 4) / "model.safetensors")
    assert shelf.find("run:" + "0123abcd" * 4).title.startswith("ResNet-10")


@pytest.mark.parametrize("value", ["²", "9" * 5000, "[" * 100_000, "", "{}", "nan", "x" * 9999])
def test_metadata_of_a_stranger_breaks_no_list(tmp_path, value):
    keys = ("net", "classes", "recipe", "step", "val_accuracy", "image_px", "cpu_seconds")
    (tmp_path / "runs" / "odd").mkdir(parents=True)
    weights.save(tmp_path / "runs" / "odd" / "model.safetensors", {"a": torch.ones(1)}, dict.fromkeys(keys, value))
    (offer,) = Shelf(tmp_path / "runs", assets=tmp_path).offers()
    assert len(offer.title) <= 120


@pytest.mark.parametrize(
    "key", ["run:nobody", "run:../secret", "run:", "run:fresh", "/etc/passwd", "shipped:../runs/new/model", "x" * 9999]
)
def test_a_key_is_looked_up_and_never_made_into_a_path(shelf, key):
    with pytest.raises(UserError, match="There is no checkpoint") as refused:
        shelf.open(key)
    assert "shipped:pets, run:new, run:old" in refused.value.cure
    assert len(str(refused.value)) < 300


def test_a_public_page_lists_no_run_but_opens_the_one_whose_address_is_known(runs, tmp_path):
    shelf = Shelf(runs, assets=tmp_path / "none", public=True)
    assert shelf.offers() == []
    assert [offer.key for offer in shelf.offers("old")] == ["run:old"]
    assert shelf.open("run:new").offer.key == "run:new"
    with pytest.raises(UserError, match="There is no trained network yet"):
        shelf.open("")


def test_a_net_stays_in_memory_until_its_file_changes(shelf, runs):
    first = shelf.open("run:old")
    assert shelf.open("run:old") is first
    write_checkpoint(runs / "old" / "model.safetensors", seed=9)
    second = shelf.open("run:old")
    assert second is not first
    assert second.answer(SQUARE)[0] != first.answer(SQUARE)[0]


def test_only_the_last_nets_are_kept_for_which_there_is_room(shelf, monkeypatch):
    monkeypatch.setattr(checkpoints, "FEWEST", 1)
    old = shelf.open("run:old")
    monkeypatch.setattr(checkpoints, "ROOM", 2 * old.size)
    shelf.open("run:new")
    assert shelf.open("run:old") is old
    shelf.open("shipped:pets")  # drops run:new, the one asked least recently
    assert shelf.open("run:old") is old
    assert list(shelf._ready) == ["shipped:pets", "run:old"]


def test_those_that_stand_side_by_side_are_kept_whatever_they_take(shelf, monkeypatch):
    monkeypatch.setattr(checkpoints, "ROOM", 1)
    kept = [shelf.open(key) for key in ("run:old", "run:new", "shipped:pets")]
    assert [shelf.open(key) for key in ("run:old", "run:new", "shipped:pets")] == kept


def test_random_weights_take_room_once_they_were_asked_for(shelf):
    net = shelf.open("run:old")
    alone = net.size
    net.compared(SQUARE, Question())
    assert net.size == 2 * alone


def test_answers_and_maps_are_the_nets_own(shelf, runs):
    classifier = load_classifier(runs / "new")
    batch = torch.from_numpy(SQUARE.copy()).permute(2, 0, 1)[None]
    with watch(classifier.model, ["layer2.0.bn1"]) as seen:
        expected = classifier.probabilities(batch)[0]
    checkpoint = shelf.open("run:new")
    shares, milliseconds, familiarity = checkpoint.answer(SQUARE)
    assert shares == dict(sorted(zip(("cat", "dog"), expected.tolist(), strict=True), key=lambda pair: -pair[1]))
    assert milliseconds > 0
    assert familiarity is None  # nobody fitted one
    maps = checkpoint.maps(SQUARE, "layer2.0.bn1")
    assert maps.min() < 0
    assert np.array_equal(maps, seen["layer2.0.bn1"][0].numpy())
    assert checkpoint.maps(SQUARE, "fc").shape == (2, 1, 1)


def test_every_layer_listed_can_be_drawn_and_the_last_stage_comes_first(shelf):
    checkpoint = shelf.open("run:new")
    assert checkpoint.default_layer() == "layer4"
    assert checkpoint.layers["conv1"] == (16, 16, 16)
    assert list(checkpoint.layers)[-1] == "fc"
    for layer, shape in checkpoint.layers.items():
        assert checkpoint.maps(SQUARE, layer).shape == (*shape, 1, 1)[:3]


def test_visitors_at_the_same_moment_never_see_each_others_pictures(shelf):
    checkpoint = shelf.open("run:new")
    pictures = [drawn(index, SIDE, "").square for index in range(4)]
    layers = ["conv1", "layer2", "layer4", "fc"]
    alone = [checkpoint.maps(picture, layer) for picture, layer in zip(pictures, layers, strict=True)]
    wrong: list[str] = []

    def visit(number: int) -> None:
        for _ in range(25):
            if not np.array_equal(checkpoint.maps(pictures[number], layers[number]), alone[number]):
                wrong.append(layers[number])
            checkpoint.answer(pictures[number])

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert wrong == []
    assert torch.is_grad_enabled()


def test_a_net_that_answers_nonsense_is_refused(shelf, monkeypatch):
    checkpoint = shelf.open("run:new")
    assert isinstance(checkpoint, Checkpoint)
    nan = torch.full((1, 2), float("nan"))
    monkeypatch.setattr(type(checkpoint._classifier), "answer", lambda *_: (nan, None))
    with pytest.raises(UserError, match="not finite"):
        checkpoint.answer(SQUARE)


@pytest.mark.parametrize("net", ["resnet10_w16", "resnet18_relu_before_add", "resnet20", "plain18"])
def test_the_shapes_listed_are_those_of_what_the_layers_put_out(net):
    model = resnet.create(net, num_classes=2)
    with watch(model, layer_names(model)) as seen, torch.inference_mode():
        model(torch.zeros(1, 3, 32, 32))
    assert layer_shapes(net, {"num_classes": 2, "norm": "batch"}, 32) == {
        name: tuple(seen[name].shape[1:]) for name in seen
    }


def test_while_one_net_is_built_the_others_answer(shelf, monkeypatch):
    ready = shelf.open("run:old")
    asked: list[Checkpoint] = []

    class Slow(Checkpoint):
        def __init__(self, offer):
            asked.append(shelf.open("run:old"))  # as somebody else does meanwhile
            super().__init__(offer)

    monkeypatch.setattr(checkpoints, "Checkpoint", Slow)
    shelf.open("run:new")
    assert asked == [ready]


def test_maps_are_of_the_picture_itself_where_answers_are_mirrored(tmp_path):
    path = write_checkpoint(tmp_path / "run" / "model.safetensors")
    classifier = load_classifier(path)
    save_classifier(path, dataclasses.replace(classifier, mirrored=True))
    mirrored = Checkpoint(Offer("run:run", path, "run", "", (0, 0)))
    save_classifier(path, classifier)
    plain = Checkpoint(Offer("run:run", path, "run", "", (0, 0)))
    assert np.array_equal(mirrored.maps(SQUARE, "layer1"), plain.maps(SQUARE, "layer1"))
    assert mirrored.answer(SQUARE)[0] != plain.answer(SQUARE)[0]
