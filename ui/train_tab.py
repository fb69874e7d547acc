"""The Train tab: choose pictures, net and recipe, start, and watch and steer the run live."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from resnet.catalogue import CATALOGUE
from train.recipes import RECIPES
from ui import data_sets, learning_view
from ui.lab import Lab
from ui.live_html import fields, live_html
from ui.live_run import Runs, recorded
from ui.refusals import answering, refusing
from ui.text import t

SCRIPTS = (  # one scope: what is known, how it is drawn, what is said of it, what can be asked for, polling
    "train_curves.js",
    "train_scales.js",
    "train_chart.js",
    "train_charts.js",
    "train_view.js",
    "train_steer.js",
    "train_runs.js",
    "train.js",
)

# What trains on a laptop while people look on, the narrowest first; the API takes every net that fits.
NETS = (
    "resnet10_w16",
    "resnet10_w24",
    "resnet18_w32",
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


def build(lab: Lab) -> None:
    """Add the tab's components, its events and the endpoints `/start_run /run_events /control_run /list_runs`."""
    runs = Runs(lab)
    with gr.Row(elem_id="train"):
        with gr.Column(scale=1, min_width=280, elem_id="train-controls"):
            first = RECIPES["live"]
            data = gr.Dropdown(
                _data_choices(lab), value=data_sets.DRAWN, label=t("train.data"), info=t("train.data_info"),
                elem_id="train-data",
            )  # fmt: skip
            upload = gr.File(
                label=t("train.upload"), file_types=[".zip"], height=120, visible=False, elem_id="train-upload"
            )
            net = gr.Dropdown(
                [(CATALOGUE[name].title, name) for name in NETS], value=first.net, label=t("train.net"),
                info=t("train.net_info"), elem_id="train-net",
            )  # fmt: skip
            recipe = gr.Radio(
                [(t(f"train.recipe_{name}"), name) for name in RECIPES], value=first.name, label=t("train.recipe"),
                elem_id="train-recipe",
            )  # fmt: skip
            start = gr.Button(t("train.start"), variant="primary", elem_id="train-start")
            with gr.Accordion(t("train.settings"), open=False, elem_id="train-settings"):
                # Without limits of their own: the recipe refuses in words that name the setting and a cure.
                epochs = gr.Number(first.epochs, label=t("train.epochs"), info=t("train.epochs_info"), precision=0)
                image_px = gr.Number(
                    first.image_px, label=t("train.image_px"), info=t("train.image_px_info"), precision=0
                )
                lr = gr.Number(first.lr, label=t("train.lr"), info=t("train.lr_info"), step=0.001)
                seed = gr.Number(first.seed, label=t("train.seed"), info=t("train.seed_info"), precision=0)
        with gr.Column(scale=4, min_width=320, elem_id="train-watch"):
            live = _live_panel(runs)
            learning_view.build(lab)

    @refusing
    def begin(data: str, file: str | None, net: str, recipe: str, *numbers: Any) -> dict[str, str]:
        given = zip(("epochs", "image_px", "lr", "seed"), numbers, strict=True)
        settings = {name: value for name, value in given if value is not None}
        if data == data_sets.UPLOAD:
            return runs.start_upload(file, net, recipe, settings)
        return runs.start(data, net, recipe, settings)

    quiet: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
    # Through the queue, without a limit: Gradio shows a refusal only for events that passed through it.
    form = [data, upload, net, recipe, epochs, image_px, lr, seed]
    start.click(begin, form, live, api_visibility="private", concurrency_limit=None, show_progress="hidden")
    data.change(lambda chosen: gr.File(visible=chosen == data_sets.UPLOAD), data, upload, **quiet)
    data.focus(lambda: gr.Dropdown(choices=_data_choices(lab)), None, data, **quiet)
    before = gr.State(first.name)
    follows = [net, epochs, image_px, lr, before]
    recipe.input(_recipe_defaults, [recipe, before, net], follows, **quiet)
    _add_endpoints(runs)


def _data_choices(lab: Lab) -> list[tuple[str, str]]:
    own = [(name, name) for name in data_sets.found(lab.data)]
    return [(t("train.data_drawn"), data_sets.DRAWN), *own, (t("train.data_upload"), data_sets.UPLOAD)]


