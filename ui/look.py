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
PARAMETERS = ("view", "net", "nets", "input", "classes", "table", "columns", "open", "select", *QUERY_FIELDS)
EVERYTHING = "*"  # as the one unfolded name: all of them

_NAME = re.compile(r"[A-Za-z0-9_.#]{1,60}")
_MAX_OPENED = 400
_MAX_LENGTH = 8000  # characters of one parameter

Value = TypeVar("Value")


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

    @property
    def row(self) -> Net:
        """The net that is shown: the one from the catalogue, or the one designed here."""
        return self.design.net() if self.view == "build" else CATALOGUE[self.net]

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.input or self.row.input_shape

    @property
    def num_classes(self) -> int | None:
        """Outputs of the head; None for a net that classifies nothing."""
        return None if self.row.classes is None else self.classes or self.row.classes


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
    )


def as_parameters(look: Look) -> dict[str, str]:
    """The parameters that `parse` reads back; what is as usual is left out."""
    plain = Look()
    written = {
        "view": look.view,
        "net": look.net,
        "nets": ",".join(look.nets),
        "input": "" if look.input is None else ",".join(map(str, look.input)),
        "classes": "" if look.classes is None else str(look.classes),
        "table": look.table,
        "columns": look.columns,
        "open": ",".join(look.opened),
        "select": look.selected,
    }
    usual = {"view": plain.view, "net": plain.net, "nets": ",".join(plain.nets)}
    usual |= {"table": plain.table, "columns": plain.columns}
    kept = {name: value for name, value in written.items() if value and value != usual.get(name)}
    if look.view != "compare":
        kept.pop("nets", None)
    if look.view != "net":
        kept.pop("net", None)
    return kept | (as_query(look.design) if look.view == "build" else {})


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
    except (UserError, ValueError, TypeError, AttributeError):  # a script may send anything in a text's place
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
