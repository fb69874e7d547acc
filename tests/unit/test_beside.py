"""Several checkpoints on one picture, and a weight file of one's own, as the page of the Predict tab asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from resnet.errors import UserError
from tests.checkpoints import write_checkpoint
from ui.checkpoints import Shelf
from ui.desk import Desk
from ui.uploads import upload_at

FOLDER = "0" * 64
MINE = f"upload:{FOLDER}/mine.safetensors"


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    """Two runs' weights, and an upload."""
    for seed, name in enumerate(("one", "two")):
        write_checkpoint(tmp_path / "runs" / name / "model.safetensors", seed=seed)
    uploads = tmp_path / "uploads"
    write_checkpoint(uploads / FOLDER / "mine.safetensors", seed=7)
    return Desk(Shelf(tmp_path / "runs", assets=tmp_path, uploads=uploads), uploads)


def ask(**changed: Any) -> dict[str, Any]:
    plain = {
        "pictures": [],
        "drawing": 0,
        "checkpoint": "run:one",
        "fit": "crop",
        "run": "",
        "picture": 0,
        "others": [],
    }
    return {**plain, **changed}


def test_each_says_of_the_changed_picture_what_it_says_alone(here: Desk):
    changes = {"cover": [0.1, 0.1, 0.6, 0.6], "turns": 1}
    rows = here.beside(ask(others=["run:two", MINE], changes=changes))["rows"]
    assert [row["key"] for row in rows] == ["run:two", MINE]
    for row in rows:
        alone = here.changed(ask(checkpoint=row["key"], changes=changes))
        assert (row["label"], row["shares"], row["unfamiliar"]) == (
            alone["label"],
            alone["shares"],
            alone["unfamiliar"],
        )
        assert row["milliseconds"] > 0
    assert rows[0]["shares"] != rows[1]["shares"]


def test_one_that_is_gone_leaves_the_others_their_answers(here: Desk):
    (here._uploads / FOLDER / "mine.safetensors").unlink()
    gone, there = here.beside(ask(others=[MINE, "run:two"]))["rows"]
    assert gone["key"] == MINE
    assert gone["refused"]["what"] == "This weight file is no longer here"
    assert gone["refused"]["cure"]
    assert there["label"] in ("cat", "dog")


@pytest.mark.parametrize(
    "wrong", [{"others": None}, {"others": "run:two"}, {"others": [1]}, {"others": ["run:two"] * 4}, {"changes": 7}]
)
def test_what_nobody_should_ask_is_refused(here: Desk, wrong: dict[str, Any]):
    with pytest.raises(UserError):
        here.beside(ask(**wrong))


@pytest.mark.parametrize("place", [1, None, True, -1, "0"])
def test_no_picture_gets_no_answer(here: Desk, place: Any):
    (row,) = here.beside(ask(others=["run:two"], picture=place))["rows"]
    assert row["refused"]


def test_an_own_weight_file_is_described_to_whoever_names_it_and_listed_to_nobody(here: Desk):
    told = here.opened(MINE)
    assert told["key"] == MINE
    assert "expect nonsense on photos" in told["knows"]
    assert here.answers(ask(checkpoint=MINE))["checkpoint"]["key"] == MINE
    assert {row["key"] for row in here.checkpoints("")} == {"run:one", "run:two"}


@pytest.mark.parametrize("key", [None, 7, ["upload:"], {}, "upload:", f"upload:{FOLDER}", f"upload:{FOLDER}/other"])
def test_no_key_opens_nothing(here: Desk, key: Any):
    with pytest.raises(UserError):
        here.opened(key)


def test_a_weight_file_is_no_picture_and_a_picture_no_weight_file(here: Desk):
    (reply,) = here.answers(ask(pictures=[str(here._uploads / FOLDER / "mine.safetensors")]))["replies"]
    assert reply["refused"]["cure"]
    Image.new("RGB", (40, 40)).save(here._uploads / FOLDER / "cat.png")
    with pytest.raises(UserError, match=r"^cat.png: This is a PNG picture"):
        here.opened(f"upload:{FOLDER}/cat.png")


def test_only_files_in_the_folder_of_uploads_are_found(here: Desk, tmp_path: Path):
    mine = here._uploads / FOLDER / "mine.safetensors"
    assert upload_at(here._uploads, str(mine)) == mine.resolve()
    for other in (tmp_path / "runs" / "one" / "model.safetensors", here._uploads, here._uploads / FOLDER, "", "\0"):
        assert upload_at(here._uploads, str(other)) is None
