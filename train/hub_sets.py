"""Image-classification sets of the Hugging Face Hub, by name: "hub:microsoft/cats_vs_dogs".

"hub:OWNER/NAME?config=CONFIGURATION&label=COLUMN" chooses where a set has several configurations, or several columns
that may be the class. A folder in the same format does as well: "hub:PATH".

Read through the library `datasets`, which is no dependency of ours: `pip install "datasets>=4,<6"`. From its version
4 on it runs no program that comes with a set.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.cache import FULL
from train.events import Preparing
from train.layout import MAX_CLASSES, ByClass, Layout, Refused, clean
from train.pictures import MAX_BYTES, read_bytes
from train.watched import downloading

PREFIX = "hub:"
_PARTS = (("train",), ("validation", "valid", "val", "test"))  # to train on, to validate on: the first there is
_INSTALL = 'Run `pip install "datasets>=4,<6"`'
_TELLING = re.compile(r"(large_)?string|u?int\d+|bool")  # types of values that can be names of classes
_FULL_WORDS = re.compile("No space left|Not enough disk space")  # where the library lost the error's number
_MOST_CHOICES = 20  # named in a refusal


@dataclass(frozen=True, slots=True)
class Wanted:
    """A set as a person names it; "" where no configuration, or no column of labels, is named."""

    name: str
    config: str = ""
    label: str = ""

    @classmethod
    def read(cls, source: str) -> Wanted:
        """From "hub:NAME?config=CONFIGURATION&label=COLUMN"."""
        name, _, query = source.removeprefix(PREFIX).partition("?")
        chosen = dict(part.partition("=")[::2] for part in query.split("&") if part)
        if not set(chosen) <= {"config", "label"}:
            cure = f"Write {PREFIX}{name}?config=CONFIGURATION&label=COLUMN, or leave either out"
            raise UserError("Only config and label can be chosen", where=source, cure=cure)
        return cls(name, **chosen)

    def __str__(self) -> str:
        chosen = [f"{key}={value}" for key, value in (("config", self.config), ("label", self.label)) if value]
        return PREFIX + self.name + ("?" + "&".join(chosen) if chosen else "")


def open_hub_set(source: str) -> Generator[Preparing, None, tuple[Rows, Layout]]:
    """The pictures and labels of a set of the Hub; its train split, and its validation or test split if there is one.

    If only one of the two has labels, it is all there is, to be divided like class folders without parts.

    Raises:
        UserError: the library is missing, there is no such set, it cannot be reached, does not fit on the disk, leaves
            a choice that was not made, or is not made of one column of pictures and one of class labels.
    """
    wanted = Wanted.read(source)
    builder, splits = yield from _load(wanted)
    used = [found for words in _PARTS if (found := next((word for word in words if word in splits), ""))]
    if not used:
        what = f"There is no train, validation or test split in it, only {', '.join(splits)}"
        raise UserError(what, where=source, cure="Choose another set")
    image, label = _columns(splits[used[0]], wanted)
    names = getattr(splits[used[0]].features[label], "names", None)
    rows = Rows({word: splits[word] for word in used}, image, _homes(wanted.name, builder))
    refused = [
        Refused(f"{word}/", f"{len(split)} pictures outside {' and '.join(used)} are not used")
        for word, split in splits.items()
        if word not in used
    ]
    parts = [part for word in used if (part := _by_class(word, splits[word][label], names, refused))]
    _check_classes(parts, names, source)
    return rows, Layout(parts[0], parts[1] if len(parts) > 1 else None, tuple(refused))


class Rows:
    """The pictures of a set as files: "train/0000007" is the eighth row of the train split.

    Args:
        splits: by name.
        image: the column of pictures.
        homes: the folders whose files a row may name in place of a picture.
    """

    def __init__(self, splits: dict[str, Any], image: str, homes: Iterable[Path]) -> None:
        from datasets import Image

        self.names: list[str] = []
        self.refused: list[Refused] = []
        self._image = image
        self._homes = [home.resolve() for home in homes]
        self._fingerprints = {word: split._fingerprint for word, split in splits.items()}
        self._splits = {
            word: split.select_columns([image]).cast_column(image, Image(decode=False))
            for word, split in splits.items()
        }
        self._paths = {word: _paths(split.data.column(image)) for word, split in self._splits.items()}

    def read(self, name: str) -> bytes:
        word, row = name.split("/")
        cell = self._splits[word][int(row)][self._image] or {"bytes": None, "path": None}
        if cell["bytes"] is not None:
            return bytes(cell["bytes"][: MAX_BYTES + 1])
        if not cell["path"]:
            raise UserError("There is no picture in this row", where=name, cure="Leave it out")
        return read_bytes(self._allowed(cell["path"], name), name=name)

    def fingerprint(self, name: str) -> str:
        """What the library calls a split that was made of the same files, and the state of a file that a row names."""
        word, row = name.split("/")
        split, path = str(self._fingerprints[word]), self._paths[word][int(row)]
        if not path:
            return split  # every row of it differs by its name
        try:
            status = self._allowed(path, name).stat()
        except (OSError, UserError):
            return f"{split} unreadable"
        return f"{split} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"

    def close(self) -> None:
        """The library's own cache is mapped, and nothing is held open."""

    def _allowed(self, path: str, name: str) -> Path:
        """A file of the set; a stranger's set may name any file of this computer, also through a link."""
        try:
            real = Path(path).resolve()
        except (OSError, ValueError, RuntimeError):  # a zero byte, or links in a circle
            real = Path()
        if not any(real.is_relative_to(home) for home in self._homes):
            raise UserError("The set names a file outside itself", where=name, cure="Leave it out")
        return real


