"""The Predict tab: drop pictures, read what a checkpoint takes them for, look at what one of its layers puts out.

Nothing of a visitor is kept between two events but what their own browser sends again: the uploads' names, the number
of the drawing and the choices. Answers are computed anew each time; a compact net needs a few milliseconds.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gradio as gr

from resnet.errors import UserError
from ui import feature_maps, numbers, predict_answer, predict_api
from ui.checkpoints import Checkpoint, Shelf
from ui.images import FITS, MAX_PICTURES, Fit, Picture, RefusedPicture, drawn, load, next_drawn
from ui.lab import Lab
from ui.links import parse
from ui.predict_answer import Answer, Reply
from ui.refusals import refusing
from ui.text import t

# Every event tells which run the page's address names: the Train tab changes it without loading the page anew.
_WITH_RUN = """(...given) => {
  given[given.length - 1] = new URLSearchParams(window.location.search).get("run") ?? "";
  return given;
}"""
DRAWN_PX = 96  # of the drawing shown while there is no net whose size it could have


def build(lab: Lab) -> None:
    """Add the tab's components, its events and the endpoints `/predict` and `/feature_maps`."""
    desk = Desk(Shelf(lab.runs, public=lab.public))
    number = gr.State(next_drawn("cat", -1))
    with gr.Row(elem_id="predict") as page:
        with gr.Column(scale=1, min_width=300, elem_id="predict-controls"):
            files = gr.File(label=t("predict.pictures"), file_count="multiple", height=150, elem_id="predict-files")
            hint = html.escape(t("predict.pictures_info", most=MAX_PICTURES))
            gr.HTML(hint, elem_classes="predict-hint predict-privacy", apply_default_css=False)
            with gr.Row(elem_classes="predict-draw"):
                cat = gr.Button(t("predict.draw_cat"), size="sm", min_width=100)
                dog = gr.Button(t("predict.draw_dog"), size="sm", min_width=100)
            checkpoint = gr.Dropdown(label=t("predict.checkpoint"), choices=[], elem_id="predict-checkpoint")
            knows = gr.HTML(elem_classes="predict-hint", apply_default_css=False)
            fits = [(t(f"predict.fit_{fit}"), fit) for fit in FITS]
            fit = gr.Radio(
                fits, value=FITS[0], label=t("predict.fit"), info=t("predict.fit_info"), elem_id="predict-fit"
            )
        with gr.Column(scale=3, min_width=340, elem_id="predict-result"):
            answer = gr.HTML(elem_id="predict-answer", apply_default_css=False)
            with gr.Row(visible=False, elem_id="predict-look") as look:
                layer = gr.Dropdown(label=t("predict.layer"), choices=[], min_width=240, elem_id="predict-layer")
                picture = gr.Dropdown(
                    label=t("predict.picture"), choices=[], visible=False, min_width=240, elem_id="predict-picture"
                )
            maps = gr.HTML(elem_id="predict-maps", apply_default_css=False)

    adopted = gr.State("")  # the run of the address that was chosen here without being asked for; once is enough
    run = gr.Textbox(visible=False)
    asked = [files, number, checkpoint, fit, picture, layer, run]
    shown = [checkpoint, knows, answer, look, picture, layer, maps]
    private: dict[str, Any] = {"api_visibility": "private", "js": _WITH_RUN}
    quiet: dict[str, Any] = {**private, "show_progress": "minimal", "show_progress_on": answer}
    gr.on(None, desk.opened, [adopted, *asked], [adopted, *shown], **quiet)
    gr.on([files.upload, files.clear, files.delete, fit.input, checkpoint.input], desk.answered, asked, shown, **quiet)
    for button, animal in ((cat, "cat"), (dog, "dog")):
        pressed = button.click(_another(animal), number, [number, files], api_visibility="private")
        pressed.then(desk.answered, asked, shown, **quiet)
    gr.on([picture.input, layer.input], desk.looked, asked, maps, **private, show_progress="minimal")
    checkpoint.focus(desk.listed, run, checkpoint, **private, show_progress="hidden", queue=False)
    if isinstance(page.parent, gr.Tab):
        page.parent.select(desk.returned, [adopted, *asked], [adopted, *shown], **quiet)
    predict_api.build(desk.shelf)


def _another(animal: str) -> Callable[[int], tuple[int, None]]:
    return lambda number: (next_drawn(animal, number), None)


