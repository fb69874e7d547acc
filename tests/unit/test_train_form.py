"""The Train tab's form: what it offers, what it makes of its fields, and what is refused before a run waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resnet.catalogue import CATALOGUE, find
from resnet.design import Design, as_text
from resnet.errors import UserError
from train import memory
from train.memory import check_memory, machine_memory
from train.recipe import Recipe
from train.recipes import FINETUNE, LIVE, PHOTOS, RECIPES, SHIPPED, THOROUGH
from ui import data_sets, train_form
from ui.look import Look
from ui.recipes import make_recipe
from ui.train_form import OWN, net_choices, remarks
from ui.train_knobs import LABELS, changed, settings, values


@pytest.fixture(autouse=True)
def no_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test's own; returns where the photos of Oxford-IIIT Pet would be."""
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "downloads" / "oxford-iiit-pet"


def filled(recipe: Recipe, **typed: Any) -> dict[str, Any]:
    return {**dict(zip(LABELS, values(recipe), strict=True)), **typed}


def test_every_net_that_classifies_is_offered_once_and_says_of_which_group_it_is():
    offered = {name: title for title, name in net_choices()}
    assert len(offered) == len(net_choices()) == len({title for title, _ in net_choices()})
    assert set(offered) == {net.name for net in CATALOGUE.values() if net.classes} | {OWN}
    assert offered["resnet20"] == "ResNet-20"
    assert offered["resnet50"] == "ResNet-50"
    assert offered["vgg16"].endswith("· VGG-16")
    assert offered["vgg16"] != "VGG-16"


@pytest.mark.parametrize("name", RECIPES)
def test_the_form_as_a_recipe_fills_it_asks_for_that_recipe(name):
    recipe = RECIPES[name]
    assert settings(recipe, find(recipe.net), filled(recipe)) == {}
    assert "As the recipe has them" in changed(name, *values(recipe))


def test_only_what_differs_is_asked_for_and_an_emptied_field_is_as_the_recipe_has_it():
    typed = filled(LIVE, epochs=3, batch=None, flip=False, norm="group", colour=0.3)
    assert settings(LIVE, find(LIVE.net), typed) == {"epochs": 3, "flip": False, "norm": "group", "colour": 0.3}
    assert changed("live", *typed.values()) == "<p>Changed: Epochs, Mirror half of them, Colour, Norm.</p>"
    begun = filled(LIVE, init="run", run="mine")
    assert settings(LIVE, find(LIVE.net), begun) == {}
    assert changed("live", *begun.values()) == "<p>Changed: Weights.</p>"


@pytest.mark.parametrize(
    ("recipe", "net", "px", "sides"),
    [
        (PHOTOS, "resnet10_w24", 128, {"start_px": 64}),
        (THOROUGH, "resnet18_w40", 64, {"start_px": 40, "val_px": 80, "stored_px": 80}),
        (THOROUGH, "resnet18_w40", 1024, {"start_px": 640, "val_px": 1024, "stored_px": 1024}),
        (PHOTOS, "resnet18", 32, {"start_px": 17}),  # half of it is nothing for this net
        (PHOTOS, "alexnet", 224, {"start_px": 0}),  # it takes one size alone
    ],
)
def test_the_other_sides_follow_the_picture_size(recipe, net, px, sides):
    asked = settings(recipe, find(net), filled(recipe, image_px=px))
    assert asked == {"image_px": px, **sides}
    assert recipe.with_settings({"net": net, **{name: str(side) for name, side in asked.items()}}).image_px == px


def test_the_last_stage_is_the_nets_own():
    for net, stage in (("resnet18", "layer4"), ("resnet20", "layer3"), (as_text(Design(layers=(1, 1))), "layer2")):
        asked = settings(LIVE, find(net), filled(LIVE, learns="last"))
        assert asked == {"freeze": f"all but {stage} fc"}
        make_recipe("drawn", net, "live", asked)
    assert settings(FINETUNE, find(FINETUNE.net), filled(FINETUNE, learns="all")) == {"freeze": ""}
    with pytest.raises(UserError, match="VGG-16 has no stages"):
        settings(LIVE, find("vgg16"), filled(LIVE, learns="last"))


def test_a_recipe_fills_the_fields_but_a_net_that_was_chosen_stays_and_the_seed():
    net, name, *shown, _ = train_form._fill("finetune", "live", LIVE.net, 7)
    assert (net, name) == (FINETUNE.net, "finetune")
    assert dict(zip(LABELS, shown, strict=True)) == {**filled(FINETUNE), "seed": 7}
    assert (filled(FINETUNE)["init"], filled(FINETUNE)["learns"]) == ("shipped", "last")
    assert train_form._fill("finetune", "live", "resnet20", 7)[0] == "resnet20"


