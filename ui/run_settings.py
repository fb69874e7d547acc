"""What a recipe says, as people read it: the names of its settings, their values, and where several differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from resnet.pretrained import called
from train.recipe import Recipe
from ui import data_sets
from ui.text import t

LONGEST = 40  # characters of a setting on the page

#: What a recipe says besides the net, in the order in which it is written.
SETTINGS = tuple(field.name for field in dataclasses.fields(Recipe) if field.name != "net")

#: Values that a machine settles when a run begins. Until then they say nothing, and tell no two runs apart.
UNSETTLED = {"threads": 0, "precision": "auto", "device": "auto"}


def differing(recipes: Sequence[Recipe]) -> list[str]:
    """The settings in which not all of these agree, the net aside."""
    return [name for name in SETTINGS if len(_settled(recipes, name)) > 1]


def alike(recipes: Sequence[Recipe]) -> list[dict[str, str]]:
    """``name`` and ``value`` of each setting in which all of these agree, the net aside; of no recipes nothing."""
    found = []
    for name in SETTINGS if recipes else ():
        if len(_settled(recipes, name)) <= 1:
            settled = (recipe for recipe in recipes if getattr(recipe, name) != UNSETTLED.get(name))
            found.append({"name": setting_name(name), "value": written(next(settled, recipes[0]), name)})
    return found


def _settled(recipes: Sequence[Recipe], name: str) -> set[object]:
    return {getattr(recipe, name) for recipe in recipes} - {UNSETTLED.get(name)}  # no setting is None


def setting_name(name: str) -> str:
    """What people call a setting."""
    return t(f"train.overlay.setting.{name}")


def written(recipe: Recipe, name: str) -> str:
    """A setting's value as people read it: at most `LONGEST` characters, and never a path."""
    value = getattr(recipe, name)
    if name in UNSETTLED and value == UNSETTLED[name]:
        text = t("train.overlay.unsettled")
    elif isinstance(value, bool):
        text = t("train.overlay.yes") if value else t("train.overlay.no")
    elif isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, int):
        text = str(value) if name == "seed" else f"{value:,}"
    elif name == "data":
        text = data_sets.title(value)
    elif name == "init":
        text = called(value) if value else t("train.overlay.random")
    else:
        text = value
    text = text or t("train.overlay.none")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