class Desk:
    """The tab's event handlers."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def opened(self, adopted: str, *asked: Any) -> tuple[Any, ...]:
        """The page has just loaded: the run in its address is the one to ask, where it has weights already."""
        files, number, key, *others, run = asked
        run = parse({"run": run}).run
        # Loaded and shown at the same moment, both ask: the second knows the run already, but not yet what was chosen.
        if (run != adopted or not key) and any(offer.key == f"run:{run}" for offer in self.shelf.offers(run)):
            adopted, key = run, f"run:{run}"
        return adopted, *self.answered(files, number, key, *others, run)

    def returned(self, adopted: str, *asked: Any) -> tuple[Any, ...]:
        """The tab is shown again. A run that was trained meanwhile is asked at once; otherwise all stays as it was."""
        _, _, key, *_, run = asked
        new = run != adopted and any(offer.key == f"run:{run}" for offer in self.shelf.offers(parse({"run": run}).run))
        if key and not new:
            return gr.skip(), self.listed(run), *[gr.skip()] * 6
        return self.opened(adopted, *asked)

    def listed(self, run: str) -> Any:
        """The list is being opened: what can be chosen now."""
        return gr.Dropdown(choices=self._choices(parse({"run": run}).run))

    @refusing
    def answered(
        self,
        files: list[str] | None,
        number: int,
        key: str | None,
        fit: Fit,
        _: Any,
        layer: str | None,
        run: str,
    ) -> tuple[Any, ...]:
        """Everything below the controls, anew."""
        run = parse({"run": run}).run
        choices = self._choices(run)
        if not choices:
            answer = predict_answer.nothing_trained(_drawing(number, DRAWN_PX))
            return gr.Dropdown(choices=[], value=None), "", answer, gr.Row(visible=False), gr.skip(), gr.skip(), ""
        try:
            checkpoint = self.shelf.open(key or "", run)
        except UserError as error:
            answer = predict_answer.refused("", error)
            return gr.Dropdown(choices=choices), "", answer, gr.Row(visible=False), gr.skip(), gr.skip(), ""
        replies = list(_replies(checkpoint, files, number, fit))
        chosen = gr.Dropdown(choices=choices, value=checkpoint.offer.key)
        knows = html.escape(checkpoint.offer.knows)
        return chosen, knows, predict_answer.answers(replies, fit), *_look(checkpoint, replies, layer)

    @refusing
    def looked(
        self,
        files: list[str] | None,
        number: int,
        key: str,
        fit: Fit,
        picture: int | None,
        layer: str,
        run: str,
    ) -> str:
        """The maps of the chosen layer for the chosen picture."""
        checkpoint = self.shelf.open(key, parse({"run": run}).run)
        (reply,) = _pictures([files[picture or 0]] if files else None, number, checkpoint.side, fit)
        if isinstance(reply, RefusedPicture):
            return predict_answer.refused(reply.name, reply.reason)
        return _maps(checkpoint, reply, layer)

    def _choices(self, run: str) -> list[tuple[str, str]]:
        return [(offer.title, offer.key) for offer in self.shelf.offers(run)]


def _look(checkpoint: Checkpoint, replies: list[Reply], layer: str | None) -> tuple[Any, ...]:
    """The row of choices above the maps, and the maps of the first picture that got an answer."""
    answered = [(reply.picture.name, place) for place, reply in enumerate(replies) if isinstance(reply, Answer)]
    if not answered:
        return gr.Row(visible=False), gr.skip(), gr.skip(), ""
    first = replies[answered[0][1]]
    assert isinstance(first, Answer)
    layer = layer if layer in checkpoint.layers else checkpoint.default_layer()
    names = [
        (t("predict.layer_row", layer=name, shape=numbers.shape(shape)), name)
        for name, shape in checkpoint.layers.items()
    ]
    return (
        gr.Row(visible=True),
        gr.Dropdown(choices=answered, value=answered[0][1], visible=len(answered) > 1),
        gr.Dropdown(choices=names, value=layer),
        _maps(checkpoint, first.picture, layer),
    )


def _maps(checkpoint: Checkpoint, picture: Picture, layer: str) -> str:
    sheet = feature_maps.develop(checkpoint.maps(picture.square, layer), layer)
    why = t("predict.layer_default", layer=layer) if layer == checkpoint.default_layer() else ""
    return feature_maps.as_html(sheet, why)


def _replies(checkpoint: Checkpoint, files: list[str] | None, number: int, fit: Fit) -> Iterator[Reply]:
    for picture in _pictures(files, number, checkpoint.side, fit):
        yield picture if isinstance(picture, RefusedPicture) else Answer(picture, *checkpoint.answer(picture.square))


def _pictures(files: list[str] | None, number: int, side: int, fit: Fit) -> Iterable[Picture | RefusedPicture]:
    return load(files, side, fit) if files else [_drawing(number, side)]


def _drawing(number: int, side: int) -> Picture:
    return drawn(number, side, t("predict.drawing_name", n=number + 1))
