"""The page: a slim bar, three tabs, and how Gradio is asked to serve them."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from ui import architecture_tab, links, predict_tab, questions, room_view, train_tab
from ui.compression import Compression
from ui.lab import Lab
from ui.text import t
from ui.theme import LabTheme

STATIC = Path(__file__).parent / "static"
STYLES = (
    "lab.css",
    "room.css",
    "questions.css",
    "architecture.css",
    "architecture_refused.css",
    "picture.css",
    "layer_table.css",
    "explanation.css",
    "reconcile.css",
    "cost.css",
    "compare.css",
    "convolution.css",
    "train.css",
    "train_form.css",
    "train_charts.css",
    "train_controls.css",
    "train_figures.css",
    "train_runs.css",
    "take_away.css",
    "overlay.css",
    "overlay_table.css",
    "learning.css",
    "predict.css",
    "predict_deeper.css",
    "predict_parts.css",
    "predict_weights.css",
    "predict_channel.css",
    "predict_phone.css",
)

UPLOADS_KEPT = (600, 3000)  # seconds: how often is looked, and how old they may then be; within the hour they are gone

# The tab on show is written into the address, beside whatever else stands there. Gradio also reports the tab it shows
# first, before the address was read; that must not overwrite what the address asks for. And it may report two changes
# in a row in the wrong order: what counts is what one sees.
_ADDRESS_IS_READ = "() => { window.labAddressIsRead = true; }"
_REMEMBER_TAB = """() => {
  const shown = TABS.find((name) => document.getElementById(`tab-${name}`)?.checkVisibility());
  if (!window.labAddressIsRead || !shown) return;
  const address = new URL(window.location);
  address.searchParams.set("tab", shown);
  window.history.replaceState(null, "", String(address).replaceAll("%2C", ","));
}""".replace("TABS", json.dumps(links.TABS))


def build(lab: Lab) -> gr.Blocks:
    """Build the page for `lab`; the caller launches it with `launch_arguments`."""
    with gr.Blocks(title=t("page.name"), fill_width=True, delete_cache=UPLOADS_KEPT, analytics_enabled=False) as page:
        gr.HTML(
            f"<header><h1>{html.escape(t('page.name'))}</h1><p>{html.escape(t('page.line'))}</p></header>",
            elem_id="lab-bar",
            apply_default_css=False,
            js_on_load=None,
        )
        room = room_view.build(lab)
        asked = questions.build()
        with gr.Tabs(elem_id="lab-tabs") as tabs:
            for name, module in zip(links.TABS, (architecture_tab, train_tab, predict_tab), strict=True):
                with gr.Tab(t(f"page.tab.{name}"), id=name, elem_id=f"tab-{name}") as tab:
                    shown = module.build(lab)
                tab.select(None, js=_REMEMBER_TAB)
                if name == "architecture":
                    shown.answer(asked, tabs).then(None, js=_REMEMBER_TAB)
                    shown.follow(room, lab.room)
                    architecture = shown
                if name == "train":
                    built = architecture.controls["train"]
                    shown.bring_own(architecture.before, built, tabs).then(None, js=_REMEMBER_TAB)
        opened = page.load(_opener(lab), None, tabs, api_visibility="private", queue=False, show_progress="hidden")
        opened.then(None, js=_ADDRESS_IS_READ)
    # Pictures and tables are quick; training never passes through this queue.
    return page.queue(max_size=64, default_concurrency_limit=4, api_open=False)


def _opener(lab: Lab) -> Callable[[gr.Request], Any]:
    """What opens the tab that a page is to begin with; in a room that is led, the leader's."""

    def open_tab(request: gr.Request) -> Any:
        browser = "" if lab.room.led else str(request.headers.get("user-agent", ""))
        tab = links.opens_on(request.query_params, browser, public=lab.public)
        return gr.skip() if tab == links.TABS[0] else gr.Tabs(selected=tab)

    return open_tab


def launch_arguments(lab: Lab) -> dict[str, Any]:
    """Return what `Blocks.launch` needs beside host and port, once the page is built: the look, the addresses beside
    the page, and nothing switched on that is not used.
    """
    return {
        "theme": LabTheme(),
        "app_kwargs": {"middleware": [Middleware(Compression)], "routes": lab.routes},
        "css_paths": [STATIC / name for name in STYLES],
        "max_file_size": "512mb",
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": False,
        "state_session_capacity": 1000,
        "max_threads": 64,
        "quiet": True,
    }
