"""`train.hub_sets`: sets in the Hub's format, from a folder on this computer; nothing is downloaded here."""

from __future__ import annotations

import builtins
import errno
import io
import os
from pathlib import Path
from types import SimpleNamespace
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
    split["image"][9] = split["image"][5]
    split["labels"][7] = -1
    data = opened(write(tmp_path / "set", {"train": split, "test": rows(20, 4)}))
    assert {refused.name: refused.reason for refused in data.refused} == {
        "train/0000003": "The file is text, not a picture",
        "train/0000004": "There is no picture in this row",
        "train/0000007": "It has no label",
        "train/0000009": "The same picture as train/0000005",
    }
    assert len(data.train.labels) == 16


def test_hostile_rows_are_listed(tmp_path: Path) -> None:
    import pyarrow  # the library itself would not write such rows
    from pyarrow import parquet

    features = datasets.Features({"image": datasets.Image(), "labels": datasets.ClassLabel(names=["cat", "dog"])})
    split = rows(0, 20)
    for row, path in ((3, None), (4, ""), (5, "zero\0byte"), (6, "/etc/passwd"), (7, "https://example.org/a.png")):
        split["image"][row] = {"bytes": None, "path": path}
    split["labels"][8] = 7
    source = write(tmp_path / "set", {"train": rows(0, 1)})
    pictures = pyarrow.array(split["image"], type=features["image"].pa_type)
    table = pyarrow.table([pictures, pyarrow.array(split["labels"])], schema=features.arrow_schema)
    parquet.write_table(table, next((tmp_path / "set").rglob("*.parquet")))
    assert {refused.name[-1]: refused.reason for refused in opened(source).refused} == {
        "3": "There is no picture in this row",
        "4": "There is no picture in this row",
        "5": "The set names a file outside itself",
        "6": "The set names a file outside itself",
        "7": "The set names a file outside itself",
        "8": "Its label is no class",
    }


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


def test_a_changed_file_beside_the_set_is_noticed(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "set" / "own.png"
    own.parent.mkdir()
    split = rows(0, 20)
    split["image"][4] = {"bytes": None, "path": str(own)}
    own.write_bytes(picture(100))
    source = write(tmp_path / "set", {"train": split, "test": rows(20, 4)})
    assert 100 in numbers(opened(source).train)
    status = own.stat()
    changed = picture(101)
    assert len(changed) == status.st_size
    own.write_bytes(changed)
    os.utime(own, ns=(status.st_atime_ns, status.st_mtime_ns))  # as some programs that copy do
    assert 101 in numbers(opened(source).train)


def test_of_the_librarys_folder_only_what_is_downloaded_may_be_named(tmp_path: Path) -> None:
    from huggingface_hub.constants import HF_HUB_CACHE

    homes = hub_sets._homes("lab/pets", SimpleNamespace(repo_id="lab/pets"))
    shelf = hub_sets.Rows({}, "image", homes)
    library = Path(datasets.config.HF_CACHE_HOME)
    for own in (Path(HF_HUB_CACHE, "datasets--lab--pets", "blobs", "a"), library / "datasets" / "downloads" / "b"):
        assert shelf._allowed(str(own), "train/0000000") == own.resolve()
    own = Path(HF_HUB_CACHE, "datasets--lab--pets")
    for other in (library / "token", Path(HF_HUB_CACHE, "models--lab--own", "a"), own / ".." / ".." / "token"):
        with pytest.raises(UserError, match="outside itself"):
            shelf._allowed(str(other), "train/0000000")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["image"], "no column of class labels among its columns image"),
        (["labels"], "no column of pictures among its columns labels"),
        (["image", "second", "labels"], "image and second are all columns of pictures"),
    ],
)
def test_columns_that_leave_a_choice(columns: list[str], words: str, tmp_path: Path) -> None:
    made = rows(0, 4)
    made |= {"second": made["image"]}
    source = write(tmp_path / "set", {"train": {name: made[name] for name in columns}}, second=datasets.Image())
    error = refusal(source)
    assert words in error.what
    assert error.where == f"hub:{tmp_path / 'set'}"


