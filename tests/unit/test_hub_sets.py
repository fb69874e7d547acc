"""`train.hub_sets`: sets in the Hub's format, from a folder on this computer; nothing is downloaded here."""

from __future__ import annotations

import builtins
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image as Pillow

from resnet.errors import UserError
from tests.picture_sets import SIDE, numbers, opened, picture, refusal, run
from train import hub_sets, store
from train.datasets import open_data, open_pictures

datasets = pytest.importorskip("datasets", reason="the package datasets is not installed")
Split = dict[str, list[Any]]


def rows(start: int, count: int, classes: int = 2) -> Split:
    """Pictures start, start + 1, ... with labels 0, 1, 0, 1, ..."""
    pictures = [{"bytes": picture(number), "path": f"{number}.png"} for number in range(start, start + count)]
    return {"image": pictures, "labels": [row % classes for row in range(count)]}


def write(folder: Path, splits: dict[str, Split], **features: Any) -> str:
    """The splits as Parquet files as the Hub has them; returns the source."""
    columns = {"image": datasets.Image(), "labels": datasets.ClassLabel(names=["cat", "dog"]), **features}
    (folder / "data").mkdir(parents=True)
    for name, split in splits.items():
        made = datasets.Dataset.from_dict(split, features=datasets.Features({key: columns[key] for key in split}))
        made.to_parquet(folder / "data" / f"{name}-00000-of-00001.parquet")
    return f"hub:{folder}"


def test_train_and_validation(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "set", {"train": rows(0, 20), "validation": rows(20, 5), "test": rows(30, 4)})
    data, events = run(open_data(source, side=SIDE, seed=0))
    assert data.classes == ("cat", "dog")
    assert numbers(data.train) == [*range(0, 20, 2), *range(1, 20, 2)]
    assert data.train.labels.tolist() == [0] * 10 + [1] * 10
    assert numbers(data.val) == [20, 22, 24, 21, 23]
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("test/", "4 pictures outside train and validation are not used")
    ]
    assert "downloading" in [event.what for event in events]
    monkeypatch.setattr(store, "square", None)  # from now on all comes from the cache
    assert opened(source).fingerprint == data.fingerprint
    pictures, _ = run(open_pictures(source, SIDE))
    assert numbers(pictures.split) == [20, 22, 24, 21, 23]


def test_train_alone_is_divided_and_test_serves(tmp_path: Path) -> None:
    data = opened(write(tmp_path / "one", {"train": rows(0, 20)}))
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(20)]
    assert torch.bincount(data.val.labels).tolist() == [1, 1]
    assert numbers(opened(write(tmp_path / "two", {"train": rows(0, 20), "test": rows(20, 4)})).val) == [20, 22, 21, 23]


def test_bad_rows_are_listed(tmp_path: Path) -> None:
    split = rows(0, 20)
    split["image"][3] = {"bytes": b"Hello", "path": "3.png"}
    split["image"][4] = None
    split["image"][6] = split["image"][5]
    split["labels"][7] = -1
    data = opened(write(tmp_path / "set", {"train": split, "test": rows(20, 4)}))
    assert {refused.name: refused.reason for refused in data.refused} == {
        "train/0000003": "The file is text, not a picture",
        "train/0000004": "There is no picture in this row",
        "train/0000005": "The same picture as train/0000006",
        "train/0000007": "It has no label",
    }
    assert len(data.train.labels) == 16


def test_answers_that_are_kept_back_are_no_validation_part(tmp_path: Path) -> None:
    hidden = rows(20, 4)
    hidden["labels"] = [-1] * 4
    data = opened(write(tmp_path / "set", {"train": rows(0, 20), "test": hidden}))
    assert len(data.val.labels) == 2


def test_files_outside_the_set_are_not_read(tmp_path: Path) -> None:
    Pillow.new("RGB", (20, 20)).save(tmp_path / "private.png")
    (tmp_path / "set").mkdir()
    Pillow.new("RGB", (20, 20), "red").save(tmp_path / "set" / "own.png")
    split = rows(0, 20)
    split["image"][3] = {"bytes": None, "path": str(tmp_path / "private.png")}
    split["image"][4] = {"bytes": None, "path": str(tmp_path / "set" / "own.png")}
    data = opened(write(tmp_path / "set", {"train": split, "test": rows(20, 4)}))
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("train/0000003", "The set names a file outside itself")
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["image"], "no column of class labels among its columns image"),
        (["labels"], "no column of pictures among its columns labels"),
        (["image", "second", "labels"], "image and second are all columns of pictures"),
        (["image", "labels", "breed"], "labels and breed are all columns of class labels"),
    ],
)
def test_columns_that_leave_a_choice(columns: list[str], words: str, tmp_path: Path) -> None:
    made = rows(0, 4)
    made |= {"second": made["image"], "breed": made["labels"]}
    features = {"second": datasets.Image(), "breed": datasets.ClassLabel(names=["a", "b"])}
    error = refusal(write(tmp_path / "set", {"train": {name: made[name] for name in columns}}, **features))
    assert words in error.what
    assert error.where == f"hub:{tmp_path / 'set'}"


def test_too_many_classes(tmp_path: Path) -> None:
    names = datasets.ClassLabel(names=[f"class {number}" for number in range(1001)])
    assert "1001 classes, more than 1000" in refusal(write(tmp_path / "set", {"train": rows(0, 4)}, labels=names)).what


def test_one_class(tmp_path: Path) -> None:
    assert "only one class folder (cat)" in refusal(write(tmp_path / "set", {"train": rows(0, 4, classes=1)})).what


def test_sets_that_are_not_there(tmp_path: Path) -> None:
    error = refusal("hub:nobody/has-this-set")  # the tests are offline
    assert error.what == "The Hub cannot be reached"
    assert "Connect this computer" in error.cure
    assert "no such set" in refusal(f"hub:{tmp_path / 'missing'}").what
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "script.py").write_text("raise SystemExit('it was run')")
    assert refusal(f"hub:{tmp_path / 'script'}").where == f"hub:{tmp_path / 'script'}"


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "datasets":
            raise ImportError(name)
        return real(name, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "__import__", without)
        error = refusal("hub:any/set")
    assert "which is not installed" in error.what
    assert error.cure == 'Run `pip install "datasets>=4,<6"`'
    monkeypatch.setattr(datasets, "__version__", "3.6.0")
    with pytest.raises(UserError, match="may run programs that come with a set"):
        run(hub_sets.open_hub_set("hub:any/set"))


def test_a_picture_of_any_kind_comes_through_our_own_decoder(tmp_path: Path) -> None:
    split = rows(0, 20)
    file = io.BytesIO()
    Pillow.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")  # what is transparent becomes white
    split["image"][0] = {"bytes": file.getvalue(), "path": None}
    data = opened(write(tmp_path / "set", {"train": split, "test": rows(20, 4)}))
    assert int(data.train.take(torch.tensor([0])).min()) == 255
