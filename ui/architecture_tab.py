"""The Architecture tab: pick a network, compare some, build one; see every shape in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr

from resnet.catalogue import CATALOGUE, check_classes
from resnet.compare import FEWEST, MOST, READY_MADE
from resnet.errors import UserError
from resnet.inputs import MAX_CLASSES, parse_shape
from ui import architecture_api, architecture_controls, convolution_view, design_controls, questions
from ui.architecture_controls import refused
from ui.board import board, figures
from ui.lab import Lab
from ui.look import CHOSEN, SCRIPTED, Look, as_parameters, parse, unread
from ui.refusals import refusing
from ui.room import Room
from ui.text import section, t
from ui.timings import Timings

STATIC = Path(__file__).parent / "static"
# One scope; the last one starts.
SCRIPTS = ("architecture_tree.js", "save_file.js", "copy_text.js", "architecture_tools.js", "architecture.js")

# What only the page's script knows (what is unfolded and selected) comes along with every change of a control, as the
# last of the inputs: Gradio hands a set of them over in the order in which they were made.
_WITH_LOOK = "(...fields) => [...fields.slice(0, -1), (window.labSent = window.labLook || '{}')]"
_NOTE_LOOK = "(key) => { window.labSent = window.labLook; return key; }"

# One after another, and at most one waiting for each visitor: what was asked last is shown last.
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
        with gr.Column(scale=5, min_width=640):
            shown = gr.HTML(
                board(first),
                js_on_load="\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS),
                server_functions=architecture_api.for_the_page(timings),
                apply_default_css=False,
                elem_id="net-board",
                words={**section("architecture.script."), "unreachable": t("page.unreachable")},
                chosen=list(CHOSEN),
                scripted=list(SCRIPTED),
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
        # Text is followed as it is typed, and refused when one leaves it: half a number is none.
        design_choices = [field for field in c["design"] if isinstance(field, gr.Radio)]
        typed = [c["shape"], c["classes"], *(field for field in c["design"] if field not in design_choices)]
        gr.on([field.input for field in (c["view"], c["nets"], *design_choices)], self._fields, **event)
        gr.on([field.input for field in typed], self._typed, **event)
        gr.on([left for field in typed for left in (field.submit, field.blur)], self._fields, **event)
        gr.on(None, self._opened, None, self._outputs(), **_IN_TURN)

    def answer(self, asked: gr.HTML, tabs: gr.Tabs) -> Any:
        """Show what a question is about, whenever one is opened above the tabs. Returns that event."""

        @refusing
        def show(key: str) -> dict[Any, Any]:
            return {tabs: gr.Tabs(selected="architecture"), **self._show(questions.find(key).look)}

        return asked.asked(show, asked, [tabs, *self._outputs()], js=_NOTE_LOOK, **_IN_TURN)

    def follow(self, bar: gr.HTML, room: Room) -> None:
        """Show what the leader of the room has on show, whenever `bar` says that it has moved. Not through the queue:
        a room full of people follows at once.
        """

        @refusing
        def show(_: object) -> dict[Any, Any]:
            return self._show(parse(room.place.look if room.place else {}))

        quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "trigger_mode": "always_last"}
        bar.moved(show, bar, self._outputs(), js=_NOTE_LOOK, api_visibility="private", **quiet)

    def _outputs(self) -> list[Any]:
        flat = [part for part in self.controls.values() if not isinstance(part, list)]
        return [*flat, *self.controls["design"], self.calculator, self.board, self.before]

    # --- the handlers: each takes and returns values by component ---

    @refusing
    def _opened(self, request: gr.Request) -> dict[Any, Any]:
        """The page has just loaded: show what its address says, or as much of it as can be."""
        query = dict(request.query_params)
        look, said = parse(query), ""
        if stray := unread(query):
            said = refused(UserError(t("architecture.unread", what=f"{stray:.60}"), cure=t("architecture.unread_cure")))
        for possible in (look, replace(look, input=None, classes=None), Look(view=look.view)):
            try:
                return self._refuse(said) if possible == Look() else self._show(possible, said)
            except UserError as error:
                said = said or refused(error)
        return self._refuse(said)

    @refusing
    def _depth(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """A depth was picked: it counts, not the other net."""
        return self._answered(given, net=given[self.controls["depth"]])

    @refusing
    def _other(self, given: dict[Any, Any]) -> dict[Any, Any]:
        return self._answered(given, net=given[self.controls["other"]])

    @refusing
    def _pair(self, given: dict[Any, Any]) -> dict[Any, Any]:
        pair = READY_MADE.get(given[self.controls["pair"]])
        return self._answered(given, nets=list(pair)) if pair else self._refuse("")

    @refusing
    def _fields(self, given: dict[Any, Any]) -> dict[Any, Any]:
        return self._answered(given)

    @refusing
    def _typed(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """Somebody is typing: show what makes sense already, and write nothing into the fields."""
        try:
            changed = self._changed(given)
        except UserError:
            return {self.controls["refused"]: gr.skip()}
        return {part: value for part, value in changed.items() if part not in given or part is self.before}

    def _answered(self, given: dict[Any, Any], **chosen: Any) -> dict[Any, Any]:
        """The view for what was chosen; a refusal stands under its field, and the last view stays."""
        try:
            return self._changed(given, **chosen)
        except UserError as error:
            return self._refuse(refused(error, stays=True))

    def _changed(self, given: dict[Any, Any], net: str | None = None, nets: list[str] | None = None) -> dict[Any, Any]:
        """The view for the fields as they stand.

        Raises:
            UserError: they make no sense, or a net cannot work on that input.
        """
        c, before = self.controls, given[self.before]
        kept = parse(architecture_api.parameters(given[self.kept]))
        lost = before == Look() and kept.view == "net"  # or as it began: the page knows what it shows in either case
        net = net or (kept if lost else before).net
        look = replace(kept, view=given[c["view"]], net=net, nets=before.nets, design=before.design)
        if look.view == "compare":
            look = replace(look, nets=_two_to_four(nets or given[c["nets"]]))
        if look.view == "build":
            look = replace(look, design=design_controls.design_of([given[field] for field in c["design"]]))
        if look.view != "convolution":
            look = _with_input(look, kept, given[c["shape"]], given[c["classes"]])
        if as_parameters(look) == as_parameters(kept):  # somebody passed through a field
            emptied = given[c["classes"]] is None and look.num_classes
            return self._refuse("") | ({c["classes"]: look.num_classes} if emptied else {})
        return self._show(look, held=self._held(given, kept))

    def _held(self, given: dict[Any, Any], kept: Look) -> dict[Any, Any]:
        """The fields that hold this already: to write it again would undo what is typed meanwhile.

        Where the view has changed since this was sent, they may hold something newer: then only those count that hold
        what was last written there.
        """
        before = given[self.before]
        last, newest = self._values(before), _chosen(before) == _chosen(kept)
        return {field: given[field] for field, value in last.items() if newest or given[field] == value}

    def _refuse(self, said: str) -> dict[Any, Any]:
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

    def _show(self, look: Look, said: str = "", held: Mapping[Any, Any] = MappingProxyType({})) -> dict[Any, Any]:
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
            **self._refuse(said),
            self.before: look,
        }


def _chosen(look: Look) -> dict[str, str]:
    return {name: value for name, value in as_parameters(look).items() if name in CHOSEN}


def _with_input(look: Look, shown: Look, shape: str, classes: float | None) -> Look:
    """What was typed stays when another net is chosen, unless it was the last net's own or the new one cannot take it.

    Raises:
        UserError: what was typed makes no sense.
    """
    last, own = shown.row, look.row
    try:
        typed = parse_shape(shape)
        wanted = None if classes is None or own.classes is None else _classes(classes)
    except UserError:
        if own == last:
            raise
        typed, wanted = last.input_shape, last.classes  # nonsense that was typed for another net
    if own != last:
        if typed == last.input_shape or not own.takes(typed):
            typed = own.input_shape
        if wanted == last.classes:
            wanted = own.classes
    return replace(
        look,
        input=None if typed == own.input_shape else typed,
        classes=None if wanted == own.classes else wanted,
    )


def _classes(given: float) -> int:
    return check_classes(design_controls.whole("classes", t("architecture.classes"), given, MAX_CLASSES))


def _two_to_four(nets: object) -> tuple[str, ...]:
    count = len(nets) if isinstance(nets, list) else 0
    if not FEWEST <= count <= MOST:
        what = t("architecture.nets.count")
        raise UserError(what, where="nets", cure=t("architecture.nets.count_cure"))
    return tuple(nets)  # type: ignore[arg-type]
