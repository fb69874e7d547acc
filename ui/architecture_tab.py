"""The Architecture tab: pick a network, compare some, build one; see every shape in it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr

from resnet.catalogue import CATALOGUE, Net, check_classes
from resnet.compare import READY_MADE
from resnet.errors import UserError
from resnet.inputs import MAX_CLASSES, parse_shape
from ui import architecture_api, architecture_controls, convolution_view, design_controls, questions
from ui.board import board, figures
from ui.lab import Lab
from ui.look import MAX_NETS, PARAMETERS, Look, as_parameters, parse
from ui.refusals import refusal, refusing
from ui.text import section, t
from ui.timings import Timings

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("architecture_tree.js", "architecture_tools.js", "architecture.js")  # the last one starts

# What only the page's script knows (what is unfolded and selected) comes along with every change of a control, as the
# last of the inputs: Gradio hands a set of them over in the order in which they were made.
_WITH_LOOK = "(...fields) => [...fields.slice(0, -1), (window.labSent = window.labLook || '{}')]"
_NOTE_LOOK = "(key) => { window.labSent = window.labLook; return key; }"

# One after another: what was asked last is shown last.
_IN_TURN: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "always_last",
    "concurrency_id": "architecture",
    "concurrency_limit": 1,
}


def build(lab: Lab) -> Wiring:
    """Add the tab's components, its events and the `/summary` endpoint."""
    first = Look()
    timings = Timings(public=lab.public)
    with gr.Row(elem_id="architecture"):
        with gr.Column(scale=1, min_width=240, elem_id="architecture-controls"):
            controls = architecture_controls.build(first)
        with gr.Column(scale=5, min_width=320):
            shown = gr.HTML(
                board(first),
                js_on_load="\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS),
                server_functions=architecture_api.for_the_page(timings),
                apply_default_css=False,
                elem_id="net-board",
                words={**section("architecture.script."), "unreachable": t("page.unreachable")},
                parameters=list(PARAMETERS),
            )
            with gr.Column(visible=False) as calculator:
                convolution_view.build()
    wiring = Wiring(controls, shown, calculator, timings)
    wiring.connect()
    architecture_api.add_endpoint()
    return wiring


