"""What lies under "Look deeper" of the Predict tab: heat, maps, the inside of a block, its switches."""

from __future__ import annotations

import base64
import io
import threading
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from resnet.errors import UserError
from tests.checkpoints import SIDE, write_checkpoint
from train.checkpoint import load_classifier
from ui import deeper as looking_deeper
from ui import inside
from ui.checkpoints import Shelf
from ui.deeper import Deeper
from ui.desk import Desk
from ui.images import drawn


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("deeper")
    write_checkpoint(folder / "runs" / "one" / "model.safetensors", seed=3)
    write_checkpoint(folder / "runs" / "birds" / "model.safetensors", seed=4, classes=("robin", "wren"))
    return Desk(Shelf(folder / "runs", assets=folder), folder)


@pytest.fixture(scope="module")
def deeper(desk: Desk) -> Deeper:
    return Deeper(desk)


def ask(**more: Any) -> dict[str, Any]:
    plain = {"pictures": [], "drawing": 0, "checkpoint": "run:one", "fit": "crop", "run": "", "picture": 0}
    return {**plain, "changes": {}, **more}


def pixels(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGBA"))


def test_the_heat_is_clear_where_nothing_speaks_for_the_class(deeper: Deeper):
    told = deeper.heat(ask(method="grad_cam", layer="layer2"))
    assert (told["method"], told["layer"], told["against"]) == ("grad_cam", "layer2", "")
    assert told["shape"] == [8, 8]
    cover = pixels(told["image"])[:, :, 3]
    assert cover.shape == (192, 192)
    assert told["full"] >= told["largest"] > 0
    assert cover.max() == pytest.approx(
        255 * told["largest"] / told["full"], abs=12
    )  # between its values it is smoothed
    assert cover.min() == 0  # some place speaks for the class no more than nothing does
    assert told["evidence"] is None  # the rule is the last stage's


def test_two_classes_explain_the_difference_of_their_logits(deeper: Deeper):
    one = deeper.heat(ask(method="grad_cam", label="cat"))["logit"]
    other = deeper.heat(ask(method="grad_cam", label="dog"))["logit"]
    both = deeper.heat(ask(method="grad_cam", label="cat", against="dog"))
    assert both["logit"] == pytest.approx(one - other, abs=1e-5)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_other_methods_ask_about_pixels(deeper: Deeper, method: str):
    told = deeper.heat(ask(method=method))
    assert told["shape"] == [SIDE, SIDE]
    assert told["evidence"] is None
    assert (told["patch"] is not None) is (method == "occlusion")


def test_maps_follow_what_is_done_to_the_picture(deeper: Deeper):
    plain = deeper.maps(ask(layer="conv1"))
    assert plain["caption"].startswith("conv1: 16 channels of 16×16")
    assert deeper.maps(ask(layer="conv1", changes={"turns": 2}))["strip"] != plain["strip"]
    with pytest.raises(UserError, match="layer9"):
        deeper.maps(ask(layer="layer9"))


def test_the_paths_of_a_block_add_up_on_one_scale(deeper: Deeper):
    told = deeper.paths(ask(block="layer2.0"))
    assert told["shortcut"] == "projection"
    assert (told["from"], told["to"]) == ([16, 16, 16], [32, 8, 8])
    paths = {path["name"]: path for path in told["paths"]}
    assert list(paths) == ["shortcut", "residual", "total", "output"]  # x has other channels
    assert len({path["scale"] for path in paths.values()}) == 1
    assert len({path["order"] for path in paths.values()}) == 1
    place = {name: pixels(path["strip"])[:, :, :3].astype(int) for name, path in paths.items()}
    assert place["total"].shape == (8, 8 * 8, 3)
    negative = (place["total"][:, :, 2] > place["total"][:, :, 0]) & (
        place["output"][:, :, 2] > place["output"][:, :, 0]
    )
    assert not negative.any()  # the ReLU after the sum leaves nothing below 0


def test_without_a_projection_x_itself_is_on_the_shortcut(deeper: Deeper):
    told = deeper.paths(ask(block="layer1.0"))
    assert told["shortcut"] == "identity"
    assert [path["name"] for path in told["paths"]] == ["x", "residual", "total", "output"]


def test_a_switch_gives_another_answer_and_the_net_comes_back(deeper: Deeper, desk: Desk):
    before = desk.answers(ask())["replies"][0]["shares"]
    nothing = deeper.switched(ask(skipped=[], cut=[]))["shares"]
    assert dict(nothing) == pytest.approx(dict(before))
    skipped = dict(deeper.switched(ask(skipped=["layer2.0"], cut=[]))["shares"])
    assert skipped != pytest.approx(dict(before))
    assert dict(deeper.switched(ask(skipped=[], cut=["layer2.0"]))["shares"]) != pytest.approx(skipped)
    assert desk.answers(ask())["replies"][0]["shares"] == before


def test_the_accuracy_is_that_of_the_drawings_themselves(deeper: Deeper, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inside, "DRAWINGS", 40)
    told = deeper.accuracy(ask(skipped=["layer1.0"], cut=[]))
    alone = load_classifier(desk.shelf.find("run:one").path)
    right = 0
    for number in range(40):
        picture = drawn(number, SIDE, "")
        shares = alone.probabilities(torch.from_numpy(picture.square.copy()).permute(2, 0, 1)[None])[0]
        right += alone.classes[int(shares.argmax())] == picture.truth
    assert told["whole"] == right / 40
    assert 0 <= told["switched"] <= 1
    assert deeper.accuracy(ask(skipped=["layer1.0"], cut=[])) == told


def test_drawings_cannot_judge_who_does_not_know_cats(deeper: Deeper):
    assert deeper.accuracy(ask(checkpoint="run:birds", skipped=[], cut=[]))["whole"] is None


def test_while_accuracy_is_measured_others_are_answered(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """The net is lent for a few drawings at a time."""
    monkeypatch.setattr(inside, "DRAWINGS", 60)
    answered = threading.Event()
    real = inside.drawn

    def draw(number: int, side: int, name: str) -> Any:
        if number == 40:  # between two turns at the net
            asking = threading.Thread(target=lambda: (desk.answers(ask()), answered.set()))
            asking.start()
            asking.join(20)
        return real(number, side, name)

    monkeypatch.setattr(inside, "drawn", draw)
    Deeper(desk).accuracy(ask(skipped=[], cut=[]))
    assert answered.is_set()


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("heat", {"method": "magic"}), ("heat", {"method": 7}), ("heat", {"label": "cow"}), ("heat", {"layer": "fc"}),
        ("heat", {"label": "cat", "against": "cat"}), ("maps", {"layer": None}), ("maps", {}),
        ("paths", {"block": "layer9.0"}), ("paths", {"block": []}), ("switched", {}),
        ("switched", {"skipped": "layer1.0", "cut": []}), ("switched", {"skipped": [[]], "cut": []}),
        ("switched", {"skipped": ["layer1.0"], "cut": ["layer1.0"]}), ("accuracy", {"skipped": ["x"], "cut": []}),
        ("accuracy", {"skipped": ["layer1.0", "layer2.0"], "cut": []}), ("heat", {"changes": {"turns": 9}}),
    ],
)  # fmt: skip
def test_what_nobody_should_ask_is_refused(deeper: Deeper, what: str, wrong: dict[str, Any]):
    with pytest.raises(UserError):
        getattr(deeper, what)(ask(**wrong))