def _recipe_defaults(name: str, before: str, net: str) -> tuple[str, int, int, float, str]:
    """What the form shows once recipe `name` is chosen after `before`: a net somebody chose stays."""
    recipe = RECIPES[name]
    return recipe.net if net == RECIPES[before].net else net, recipe.epochs, recipe.image_px, recipe.lr, name


def _live_panel(runs: Runs) -> gr.HTML:
    """The one live component: its script polls `poll`, steers through `steer` and draws by itself.

    The template names no property, so Gradio never touches what the script has put on the page. Its value is what
    `begin` returns: the run to watch and the token that controls it.
    """

    @answering
    def poll(asked: Any) -> dict[str, Any]:
        run, *had = fields(asked, "run", "since", "step", "width")
        return runs.chart(run, *had) if runs.is_there(run) else {"gone": True}

    @answering
    def recording(asked: Any) -> dict[str, Any]:
        return recorded()

    @answering
    def steer(asked: Any) -> dict[str, Any]:
        run, token, want = fields(asked, "run", "token", "want")
        return runs.control(run, token, want, asked.get("step"), asked.get("lr"))

    @answering
    def start_over(asked: Any) -> dict[str, Any]:
        (run,) = fields(asked, "run")
        return runs.start_over(run, asked.get("token"))

    @answering
    def runs_list(asked: Any) -> dict[str, Any]:
        return {"runs": runs.list(*fields(asked, "tokens"))}

    return live_html(
        "train.html",
        SCRIPTS,
        [poll, recording, steer, start_over, runs_list],
        elem_id="train-live",
        words="train.live.",
    )


def _add_endpoints(runs: Runs) -> None:
    @refusing
    def start_run(data: str = "drawn", net: str = "", recipe: str = "live", settings: dict | None = None) -> dict:
        """Start training, or queue it when another run is training.

        Args:
            data: "drawn", or the name of a ZIP or folder in the app's data folder.
            net: a name from the catalogue, such as "resnet10_w24"; empty for the recipe's own.
            recipe: "live", "photos" or "article".
            settings: what differs from the recipe, such as {"epochs": 3, "seed": 1}.

        Returns:
            {"run": the run's id, "token": what /control_run asks for}.
        """
        return runs.start(data, net, recipe, settings or {})

    @refusing
    def run_events(run: str, since: int = 0) -> dict:
        """Read what a run has recorded, at most 500 events a call.

        Args:
            run: the run's id.
            since: the highest seq you already have; 0 for the beginning.

        Returns:
            {"run", "state", "ahead": runs that come before it, "holds_up": the state of what it waits for,
            "events": [{"seq", "time", "kind", ...}]}.
            The run is over when state is finished, stopped, diverged, failed or interrupted and no events come.
        """
        return runs.events(run, since)

    @refusing
    def control_run(
        run: str,
        token: str,
        want: Literal["run", "pause", "stop", "step", "resume"],
        step: int | None = None,
        lr: float | None = None,
    ) -> dict:
        """Steer a run: pause it, let it go on, take single steps, stop it and keep its weights, go on with one that was
        interrupted, or change its learning rate. Asking twice does no harm: nothing is done a second time.

        Args:
            run: the run's id.
            token: what /start_run returned.
            want: "run" lets a paused run go on; "pause"; "stop" ends it and keeps its weights; "step" goes on until
                step number `step` was taken, validation included where it ends an epoch, and pauses; "resume" puts a
                run that was interrupted, stopped or killed back into the queue, to go on where it was.
            step: for "step", the number of the step to pause after: one more than the last for a single step. One that
                was taken already pauses at once.
            lr: a new highest learning rate from the next step on, within the limits of a recipe; the schedule keeps its
                shape. The run tells it as an event of kind "learning_rate". Left out, nothing changes.

        Returns:
            {"run", "state"}; the state follows within one training step.
        """
        return runs.control(run, token, want, step, lr)

    @refusing
    def list_runs(tokens: dict | None = None) -> list:
        """List the newest runs, at most 50: [{"id", "name", "net", "data", "state", "started", "step", "steps"}].

        Args:
            tokens: {run id: token}. A public page lists only runs whose token is given.
        """
        return runs.list(tokens or {})

    for endpoint in (start_run, run_events, control_run, list_runs):
        gr.api(endpoint, api_name=endpoint.__name__)