class Wiring:
    """The tab's events: every change of a control makes a new `Look`, and all of the tab shows it."""

    def __init__(self, controls: dict[str, Any], board: gr.HTML, calculator: gr.Column, timings: Timings) -> None:
        self.controls, self.board, self.calculator, self.timings = controls, board, calculator, timings
        self.before = gr.State(Look())  # what was shown last, with the choices of the views that are not on show
        self.kept = gr.Textbox(visible=False)  # what the script has on show; the last of the inputs, see `_WITH_LOOK`

    def connect(self) -> None:
        """Attach the handlers."""
        c = self.controls
        fields = [c["view"], c["depth"], c["other"], c["pair"], c["nets"], *c["design"], c["shape"], c["classes"]]
        event: dict[str, Any] = {
            "inputs": {*fields, self.before, self.kept},
            "outputs": self._outputs(),
            "js": _WITH_LOOK,
            **_IN_TURN,
        }
        c["depth"].input(self._depth, **event)
        c["other"].input(self._other, **event)
        c["pair"].input(self._pair, **event)
        # Text is read when one leaves it, not at every key: half a number is none.
        design_choices = [field for field in c["design"] if isinstance(field, gr.Radio)]
        typed = [c["shape"], c["classes"], *(field for field in c["design"] if field not in design_choices)]
        gr.on([field.input for field in (c["view"], c["nets"], *design_choices)], self._fields, **event)
        gr.on([left for field in typed for left in (field.submit, field.blur)], self._fields, **event)
        gr.on(None, self._opened, None, self._outputs(), **_IN_TURN)

    def answer(self, asked: gr.HTML, tabs: gr.Tabs) -> Any:
        """Show what a question is about, whenever one is opened above the tabs. Returns that event."""

        @refusing
        def show(key: str) -> dict[Any, Any]:
            return {tabs: gr.Tabs(selected="architecture"), **self._show(questions.find(key).look)}

        return asked.asked(show, asked, [tabs, *self._outputs()], js=_NOTE_LOOK, **_IN_TURN)

    def _outputs(self) -> list[Any]:
        flat = [part for part in self.controls.values() if not isinstance(part, list)]
        return [*flat, *self.controls["design"], self.calculator, self.board, self.before]

    # --- the handlers: each takes and returns values by component ---

    @refusing
    def _opened(self, request: gr.Request) -> dict[Any, Any]:
        """The page has just loaded: show what its address says, or as much of it as can be."""
        look = parse(dict(request.query_params))
        refused = ""
        for possible in (look, replace(look, input=None, classes=None), Look(view=look.view)):
            try:
                return self._refuse("") if possible == Look() and not refused else self._show(possible, refused)
            except UserError as error:
                refused = refused or refusal(error)
        return self._refuse(refused)

    @refusing
    def _depth(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """A depth was picked: it counts, not the other net."""
        return self._changed(given, net=given[self.controls["depth"]])

    @refusing
    def _other(self, given: dict[Any, Any]) -> dict[Any, Any]:
        return self._changed(given, net=given[self.controls["other"]])

    @refusing
    def _pair(self, given: dict[Any, Any]) -> dict[Any, Any]:
        pair = READY_MADE.get(given[self.controls["pair"]])
        return self._changed(given, nets=list(pair)) if pair else self._refuse("")

    @refusing
    def _fields(self, given: dict[Any, Any]) -> dict[Any, Any]:
        return self._changed(given)

    def _changed(self, given: dict[Any, Any], net: str | None = None, nets: list[str] | None = None) -> dict[Any, Any]:
        """The view for the fields as they stand; a refusal stands under them, and the last view stays."""
        c, before = self.controls, given[self.before]
        kept = parse(architecture_api.parameters(given[self.kept]))
        look = replace(kept, view=given[c["view"]], net=net or before.net, nets=before.nets, design=before.design)
        try:
            if look.view == "compare":
                look = replace(look, nets=_two_to_four(nets or given[c["nets"]]))
            if look.view == "build":
                look = replace(look, design=design_controls.design_of([given[field] for field in c["design"]]))
            look = _with_input(look, before, given[c["shape"]], given[c["classes"]])
            unchanged = as_parameters(look) == as_parameters(kept)  # somebody passed through a field
            return self._refuse("") if unchanged else self._show(look, held=self._held(given))
        except UserError as error:
            return self._refuse(refusal(error))

    def _held(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """The fields that hold what was last written there: writing it again would undo what is typed meanwhile."""
        last = self._values(given[self.before])
        return {field: given[field] for field, value in last.items() if given[field] == value}

    def _refuse(self, sentence: str) -> dict[Any, Any]:
        said = f'<p class="net-refusal" role="alert">{html.escape(sentence)}</p>' if sentence else ""
        return {self.controls["refused"]: said}

    def _values(self, look: Look) -> dict[Any, Any]:
        """What each field says for a look."""
        c, is_depth = self.controls, CATALOGUE[look.net].group == "resnet"
        return {
            c["view"]: look.view,
            c["depth"]: look.net if is_depth else None,
            c["other"]: None if is_depth else look.net,
            c["pair"]: next((name for name, nets in READY_MADE.items() if tuple(nets) == look.nets), None),
            c["nets"]: list(look.nets),
            **dict(zip(c["design"], design_controls.values(look.design), strict=True)),
            c["shape"]: architecture_controls.commas(look.shape),
            c["classes"]: look.num_classes,
        }

    def _show(self, look: Look, refused: str = "", held: Mapping[Any, Any] = MappingProxyType({})) -> dict[Any, Any]:
        """Everything the tab shows, but for fields that hold it already.

        Raises:
            UserError: a net cannot work on that input.
        """
        c, plain = self.controls, look.view in ("net", "build")
        fields = {field: value for field, value in self._values(look).items() if held.get(field, self) != value}
        if c["classes"] in fields:
            fields[c["classes"]] = gr.Number(look.num_classes, interactive=look.num_classes is not None)
        return {
            self.board: board(look, self.timings.of(look)),
            c["facts"]: figures(look) if plain else "",
            c["for_net"]: gr.Column(visible=look.view == "net"),
            c["for_compare"]: gr.Column(visible=look.view == "compare"),
            c["for_build"]: gr.Column(visible=look.view == "build"),
            c["for_all"]: gr.Row(visible=look.view != "convolution"),
            self.calculator: gr.Column(visible=look.view == "convolution"),
            **fields,
            **self._refuse(refused),
            self.before: look,
        }


def _with_input(look: Look, before: Look, shape: str, classes: float | None) -> Look:
    """What was typed stays when another net is chosen, unless it was the last net's own or the new one cannot take it.

    Raises:
        UserError: what was typed makes no sense.
    """
    typed = parse_shape(shape)
    last, own = before.row, look.row
    wanted = None if classes is None or own.classes is None else _classes(classes)
    if own != last:
        if typed == last.input_shape or not _takes(own, typed):
            typed = own.input_shape
        if wanted == last.classes:
            wanted = own.classes
    return replace(
        look,
        input=None if typed == own.input_shape else typed,
        classes=None if wanted == own.classes else wanted,
    )


def _takes(net: Net, shape: tuple[int, int, int]) -> bool:
    try:
        net.check_input(shape)
    except UserError:
        return False
    return True


def _classes(given: float) -> int:
    return check_classes(design_controls.whole(t("architecture.classes"), given, MAX_CLASSES))


def _two_to_four(nets: object) -> tuple[str, ...]:
    count = len(nets) if isinstance(nets, list) else 0
    if not 2 <= count <= MAX_NETS:
        raise UserError(t("architecture.nets.count", count=count), cure=t("architecture.nets.count_cure"))
    return tuple(nets)  # type: ignore[arg-type]
