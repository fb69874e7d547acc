"""What the Architecture tab shows, and its form in the page's address.

``/?net=resnet50&open=layer2,layer2.0&select=layer2.0.conv2`` opens ResNet-50 with one stage and one block unfolded and
one convolution explained. The page's script sends the same parameters back when somebody unfolds or selects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from resnet.catalogue import CATALOGUE, Net, check_classes
from resnet.design import QUERY_FIELDS, Design, as_query, from_query
from resnet.errors import UserError
from resnet.inputs import parse_shape

VIEWS = ("net", "compare", "build", "convolution")
TABLES = ("operations", "torchstat")
COLUMNS = ("few", "all")
MAX_NETS = 4
# Every parameter of an address that is this tab's.
PARAMETERS = ("view", "net", "nets", "input", "classes", "table", "columns", "open", "select", "times", *QUERY_FIELDS)
EVERYTHING = "*"  # as the one unfolded name: all of them

_NAME = re.compile(r"[A-Za-z0-9_.#]{1,60}")
_MAX_OPENED = 400
_MAX_LENGTH = 8000  # characters of one parameter

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
    plain = Look()
    return Look(
        view=_one_of(query, "view", VIEWS),
        net=_one_of(query, "net", tuple(CATALOGUE)) if "net" in query else plain.net,
        nets=_read(query, "nets", _nets, plain.nets),
        design=_read(query, None, from_query, plain.design),
        input=_read(query, "input", parse_shape, None),
        classes=_read(query, "classes", lambda text: check_classes(int(text)), None),
        table=_one_of(query, "table", TABLES),
        columns=_one_of(query, "columns", COLUMNS),
        opened=_read(query, "open", _names, ()),
        selected=_read(query, "select", lambda text: _names(text)[0], ""),
        times=query.get("times") == "1",
    )


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


def _one_of(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = query.get(name)
    return value if value in choices else choices[0]


def _read(query: Mapping[str, str], name: str | None, reader: Callable[..., Value], otherwise: Value) -> Value:
    """What `reader` makes of one parameter, or of all; `otherwise` where it is absent or makes no sense."""
    text = query if name is None else query.get(name)
    if not text or (isinstance(text, str) and len(text) > _MAX_LENGTH):
        return otherwise
    try:
        return reader(text)
    except (UserError, ArithmeticError, AttributeError, TypeError, ValueError):  # a script may send anything
        return otherwise


def _nets(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name in CATALOGUE))
    if not 2 <= len(names) <= MAX_NETS:
        raise ValueError(text)
    return names


def _names(text: str) -> tuple[str, ...]:
    if text == EVERYTHING:
        return (EVERYTHING,)
    names = tuple(dict.fromkeys(text.split(",")))
    if len(names) > _MAX_OPENED or not all(map(_NAME.fullmatch, names)):
        raise ValueError(text)
    return names
