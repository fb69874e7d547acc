"""How a list of runs reads: what a run is called, what tells two of one net apart, in which order they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from train.recipe import Recipe
from train.recipes import PHOTOS
from ui.run_list import apart, given_name, in_turn, names, title
from ui.run_settings import SETTINGS, alike, differing, setting_name, written

PLAIN = Recipe(net="resnet10_w16")
NOON = 1_800_014_400.0


def drawn(letter: str) -> str:
    """A random id, as runs of the page have it."""
    return 32 * letter


def row(
    id: str, net: str = "ResNet-10", started: float = NOON, experiment: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"id": id, "net": net, "started": started, "experiment": experiment}


# --- Settings --------------------------------------------------------------------------------------------------------


def test_only_what_differs_tells_runs_apart() -> None:
    other = replace(PLAIN, lr=0.01, seed=7, net="plain20")
    assert differing([PLAIN, other]) == ["lr", "seed"]
    assert differing([PLAIN, replace(PLAIN)]) == differing([PLAIN]) == differing([]) == []


def test_what_a_machine_settles_later_tells_no_runs_apart() -> None:
    settled = replace(PLAIN, threads=2, precision="bfloat16", device="cpu")
    assert differing([PLAIN, settled]) == []
    assert differing([PLAIN, settled, replace(settled, threads=1)]) == ["threads"]


@pytest.mark.parametrize(
    ("recipe", "name", "text"),
    [
        (replace(PLAIN, data="/home/somebody/secret/pets.zip"), "data", "pets.zip"),
        (replace(PLAIN, data="oxford-pets"), "data", "Oxford-IIIT Pet"),
        (replace(PLAIN, init="/home/somebody/secret/photos.safetensors"), "init", "photos.safetensors"),
        (replace(PLAIN, init="/home/somebody/runs/0123456789abcdef0123456789abcdef"), "init", "run 01234567"),
        (replace(PLAIN, init="/home/somebody/runs/mine"), "init", "mine"),
        (replace(PLAIN, init="hub:timm/resnet18.tv_in1k"), "init", "hub:timm/resnet18.tv_in1k"),
        (PLAIN, "init", "random"),
        (PLAIN, "freeze", "none"),
        (PLAIN, "threads", "not settled yet"),
        (PLAIN, "flip", "yes"),
        (PLAIN, "train_pictures", "3,000"),
        (replace(PLAIN, seed=12345), "seed", "12345"),
        (replace(PLAIN, weight_decay=1e-4), "weight_decay", "0.0001"),
        (replace(PLAIN, freeze="x" * 100), "freeze", "x" * 39 + "…"),
    ],
)
def test_a_setting_is_written_short_and_without_a_path(recipe: Recipe, name: str, text: str) -> None:
    assert written(recipe, name) == text


def test_the_settings_in_which_all_agree_are_told_with_their_values() -> None:
    settled = replace(PLAIN, threads=2, lr=0.01)
    told = {each["name"]: each["value"] for each in alike([PLAIN, settled])}
    assert len(told) == len(SETTINGS) - 1
    assert "learning rate" not in told
    assert (told["seed"], told["threads"], told["initial weights"]) == ("0", "2", "random")
    assert alike([]) == []


def test_every_setting_has_a_name_of_its_own() -> None:
    assert len({setting_name(name) for name in SETTINGS}) == len(SETTINGS)


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "name", "called"),
    [
        ("mine", "mine", "mine · ResNet-10"),
        ("2026-01-31-live", "2026-01-31-live", "2026-01-31-live · ResNet-10"),
        ("0123456789abcdef" * 2, "", "ResNet-10"),
    ],
)
def test_a_run_goes_by_the_name_a_person_gave_it(id: str, name: str, called: str) -> None:
    assert (given_name(id), title(row(id))) == (name, called)


def test_runs_of_one_net_and_minute_read_apart() -> None:
    a, b, c, d, e = (drawn(letter) for letter in "abcde")
    rows = [row(e, started=NOON + 61), row(d, "Plain-20"), row("mine"), row(c, started=NOON + 2), row(b), row(a)]
    recipes = dict.fromkeys((a, c, d, e, "mine"), PLAIN) | {b: replace(PLAIN, seed=7)}
    told = apart(rows, recipes)
    assert told == {e: "", d: "", "mine": "", b: "seed 7", a: "seed 0, no. 1", c: "seed 0, no. 2"}


def test_a_curve_is_called_by_name_or_by_what_tells_its_run_apart() -> None:
    a, b, c, d = (drawn(letter) for letter in "abcd")
    rows = [row(a), row(b, started=NOON - 999), row(c, "Plain-20"), row("mine"), row(d, "VGG")]
    recipes = {a: PLAIN, b: replace(PLAIN, lr=0.01), c: PLAIN, "mine": PLAIN, d: PHOTOS}
    assert names(rows, recipes) == {
        a: "ResNet-10, learning rate 0.003",
        b: "ResNet-10, learning rate 0.01",
        c: "Plain-20",
        "mine": "mine · ResNet-10",
        d: "VGG",
    }


# --- Order -----------------------------------------------------------------------------------------------------------


def test_runs_of_a_set_stand_together_in_the_order_of_their_turns() -> None:
    first, second, third = (drawn(letter) for letter in "abc")
    together = {"id": drawn("0"), "name": "depth", "runs": [first, second, third]}
    members = [row(id, experiment=together) for id in (third, second, first)]
    copied = row("copied-by-hand", experiment=together)
    rows = [row("new"), members[0], row("between"), *members[1:], copied, row("old")]
    assert [each["id"] for each in in_turn(rows)] == ["new", first, second, third, "copied-by-hand", "between", "old"]
    assert in_turn([]) == []
