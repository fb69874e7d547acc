"""What the Predict tab's page is told, asked as the page asks and as nobody should."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from resnet.errors import UserError
from tests.checkpoints import SIDE, write_checkpoint
from train.checkpoint import load_classifier
from ui.checkpoints import Checkpoint, Shelf
from ui.desk import Desk
from ui.images import MAX_PICTURES, drawn


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    """One run's weights, and a folder of uploads."""
    write_checkpoint(tmp_path / "runs" / "one" / "model.safetensors", seed=3)
    (tmp_path / "uploads").mkdir()
    return Desk(Shelf(tmp_path / "runs", assets=tmp_path), tmp_path / "uploads")


def upload(here: Desk, name: str, size: tuple[int, int] = (90, 60)) -> str:
    """A picture of noise, as it lies where Gradio puts what is uploaded."""
    path = here._uploads / name
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)).save(path)
    return str(path)


def ask(**changed: Any) -> dict[str, Any]:
    return {"pictures": [], "drawing": 0, "checkpoint": "", "fit": "crop", "run": "", **changed}


def pixels(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGB"))


def test_a_drawing_is_answered_as_the_checkpoint_alone_answers(here: Desk, tmp_path: Path):
    told = here.answers(ask())
    assert told["checkpoint"]["key"] == "run:one"
    (reply,) = told["replies"]
    square = drawn(0, SIDE, "").square
    assert np.array_equal(pixels(reply["square"]), square)
    alone = load_classifier(tmp_path / "runs" / "one" / "model.safetensors")
    expected = alone.probabilities(torch.from_numpy(square.copy()).permute(2, 0, 1)[None])[0].tolist()
    assert dict(reply["shares"]) == pytest.approx(dict(zip(alone.classes, expected, strict=True)))
    assert reply["label"] == reply["shares"][0][0]
    assert reply["truth"] == "dog"
    assert "whole" not in reply


def test_an_upload_shows_what_was_cut_off(here: Desk):
    path = upload(here, "wide.png")
    (reply,) = here.answers(ask(pictures=[path]))["replies"]
    assert reply["name"] == "wide.png"
    assert reply["crop"] == pytest.approx((1 / 6, 0, 5 / 6, 1))
    assert pixels(reply["whole"]).shape == (60, 90, 3)
    (squashed,) = here.answers(ask(pictures=[path], fit="squash"))["replies"]
    assert squashed["crop"] is None
    assert squashed["square"] != reply["square"]


def test_a_refused_picture_leaves_the_others_their_answers(here: Desk):
    (here._uploads / "words.jpg").write_text("only words")
    told = here.answers(ask(pictures=[upload(here, "a.png"), str(here._uploads / "words.jpg"), upload(here, "b.png")]))
    assert ["refused" in reply for reply in told["replies"]] == [False, True, False]
    assert told["replies"][1]["refused"]["cure"]


def test_pictures_beyond_the_limit_are_not_even_read(here: Desk):
    told = here.answers(ask(pictures=[upload(here, "a.png")] * MAX_PICTURES + ["gone.png"]))
    assert "24" in told["replies"][-1]["refused"]["what"]


def test_only_uploads_are_read(here: Desk, tmp_path: Path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (50, 50)).save(secret)
    (here._uploads / "link.png").symlink_to(secret)
    outside = [str(secret), str(here._uploads / ".." / "secret.png"), str(here._uploads / "link.png"), "\0", "x" * 9999]
    for reply in here.answers(ask(pictures=[*outside, str(here._uploads)]))["replies"]:
        assert reply["refused"]["what"] == "This picture is no longer here"
        assert str(tmp_path) not in str(reply)


def test_a_changed_picture_gets_an_answer_of_its_own(here: Desk):
    plain = here.changed(ask(picture=0))
    (reply,) = here.answers(ask())["replies"]
    assert plain["shares"] == reply["shares"]
    covered = here.changed(ask(picture=0, changes={"cover": [0, 0, 1, 1]}))
    assert len(np.unique(pixels(covered["square"]).reshape(-1, 3), axis=0)) == 1
    assert covered["shares"] != plain["shares"]


def test_without_any_checkpoint_it_is_said_how_to_get_one(tmp_path: Path):
    with pytest.raises(UserError, match=r"no trained network yet\. Train one in the Train tab"):
        Desk(Shelf(tmp_path / "none", assets=tmp_path), tmp_path).answers(ask())


@pytest.mark.parametrize(("familiarity", "is_said"), [(0.019, True), (0.02, False), (1.0, False), (None, False)])
def test_what_is_unlike_the_training_pictures_is_said_to_be_so(here: Desk, monkeypatch, familiarity, is_said):
    monkeypatch.setattr(Checkpoint, "answer", lambda *_: ({"cat": 0.9, "dog": 0.1}, 1.0, familiarity))
    assert here.answers(ask())["replies"][0]["unfamiliar"] is is_said


def test_whoever_names_another_drawing_gets_the_next_of_its_kind(here: Desk):
    number = here.another("dog", 0)
    assert here.answers(ask(drawing=number))["replies"][0]["truth"] == "dog"


@pytest.mark.parametrize(
    "wrong",
    [
        {"pictures": None}, {"pictures": "a"}, {"pictures": [1]}, {"pictures": ["a"] * 1001}, {"drawing": -1},
        {"drawing": True}, {"drawing": 10**9}, {"drawing": "0"}, {"fit": "stretch"}, {"checkpoint": "run:two"},
        {"picture": 1}, {"picture": None}, {"picture": True}, {"picture": -1},
    ],
)  # fmt: skip
def test_what_nobody_should_ask_is_refused(here: Desk, wrong: dict[str, Any]):
    with pytest.raises(UserError):
        here.changed(ask(**{"picture": 0, **wrong}))


@pytest.mark.parametrize("sent", [None, [], "", {}, 7])
def test_no_question_is_refused(here: Desk, sent: Any):
    with pytest.raises(UserError):
        here.answers(sent)