def test_too_many_classes(tmp_path: Path) -> None:
    names = datasets.ClassLabel(names=[f"class {number}" for number in range(1001)])
    assert "1001 classes, more than 1000" in refusal(write(tmp_path / "set", {"train": rows(0, 4)}, labels=names)).what


def test_labels_that_leave_nothing_to_tell_apart(tmp_path: Path) -> None:
    hidden = rows(0, 4)
    hidden["labels"] = [-1] * 4
    for name, split, words in (
        ("one", rows(0, 4, classes=1), "all of one class (cat)"),
        ("none", hidden, "has a label"),
    ):
        error = refusal(write(tmp_path / name, {"train": split}))
        assert words in error.what
        assert "another column of labels with ?label=COLUMN" in error.cure


def test_a_test_part_alone_is_divided(tmp_path: Path) -> None:
    data = opened(source := write(tmp_path / "set", {"test": rows(0, 20)}))
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(20)]
    assert len(run(open_pictures(source, SIDE))[0].split.labels) == 20


TWO_COLUMNS = {"breed": datasets.ClassLabel(names=["pug", "tabby"])}


def test_a_column_of_labels_is_chosen(tmp_path: Path) -> None:
    split = rows(0, 20) | {"breed": [1, 0] * 10}
    source = write(tmp_path / "set", {"train": split}, **TWO_COLUMNS)
    error = refusal(source)
    assert error.what == "Its columns of class labels are labels, breed"
    assert error.cure == f"Write {source}?label=labels"
    assert opened(f"{source}?label=breed").classes == ("pug", "tabby")
    assert opened(error.cure.removeprefix("Write ")).classes == ("cat", "dog")
    assert refusal(f"{source}?label=image").cure == f"Write {source}?label=labels"
    assert "Only config and label" in refusal(f"{source}?split=train").what


def test_texts_and_numbers_become_classes(tmp_path: Path) -> None:
    split = rows(0, 20) | {"kind": ["dog", "cat"] * 9 + ["", None], "number": [5, 7] * 9 + [-1, None]}
    del split["labels"]
    features = {"kind": datasets.Value("string"), "number": datasets.Value("int64")}
    source = write(tmp_path / "set", {"train": split}, **features)
    assert refusal(source).what == "Its columns of class labels are kind, number"
    data = opened(f"{source}?label=kind")
    assert data.classes == ("cat", "dog")
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(18)]
    assert [(refused.name, refused.reason) for refused in data.refused] == [
        ("train/0000018", "It has no label"),
        ("train/0000019", "It has no label"),
    ]
    assert opened(f"{source}?label=number").classes == ("5", "7")


def test_a_configuration_is_chosen(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for number, config in enumerate(("small", "large")):
        write(folder / config, {"train": rows(20 * number, 20) | {"breed": [0, 1] * 10}}, **TWO_COLUMNS)
    configs = [f"- config_name: {name}\n  data_files: {name}/data/*.parquet\n" for name in ("small", "large")]
    (folder / "README.md").write_text(f"---\nconfigs:\n{''.join(configs)}---\n")
    error = refusal(f"hub:{folder}?label=breed")
    assert error.what == "It has the configurations small, large"
    assert error.cure == f"Write hub:{folder}?config=small&label=breed"
    assert refusal(f"hub:{folder}?config=huge").cure == f"Write hub:{folder}?config=small"
    data = opened(f"hub:{folder}?config=large&label=breed")
    assert sorted(numbers(data.train) + numbers(data.val)) == [*range(20, 40)]
    assert data.classes == ("pug", "tabby")


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "Full"), OSError("Not enough disk space. Needed: 9 GiB")])
def test_a_full_disk(error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(_: object) -> None:
        raise ValueError("An error occurred while generating the dataset") from error

    monkeypatch.setattr(datasets.DatasetBuilder, "download_and_prepare", prepare)
    refused = refusal(write(tmp_path / "set", {"train": rows(0, 4)}))
    assert "The disk is full" in refused.what
    assert "HF_HOME" in refused.cure


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
