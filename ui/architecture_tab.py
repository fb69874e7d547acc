"""The Architecture tab: pick a network, compare some, build one; see every shape in it."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from resnet.catalogue import CATALOGUE, check_classes, find
from resnet.compare import READY_MADE
from resnet.errors import UserError
from resnet.inputs import parse_shape
from ui import architecture_api, convolution_view, design_controls, questions
from ui.board import board, figures
from ui.lab import Lab
from ui.look import MAX_NETS, PARAMETERS, VIEWS, Look, parse
from ui.refusals import refusal, refusing
from ui.text import section, t

STATIC = Path(__file__).parent / "static"
DEPTHS = [(net.title.removeprefix("ResNet-"), net.name) for net in CATALOGUE.values() if net.group == "resnet"]
OTHERS = [
    (f"{t(f'architecture.group.{net.group}')} · {net.title}", net.name)
    for net in CATALOGUE.values()
    if net.group != "resnet"
]
ALL = [(net.title, net.name) for net in CATALOGUE.values()]

# What only the page's script knows (what is unfolded and selected) comes along with every change of a control.
_WITH_LOOK = "(...fields) => [...fields.slice(0, -1), window.labLook || '{}']"


def build(lab: Lab) -> Wiring:
    """Add the tab's components, its events and the `/summary` endpoint."""
    first = Look()
    with gr.Row(elem_id="architecture"):
        with gr.Column(scale=1, min_width=240, elem_id="architecture-controls"):
            controls = _controls(first)
        with gr.Column(scale=5, min_width=320):
            listing = gr.HTML(
                board(first),
                js_on_load=(STATIC / "architecture.js").read_text(encoding="utf-8"),
                server_functions=architecture_api.for_the_page(),
                apply_default_css=False,
                elem_id="net-board",
                words=section("architecture.script."),
                parameters=list(PARAMETERS),
            )
            with gr.Column(visible=False) as calculator:
                convolution_view.build()
    wiring = Wiring(controls, listing, calculator)
    wiring.connect()
    architecture_api.add_endpoint()
    return wiring


def _controls(first: Look) -> dict[str, Any]:
    """The left column, by name. What a view does not need is hidden."""
    found: dict[str, Any] = {}
    found["view"] = gr.Radio(
        [(t(f"architecture.view.{view}"), view) for view in VIEWS],
        value=first.view,
        label=t("architecture.view"),
        elem_id="net-view",
    )
    with gr.Column(elem_classes="lab-group") as found["for_net"]:
        found["depth"] = gr.Radio(
            DEPTHS,
            value=first.net,
            label=t("architecture.depth"),
            info=t("architecture.depth.info"),
            elem_id="net-depth",
        )
        found["other"] = gr.Dropdown(
            OTHERS, value=None, label=t("architecture.more"), info=t("architecture.more.info"), elem_id="net-other"
        )
    with gr.Column(visible=False, elem_classes="lab-group") as found["for_compare"]:
        found["pair"] = gr.Radio(
            [(t(f"architecture.pair.{pair}"), pair) for pair in READY_MADE],
            value=None,
            label=t("architecture.pair"),
            elem_id="net-pair",
        )
        found["nets"] = gr.Dropdown(
            ALL,
            value=list(first.nets),
            multiselect=True,
            max_choices=MAX_NETS,
            label=t("architecture.nets"),
            info=t("architecture.nets.info"),
            elem_id="net-nets",
        )
    with gr.Column(visible=False, elem_classes="lab-group") as found["for_build"]:
        found["design"] = design_controls.build(first.design)
    with gr.Row() as found["for_all"]:
        found["shape"] = gr.Textbox(
            _commas(first.shape),
            label=t("architecture.input"),
            info=t("architecture.input.info"),
            max_lines=1,
            max_length=40,
            min_width=90,
            elem_id="net-input",
        )
        found["classes"] = gr.Number(
            first.num_classes,
            label=t("architecture.classes"),
            info=t("architecture.classes.info"),
            min_width=90,
            elem_id="net-classes",
        )
    found["refused"] = gr.HTML(elem_id="net-refused", apply_default_css=False)
    found["facts"] = gr.HTML(figures(first), elem_id="net-facts", apply_default_css=False)
    return found


