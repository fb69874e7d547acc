"""Several runs side by side, for the page: the table of runs, what tells them apart, and ready-made experiments.

Every function takes what a stranger may send and answers plain JSON values; refusals are `UserError`. No path of this
machine is among the answers: pictures and weights go by their names.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet.errors import UserError
from train.event_log import log_of
from train.experiments import EXPERIMENTS, Experiment
from train.recipe import Recipe
from train.run import Run
from train.together import MOST_RUNS
from ui import data_sets, visitor
from ui.live_html import fields
from ui.live_run import Runs, as_told
from ui.run_list import apart, given_name, in_turn, names, title
from ui.run_settings import alike, differing, setting_name, written
from ui.text import t

RECORDED = Path(__file__).resolve().parent.parent / "assets" / "recorded_depth.json"  # made by tools.record
MOST = 6  # runs at once: as many colours as can be told apart


class Overlay:
    """The runs of one app side by side."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._lab = runs.lab

    def table(self, tokens: Mapping[str, str], chosen: object) -> dict[str, Any]:
        """The runs one may see, and those that are chosen, with what tells the chosen ones apart.

        Args:
            tokens: run id -> token, as for `Runs.list`.
            chosen: ids of at most `MOST` runs; who knows an id may watch that run. What is not there is left out.

        Returns:
            ``rows``, newest first, sets in the order of their turns: what `Runs.list` says of a run, ``given``, the
            name a person gave it (or ""), ``title``, that with its net, ``apart``, what tells it from another of its
            net and minute (or ""), ``val_accuracy`` of its last epoch (or None) and ``settings``, a text for each
            column. ``columns``: key and
            name of each setting in which the chosen runs differ. ``same``: name and value of those in which they do
            not. ``names``: id -> what a chosen run is called beside its curve; only runs that differ in their time
            alone have one name. ``data``: names of the data sets an experiment can be started on. ``most``: `MOST`.
        """
        ids = _ids(chosen)
        rows = self._runs.list(tokens)
        listed = {row["id"] for row in rows}
        if any(id not in listed for id in ids):
            others = (row for row in self._lab.launcher.list() if row["id"] in ids and row["id"] not in listed)
            rows += map(as_told, others)
        recipes = self._recipes(rows)
        rows = in_turn([row for row in rows if row["id"] in recipes])
        told = apart(rows, recipes)
        together = [row for id in ids for row in rows if row["id"] == id]
        compared = [recipes[row["id"]] for row in together]
        columns = differing(compared)
        return {
            "rows": [
                {
                    **row,
                    "given": given_name(row["id"]),
                    "title": title(row),
                    "apart": told[row["id"]],
                    "experiment": among(row["experiment"], recipes),
                    "val_accuracy": self._last_answer(row["id"]),
                    "settings": [written(recipes[row["id"]], name) for name in columns],
                }
                for row in rows
            ],
            "columns": [{"key": name, "name": setting_name(name)} for name in columns],
            "same": alike(compared),
            "names": names(together, recipes),
            "data": [data_sets.DRAWN, *data_sets.found(self._lab.data)],
            "most": MOST,
        }

    def curves(self, asked: object) -> dict[str, Any]:
        """What a page lacks of several runs: for each of at most `MOST` questions as `Runs.chart` takes them
        (``run, since, step, width``) its answer, ``{"run", "gone": True}`` for a run that is not there.
        """
        if not isinstance(asked, list) or len(asked) > MOST:
            raise _not_asked_so()
        questions = [fields(each, "run", "since", "step", "width") for each in asked]
        return {
            "runs": [
                self._runs.chart(*question) if self._runs.is_there(question[0]) else {"run": question[0], "gone": True}
                for question in questions
            ]
        }

    def start(self, name: object, data: object) -> dict[str, Any]:
        """Start a ready-made experiment on the pictures called `data`.

        Returns:
            ``runs``: for each, in order, ``run`` and the ``token`` that controls it.
        """
        if not isinstance(name, str) or name not in EXPERIMENTS:
            raise _not_asked_so()
        source = data_sets.source(self._lab.data, data)  # type: ignore[arg-type]
        experiment = EXPERIMENTS[name].on(source)
        self._lab.room.check(visitor.leader_token())
        started = self._lab.launcher.start_together(
            experiment.recipes, experiment=name, slice_steps=experiment.slice_steps
        )
        if self._runs.lease:
            for run, _ in started:
                self._runs.lease.begin(run.id)
        return {"runs": [{"run": run.id, "token": token} for run, token in started]}

    def stop(self, tokens: object) -> dict[str, Any]:
        """Stop the runs of a set, those that wait as well as those that train; each keeps its weights.

        Args:
            tokens: run id -> the token that controls it. Stopping a run that is over does nothing.

        Returns:
            ``runs``: id and state of each, as `Runs.control` returns them.

        Raises:
            UserError: one could not be stopped, the first of these; the others were asked to.
        """
        if not isinstance(tokens, Mapping) or not 0 < len(tokens) <= MOST_RUNS:
            raise _not_asked_so()
        stopped, refused = [], []
        for run, token in tokens.items():
            try:
                stopped.append(self._runs.control(run, token, "stop"))
            except UserError as error:
                refused.append(error)
        if refused:
            raise refused[0]
        return {"runs": stopped}

    def _recipes(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Recipe]:
        """The recipes of these runs, without those that were deleted, or spoilt by hand, since they were listed."""
        found = {}
        for row in rows:
            with contextlib.suppress(OSError, UserError):
                found[row["id"]] = Run.open(self._lab.runs, row["id"]).recipe
        return found

    def _last_answer(self, run: str) -> float | None:
        share = log_of(self._lab.runs.resolve() / run / "events.jsonl").summary()["val_accuracy"]
        return None if share is None else float(share)


def among(experiment: Mapping[str, Any] | None, shown: Collection[str]) -> dict[str, Any] | None:
    """A set of runs without those that are not shown: who knows one of them need not know the others."""
    return experiment and {**experiment, "runs": [id for id in experiment["runs"] if id in shown]}


def sizes(experiment: Experiment) -> dict[str, str]:
    """How many ``runs`` it has, and ``steps`` each of them where there are enough pictures, as people read them."""
    first = experiment.recipes[0]
    return {
        "runs": str(len(experiment.recipes)),
        "steps": f"{math.ceil(first.train_pictures / first.batch) * first.epochs:,}",
    }


def recorded() -> dict[str, Any]:
    """The shipped recording of a long experiment: ``recorded`` (when, in unix seconds, and on what machine) and
    ``runs``, each what `Runs.chart` answers from its start. Without runs where none is shipped.
    """
    try:
        return dict(json.loads(RECORDED.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {"runs": []}


def _ids(chosen: object) -> list[str]:
    """The ids of at most `MOST` runs, each once."""
    if not isinstance(chosen, list) or len(chosen) > MOST or not all(isinstance(id, str) for id in chosen):
        raise _not_asked_so()
    return list(dict.fromkeys(chosen))


def _not_asked_so() -> UserError:
    return UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
