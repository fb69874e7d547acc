"""Every word the page asks for is written, and none can break out of where it is put."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from resnet.catalogue import CATALOGUE
from resnet.compare import READY_MADE
from resnet.design import CHOICES
from resnet.memory import OPTIMIZERS
from resnet.stages import stage_of
from resnet.summary import summarize
from train.event_log import OVER
from train.recipe import CHOICES as WAYS
from train.recipes import RECIPES
from ui import words
from ui.board import EXPORTS
from ui.design_controls import FIELDS
from ui.heat import METHODS
from ui.heat_reading import COLUMNS, ROWS
from ui.images import FITS
from ui.inside import PATHS
from ui.layer_table import ALL, TORCHSTAT_COLUMNS
from ui.links import TABS
from ui.look import TABLES as LAYER_TABLES
from ui.look import VIEWS
from ui.questions import QUESTIONS
from ui.run_settings import SETTINGS
from ui.text import section, t

UI = Path(words.__file__).parent.parent
TABLES = [import_module(module.name) for module in iter_modules(words.__path__, words.__name__ + ".")]
WRITTEN = {key for table in TABLES for key in table.WORDS}
SOURCES = [file for file in UI.rglob("*.py") if file.parent.name != "words"]
ENDS = (*OVER, "interrupted")


#: What the names in computed keys can stand for.
MEANT = {
    "net.group": {net.group for net in CATALOGUE.values()} - {"resnet"},  # those have buttons of their own
    "column": {
        "architecture.column.": (*ALL, "time"),
        "architecture.define.torchstat.": TORCHSTAT_COLUMNS,
        "architecture.define.": (*ALL, "time"),
    },
    "key or column": (*ALL, "time", *(f"torchstat.{column}" for column in TORCHSTAT_COLUMNS)),
    "name": {
        "page.tab.": TABS,
        "train.recipe_": RECIPES,
        "train.form.optimizer_": WAYS["optimizer"],
        "train.form.crop_": WAYS["crop"],
        "train.form.norm_": WAYS["norm"],
        "train.overlay.setting.": SETTINGS,
        "architecture.table.": LAYER_TABLES,
        "architecture.": ("unfold", "fold", "time"),
        "architecture.memory.choose.": OPTIMIZERS,
    },
    "view": VIEWS,
    "pair": READY_MADE,
    "kind": EXPORTS,
    "question.key": [question.key for question in QUESTIONS],
    "key": [question.key for question in QUESTIONS],
    "fit": FITS,
    "unit": ("seconds", "minutes", "hours"),
    "c": ("picture", "answer", "ms"),
}


def asked() -> Iterator[str]:
    """The keys of all `t(...)` calls, computed ones for everything they can become, and of all marks."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                yield from keys(node.args[0])
    yield from marked()


def keys(node: ast.expr) -> Iterator[str]:
    """What a key's expression can become; of one chosen before (`said`) or read from a mark nothing is known."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from (*keys(node.body), *keys(node.orelse))
    elif isinstance(node, ast.JoinedStr):
        yield from ("".join(parts) for parts in itertools.product(*pieces(node)))
    else:
        assert isinstance(node, (ast.Name, ast.Subscript)), ast.unparse(node)


def pieces(node: ast.JoinedStr) -> Iterator[Iterable[str]]:
    """For each part of a key that is put together: what it can be."""
    start = ast.literal_eval(node.values[0])
    for part in node.values:
        if isinstance(part, ast.Constant):
            yield (str(part.value),)
        else:
            assert isinstance(part, ast.FormattedValue)
            choices = MEANT[ast.unparse(part.value)]
            yield choices[start] if isinstance(choices, dict) else choices


def said() -> Iterator[str]:
    """All strings in the sources: a key that is chosen before it is asked for is among them."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def marked() -> Iterator[str]:
    """The keys of all [[...]] marks in templates."""
    for file in (UI / "static").glob("*.html"):
        yield from re.findall(r"\[\[(.+?)\]\]", file.read_text(encoding="utf-8"))


def scripted(scripts: str) -> Iterator[str]:
    """The words that scripts use, as `words.name`."""
    for file in (UI / "static").glob(scripts):
        yield from re.findall(r"\bwords\.(\w+)", file.read_text(encoding="utf-8"))


