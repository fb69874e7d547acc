"""The page's state in its address."""

from __future__ import annotations

import pytest

from ui.links import PageState, parse


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
