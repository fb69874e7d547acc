"""Names such as ResNet-50 in running text: a browser would break the line after their hyphen."""

from __future__ import annotations

import re
from html import escape

_NAME = re.compile(r"\w+(?:-\d\w*)+")


def unbroken(text: str) -> str:
    """The text as HTML, escaped, with every such name in one piece."""
    return _NAME.sub(r'<span class="lab-name">\g<0></span>', escape(text))
