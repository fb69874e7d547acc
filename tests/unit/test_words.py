"""Every word the page asks for is written, and none can break out of where it is put."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from ui import words
from ui.text import section, t

UI = Path(words.__file__).parent.parent
TABLES = [import_module(module.name) for module in iter_modules(words.__path__, words.__name__ + ".")]


def asked() -> Iterator[str]:
    """The keys of all `t("...")` calls and of all marks; of computed keys the part that is fixed, with a star."""
    for file in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args
            ):
                continue
            key = node.args[0]
            if isinstance(key, ast.Constant):
                yield str(key.value)
            elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                yield f"{key.values[0].value}*"
    yield from marked()


def marked() -> Iterator[str]:
    """The keys of all [[...]] marks in templates."""
    for file in (UI / "static").glob("*.html"):
        yield from re.findall(r"\[\[(.+?)\]\]", file.read_text(encoding="utf-8"))


def test_every_key_that_is_asked_for_is_written() -> None:
    written = {key for table in TABLES for key in table.WORDS}
    keys = set(asked())
    assert len(keys) > 20
    exact = {key for key in keys if not key.endswith("*")}
    assert exact - written == set()
    for prefix in keys - exact:
        assert any(key.startswith(prefix[:-1]) for key in written), prefix


def test_keys_belong_to_their_tab() -> None:
    for table in TABLES:
        tab = table.__name__.rsplit(".", 1)[1]
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


def test_the_script_uses_only_words_it_gets() -> None:
    known = set(section("train.live."))
    script = "".join(file.read_text(encoding="utf-8") for file in (UI / "static").glob("train*.js"))
    used = set(re.findall(r"\bwords\.(\w+)", script))
    assert used <= known
