"""The Architecture tab's view in the page's address."""

from __future__ import annotations

import pytest

from resnet.design import Design
from ui.look import CHOSEN, SCRIPTED, Look, as_parameters, parse, unread

LOOKS = [
    Look(),
    Look(net="resnet152", input=(3, 160, 192), classes=10, opened=("layer3", "layer3.0"), selected="layer3.0.conv2"),
    Look(net="alexnet", table="torchstat"),
    Look(columns="all", opened=("*",)),
    Look(net="resnet50", selected="layer1.0.relu#3"),
    Look(view="compare", nets=("plain34", "resnet34", "resnet50")),
    Look(view="build", design=Design(block="bottleneck", layers=(1, 2, 1), width=32, shortcut="padded")),
    Look(view="build", design=Design(order="preactivation", stem="3x3"), input=(1, 32, 32), classes=10),
    Look(view="convolution"),
]


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_written_is_read_back(look):
    written = as_parameters(look)
    assert parse(written) == look
    assert set(written) <= {*CHOSEN, *SCRIPTED}
    assert all(isinstance(value, str) and value for value in written.values())


def test_what_is_usual_is_left_out():
    assert as_parameters(Look()) == {}


@pytest.mark.parametrize(
    "query",
    [
        {
            "view": "nonsense",
            "net": "../../etc/passwd",
            "input": "3,1e9,3",
            "classes": "-4",
            "open": "<b>",
            "select": "${1}",
        },
        {"nets": "resnet18"},
        {"nets": "resnet18,resnet34,resnet50,resnet101,resnet152"},
        {"input": "3," * 10_000},
        {"classes": "9" * 5000},
        {"open": ",".join(f"layer{i}" for i in range(1000))},
        {"table": "", "columns": "many"},
        {"net": ["resnet50"], "input": 5, "classes": None},  # what a script may send in a text's place
        {"layers": "1,1,1", "block": "none"},
    ],
)
def test_what_makes_no_sense_counts_as_absent(query):
    assert parse(query) == Look()


def test_the_row_and_its_input():
    assert Look(net="resnet18_d2l").shape == (1, 224, 224)
    assert Look(net="inception_block").num_classes is None
    assert Look(net="resnet18", classes=2).num_classes == 2
    assert Look(view="build").row.name == "custom"
    assert Look(view="compare", nets=("resnet20", "resnet56")).shape == (3, 32, 32)


def test_an_address_says_only_what_its_view_shows():
    look = Look(view="compare", opened=("layer1",), selected="layer1.0", table="torchstat")
    assert as_parameters(look) == {"view": "compare", "nets": "resnet34,resnet50"}


@pytest.mark.parametrize(
    ("query", "stray"),
    [
        ({}, ""),
        ({"net": "resnet18", "run": "anything"}, ""),
        ({"net": "nonsense", "classes": "-1"}, "net=nonsense"),
        ({"view": "compare", "nets": "resnet18"}, "nets=resnet18"),
        ({"view": "build", "layers": "9999,2"}, "layers=9999,2"),
        ({"input": "3,1"}, "input=3,1"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_named(query, stray):
    assert unread(query) == stray
