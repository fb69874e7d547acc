"""What the Architecture tab shows, and its form in the page's address.

``/?net=resnet50&open=layer2,layer2.0&select=layer2.0.conv2`` opens ResNet-50 with one stage and one block unfolded and
one convolution explained. The page's script sends the same parameters back when somebody unfolds or selects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from resnet.catalogue import CATALOGUE, Net, check_classes
from resnet.compare import FEWEST, MOST
from resnet.design import QUERY_FIELDS, Design, as_query, from_query
from resnet.errors import UserError
from resnet.inputs import parse_shape

VIEWS = ("net", "compare", "build", "convolution")
TABLES = ("operations", "torchstat")
COLUMNS = ("few", "all")
CHOSEN = ("view", "net", "nets", "input", "classes", *QUERY_FIELDS)  # by the controls
SCRIPTED = ("table", "columns", "open", "select", "times")  # by the page's script, on the picture and the table
EVERYTHING = "*"  # as the one unfolded name: all of them

_NAME = re.compile(r"[A-Za-z0-9_.#]{1,60}")
_MAX_OPENED = 400
_MAX_LENGTH = 8000  # characters of one parameter

# What a reader may stumble over: a script may send anything in a text's place.
_NONSENSE = (UserError, ArithmeticError, AttributeError, TypeError, ValueError)

Value = TypeVar("Value")
Subject = tuple[Net, tuple[int, int, int], int | None]  # a net at an input, with so many classes


@dataclass(frozen=True, slots=True)
class Look:
    """One view of the tab.

    Args:
        view: one of `VIEWS`.
        net: the net of the view "net", a name of the catalogue.
        nets: those of the view "compare", two to four names.
        design: that of the view "build".
        input: channels, height, width; None for the net's own.
        classes: outputs of the head; None for the net's own.
        table: one of `TABLES`.
        columns: one of `COLUMNS`.
        opened: names of the stages and blocks that are unfolded.
        selected: the name of the stage, block or operation that is explained; empty for none.
        times: whether the table shows how long each operation takes, where that was measured.
    """

    view: str = VIEWS[0]
    net: str = "resnet18"
    nets: tuple[str, ...] = ("resnet34", "resnet50")
    design: Design = field(default_factory=Design)
    input: tuple[int, int, int] | None = None
    classes: int | None = None
    table: str = TABLES[0]
    columns: str = COLUMNS[0]
    opened: tuple[str, ...] = ()
    selected: str = ""
    times: bool = False

    @property
    def row(self) -> Net:
        """The net that is shown, or the first of those compared: what input and classes are unless one says so."""
        if self.view == "build":
            return self.design.net()
        return CATALOGUE[self.nets[0] if self.view == "compare" else self.net]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width of the input."""
        return self.input or self.row.input_shape

    @property
    def num_classes(self) -> int | None:
        """Outputs of the head; None for a net that classifies nothing."""
        return None if self.row.classes is None else self.classes or self.row.classes

    @property
    def subject(self) -> Subject:
        """What is shown, however it is shown."""
        return self.row, self.shape, self.num_classes


def parse(query: Mapping[str, str]) -> Look:
    """Read an address's parameters. Anything unknown or malformed counts as absent: an old link still opens."""
    return _parse(query)[0]


def unread(query: Mapping[str, str]) -> str:
    """The first parameter that `parse` passes over, as it stands in the address; empty if it takes all of them."""
    return next((f"{name}={query[name]}" for name in _parse(query)[1]), "")


def _parse(query: Mapping[str, str]) -> tuple[Look, list[str]]:
    plain, passed_over = Look(), []

    def read(name: str, reader: Callable[[str], Value], otherwise: Value) -> Value:
        text = query.get(name)
        try:
            return reader(_short(text)) if text else otherwise
        except _NONSENSE:
            passed_over.append(name)
            return otherwise

    try:
        design = from_query(query)
    except _NONSENSE as error:
        design, where = plain.design, getattr(error, "where", "")
        passed_over.append(where if where in query else next(name for name in QUERY_FIELDS if name in query))
    look = Look(
        view=read("view", _one_of(VIEWS), plain.view),
        net=read("net", _one_of(CATALOGUE), plain.net),
        nets=read("nets", _nets, plain.nets),
        design=design,
        input=read("input", parse_shape, None),
        classes=read("classes", lambda text: check_classes(int(text)), None),
        table=read("table", _one_of(TABLES), plain.table),
        columns=read("columns", _one_of(COLUMNS), plain.columns),
        opened=read("open", _names, ()),
        selected=read("select", lambda text: _names(text)[0], ""),
        times=query.get("times") == "1",
    )
    return look, passed_over


def as_parameters(look: Look) -> dict[str, str]:
    """The parameters that `parse` reads back; what is as usual is left out."""
    plain = Look()
    written = {
        "view": "" if look.view == plain.view else look.view,
        "input": "" if look.input is None else ",".join(map(str, look.input)),
        "classes": "" if look.classes is None else str(look.classes),
    }
    if look.view == "compare":
        written["nets"] = ",".join(look.nets)
    if look.view == "net" and look.net != plain.net:
        written["net"] = look.net
    if look.view == "build":
        written |= as_query(look.design)
    if look.view in ("net", "build"):
        written |= {
            "table": "" if look.table == plain.table else look.table,
            "columns": "" if look.columns == plain.columns else look.columns,
            "open": ",".join(look.opened),
            "select": look.selected,
            "times": "1" if look.times else "",
        }
    return {name: value for name, value in written.items() if value}


def _short(text: str) -> str:
    if len(text) > _MAX_LENGTH:
        raise ValueError(text[:_MAX_LENGTH])
    return text


def _one_of(choices: Collection[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def _nets(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name in CATALOGUE))
    if not FEWEST <= len(names) <= MOST:
        raise ValueError(text)
    return names


def _names(text: str) -> tuple[str, ...]:
    if text == EVERYTHING:
        return (EVERYTHING,)
    names = tuple(dict.fromkeys(text.split(",")))
    if len(names) > _MAX_OPENED or not all(map(_NAME.fullmatch, names)):
        raise ValueError(text)
    return names