def test_at_the_last_stage_evidence_is_judged_beside_random_weights(deeper: Deeper):
    told = deeper.heat(ask(method="grad_cam"))
    assert told["layer"] == told["usual"] == "layer4"
    assert told["evidence"] is (told["largest"] > told["times"] * told["random"])


def test_two_do_not_measure_at_once(deeper: Deeper, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking_deeper, "PATIENCE_SECONDS", 0.01)
    with deeper._measuring, pytest.raises(UserError, match="Somebody else is measuring"):
        deeper.accuracy(ask(skipped=[], cut=[]))
    assert deeper.accuracy(ask(checkpoint="run:birds", skipped=[], cut=[]))["whole"] is None


def test_on_a_drawing_one_is_told_how_much_heat_lies_on_what_tells(deeper: Deeper):
    mask = drawn(0, SIDE, "").telling
    assert mask is not None
    told = deeper.heat(ask(method="occlusion"))
    assert told["telling_area"] == pytest.approx(mask.mean())
    assert 0 <= told["telling"] <= 1
    nothing_left = deeper.heat(ask(method="occlusion", changes={"cover": [0, 0, 1, 1]}))
    assert nothing_left["telling_area"] in (0, None)


def test_maps_mark_each_channels_strongest_places(deeper: Deeper, desk: Desk):
    told = deeper.maps(ask(layer="layer2"))
    _, checkpoint, picture = desk.one(ask())
    maps = checkpoint.maps(picture.square, "layer2")
    for channel, peaks in zip(told["order"], told["peaks"], strict=True):
        if not maps[channel].any():
            assert peaks == []
            continue
        row, column, value = peaks[0]
        assert value == maps[channel, row, column]
        assert abs(value) == np.abs(maps[channel]).max()
    assert told["filters"] is None
    assert deeper.maps(ask(layer="conv1"))["filters"]["side"] == 3
