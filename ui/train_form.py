"""The Train tab's form: pictures, net and recipe in front, everything else a recipe can say one level down.

What stands in it becomes a named recipe and what differs from it; `ui.recipes` and the recipe itself check that.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr

from resnet.catalogue import CATALOGUE, Net, find
from resnet.design import PREFIX, as_text
from resnet.errors import UserError
from resnet.pretrained import IMAGENET
from resnet.summary import summarize
from train.oxford_pets import DOWNLOAD_BYTES, are_here
from train.recipes import RECIPES, recipe_named
from train.run import Run
from ui import data_sets, own_run_field, train_knobs
from ui.lab import Lab
from ui.live_html import fields
from ui.live_run import Runs
from ui.look import Look
from ui.refusals import refusing
from ui.text import t

# What trains on a laptop while people look on, the narrowest first; the others follow, group by group.
NETS = (
    "resnet10_w16",
    "resnet10_w24",
    "resnet18_w32",
    "resnet18_w40",
    "resnet20",
    "plain20",
    "resnet56",
    "plain56",
    "resnet18",
    "plain18",
    "preact_resnet18",
    "resnet18_relu_before_add",
    "resnet34",
)
OWN = "own"  # in the place of a net's name: the design that was taken over from the Architecture tab

_MB = 10**6
_QUIET: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}


@dataclass(frozen=True)
class Form:
    """Its components. `design` holds a net of one's own as text; `knobs` have the names of `train_knobs.LABELS`; in the
    place of `sent` comes what the browser sends of its tokens.
    """

    data: gr.Dropdown
    upload: gr.File
    net: gr.Dropdown
    design: gr.State
    recipe: gr.Radio
    remarks: gr.HTML
    start: gr.Button
    knobs: dict[str, Any]
    changed: gr.HTML
    reset: gr.Button
    sent: gr.JSON

    def bring_own(self, look: gr.State, train: gr.Button, tabs: gr.Tabs) -> Any:
        """Let `train`, beside the net that somebody builds (`look` is what is shown of it), bring that net here.
        Returns that event.
        """
        inputs = [look, self.data, self.knobs["init"]]
        chosen = [self.net, self.design, self.remarks]
        self.net.input(_take_over, [self.net, *inputs], chosen[1:], **_QUIET)
        in_turn = {"concurrency_id": "architecture", "concurrency_limit": 1}  # after the last change of that net
        return train.click(_bring, inputs, [*chosen, tabs], **{**_QUIET, "queue": True, **in_turn})


def build(lab: Lab) -> Form:
    """Add the form, set to the recipe `live`."""
    first = RECIPES["live"]
    data = gr.Dropdown(
        data_choices(lab), value=data_sets.DRAWN, label=t("train.data"), info=t("train.data_info"), elem_id="train-data"
    )
    upload = gr.File(label=t("train.upload"), file_types=[".zip"], height=120, visible=False, elem_id="train-upload")
    net = gr.Dropdown(
        net_choices(), value=first.net, label=t("train.net"), info=t("train.net_info"), elem_id="train-net"
    )
    recipe = gr.Radio(
        [(t(f"train.recipe_{name}"), name) for name in RECIPES], value=first.name, label=t("train.recipe"),
        info=t("train.recipe_info"),
        elem_id="train-recipe",
    )  # fmt: skip
    notes = gr.HTML("", elem_id="train-remarks", apply_default_css=False, visible=False)
    start = gr.Button(t("train.start"), variant="primary", elem_id="train-start")
    with gr.Accordion(t("train.settings"), open=False, elem_id="train-settings"):
        knobs = train_knobs.build(first, lab.public)
        changed = gr.HTML(
            train_knobs.changed(first.name, *train_knobs.values(first)),
            elem_id="train-changed",
            apply_default_css=False,
        )
        reset = gr.Button(t("train.form.reset"), size="sm", elem_id="train-reset")
    form = Form(data, upload, net, gr.State(""), recipe, notes, start, knobs, changed, reset, own_run_field.sent())
    _connect(form, lab)
    return form


def starter(runs: Runs, form: Form) -> dict[str, Any]:
    """What starts a run as the form stands, as arguments of an event: `fn`, `inputs` and `js`."""

    @refusing
    def begin(
        data: str, file: str | None, net: str, design: str, recipe: str, sent: Any, *given: Any
    ) -> dict[str, str]:
        if net == OWN and not design:
            raise UserError(t("train.form.no_own_net"), where="net", cure=t("train.form.no_own_net_cure"))
        knobs = dict(zip(train_knobs.LABELS, given, strict=True))
        name = design if net == OWN else net
        begins = own_run_field.init_of(knobs), *fields(sent, "token")
        wanted = (name, recipe, train_knobs.settings(recipe_named(recipe), find(name), knobs), *begins)
        return runs.start_upload(file, *wanted) if data == data_sets.UPLOAD else runs.start(data, *wanted)

    inputs = [form.data, form.upload, form.net, form.design, form.recipe, form.sent, *form.knobs.values()]
    return {"fn": begin, "inputs": inputs, "js": own_run_field.sending_token(inputs, form.sent, form.knobs["run"])}


def data_choices(lab: Lab) -> list[tuple[str, str]]:
    """The pictures one can choose, with the size of what would be downloaded."""
    own = [(name, name) for name in data_sets.found(lab.data)]
    oxford = t("train.form.oxford")
    if not are_here():
        oxford = t("train.form.oxford_size", name=oxford, megabytes=f"{DOWNLOAD_BYTES / _MB:,.0f}")
    offered = [(oxford, data_sets.OXFORD)] if data_sets.offers_oxford(lab.public) else []
    return [(t("train.data_drawn"), data_sets.DRAWN), *offered, *own, (t("train.data_upload"), data_sets.UPLOAD)]


def net_choices() -> list[tuple[str, str]]:
    """Every net that classifies: those for a laptop, one's own, then the others by group."""
    others = [net for net in CATALOGUE.values() if net.name not in NETS and net.classes is not None]
    return [
        *((CATALOGUE[name].title, name) for name in NETS),
        (t("train.form.own_net"), OWN),
        *((f"{_group(net)}{net.title}", net.name) for net in others),
    ]


