"""What the page and its API can do with training runs: start one, read its events, steer it, list them.

Every function takes what a stranger may send and answers plain JSON values; refusals are `UserError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet.catalogue import CATALOGUE
from resnet.errors import UserError
from train.recipe import RECIPES, Recipe
from train.run import Run
from ui import data_sets
from ui.lab import Lab

EVENTS_A_CALL = 500
RUNS_A_LIST = 50
_OWN_ARGUMENTS = ("name", "data", "net")  # of `start`: never among the settings, where a path could hide


class Runs:
    """The runs of one app."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.uploads = lab.runs / "uploads"

    def start(self, data: str, net: str, recipe: str, settings: Mapping[str, Any]) -> dict[str, str]:
        """Queue a run on the pictures called `data`; see `ui.data_sets.found` for the names.

        Returns:
            ``{"run": id, "token": what controls it}``.
        """
        return self._launch(data_sets.source(self.lab.data, data), net, recipe, settings)

    def start_upload(self, file: str | None, net: str, recipe: str, settings: Mapping[str, Any]) -> dict[str, str]:
        """Queue a run on an uploaded ZIP."""
        if not file:
            raise UserError("There is no ZIP yet", cure="Upload one, or choose other pictures")
        return self._launch(data_sets.keep_upload(self.uploads, Path(file)), net, recipe, settings)

    def _launch(self, source: str, net: str, recipe: str, settings: Mapping[str, Any]) -> dict[str, str]:
        run, token = self.lab.launcher.start(make_recipe(source, net, recipe, settings))
        return {"run": run.id, "token": token}

    def events(self, run: str, since: int) -> dict[str, Any]:
        """The next events of a run, at most 500.

        Returns:
            ``run, state, ahead`` (runs that come before it) and ``events`` with a larger ``seq`` than `since`; from the
            start of a run (``since=0``) also ``about``: what is being trained on what.
        """
        if isinstance(since, bool) or not isinstance(since, (int, float)) or not 0 <= since < 2**53:
            raise UserError(
                "This is not the number of an event", where="since", cure="Give 0, or the last seq you have"
            )
        found = Run.open(self.lab.runs, run)
        # The state first: once it says that the run is over, the events below are complete.
        answer: dict[str, Any] = {"run": found.id, "state": found.state(), "ahead": self.lab.launcher.ahead(found.id)}
        answer["events"] = found.events(int(since), EVENTS_A_CALL)
        if since == 0:
            answer["about"] = about(found.recipe)
        return answer

    def control(self, run: str, token: str, want: str) -> dict[str, str]:
        """Ask a run to ``run``, ``pause`` or ``stop``; returns its id and state, which follows within a step."""
        self.lab.launcher.control(run, token, want)
        return {"run": run, "state": Run.open(self.lab.runs, run).state()}

    def list(self, tokens: Mapping[str, str]) -> list[dict[str, Any]]:
        """The newest runs. On a public page only those `tokens` (run id -> token) proves to be the caller's own."""
        if not isinstance(tokens, Mapping):
            raise UserError("Tokens are no table of runs and tokens", where="tokens", cure="Give {run id: token}")
        rows = self.lab.launcher.list()
        if self.lab.public:
            rows = [row for row in rows if row["id"] in tokens and self._owns(row["id"], tokens[row["id"]])]
        return [{**row, "net": net_title(row["net"])} for row in rows[:RUNS_A_LIST]]

    def _owns(self, run: str, token: object) -> bool:
        return Run.open(self.lab.runs, run).owned_by(token)


def make_recipe(source: str, net: str, recipe: str, settings: Mapping[str, Any]) -> Recipe:
    """A named recipe on other pictures, with another net (empty: the recipe's own) and some settings changed."""
    if not isinstance(settings, Mapping):
        raise UserError("Settings are no table of names and values", where="settings", cure='Give {"epochs": 3}, say')
    if not isinstance(net, str):
        raise UserError("This is not the name of a net", where="net", cure="Give one from the catalogue")
    if not isinstance(recipe, str) or recipe not in RECIPES:
        raise UserError(
            f"There is no recipe called {str(recipe)[:40]!r}",
            where="recipe",
            cure=f"Choose one of: {', '.join(RECIPES)}",
        )
    for name in _OWN_ARGUMENTS:
        if name in settings:
            raise UserError(f"{name!r} is not a setting", where="settings", cure="Give it as an argument of its own")
    changes = {name: str(value) for name, value in settings.items()}
    if source == data_sets.DRAWN and RECIPES[recipe].train_pictures == 0:
        # "All of them" means nothing where pictures are drawn as they are needed.
        live = RECIPES["live"]
        changes = {"train_pictures": str(live.train_pictures), "val_pictures": str(live.val_pictures), **changes}
    return RECIPES[recipe].with_settings({**changes, "data": source, "net": net or RECIPES[recipe].net})


def about(recipe: Recipe) -> dict[str, Any]:
    """What a viewer is told of a recipe before the first event; no path of this machine is among it."""
    return {
        "net": net_title(recipe.net),
        "data": Path(recipe.data).name,
        "recipe": recipe.name,
        "epochs": recipe.epochs,
        "image_px": recipe.image_px,
        "batch": recipe.batch,
        "lr": recipe.lr,
        "seed": recipe.seed,
    }


def net_title(name: str) -> str:
    """What people call a net; its name where the catalogue does not know it."""
    return CATALOGUE[name].title if name in CATALOGUE else name