def _homes(name: str, builder: Any) -> list[Path]:
    """Where files of a set lie: its own folder, or where the library puts what it downloads for it and unpacks.

    Not the library's whole folder: there are a person's access token, and their models.
    """
    from datasets import config
    from huggingface_hub.constants import HF_HUB_CACHE

    if not builder.repo_id:
        return [Path(name)]
    own = f"datasets--{builder.repo_id.replace('/', '--')}"
    return [Path(HF_HUB_CACHE, own), Path(config.DOWNLOADED_DATASETS_PATH)]


def _paths(column: Any) -> list[str | None]:
    """Of an Arrow column of pictures, the path of each row without bytes."""
    content, path = column.flatten()
    return [
        None if there else each for there, each in zip(content.is_valid().to_pylist(), path.to_pylist(), strict=True)
    ]


def _load(wanted: Wanted) -> Generator[Preparing, None, tuple[Any, dict[str, Any]]]:
    """The library's builder and the splits by name, downloaded into the library's cache."""
    source = str(wanted)
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
        builder = _builder(wanted)
        yield Preparing(0, 0, "downloading", builder.info.download_size or 0)
        if builder.repo_id:
            folder = _homes(wanted.name, builder)[0]
            yield from downloading(builder.download_and_prepare, folder, builder.info.download_size or 0)
        else:
            builder.download_and_prepare()
        return builder, dict(builder.as_dataset())
    except UserError:
        raise
    except ConnectionError as error:
        cure = "Connect this computer to the internet; a set that was loaded once is there offline, too"
        raise UserError("The Hub cannot be reached", where=source, cure=cure) from error
    except FileNotFoundError as error:
        cure = "Check the name; for a private set, run `hf auth login` first"
        raise UserError("There is no such set, or it holds no data", where=source, cure=cure) from error
    except Exception as error:  # the library raises a dozen unrelated kinds
        if _is_full(error):
            cure = "Make room there, or name a folder on a larger disk in HF_HOME"
            where = str(datasets.config.HF_CACHE_HOME)
            raise UserError("The disk is full: the set does not fit", where=where, cure=cure) from error
        what = f"The set cannot be loaded ({clean(str(error).partition(chr(10))[0])[:200]})"
        raise UserError(
            what, where=source, cure="Choose another set, or download it as a folder of pictures"
        ) from error