def _group(net: Net) -> str:
    return "" if net.group == "resnet" else t(f"architecture.group.{net.group}") + " · "


def _connect(form: Form, lab: Lab) -> None:
    """A recipe fills the fields, the fields tell what is changed, and what costs a download is told beforehand."""
    knobs = list(form.knobs.values())
    before = gr.State(form.recipe.value)  # the recipe that was chosen last
    told = [form.data, form.net, form.design, form.knobs["init"]]
    form.data.change(lambda chosen: gr.File(visible=chosen == data_sets.UPLOAD), form.data, form.upload, **_QUIET)
    form.data.focus(lambda: gr.Dropdown(choices=data_choices(lab)), None, form.data, **_QUIET)
    gr.on([form.data.input, form.knobs["init"].input], remarks, told, form.remarks, **_QUIET)
    filled = form.recipe.input(
        _fill, [form.recipe, before, form.net, form.knobs["seed"]], [form.net, before, *knobs, form.changed], **_QUIET
    )
    filled.then(remarks, told, form.remarks, **_QUIET)
    edited = [knob.input for knob in knobs]
    gr.on(edited, train_knobs.changed, [form.recipe, *knobs], form.changed, trigger_mode="always_last", **_QUIET)
    emptied = form.reset.click(_reset, form.recipe, [*knobs, form.changed], **_QUIET)
    emptied.then(remarks, told, form.remarks, **_QUIET)
    _connect_own_run(form, lab)


def _connect_own_run(form: Form, lab: Lab) -> None:
    """One's own runs are listed where one is wanted; one that is chosen brings its net and norm."""
    init, run, norm = form.knobs["init"], form.knobs["run"], form.knobs["norm"]
    listed = gr.State()
    asked = [init, run, form.sent, listed]
    listing = own_run_field.sending_all(asked, form.sent)
    gr.on([init.change, run.focus], own_run_field.offers(lab), asked, [run, listed], js=listing, **_QUIET)

    @refusing
    def take_net(chosen: str | None, data: str, net: str, design: str, norm: str) -> tuple[Any, ...]:
        if not chosen:
            return net, design, norm, gr.skip(), gr.skip()
        recipe = Run.open(lab.runs, chosen).recipe
        own = (OWN, recipe.net) if recipe.net.startswith(PREFIX) else (recipe.net, "")
        is_there = (net, design if net == OWN else "", norm) == (*own, recipe.norm)
        info = t("train.form.own_run_info" if is_there else "train.form.own_run_net")
        return *own, recipe.norm, remarks(data, *own, train_knobs.OWN_RUN), gr.Dropdown(info=info)

    taken = run.input(
        take_net, [run, form.data, form.net, form.design, norm], [form.net, form.design, norm, form.remarks, run],
        **{**_QUIET, "queue": True},
    )  # fmt: skip
    taken.then(train_knobs.changed, [form.recipe, *form.knobs.values()], form.changed, **_QUIET)


def _fill(name: str, before: str, net: str, seed: int | None) -> tuple[Any, ...]:
    """What the form shows once recipe `name` is chosen after `before`: a net somebody chose stays, and the seed."""
    recipe = recipe_named(name)
    shown = dict(zip(train_knobs.LABELS, train_knobs.values(recipe), strict=True)) | {"seed": seed}
    kept = recipe.net if net == RECIPES[before].net else net
    return kept, name, *shown.values(), train_knobs.changed(name, *shown.values())


def _reset(name: str) -> tuple[Any, ...]:
    """What the settings show for the recipe of this name."""
    shown = train_knobs.values(recipe_named(name))
    return *shown, train_knobs.changed(name, *shown)


def _take_over(net: str, look: Look, data: str, init: str) -> tuple[str, Any]:
    """The design to train, if one's own net is chosen, and the remarks on it."""
    design = as_text(look.design) if net == OWN else ""
    return design, remarks(data, net, design, init)


def _bring(look: Look, data: str, init: str) -> tuple[Any, ...]:
    """As if one's own net had been chosen here, and this tab opened."""
    return OWN, *_take_over(OWN, look, data, init), gr.Tabs(selected="train")


def remarks(data: str, net: str, design: str, init: str) -> Any:
    """What will be downloaded, how large it is, and which net of one's own is meant: as an update of an HTML."""
    said = []
    if data == data_sets.OXFORD and not are_here():
        said.append(t("train.form.oxford_note", megabytes=f"{DOWNLOAD_BYTES / _MB:,.0f}"))
    if net == OWN and design:
        said.append(find(design).title + ".")
    if init == "imagenet" and net in IMAGENET:
        megabytes = f"{4 * summarize(net).totals.params / _MB:,.0f}"
        said.append(t("train.form.imagenet_note", net=find(net).title, megabytes=megabytes))
    return gr.HTML("".join(f"<p>{html.escape(each)}</p>" for each in said), visible=bool(said))