class Wiring:
    """The tab's events: every change of a control makes a new `Look`, and all of the tab shows it."""

    def __init__(self, controls: dict[str, Any], listing: gr.HTML, calculator: gr.Column) -> None:
        self.controls, self.listing, self.calculator = controls, listing, calculator
        self.before = gr.State(Look().net)
        self.kept = gr.Textbox(visible=False)

    def connect(self) -> None:
        """Attach the handlers."""
        c = self.controls
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}
        asked = [c["view"], c["depth"], c["other"], c["nets"], *c["design"], c["shape"], c["classes"], self.before]
        event: dict[str, Any] = {"inputs": [*asked, self.kept], "outputs": self._outputs(), "js": _WITH_LOOK, **quiet}
        c["depth"].input(self._depth, **event)
        c["other"].input(self._other, **event)
        c["pair"].input(self._pair, [c["pair"], *asked, self.kept], self._outputs(), js=_WITH_LOOK, **quiet)
        # Text is read when one leaves it, not at every key: half a number is none.
        typed = {c["shape"], c["classes"]} | {field for field in c["design"] if not isinstance(field, gr.Radio)}
        chosen = [c["view"], c["nets"], *(field for field in c["design"] if isinstance(field, gr.Radio))]
        gr.on([field.input for field in chosen], self._show, **event)
        gr.on([left for field in typed for left in (field.submit, field.blur)], self._show, **event)
        gr.on(None, self._opened, None, self._outputs(), **quiet)

    def answer(self, asked: gr.HTML, tabs: gr.Tabs) -> None:
        """Show what a question is about, whenever one is opened above the tabs."""
        outputs = [tabs, *self._outputs()]
        asked.asked(self._question, asked, outputs, show_progress="hidden", api_visibility="private")

    @refusing
    def _question(self, key: str) -> list[Any]:
        return [gr.Tabs(selected="architecture"), *self._all(questions.find(key).look)]

    def _outputs(self) -> list[Any]:
        c = self.controls
        groups = [c[name] for name in ("for_net", "for_compare", "for_build", "for_all")] + [self.calculator]
        fields = [c["view"], c["depth"], c["other"], c["pair"], c["nets"], *c["design"], c["shape"], c["classes"]]
        return [*groups, *fields, c["refused"], c["facts"], self.listing, self.before]

    def _opened(self, request: gr.Request) -> list[Any]:
        """The page has just loaded: show what its address says."""
        look = parse(dict(request.query_params))
        if look == Look():
            return [gr.skip()] * len(self._outputs())
        try:
            return self._all(look)
        except UserError as error:  # an input this net cannot take: the net with its own, and the reason
            return self._all(replace(look, input=None, classes=None), refusal(error))

    def _depth(self, *given: Any) -> list[Any]:
        """A depth was picked: it counts, not the other net."""
        view, depth, _, *rest = given
        return self._show(view, depth, None, *rest)

    def _other(self, *given: Any) -> list[Any]:
        view, depth, other, *rest = given
        return self._show(view, None if other else depth, other, *rest)

    def _pair(self, pair: str, *given: Any) -> list[Any]:
        view, depth, other, _, *rest = given
        return self._show(view, depth, other, list(READY_MADE[pair]), *rest)

    def _show(self, view: str, depth: str | None, other: str | None, nets: list[str], *rest: Any) -> list[Any]:
        """The view for the fields as they stand; a refusal stands under them, and the last view stays."""
        *design, shape, classes, before, kept = rest
        kept_look = parse(architecture_api.parameters(kept))
        look = replace(kept_look, view=view, net=other or depth or before)
        try:
            if view == "compare":
                look = replace(look, nets=_two_to_four(nets))
            if view == "build":
                look = replace(look, design=design_controls.design_of(list(design)))
            return self._all(_with_input(look, before, shape, classes))
        except UserError as error:
            return self._refuse(refusal(error))

    def _refuse(self, sentence: str) -> list[Any]:
        outputs = self._outputs()
        return [_refusal(sentence) if output is self.controls["refused"] else gr.skip() for output in outputs]

    def _all(self, look: Look, refused: str = "") -> list[Any]:
        """Everything the tab shows, for `_outputs`.

        Raises:
            UserError: a net cannot work on that input.
        """
        plain = look.view in ("net", "build")
        shown = board(look)
        visible = [
            gr.Column(visible=look.view == "net"),
            gr.Column(visible=look.view == "compare"),
            gr.Column(visible=look.view == "build"),
            gr.Row(visible=look.view != "convolution"),
            gr.Column(visible=look.view == "convolution"),
        ]
        depth = look.net if find(look.net).group == "resnet" else None
        pair = next((name for name, nets in READY_MADE.items() if tuple(nets) == look.nets), None)
        classes = gr.Number(look.num_classes, interactive=look.num_classes is not None)
        fields = [look.view, depth, None if depth else look.net, pair, list(look.nets)]
        fields += [*design_controls.values(look.design), _commas(look.shape), classes]
        return [*visible, *fields, _refusal(refused), figures(look) if plain else "", shown, look.net]


def _with_input(look: Look, before: str, shape: str, classes: float | None) -> Look:
    """What was typed stays when another net is chosen, unless it was the net's own or the new net cannot take it.

    Raises:
        UserError: what was typed makes no sense, or the same net cannot take it.
    """
    typed = parse_shape(shape)
    own = look.row
    wanted = None if classes is None or own.classes is None else check_classes(_whole(classes))
    if look.view == "net" and look.net != before:
        last = find(before)
        try:
            own.check_input(typed)
        except UserError:
            typed = own.input_shape
        if typed == last.input_shape:
            typed = own.input_shape
        if wanted == last.classes:
            wanted = own.classes
    return replace(
        look,
        input=None if typed == own.input_shape else typed,
        classes=None if wanted == own.classes else wanted,
    )


def _two_to_four(nets: list[str]) -> tuple[str, ...]:
    if not 2 <= len(nets) <= MAX_NETS:
        raise UserError(t("architecture.nets.count", count=len(nets)), cure=t("architecture.nets.count_cure"))
    return tuple(nets)


def _whole(classes: float) -> int:
    if int(classes) != classes:
        field = t("architecture.classes")
        what = t("architecture.not_whole", number=classes, field=field)
        raise UserError(what, where="classes", cure=t("architecture.not_whole_cure"))
    return int(classes)


def _commas(shape: tuple[int, ...]) -> str:
    return ",".join(map(str, shape))


def _refusal(sentence: str) -> str:
    return f'<p class="net-refusal" role="alert">{html.escape(sentence)}</p>' if sentence else ""
