"""Recipes: what is refused, how, and that what is written is what is read."""

import dataclasses
import json
import math

import pytest

from resnet import UserError
from train import cores
from train.recipe import CHOICES, LIMITS, Recipe
from train.recipes import RECIPES, recipe_named


def test_live_is_the_default():
    assert Recipe() == RECIPES["live"]


@pytest.mark.parametrize("name", RECIPES)
def test_named_recipes_survive_json_and_fit_their_nets(name):
    recipe = RECIPES[name]
    assert recipe.name == name
    recipe.check_net()
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_article_is_the_article():
    article = RECIPES["article"]
    assert (article.optimizer, article.lr, article.batch, article.epochs) == ("adam", 0.003, 32, 10)
    assert (article.net, article.crop, article.flip, article.schedule) == (
        "resnet18",
        "random-resized",
        False,
        "constant",
    )
    assert article.with_settings({"image_px": "512"}).image_px == 512


def test_settings_are_parsed_by_the_type_of_their_field():
    changed = Recipe().with_settings({"epochs": " 3 ", "lr": "1e-2", "flip": "no", "batch": "32.0", "data": "a=b"})
    assert changed == dataclasses.replace(Recipe(), epochs=3, lr=0.01, flip=False, batch=32, data="a=b")
    assert type(changed.batch) is int
    assert Recipe().epochs == RECIPES["live"].epochs  # the original is as it was


@pytest.mark.parametrize(
    "make",
    [
        lambda value: Recipe().with_settings({"lr": str(value)}),
        lambda value: Recipe(lr=value),
        lambda value: Recipe.from_json(json.dumps({"lr": value})),
    ],
    ids=["from settings", "directly", "from JSON"],
)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1, 0.0, 1e7])
def test_impossible_learning_rates_are_refused_with_the_range(value, make):
    with pytest.raises(UserError) as caught:
        make(value)
    assert caught.value.where == "lr"
    assert "from 1e-08 to 10" in caught.value.cure


def test_a_rate_that_nobody_may_ask_for_is_read_from_a_run_of_an_earlier_version():
    with pytest.raises(UserError, match=r"lr: 100\.0 is out of range\. Give a number from 1e-08 to 10"):
        Recipe().with_settings({"lr": "100"})
    earlier = Recipe.from_json('{"lr": 100}')
    assert Recipe.from_json(earlier.to_json()) == earlier
    assert earlier.with_settings({"epochs": "3"}).lr == 100


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("epochs", "0"),
        ("epochs", "1000000000"),
        ("epochs", "2.5"),
        ("epochs", "three"),
        ("epochs", ""),
        ("epochs", "9" * 5000),
        ("batch", "1"),
        ("batch", "1e400"),
        ("flip", "perhaps"),
        ("optimizer", "lion"),
        ("precision", "float16"),
        ("data", ""),
        ("data", "x" * 5000),
        ("data", "a\nb"),
        ("seed", "-1"),
    ],
)
def test_impossible_settings_name_their_field_and_a_cure(key, text):
    with pytest.raises(UserError) as caught:
        Recipe().with_settings({key: text})
    assert caught.value.where == key
    assert caught.value.cure.startswith(("Give", "Choose"))
    assert len(str(caught.value)) < 300


def test_unknown_settings_name_the_nearest():
    with pytest.raises(UserError, match="Did you mean 'epochs'"):
        Recipe().with_settings({"epoch": "3"})
    with pytest.raises(UserError, match="The settings are name, data, net"):
        Recipe().with_settings({"zzzzzz": "3"})
    with pytest.raises(UserError, match=r"mine\.json: .*Did you mean 'momentum'"):
        Recipe.from_json('{"momentun": 0.9}', where="mine.json")


def test_more_threads_than_cores_are_refused_but_read_from_a_larger_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setattr(cores, "CPU_QUOTA", tmp_path / "none")
    assert Recipe().with_settings({"threads": "4"}).threads == 4
    for count in ("5", "1024", "9999"):
        with pytest.raises(UserError, match="from 0 to 4") as caught:
            Recipe().with_settings({"threads": count})
        assert caught.value.where == "threads"
    larger = Recipe.from_json(Recipe(threads=64).to_json())
    assert larger.with_settings({"epochs": "3"}).threads == 64


def test_a_container_has_the_cores_of_its_quota(tmp_path, monkeypatch):
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    monkeypatch.setattr(cores, "CPU_QUOTA", tmp_path / "cpu.max")
    for text, count in {"150000 100000": 2, "max 100000": 64, "": 64, "1 100000": 1, "1 0": 64}.items():
        cores.CPU_QUOTA.write_text(text)
        assert cores.usable_cores() == count


def test_recipes_are_found_by_name():
    assert recipe_named("article") is RECIPES["article"]
    with pytest.raises(UserError, match="Did you mean 'photos'"):
        recipe_named("photo")
    for stranger in ("zzz", "x" * 5000, None, ["zzz"], {}):
        with pytest.raises(UserError, match="live, photos, thorough, finetune, article") as caught:
            recipe_named(stranger)
        assert len(str(caught.value)) < 200


def test_what_does_not_go_together_is_refused():
    with pytest.raises(UserError, match="no net called 'resnet19'"):
        Recipe().with_settings({"net": "resnet19"})
    with pytest.raises(UserError, match="8x8 pixels are too few"):
        Recipe().with_settings({"image_px": "8"})
    with pytest.raises(UserError, match="no classes to learn"):
        Recipe().with_settings({"net": "inception_block"})
    with pytest.raises(UserError, match="Give a whole number from 0 to 15"):
        Recipe(image_px=16, shift_px=16)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"lr": "0.1"}', '{"flip": 1}', '{"epochs": true}']
)
def test_json_that_is_no_recipe_is_refused(text):
    with pytest.raises(UserError):
        Recipe.from_json(text)


def test_json_may_write_a_whole_number_for_a_fraction():
    assert Recipe.from_json('{"lr": 1}').lr == 1.0
    with pytest.raises(UserError):
        Recipe.from_json('{"lr": 1' + "0" * 400 + "}")


@pytest.mark.parametrize(("epochs", "sides"), [(1, (64,)), (2, (48, 64)), (3, (32, 48, 64)), (4, (32, 32, 48, 64))])
def test_the_last_epochs_always_have_the_full_size(epochs, sides):
    assert Recipe(start_px=32, image_px=64, epochs=epochs).sides() == sides


def test_words_of_a_choice_may_have_capitals():
    assert Recipe().with_settings({"optimizer": "AdamW", "norm": "Group"}) == Recipe(norm="group")


def test_every_number_has_limits_and_every_word_choices():
    for field in dataclasses.fields(Recipe):
        if field.type in ("int", "float"):
            assert field.name in LIMITS
        if field.type == "str":
            assert (field.name in CHOICES) != (field.name in ("name", "data", "net", "init", "freeze"))
