"""The Train tab's settings: the fields of what a recipe says besides its pictures and net.

What stands in them becomes what differs from a named recipe; that recipe checks it.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import gradio as gr

from resnet.catalogue import Net, find
from resnet.errors import UserError
from resnet.network import ResNet
from train.recipe import CHOICES, LIMITS, Recipe
from train.recipes import FINETUNE, recipe_named
from ui.recipes import INITS
from ui.text import t

#: The fields, in this order wherever there are several values, and their names. All but the last three are settings of
#: a recipe; `init` is a key of `ui.recipes.INITS` or `OWN_RUN`, `run` the id of the run that this means, `learns` is
#: "all" or "last".
LABELS = {
    "epochs": "train.epochs",
    "image_px": "train.image_px",
    "lr": "train.lr",
    "seed": "train.seed",
    "optimizer": "train.form.optimizer",
    "batch": "train.form.batch",
    "weight_decay": "train.form.weight_decay",
    "label_smoothing": "train.form.label_smoothing",
    "flip": "train.form.flip",
    "crop": "train.form.crop",
    "colour": "train.form.colour",
    "norm": "train.form.norm",
    "init": "train.form.init",
    "run": "train.form.own_run",
    "learns": "train.form.learns",
}
_SETTINGS = tuple(name for name in LABELS if name not in ("init", "run", "learns"))
OWN_RUN = "run"  # in the place of a key of `INITS`


def build(first: Recipe, public: bool) -> dict[str, Any]:
    """Add the fields, set to a recipe; returned by name, in the order of `LABELS`.

    Numbers have no limits of their own: the recipe refuses in words that name the setting and a cure.
    """
    knobs: dict[str, Any] = {}
    shown = dict(zip(LABELS, values(first), strict=True))

    def number(name: str, info: str, **more: Any) -> None:
        knobs[name] = gr.Number(shown[name], label=t(LABELS[name]), info=t(info), **more)

    def choice(name: str, **words: str) -> None:
        choices = [(word, value) for value, word in words.items()]
        knobs[name] = gr.Radio(choices, value=shown[name], label=t(LABELS[name]))

    with gr.Row():
        number("epochs", "train.epochs_info", precision=0, min_width=100)
        number("seed", "train.seed_info", precision=0, min_width=100)
    number("image_px", "train.image_px_info", precision=0)
    number("lr", "train.lr_info", step=0.001)
    with gr.Accordion(t("train.form.optimiser"), open=False):
        choice("optimizer", **{name: t(f"train.form.optimizer_{name}") for name in CHOICES["optimizer"]})
        number("batch", "train.form.batch_info", precision=0)
        number("weight_decay", "train.form.weight_decay_info", step=0.01)
        number("label_smoothing", "train.form.label_smoothing_info", step=0.1)
    with gr.Accordion(t("train.form.pictures"), open=False):
        knobs["flip"] = gr.Checkbox(shown["flip"], label=t(LABELS["flip"]))
        choice("crop", **{name: t(f"train.form.crop_{name}") for name in CHOICES["crop"]})
        number("colour", "train.form.colour_info", step=0.1)
    with gr.Accordion(t("train.form.start"), open=False):
        shipped = t("train.form.init_shipped", net=find(FINETUNE.net).title)
        inits = {"scratch": t("train.form.init_scratch"), "shipped": shipped, OWN_RUN: t("train.form.init_run")}
        choice("init", **inits, **({} if public else {"imagenet": t("train.form.init_imagenet")}))
        knobs["run"] = gr.Dropdown([], label=t(LABELS["run"]), visible=False, elem_id="train-own-run")
        choice("learns", all=t("train.form.learns_all"), last=t("train.form.learns_last"))
        choice("norm", **{name: t(f"train.form.norm_{name}") for name in CHOICES["norm"]})
    return {name: knobs[name] for name in LABELS}


def values(recipe: Recipe) -> list[Any]:
    """What the fields show for a recipe, in the order of `LABELS`."""
    init = next(name for name, init in INITS.items() if init == recipe.init)
    return [*(getattr(recipe, name) for name in _SETTINGS), init, None, _learns(recipe)]


def settings(recipe: Recipe, net: Net, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the recipe; an emptied field is as the recipe has it.

    Raises:
        UserError: the last stage shall learn, and the net has none.
    """
    given = {name: value for name, value in knobs.items() if name in _SETTINGS and value is not None}
    found = {name: value for name, value in given.items() if value != getattr(recipe, name)}
    found |= _other_sides(recipe, net, given.get("image_px", recipe.image_px))
    freeze = _freeze(net) if knobs["learns"] == "last" else ""
    return found | ({} if freeze == recipe.freeze else {"freeze": freeze})


def _other_sides(recipe: Recipe, net: Net, image_px: int) -> dict[str, int]:
    """The other sides a recipe names follow the pictures' in proportion; a net of one size has no others."""
    changed = {}
    for name in ("start_px", "val_px", "stored_px"):
        own = getattr(recipe, name)
        side = min(round(own * image_px / recipe.image_px), int(LIMITS[name][1]))
        if name != "stored_px":
            side = 0 if net.fixed_side else max(side, net.min_side)
        if name == "start_px":
            side = min(side, image_px)
        if own and side != own:
            changed[name] = side
    return changed


def _learns(recipe: Recipe) -> str:
    return "last" if recipe.freeze else "all"


def _freeze(net: Net) -> str:
    """The recipe's words for: all but the last stage and the head."""
    if net.factory is not ResNet:
        what = t("train.form.no_stages", net=net.title)
        raise UserError(what, where="freeze", cure=t("train.form.no_stages_cure"))
    return f"all but layer{len(net.arguments['layers'])} fc"


def changed(name: str, *given: Any) -> str:
    """Which fields differ from the recipe, as HTML."""
    own = values(recipe_named(name))
    labels = [t(label) for label in LABELS.values()]
    compared = zip(labels, own, given, strict=True)
    # No recipe names a run: that there is one, the weights' own label says.
    differ = [label for label, was, now in compared if None not in (was, now) and now != was]
    said = t("train.form.changed", names=", ".join(differ)) if differ else t("train.form.unchanged")
    return f"<p>{html.escape(said)}</p>"
