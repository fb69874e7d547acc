"""The Train tab: choose pictures, net and recipe, start, and watch and steer the run live."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from ui import learning_view, overlay_view, polling, room_view, take_away_view, train_form
from ui.lab import Lab
from ui.live_html import fields, live_html
from ui.live_run import Runs, recorded
from ui.refusals import answering, refusing

SCRIPTS = (  # one scope: what is known, how it is drawn, what is said of it, what can be asked for, polling
    "train_words.js",
    "train_curves.js",
    "train_scales.js",
    "train_sheet.js",
    "train_chart.js",
    "train_charts.js",
    "train_standing.js",
    "train_view.js",
    "train_steer.js",
    "browser_store.js",
    "addresses.js",
    "train_runs.js",
    "train.js",
)


def build(lab: Lab) -> train_form.Form:
    """Add the tab's components, its events and the endpoints `/start_run /run_events /control_run /list_runs`."""
    runs = Runs(lab)
    lab.routes.append(polling.route(runs))
    with gr.Row(elem_id="train"):
        with gr.Column(scale=1, min_width=280, elem_id="train-controls"):
            form = train_form.build(lab)
            room_view.build_share(lab)
        with gr.Column(scale=4, min_width=320, elem_id="train-watch"):
            room_view.build_only_leader()
            live = _live_panel(runs)
            take_away_view.build(lab)
            overlay_view.build(runs)
            learning_view.build(lab)
    begin = train_form.starter(runs, form)
    # Through the queue, without a limit: Gradio shows a refusal only for events that passed through it.
    form.start.click(**begin, outputs=live, api_visibility="private", concurrency_limit=None, show_progress="hidden")
    _add_endpoints(runs)
    return form


def _live_panel(runs: Runs) -> gr.HTML:
    """The one live component: its script polls `ui.polling`, steers through `steer` and draws by itself.

    The template names no property, so Gradio never touches what the script has put on the page. Its value is what
    `begin` returns: the run to watch and the token that controls it.
    """

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

    return live_html(
        "train.html",
        SCRIPTS,
        [recording, steer, start_over],
        elem_id="train-live",
        words="train.live.",
        address=polling.ADDRESS,
    )


def _add_endpoints(runs: Runs) -> None:
    @refusing
    def start_run(
        data: str = "drawn",
        net: str = "",
        recipe: str = "live",
        settings: dict | None = None,
        init: str = "",
        init_token: str = "",
    ) -> dict:
        """Start training, or queue it when another run is training.

        Args:
            data: "drawn", "oxford-pets", or the name of a ZIP or folder in the app's data folder.
            net: a name from the catalogue, such as "resnet10_w24", or a design, such as "design:layers=1,1:width=16";
                empty for the recipe's own.
            recipe: "live", "photos", "thorough", "finetune", "article", "degradation" or "reference".
            settings: what differs from the recipe, such as {"epochs": 3, "seed": 1}.
            init: the weights to begin from: "scratch", "shipped", "imagenet" or "run:ID", a run of yours that has some;
                empty for the recipe's own.
            init_token: for "run:ID", what /start_run returned with that run.

        Returns:
            {"run": the run's id, "token": what /control_run asks for}.
        """
        return runs.start(data, net, recipe, settings or {}, init, init_token)

    @refusing
    def run_events(run: str, since: int = 0) -> dict:
        """Read what a run has recorded, at most 500 events a call.

        Args:
            run: the run's id.
            since: the highest seq you already have; 0 for the beginning.

        Returns:
            {"run", "state", "ahead": runs that come before it, "holds_up": the state of what it waits for,
            "makes_way_in": seconds until a paused run leaves its place to one that waits, for either of them, or null,
            "events": [{"seq", "time", "kind", ...}]}.
            For since=0 also "about": what is trained on what. Only where there is one: "note", why a public page
            stopped the run; "command", what resumes an interrupted run in a terminal, on a page for this machine alone.
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
            want: "run" lets a run go on that was paused or interrupted; "pause"; "stop" ends it and keeps its weights;
                "step" goes on until step number `step` was taken, validation included where it ends an epoch, and
                pauses; "resume" puts a run that was interrupted, stopped or killed back into the queue, to go on where
                it was.
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
