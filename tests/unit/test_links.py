"""The page's state in its address."""

from __future__ import annotations

import pytest

from ui.links import PageState, opens_on, parse


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        ({}, PageState("architecture")),
        ({"tab": "nonsense"}, PageState("architecture")),
        ({"run": "abc"}, PageState("train", "abc")),  # a link to a run opens the tab that shows it
        ({"compare": "abc,def"}, PageState("train")),  # so does one to runs over each other
        ({"tab": "predict", "run": "abc"}, PageState("predict", "abc")),
        ({"tab": "train", "run": "my.run-2"}, PageState("train", "my.run-2")),
        ({"tab": "train", "run": "../../etc"}, PageState("train")),
        ({"tab": "train", "run": "<script>"}, PageState("train")),
    ],
)
def test_what_is_not_known_counts_as_absent(asked: dict[str, str], state: PageState) -> None:
    assert parse(asked) == state


PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.mark.parametrize(
    ("query", "browser", "public", "tab"),
    [
        ({}, DESK, False, "architecture"),
        ({}, PHONE, False, "predict"),
        ({}, DESK, True, "predict"),
        ({"__theme": "dark", "__sign": "x"}, PHONE, False, "predict"),
        ({"run": "abc"}, PHONE, True, "train"),
        ({"net": "resnet18"}, PHONE, True, "architecture"),
        ({"tab": "train"}, PHONE, True, "train"),
    ],
)
def test_a_phone_and_a_stranger_without_a_link_see_predict_first(
    query: dict[str, str], browser: str, public: bool, tab: str
) -> None:
    assert opens_on(query, browser, public=public) == tab
