"""The questions above the tabs: their numbers are computed, and one guess is plainly the right one."""

from __future__ import annotations

import pytest

from resnet.errors import UserError
from ui.board import board
from ui.questions import QUESTIONS, answer, find


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_a_guess_is_right_and_the_others_are_not_near(question):
    truth = question.truth()
    right = question.guesses[question.right()]
    assert abs(right - truth) <= 0.05 * abs(truth) + 1e-9
    assert all(abs(guess - truth) > 0.2 * abs(truth) for guess in question.guesses if guess != right)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_each_sets_a_view_that_exists(question):
    assert f"board-{question.look.view}" in board(question.look)


def test_the_numbers():
    facts = dict(answer("shortcut")["facts"])
    assert facts["Ways through ResNet-34"] == "65,536"
    assert answer("projection")["facts"][0] == ("layer2.0", "64×56×56 → 128×28×28")
    work = dict(answer("fifty")["facts"])["Work"]
    assert work == "3.664 → 4.089 GMACs (1.12×)"
    assert answer("place")["facts"][1] == ("VGG-16, head", "89.4 % of parameters, 0.8 % of MACs")


@pytest.mark.parametrize("key", ["", "nothing", None, ["shortcut"], {"a": 1}])
def test_another_question_is_refused(key):
    with pytest.raises(UserError, match="Reload"):
        find(key)
