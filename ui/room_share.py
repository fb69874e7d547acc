"""The address under which other devices open the page, and its QR code, drawn here."""

from __future__ import annotations

import io
import sys
from typing import Any
from urllib.parse import urlencode, urlsplit

import segno

from resnet.errors import UserError
from ui.lab import Lab
from ui.links import RUN_ID
from ui.network import is_own
from ui.text import t

_MAX_ADDRESS = 1000  # characters
_WHITE_ON_BLACK, _AS_BEFORE = "\033[97;40m", "\033[0m"  # phones do not read a code in a light terminal's colours


def share(lab: Lab, page: object, run: object) -> dict[str, Any]:
    """How another device opens the page a browser has on show.

    Args:
        lab: the app.
        page: the address in the browser's own bar, without its query.
        run: the run to watch; empty for none.

    Returns:
        ``address``; ``qr``, its code as the address of a picture, empty where no other device can open it; and
        ``note``, which then says why and what helps.

    Raises:
        UserError: this is no address of a page.
    """
    base = _page(page)
    is_here = is_own(urlsplit(base).hostname or "")
    elsewhere = lab.on_network() if is_here else base
    query = urlencode({"tab": "train", "run": run}) if isinstance(run, str) and RUN_ID.fullmatch(run) else ""
    address = f"{elsewhere or base}{'?' if query else ''}{query}"
    return {
        "address": address,
        "qr": qr_picture(address) if elsewhere else "",
        "note": "" if elsewhere else why_alone(lab),
    }


def why_alone(lab: Lab) -> str:
    """Why no other device can open the page, where none can, and what helps."""
    return t("page.room.alone" if lab.listens_everywhere else "page.room.unreachable")


def qr_picture(address: str) -> str:
    """The code as an SVG in a data address: black on white, whatever the theme, with the margin that readers need."""
    return segno.make(address, error="m", micro=False).svg_data_uri(omitsize=True, border=4, dark="#000", light="#fff")


def invitation(lab: Lab, here: str) -> str:
    """What the terminal says to who will lead: the link that makes the leader, and for the room the page's QR code.

    Args:
        lab: the app.
        here: the page's address on this machine.
    """
    elsewhere = lab.on_network()
    lead = t("page.room.terminal_lead", link=f"{elsewhere or here}?lead={lab.room.link}")
    rest = _qr_lines(elsewhere) if elsewhere else why_alone(lab)
    return f"{lead}\n{rest}".strip()


def _qr_lines(address: str) -> str:
    """The code for a terminal; empty where it is none, or cannot show block characters."""
    if not sys.stdout.isatty():
        return ""
    drawn = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(drawn, border=4, compact=True)
    lines = drawn.getvalue().splitlines()
    try:
        "".join(lines).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return ""
    return "\n".join(f"{_WHITE_ON_BLACK}{line}{_AS_BEFORE}" for line in lines)


def _page(page: object) -> str:
    try:
        if isinstance(page, str) and len(page) <= _MAX_ADDRESS:
            parts = urlsplit(page)
            if parts.scheme in ("http", "https") and parts.hostname:
                return f"{parts.scheme}://{parts.netloc}{parts.path}"
    except ValueError:  # a bracket that is not closed, say
        pass
    raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
