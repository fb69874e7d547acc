"""Learning rates as functions of position, and what the optimizer leaves free."""

import dataclasses

import pytest

from tests.toys import TOY, data
from train.engine import Training
from train.recipe import Recipe
from train.recipes import RECIPES
from train.schedule import learning_rate


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_norms_and_biases_are_not_decayed(optimizer):
    training = Training(dataclasses.replace(TOY, optimizer=optimizer, weight_decay=0.1), data())
    decay = {id(p): g["weight_decay"] for g in training.optimizer.param_groups for p in g["params"]}
    for name, parameter in training.model.named_parameters():
        is_matrix = name.endswith("weight") and "bn" not in name and "downsample.1" not in name
        assert decay[id(parameter)] == (0.1 if is_matrix else 0.0), name


def test_one_cycle_rises_to_the_peak_and_comes_down_and_is_never_zero():
    recipe = Recipe(lr=0.2)
    for steps in (1, 2, 3, 4, 5, 1000):
        rates = [learning_rate(recipe, step, steps) for step in range(steps)]
        assert all(0 < rate <= 0.2 for rate in rates)
    top = rates.index(max(rates))
    assert top == pytest.approx(250, abs=1)
    assert rates[top] == pytest.approx(0.2, rel=0.01)
    assert rates[-1] < 1e-5
    assert rates == sorted(rates[: top + 1]) + sorted(rates[top + 1 :], reverse=True)
    assert learning_rate(RECIPES["article"], 7, 1000) == 0.003


def test_cosine_rises_shortly_and_falls_and_steps_fall_to_tenths():
    rates = [learning_rate(Recipe(lr=0.4, schedule="cosine"), step, 1000) for step in range(1000)]
    top = rates.index(max(rates))
    assert top == pytest.approx(50, abs=1)
    assert rates[top] == pytest.approx(0.4, rel=1e-2)
    assert rates[525] == pytest.approx(0.2, rel=0.01)
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[-1] < 1e-4
    drops = [learning_rate(RECIPES["reference"], epoch, 90) for epoch in range(90)]
    assert drops == pytest.approx([0.1] * 30 + [0.01] * 30 + [0.001] * 30)
