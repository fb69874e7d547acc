"""Is it learning? Recorded and made-up curves, and the numbers that each answer rests on."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest

from tests.made_up import epoch, started
from train.verdict import Verdict, judge
from ui.live_run import RECORDED
from ui.text import section

START = started(5000, 500, val_pictures=500)


def curve(*rows: tuple[float | None, float, float | None, float]) -> list[dict[str, Any]]:
    """Epochs of (training loss, training accuracy, validation loss, validation accuracy)."""
    names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
    return [epoch(number, **dict(zip(names, row, strict=True))) for number, row in enumerate(rows)]


GUESS = (0.693, 0.5, 0.694, 0.5)
FALLING = [(0.69, 0.52, 0.68, 0.55), (0.5, 0.75, 0.45, 0.78), (0.3, 0.88, 0.28, 0.9)]
RISING = [(0.6, 0.7, 0.55, 0.72), (0.4, 0.8, 0.4, 0.8), (0.3, 0.9, 0.45, 0.8), (0.2, 0.95, 0.5, 0.79)]
DONE = {"kind": "finished", "seq": 9, "step": 1500, "reason": "done"}


def verdict(rows: list[Any], end: dict[str, Any] | None = None) -> Verdict:
    return judge(START, curve(*rows), end)


def test_before_the_first_epoch_ends_it_is_too_early() -> None:
    found = judge(START, [], None)
    assert found.kind == "early"
    assert found.numbers["steps"] == 500
    assert found.numbers["guess"] == 0.5
    assert found.numbers["guess_loss"] == pytest.approx(0.693, abs=1e-3)


def test_a_falling_loss_is_learning_and_says_from_where_to_where() -> None:
    found = verdict(FALLING)
    assert (found.kind, found.case) == ("learning", "learning")
    assert (found.numbers["first_loss"], found.numbers["val_loss"]) == (0.68, 0.28)
    assert (found.numbers["first_epoch"], found.numbers["epoch"]) == (1, 3)


def test_when_it_is_over_it_has_learned_as_much_as_its_answers_show() -> None:
    assert verdict(FALLING, DONE).kind == "learned"
    little = verdict([(0.69, 0.52, 0.68, 0.55), (0.66, 0.6, 0.67, 0.59)], DONE)
    assert (little.kind, little.case) == ("learned_little", "learning")  # 59 % where a guess has 50 %


@pytest.mark.parametrize("end", [{**DONE, "reason": "stopped"}, {"kind": "failed", "what": "No room"}])
def test_one_that_ended_before_its_time_was_learning(end: dict[str, Any]) -> None:
    assert verdict(FALLING, end).kind == "left"


def test_one_good_epoch_is_learning_without_a_fall() -> None:
    assert (verdict(FALLING[1:2]).kind, verdict(FALLING[1:2]).case) == ("learning", "better")


@pytest.mark.parametrize(("epochs", "kind"), [(1, "early"), (2, "early"), (3, "not_learning"), (8, "not_learning")])
def test_flat_at_chance_is_not_learning_after_some_patience(epochs: int, kind: str) -> None:
    assert verdict([GUESS] * epochs).kind == kind


def test_flat_at_chance_and_over_is_not_learning_at_once() -> None:
    assert verdict([GUESS], DONE).kind == "not_learning"


def test_a_lucky_guess_is_no_learning_but_the_same_on_more_pictures_is() -> None:
    lucky = curve(*[(0.69, 0.5, 0.69, 0.55)] * 3)
    assert judge(START, lucky, None).kind == "not_learning"  # 500 pictures: 2.2 standard errors
    assert judge({**START, "val_pictures": 5000}, lucky, None).kind == "learning"


def test_it_says_of_how_many_pictures_and_what_luck_alone_may_reach() -> None:
    """63 of 100 right: three standard errors are 15 points, so up to 65 may be luck."""
    few = {**START, "val_pictures": 100}
    for epochs, end in ((1, None), (3, None), (1, DONE)):
        found = judge(few, curve(*[(0.69, 0.6, 0.69, 0.63)] * epochs), end)
        assert found.kind == ("not_learning" if end or epochs == 3 else "early")
        assert (found.numbers["pictures"], found.numbers["val_accuracy"]) == (100, 0.63)
        assert found.numbers["lucky_accuracy"] == pytest.approx(0.65)
        said = section("train.live.")[f"because_{found.case}"].format(**found.numbers)
        assert "0.63 of 100 validation pictures" in said
        assert "up to 0.65" in said
    assert judge(few, curve((0.69, 0.6, 0.69, 0.66)), None).kind == "learning"
    assert judge({**START, "val_pictures": 4}, curve((0.69, 0.6, 0.69, 1.0)), None).numbers["lucky_accuracy"] == 1


def test_a_tenth_of_ten_classes_is_guessing() -> None:
    ten = {**START, "classes": list(string.ascii_letters[:10])}
    assert judge(ten, curve(*[(2.3, 0.1, 2.3, 0.12)] * 3), None).kind == "not_learning"
    assert judge(ten, curve(*[(2.0, 0.3, 2.0, 0.3)] * 3), None).kind == "learning"


def test_training_falls_while_validation_rises() -> None:
    found = verdict(RISING)
    assert found.kind == "overfitting"
    assert (found.numbers["lowest_epoch"], found.numbers["lowest_loss"], found.numbers["val_loss"]) == (2, 0.4, 0.5)
    assert (found.numbers["then_train_loss"], found.numbers["train_loss"]) == (0.4, 0.2)


def test_one_bad_epoch_is_an_accident() -> None:
    assert verdict(RISING[:3]).kind == "learning"


def test_both_rising_is_not_learning_by_heart() -> None:
    assert verdict([*RISING[:2], (0.45, 0.8, 0.45, 0.8), (0.5, 0.8, 0.5, 0.79)]).kind == "learning"


def test_a_small_rise_near_zero_is_noise() -> None:
    assert verdict([(0.3, 0.9, 0.02, 0.99), (0.2, 0.9, 0.025, 0.99), (0.1, 0.9, 0.026, 0.99)]).kind == "learning"


def test_the_same_rise_on_fewer_pictures_is_noise() -> None:
    rows = curve((0.4, 0.9, 0.13, 0.93), (0.3, 0.95, 0.165, 0.95), (0.25, 0.97, 0.163, 0.96))
    assert judge({**START, "val_pictures": 500}, rows, None).kind == "overfitting"
    assert judge({**START, "val_pictures": 100}, rows, None).kind == "learning"
    assert judge({**START, "val_pictures": 100}, curve(*RISING), None).kind == "overfitting"


def test_right_on_its_own_pictures_alone_is_learning_by_heart() -> None:
    found = verdict([(0.5, 0.7, 0.9, 0.5), (0.2, 0.9, 1.2, 0.5), (0.1, 0.99, 1.5, 0.51)])
    assert (found.kind, found.case) == ("overfitting", "by_heart")


def test_a_run_that_broke_has_diverged() -> None:
    found = judge(START, curve(*FALLING), {"kind": "diverged", "seq": 9, "step": 1600, "reason": "..."})
    assert (found.kind, found.numbers["step"]) == ("diverged", 1600)


@pytest.mark.parametrize("row", [(1.5, 0.5, 0.7, 0.5), (0.7, 0.5, None, 0.5), (None, 0.5, None, 0.5)])
def test_a_loss_that_blew_up_has_diverged_before_the_run_breaks(row: Any) -> None:
    assert verdict([*FALLING, row]).kind == "diverged"


def test_the_recorded_run_is_judged_rightly_at_each_of_its_epochs() -> None:
    recording = json.loads(RECORDED.read_text())
    begun, *epochs = [event for event in recording["events"] if event["kind"] in ("started", "epoch")]
    kinds = [judge(begun, epochs[:count], None).kind for count in range(len(epochs) + 1)]
    # Its validation loss jumps while its averages lag: that is neither overfitting nor divergence.
    assert kinds == ["early"] * 3 + ["learning"] * 10
    assert judge(begun, epochs, DONE).as_dict() == recording["verdict"]


def test_every_answer_has_its_words_and_the_numbers_they_ask_for() -> None:
    words = section("train.live.")
    diverged = {"kind": "diverged", "seq": 9, "step": 3, "reason": ""}
    heart = [(0.1, 0.99, 1.0, 0.5)] * 3
    all_rows = [
        [],
        FALLING,
        FALLING[1:2],
        [GUESS],
        [GUESS] * 3,
        RISING,
        heart,
        [(9.0, 0.5, 9.0, 0.5)],
        [(None, 0, None, 0)],
    ]
    found = [judge(START, curve(*rows), end) for rows in all_rows for end in (None, DONE, diverged)]
    for each in found:
        assert words[f"verdict_{each.kind}"]
        asked = {
            name for _text, name, _spec, _conversion in string.Formatter().parse(words[f"because_{each.case}"]) if name
        }
        assert asked <= set(each.numbers), each
    told = {name.removeprefix("because_") for name in words if name.startswith("because_")}
    assert told == {each.case for each in found}