def put_together() -> Iterator[str]:
    """The words that the Train tab's scripts ask for by a name put together."""
    states = ("empty", "recorded", "unknown", "queued", "waiting", "preparing", "running", "paused", "made_way", *ENDS)
    yield from (f"state_{state}" for state in states)
    kinds = ("drawing", "decoding", "checking", "waiting", "downloading", "unpacking")  # `Preparing.what`
    yield from (f"what_{kind}" for kind in kinds)
    yield from ("loss", "accuracy", "lr")  # the charts
    yield from (f"mark_{kind}" for kind in ("learning_rate", "resumed", "diverged"))
    kinds = ("early", "learning", "not_learning", "overfitting", "diverged")  # `Verdict.kind`
    yield from (f"verdict_{kind}" for kind in (*kinds, "learned", "learned_little", "left"))
    cases = ("early_epochs", "better", "by_heart", "blown_up", *kinds)
    yield from (f"because_{case}" for case in cases)  # `Verdict.case`
    yield from ("empty", "unknown")  # states whose sentence has no figures


def looked_up() -> Iterator[str]:
    """The words that the Predict tab's scripts ask for by a name put together."""
    yield from (f"about_{method}" for method in METHODS)
    yield from (f"evidence_{kind}" for kind in ("some", "none", "layer", *(set(METHODS) - {"grad_cam"})))
    yield from (f"block_{kind}" for kind in ("identity", "projection", "padded"))
    yield from (f"path_{name}" for name in (*PATHS, "rectified"))
    yield from (f"lies_{row}_{column}" for row in ROWS for column in COLUMNS)


# The words that scripts get, and the scripts.
SCRIPTS = {
    "train.live.": "train*.js",
    "train.learning.live.": "learning*.js",
    "train.overlay.live.": "overlay*.js",
    "train.take_away.live.": "take_away*.js",
    "page.room.live.": "room*.js",
    "predict.live.": "predict*.js",
    "architecture.script.": "architecture*.js",
    "architecture.question.script.": "questions.js",
    "architecture.convolution.live.": "convolution*.js",
}


def test_every_key_that_is_asked_for_is_written() -> None:
    wanted = set(asked())
    assert len(wanted) > 20
    assert wanted - WRITTEN == set()


def test_every_key_that_is_written_is_asked_for() -> None:
    used = {*asked(), *said(), *(f"train.live.{word}" for word in put_together())}
    used |= {f"predict.live.{word}" for word in looked_up()}
    used |= {f"{prefix}{word}" for prefix, scripts in SCRIPTS.items() for word in scripted(scripts)}
    used |= {f"train.overlay.live.state_{state}" for state in ("queued", "preparing", "running", "paused", *ENDS)}
    used |= {f"architecture.note.{net}" for net in CATALOGUE}
    used |= {f"architecture.build.{field}{end}" for field in FIELDS for end in ("", "_info")}
    used |= {f"architecture.build.{field}.{choice}" for field, choices in CHOICES.items() for choice in choices}
    used |= {f"architecture.stage.{stage_of(row.name)}" for net in CATALOGUE for row in summarize(net).rows}
    assert WRITTEN - used == set()


def test_refusals_on_the_page_take_their_words_from_the_tables() -> None:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "UserError"):
                continue
            sentences = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "cure")]
            written_here = [each for each in sentences if isinstance(each, (ast.Constant, ast.JoinedStr))]
            assert written_here == [], f"{file.name}:{node.lineno}"


def test_keys_belong_to_their_tab() -> None:
    for table in TABLES:
        name = table.__name__.rsplit(".", 1)[1]
        own = {"learning": "train", "overlay": "train", "take_away": "train", "train_form": "train", "room": "page"}
        own |= {"predict_refusals": "predict"}
        tab = own.get(name, name if name in ("page", *TABS) else "architecture")
        assert all(key.startswith(f"{tab}.") for key in table.WORDS)


def test_no_sentence_is_code_where_the_page_puts_it() -> None:
    # Gradio runs the templates of gr.HTML as Handlebars and then as a JavaScript template string.
    for key in marked():
        assert not re.search(r"\$\{|\{\{|`|\\", t(key)), key


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("train.nothing_of_the_kind")
    with pytest.raises(KeyError):
        section("nobody.")


@pytest.mark.parametrize(("prefix", "scripts"), SCRIPTS.items())
def test_a_script_uses_only_words_it_gets(prefix: str, scripts: str) -> None:
    assert set(scripted(scripts)) <= {*section(prefix), "unreachable"}
