"""What the page can read of a run's observations: plain values, the net of then, refusals for what is not there."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet.errors import UserError
from tests.toys import TOY, data
from train.album import FOLDER, Album
from train.engine import Training
from train.events import Epoch
from train.run import Run
from ui import learning
from ui.heat_map import laid_over
from ui.learning import Learning


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two observed epochs of a run, each with its weights."""
    runs = tmp_path_factory.mktemp("runs")
    run, _ = Run.create(runs, TOY, id="mine")
    run.release()
    training = Training(TOY.with_settings({"epochs": "2", "lr": "0.01"}), data())
    album = None
    for event in training.events():
        if isinstance(event, Epoch):
            album = album or Album(run.path, training)
            album.add(training)
    return runs


@pytest.fixture
def learned(folder: Path) -> Learning:
    return Learning(folder)


def picture(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1])))


def test_who_knows_nothing_gets_the_newest_epoch_and_the_probes(learned: Learning, folder: Path) -> None:
    seen = learned.look("mine", -1)
    assert (seen["epochs"], seen["weights"]) == ([0, 1], [0, 1])
    assert seen["newest"]["epoch"] == 1
    assert sum(map(sum, seen["newest"]["confusion"])) == 32
    assert picture(seen["newest"]["strip"]).size == (16 * len(seen["newest"]["pictures"]), 16)
    assert len(seen["probes"]["truths"]) == len(seen["newest"]["probes"]) == 8
    assert picture(seen["probes"]["strip"]).size == (8 * 16, 16)
    assert str(folder) not in json.dumps(seen)


def test_who_has_the_newest_epoch_gets_little(learned: Learning) -> None:
    seen = learned.look("mine", 1)
    assert seen == {"run": "mine", "over": False, "epochs": [0, 1], "weights": [0, 1]}
    assert "probes" not in learned.look("mine", 0)


def test_a_run_that_was_not_observed_yet_says_so(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, TOY, id="new")
    assert Learning(tmp_path).look("new", -1) == {"run": "new", "over": False, "epochs": [], "weights": []}
    run.release()


def test_an_earlier_epoch_can_be_asked_for(learned: Learning) -> None:
    assert learned.epoch("mine", 0)["epoch"] == 0
    assert learned.epoch("mine", 0) is learned.epoch("mine", 0)  # read once


@pytest.mark.parametrize("layer", ["", "layer1", "conv1"])
def test_the_net_of_then_answers_as_it_did(learned: Learning, layer: str) -> None:
    for epoch in (0, 1):
        for probe in (0, 1):
            then = learned.then("mine", epoch, probe, layer)
            assert then["label"] == learned.epoch("mine", epoch)["probes"][probe]["label"]
            maps = then["maps"]
            assert then["layer"] in [each["name"] for each in then["layers"]]
            assert picture(maps["strip"]).size == (maps["shown"] * maps["width"], maps["height"])
            assert picture(then["heat"]).size == (192, 192)
    assert (then["layer"] == layer) or not layer
    assert maps["signed"] == (layer == "conv1")


def test_two_epochs_are_two_nets(learned: Learning) -> None:
    first, second = (learned.then("mine", epoch, 0, "layer1") for epoch in (0, 1))
    assert first["maps"]["strip"] != second["maps"]["strip"]


@pytest.mark.parametrize(
    ("epoch", "probe", "layer", "said"),
    [
        (2, 0, "", "weights of this epoch"),
        (-1, 0, "", "weights of this epoch"),
        (True, 0, "", "weights of this epoch"),
        ("0", 0, "", "weights of this epoch"),
        (0, 8, "", "no such picture"),
        (0, None, "", "no such picture"),
        (0, 0, "fc", "no stage 'fc'"),
        (0, 0, "layer1.0.conv1", "no stage"),
        (0, 0, 7, "does not know"),
    ],
)
def test_whatever_is_not_there_is_refused(
    learned: Learning, epoch: object, probe: object, layer: object, said: str
) -> None:
    with pytest.raises(UserError, match=said) as refused:
        learned.then("mine", epoch, probe, layer)
    assert refused.value.cure


@pytest.mark.parametrize("run", ["nobody", "../mine", "", None, 3, {"run": "mine"}])
def test_other_runs_are_refused(learned: Learning, run: object) -> None:
    assert not learned.is_there(run)
    for ask in (lambda: learned.look(run, -1), lambda: learned.epoch(run, 0), lambda: learned.then(run, 0, 0, "")):
        with pytest.raises(UserError):
            ask()


def test_what_is_kept_in_memory_is_bounded(learned: Learning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "NETS", 1)
    monkeypatch.setattr(learning, "ANSWERS", 2)
    for epoch in (0, 1):
        for probe in (0, 1, 2):
            learned.then("mine", epoch, probe, "layer1")
    assert len(learned._nets) == 1
    assert len(learned._answers) == 2


def test_a_spoilt_file_is_refused_by_name(tmp_path: Path) -> None:
    run, _ = Run.create(tmp_path, TOY, id="spoilt")
    run.release()
    (run.path / FOLDER).mkdir()
    (run.path / FOLDER / "epoch-00000.json").write_text("{")
    with pytest.raises(UserError, match=r"cannot be read") as refused:
        Learning(tmp_path).epoch("spoilt", 0)
    assert refused.value.where == "epoch-00000.json"


def test_heat_covers_the_picture_where_it_is_hot_and_nowhere_else() -> None:
    square = np.full((16, 16, 3), 40, dtype=np.uint8)
    cold = np.asarray(laid_over(square, np.zeros((2, 2), np.float32)))
    assert np.abs(cold.astype(int) - 40).max() <= 3
    half = np.asarray(laid_over(square, np.array([[0, 5], [0, 5]], np.float32)))
    assert np.abs(half[:, :8].astype(int) - 40).max() <= 12
    assert half[:, -8:, 0].min() > 140