# --- What a run begins with ------------------------------------------------------------------------------------------


def test_weights_are_named_never_pointed_at():
    assert make_recipe("drawn", FINETUNE.net, "live", {}, "shipped").init == str(SHIPPED)
    assert make_recipe("drawn", "", "finetune", {}, "scratch").init == ""
    assert make_recipe("drawn", "", "finetune", {}).init == str(SHIPPED)
    assert make_recipe("drawn", "resnet50", "live", {}, "imagenet").init == "imagenet"
    for init in ("/etc/passwd", str(SHIPPED), "hub:me/net", "runs/1", None, ["scratch"]):
        with pytest.raises(UserError, match="Give init as scratch, shipped, imagenet or run:ID"):
            make_recipe("drawn", "", "live", {}, init)
    with pytest.raises(UserError, match="'init' is not a setting"):
        make_recipe("drawn", "", "live", {"init": "imagenet"})


@pytest.mark.parametrize(
    ("net", "init", "asked", "public", "said"),
    [
        ("resnet18", "shipped", {}, False, "Choose the net resnet18_w40"),
        ("resnet18_w40", "shipped", {"norm": "group"}, False, "Set norm=batch"),
        ("resnet10_w24", "imagenet", {}, False, "no ImageNet weights of ResNet-10, width 24"),
        ("resnet18", "imagenet", {"norm": "group"}, False, "no ImageNet weights of ResNet-18 with group norm"),
        ("resnet18", "imagenet", {}, True, "does not download weights for its visitors"),
        ("resnet18", "", {"freeze": "layer9"}, False, "no part 'layer9'"),
    ],
)
def test_weights_that_do_not_fit_are_refused_before_the_run_waits(net, init, asked, public, said):
    with pytest.raises(UserError, match=said):
        make_recipe("drawn", net, "live", asked, init, public=public)


# --- What fits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "px", "cure"),
    [
        ("alexnet", 48, "Set the picture size .* to 224"),
        ("googlenet", 24, "Give at least 31 pixels"),
        (as_text(Design(head="flatten")), 48, "Give at most 32 pixels"),
        ("design:layers=0", 48, "Give each stage 1 to 100"),
    ],
)
def test_a_net_that_cannot_work_at_that_size_is_refused_with_a_cure(net, px, cure):
    with pytest.raises(UserError, match=cure):
        make_recipe("drawn", net, "live", {"image_px": px})


def test_a_training_that_the_memory_cannot_hold_is_refused(tmp_path, monkeypatch):
    recipe = LIVE.with_settings({"net": "resnet152", "image_px": "224", "batch": "256", "device": "cpu"})
    monkeypatch.setattr(memory, "machine_memory", lambda: 16 * 10**9)
    with pytest.raises(UserError, match=r"ResNet-152 on batches of 256 pictures of 224 pixels takes about \d+ GB"):
        check_memory(recipe)
    check_memory(LIVE)
    monkeypatch.setattr(memory, "machine_memory", lambda: None)  # nobody knows
    check_memory(recipe)
    monkeypatch.setattr(memory, "machine_memory", machine_memory)
    (tmp_path / "memory.max").write_text("1000000000\n")
    monkeypatch.setattr(memory, "MEMORY_QUOTA", tmp_path / "memory.max")
    assert machine_memory() == 10**9
    (tmp_path / "memory.max").write_text("max\n")
    assert machine_memory() > 10**9


# --- What is told beforehand -----------------------------------------------------------------------------------------


def test_downloads_are_told_with_their_size_and_ones_own_net_by_its_name(no_photos):
    own = as_text(Design(layers=(1, 1), width=16))
    assert not remarks("drawn", "resnet18", "", "scratch").visible
    assert "811\u00a0MB" in remarks(data_sets.OXFORD, "resnet18", "", "scratch").value
    assert "about 102\u00a0MB" in remarks("drawn", "resnet50", "", "imagenet").value
    assert remarks("drawn", OWN, own, "scratch").value == "<p>Your net: 1-1 basic blocks, width 16.</p>"
    no_photos.mkdir(parents=True)
    (no_photos / "complete").touch()
    assert not remarks(data_sets.OXFORD, "resnet18", "", "scratch").visible


def test_the_net_that_was_built_is_brought_over():
    look = Look(view="build", design=Design(width=32))
    net, design, told, tabs = train_form._bring(look, "drawn", "scratch")
    assert (net, design, tabs.selected) == (OWN, "design:width=32", "train")
    assert "width 32" in told.value
    assert train_form._take_over("resnet18", look, "drawn", "scratch")[0] == ""