def _builder(wanted: Wanted) -> Any:
    """The library's builder of the configuration that is wanted, or of the only or default one."""
    import datasets

    try:
        return datasets.load_dataset_builder(wanted.name, wanted.config or None)
    except ValueError as error:
        configs = datasets.get_dataset_config_names(wanted.name)
        if wanted.config in configs or (not wanted.config and len(configs) < 2):
            raise
        cure = f"Write {replace(wanted, config=configs[0])}"
        raise UserError(f"It has the configurations {_choices(configs)}", where=str(wanted), cure=cure) from error


def _is_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error, or behind what it was raised from."""
    while error is not None:
        if (isinstance(error, OSError) and error.errno in FULL) or _FULL_WORDS.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _columns(split: Any, wanted: Wanted) -> tuple[str, str]:
    """Which column holds the pictures, and which the class labels: numbers with names, or else texts or numbers."""
    from datasets import ClassLabel, Image, Value

    features = split.features.items()
    images = [name for name, feature in features if isinstance(feature, Image)]
    labels = [name for name, feature in features if isinstance(feature, ClassLabel)]
    values = [name for name, each in features if isinstance(each, Value) and _TELLING.fullmatch(each.dtype)]
    cure = "Choose a set with one column of pictures and one of class labels"
    for names, noun in ((images, "pictures"), (labels or values, "class labels")):
        if not names:
            what = f"There is no column of {noun} among its columns {_choices(split.column_names)}"
            raise UserError(what, where=str(wanted), cure=cure)
    if len(images) > 1:
        raise UserError(f"{' and '.join(images)} are all columns of pictures", where=str(wanted), cure=cure)
    if wanted.label in labels + values:
        return images[0], wanted.label
    found = labels or values
    if wanted.label or len(found) > 1:
        what = f"Its columns of class labels are {_choices(labels + values if wanted.label else found)}"
        raise UserError(what, where=str(wanted), cure=f"Write {replace(wanted, label=found[0])}")
    return images[0], found[0]


def _choices(names: Sequence[str]) -> str:
    more = [f"and {len(names) - _MOST_CHOICES} more"] if len(names) > _MOST_CHOICES else []
    return ", ".join([*(clean(name) for name in names[:_MOST_CHOICES]), *more])


def _by_class(word: str, labels: Iterable[Any], names: Sequence[str] | None, refused: list[Refused]) -> ByClass:
    """The rows of a split; `names` are those of numbered classes, None where a label is the class's name itself."""
    by_class: ByClass = {}
    for row, label in enumerate(labels):
        name = f"{word}/{row:07}"
        if label is None or label == "" or (isinstance(label, int) and label < 0):  # so test splits hide the answers
            refused.append(Refused(name, "It has no label"))
        elif names is not None and label >= len(names):
            refused.append(Refused(name, "Its label is no class"))
        else:
            by_class.setdefault(clean(str(label) if names is None else names[label]), []).append(name)
    return dict(sorted(by_class.items()))


def _check_classes(parts: Sequence[ByClass], names: Sequence[str] | None, source: str) -> None:
    """Refuse labels that are no classes, and those that leave nothing to tell apart."""
    found = {name for part in parts for name in part}
    count = len(found if names is None else names)
    if count > MAX_CLASSES:
        what = f"There are {count} classes, more than {MAX_CLASSES}"
    elif not found:
        what = "No picture in it has a label"
    elif len(parts[0]) < 2:
        what = f"Its pictures to train on are all of one class ({next(iter(parts[0]))})"
    else:
        return
    cure = "Choose another set, or another column of labels with ?label=COLUMN"
    raise UserError(what, where=source, cure=cure)
