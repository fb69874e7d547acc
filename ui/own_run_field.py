"""The field of the Train tab's form that names a run of one's own to begin from.

Only the browser knows which runs are its own. Before an event goes to the server, a script of that event puts what it
needs of the browser's tokens in the place of a component that nobody sees.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from resnet.errors import UserError
from ui import own_runs
from ui.lab import Lab
from ui.live_html import STATIC, fields
from ui.refusals import refusing
from ui.text import t
from ui.train_knobs import OWN_RUN

_ALL = "{tokens: tokens(), minutes_east: -new Date().getTimezoneOffset()}"


def sent() -> gr.JSON:
    """The component whose place the browser's tokens take."""
    return gr.JSON(visible=False)


def sending_token(inputs: Sequence[Any], place: Any, run: Any) -> str:
    """The script of an event with these inputs: it sends the token of the run that `run` names, in place of `place`."""
    return _sending(inputs, place, f"{{token: tokens()[given[{inputs.index(run)}]] ?? ''}}")


def sending_all(inputs: Sequence[Any], place: Any) -> str:
    """The same for all tokens of this browser and the offset of its clock."""
    return _sending(inputs, place, _ALL)


def _sending(inputs: Sequence[Any], place: Any, value: str) -> str:
    """Gradio gives such a script the values of the outputs, too, after those of the inputs."""
    store = (STATIC / "browser_store.js").read_text(encoding="utf-8")
    found = f"Object.assign(given.slice(0, {len(inputs)}), {{{inputs.index(place)}: {value}}})"
    return f"(...given) => {{\n{store}\nreturn {found};\n}}"


def offers(lab: Lab) -> Callable[..., tuple[Any, Any]]:
    """What updates the field and the list it had last, given which weights are wanted, the run that is chosen, what the
    browser sends, and that list. The field stays as it is where the list does: somebody may be choosing.
    """

    @refusing
    def offer(init: str, chosen: str | None, asked: Any, before: Any) -> tuple[Any, Any]:
        if init != OWN_RUN:
            return gr.Dropdown(visible=False), None
        found = own_runs.choices(lab, *fields(asked, "tokens", "minutes_east"), time.time())
        if found == before:
            return gr.skip(), before
        info = t("train.form.own_run_info" if found else "train.form.own_run_none")
        gone = {} if chosen in {run for _, run in found} else {"value": None}
        return gr.Dropdown(choices=found, info=info, visible=True, **gone), found

    return offer


def init_of(knobs: Mapping[str, Any]) -> str:
    """The weights to begin from, as `ui.live_run` takes them.

    Raises:
        UserError: a run is wanted, and none chosen.
    """
    if knobs["init"] != OWN_RUN:
        return str(knobs["init"])
    if not knobs["run"]:
        raise UserError(t("train.form.no_own_run"), where="init", cure=t("train.form.no_own_run_cure"))
    return f"{own_runs.PREFIX}{knobs['run']}"
