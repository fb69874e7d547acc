"""Image-classification sets of the Hugging Face Hub, by name: "hub:microsoft/cats_vs_dogs".

Read through the library `datasets`, which is no dependency of ours: `pip install "datasets>=4,<6"`. From its version
4 on it runs no program that comes with a set. A folder in the same format does as well: "hub:PATH".
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.events import Preparing
from train.layout import ByClass, Layout, Refused, check_class_count, clean
from train.pictures import MAX_BYTES, read_bytes

PREFIX = "hub:"
_PARTS = {"train": ("train",), "val": ("validation", "valid", "val", "test")}  # ours -> theirs, the first there is
_INSTALL = 'Run `pip install "datasets>=4,<6"`'


def open_hub_set(source: str) -> Generator[Preparing, None, tuple[Rows, Layout]]:
    """The pictures and labels of a set of the Hub; its train split, and its validation or test split if there is one.

    Raises:
        UserError: the library is missing, there is no such set, it cannot be reached, or it is not made of one column
            of pictures and one of class labels.
    """
    name = source.removeprefix(PREFIX)
    splits = yield from _load(name, source)
    found = {ours: next((word for word in theirs if word in splits), "") for ours, theirs in _PARTS.items()}
    used = [word for word in found.values() if word]
    if not used:
        what = f"There is no train, validation or test split in it, only {', '.join(splits)}"
        raise UserError(what, where=source, cure="Choose another set")
    image, label = _columns(splits[used[0]], source)
    classes = [clean(each) for each in splits[used[0]].features[label].names]
    check_class_count(len(classes), source)
    rows = Rows({word: splits[word] for word in used}, image, Path(name))
    refused = [
        Refused(f"{word}/", f"{len(split)} pictures outside {' and '.join(used)} are not used")
        for word, split in splits.items()
        if word not in used
    ]
    parts = {ours: _by_class(word, splits[word][label], classes, refused) for ours, word in found.items() if word}
    return rows, Layout(parts.get("train", {}), parts.get("val") or None, tuple(refused))


class Rows:
    """The pictures of a set as files: "train/0000007" is the eighth row of the train split."""

    def __init__(self, splits: dict[str, Any], image: str, home: Path) -> None:
        from datasets import Image

        self.names: list[str] = []
        self.refused: list[Refused] = []
        self._image = image
        self._home = home
        self._fingerprints = {word: split._fingerprint for word, split in splits.items()}
        self._splits = {
            word: split.select_columns([image]).cast_column(image, Image(decode=False))
            for word, split in splits.items()
        }

    def read(self, name: str) -> bytes:
        word, row = name.split("/")
        cell = self._splits[word][int(row)][self._image]
        if cell is None:
            raise UserError("There is no picture in this row", where=name)
        if cell["bytes"] is not None:
            return bytes(cell["bytes"][: MAX_BYTES + 1])
        return read_bytes(self._allowed(Path(cell["path"]), name), name=name)

    def fingerprint(self, name: str) -> str:
        """What the library calls a split that was made of the same files; every row of it differs by its name."""
        return str(self._fingerprints[name.split("/")[0]])

    def close(self) -> None:
        """The library's own cache is mapped, and nothing is held open."""

    def _allowed(self, path: Path, name: str) -> Path:
        """A file beside the set, or one that the library downloaded; a set may name any file of this computer."""
        from datasets import config

        homes = (self._home, Path(config.HF_CACHE_HOME), Path(config.HF_DATASETS_CACHE))
        if not any(path.resolve().is_relative_to(home.resolve()) for home in homes):
            raise UserError("The set names a file outside itself", where=name)
        return path


def _load(name: str, source: str) -> Generator[Preparing, None, dict[str, Any]]:
    """The splits by name, downloaded into the library's cache."""
    try:
        import datasets
    except ImportError as error:
        what = "Sets of the Hub need the package datasets, which is not installed"
        raise UserError(what, where=source, cure=_INSTALL) from error
    if int(datasets.__version__.split(".")[0]) < 4:
        what = f"This version of the package datasets ({datasets.__version__}) may run programs that come with a set"
        raise UserError(what, where=source, cure=_INSTALL)
    datasets.disable_progress_bars()  # ours are the events
    try:
        yield Preparing(0, 0, "downloading")
        builder = datasets.load_dataset_builder(name)
        yield Preparing(0, 0, "downloading", builder.info.download_size or 0)
        builder.download_and_prepare()
        return dict(builder.as_dataset())
    except ConnectionError as error:
        cure = "Connect this computer to the internet; a set that was loaded once is there offline, too"
        raise UserError("The Hub cannot be reached", where=source, cure=cure) from error
    except FileNotFoundError as error:
        cure = "Check the name; for a private set, run `hf auth login` first"
        raise UserError("There is no such set, or it holds no data", where=source, cure=cure) from error
    except Exception as error:  # the library raises a dozen unrelated kinds
        what = f"The set cannot be loaded ({clean(str(error).partition(chr(10))[0])[:200]})"
        raise UserError(
            what, where=source, cure="Choose another set, or download it as a folder of pictures"
        ) from error


def _columns(split: Any, source: str) -> tuple[str, str]:
    """Which column holds the pictures, and which the class labels."""
    from datasets import ClassLabel, Image

    found = []
    for kind, noun in ((Image, "pictures"), (ClassLabel, "class labels")):
        names = [name for name, feature in split.features.items() if isinstance(feature, kind)]
        if len(names) != 1:
            what = f"There is no column of {noun}" if not names else f"{' and '.join(names)} are all columns of {noun}"
            what += f" among its columns {', '.join(split.column_names)}" if not names else ""
            raise UserError(what, where=source, cure="Choose a set with one column of pictures and one of class labels")
        found.append(names[0])
    return found[0], found[1]


def _by_class(word: str, labels: Any, classes: list[str], refused: list[Refused]) -> ByClass:
    by_class: ByClass = {name: [] for name in sorted(classes)}
    for row, label in enumerate(labels):
        name = f"{word}/{row:07}"
        if label is None or label < 0:  # how test splits of competitions hide the answers
            refused.append(Refused(name, "It has no label"))
        else:
            by_class[classes[label]].append(name)
    return {name: names for name, names in by_class.items() if names}
