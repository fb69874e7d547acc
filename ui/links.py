"""The part of the page's state that lives in its address: which tab is open and which run is watched.

``/?tab=train&run=ID`` opens the Train tab on that run, on any device that can reach the page; ``/?compare=ID,ID`` opens
it with these runs over each other, which its script reads (`static/overlay.js`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

TABS = ("architecture", "train", "predict")
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class PageState:
    """What an address says; `tab` is one of `TABS`, `run` is a run's id or empty."""

    tab: str = TABS[0]
    run: str = ""


def opens_on(query: Mapping[str, str], browser: str, *, public: bool) -> str:
    """The tab to open: the one the address asks for; where it asks for nothing, the quickest to like on a phone and for
    strangers, who see Predict first.

    Args:
        query: the address's.
        browser: what the browser calls itself, its `User-Agent`.
        public: the page is for strangers.
    """
    asks_nothing = all(key.startswith("__") for key in query)  # such keys are Gradio's and Hugging Face's
    return "predict" if asks_nothing and (public or "Mobi" in browser) else parse(query).tab


def parse(query: Mapping[str, str]) -> PageState:
    """Read an address's query. Anything unknown or malformed counts as absent: an old link still opens the page."""
    run = query.get("run", "")
    run = run if RUN_ID.fullmatch(run) else ""
    tab = query.get("tab", "")
    if tab not in TABS:
        tab = "train" if run or query.get("compare") else TABS[0]
    return PageState(tab, run)
