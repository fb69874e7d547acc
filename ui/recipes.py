"""The recipe that the page's form, or a script through the API, asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from resnet.catalogue import find
from resnet.errors import UserError
from resnet.pretrained import IMAGENET
from train.distributed import ALONE
from train.memory import check_memory
from train.recipe import Recipe
from train.recipes import SHIPPED, recipe_named
from train.scaling import check_start
from ui.names import net_title
from ui.text import t

IMAGENET_INIT = "imagenet"
INITS = {"scratch": "", "shipped": str(SHIPPED), "imagenet": IMAGENET_INIT}  # what a run may begin from, and its `init`
_OWN_ARGUMENTS = ("name", "data", "net", "init")  # never among the settings, where a path could hide


def make_recipe(
    source: str,
    net: str,
    recipe: str,
    settings: Mapping[str, Any],
    init: str = "",
    *,
    own: str = "",
    public: bool = False,
) -> Recipe:
    """A named recipe on other pictures, changed, and checked so far that a run of it need not wait to be refused.

    Args:
        source: as `Recipe.data`.
        net: a name of the catalogue, or a design's; empty for the recipe's own.
        recipe: its name.
        settings: what else differs from it.
        init: what it begins from, a key of `INITS`; empty for the recipe's own.
        own: the folder of a run to begin from, in place of `init`; whoever asks may have its weights.
        public: it is a stranger's, who must not make this machine download weights.

    Raises:
        UserError: something of this does not exist, or does not go together, or into this machine's memory.
    """
    if not isinstance(settings, Mapping):
        raise UserError(t("train.no_settings"), where="settings", cure=t("train.no_settings_cure"))
    if not isinstance(net, str):
        raise UserError(t("train.no_net"), where="net", cure=t("train.no_net_cure"))
    if not isinstance(init, str) or init not in ("", *INITS):
        raise UserError(t("train.form.no_init"), where="init", cure=t("train.form.no_init_cure"))
    for name in _OWN_ARGUMENTS:
        if name in settings:
            raise UserError(t("train.no_setting", name=name), where="settings", cure=t("train.no_setting_cure"))
    named = recipe_named(recipe)
    changes = {name: str(value) for name, value in settings.items()}
    changes |= {"data": source, "net": net or named.net, "init": own or (INITS[init] if init else named.init)}
    try:
        made = named.with_settings(changes)
    except UserError as error:
        side = find(changes["net"]).fixed_side if error.where == "input" else None
        if side is None:
            raise
        raise UserError(error.what, where="image_px", cure=t("train.form.fixed_side", side=side)) from error
    _check_init(made, public)
    # ImageNet weights are looked for by the run itself: their download takes long, and can be stopped there.
    check_start(replace(made, init="") if made.init == IMAGENET_INIT else made, ALONE)
    check_memory(made)
    return made


def _check_init(recipe: Recipe, public: bool) -> None:
    """Refuse ImageNet weights for a net that has none, and those of a stranger."""
    if recipe.init != IMAGENET_INIT:
        return
    if public:
        raise UserError(t("train.form.no_download"), where="init", cure=t("train.form.no_download_cure"))
    if recipe.net not in IMAGENET or recipe.norm != "batch":
        what = t("train.form.no_imagenet", net=net_title(recipe.net), norm=recipe.norm)
        raise UserError(what, where="init", cure=t("train.form.no_imagenet_cure"))
