"""How names are written on the page: ResNet-50 in one piece, a stage with what others call it."""

from __future__ import annotations

import re
from html import escape

from resnet.catalogue import CATALOGUE, find
from resnet.design import PREFIX
from resnet.errors import UserError
from resnet.outline import Alias
from ui.text import t

_NAME = re.compile(r"\w+(?:-\d\w*)+")


def unbroken(text: str) -> str:
    """The text as HTML, escaped, with every such name in one piece."""
    return _NAME.sub(r'<span class="lab-name">\g<0></span>', escape(text))


def also_called(alias: Alias) -> str:
    """What others call a stage, as HTML, escaped: "conv2_x in the paper, b2 in d2l"."""
    return escape(t("architecture.alias", paper=alias.paper, d2l=alias.d2l))


def net_title(name: str) -> str:
    """What people call a net, a design among them; its name where nobody knows it."""
    if name not in CATALOGUE and not name.startswith(PREFIX):
        return name
    try:
        return find(name).title
    except UserError:  # a design that a stranger wrote
        return name
