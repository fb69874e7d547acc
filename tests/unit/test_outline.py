"""The table as a tree: every call once, totals that add up, and the names other people use."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from resnet.catalogue import find
from resnet.outline import aliases, find_part, outline
from resnet.summary import summarize
from tests.nets import every_net


@pytest.mark.parametrize("name", every_net())
def test_the_tree_holds_every_call_once_and_in_order(name):
    summary = summarize(name)
    stages = outline(summary)
    parts = [part for stage in stages for part in stage.walk()]
    assert tuple(part.calls[0] for part in parts if part.level == "call") == summary.rows
    assert len({part.name for part in parts}) == len(parts)
    for part in parts:
        assert part.calls == summary.rows[part.start : part.start + len(part.calls)]
        assert part.level == "call" or sum((inner.calls for inner in part.parts), ()) == part.calls
    assert sum(stage.totals.macs for stage in stages) == summary.totals.macs
    assert sum(stage.totals.params for stage in stages) == summary.totals.params


def test_the_paper_s_plan_and_its_shortcuts():
    stages = outline(summarize("resnet34"))
    assert [stage.name for stage in stages] == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    assert [len(stage.parts) for stage in stages[1:5]] == [3, 4, 6, 3]
    blocks = [part for stage in stages for part in stage.parts if part.level == "block"]
    assert [block.name for block in blocks if block.shortcut == "projection"] == ["layer2.0", "layer3.0", "layer4.0"]
    assert {block.shortcut for block in blocks} == {"projection", "identity"}


@pytest.mark.parametrize(("name", "shortcut"), [("resnet20", "padded"), ("plain34", ""), ("googlenet", "")])
def test_other_shortcuts(name, shortcut):
    blocks = [part for stage in outline(summarize(name)) for part in stage.parts if part.level == "block"]
    assert {block.shortcut for block in blocks} - {"identity"} == {shortcut}


def test_a_part_is_found_by_its_name():
    summary = summarize("resnet50")
    part = find_part(summary, "layer3.5")
    assert part is not None
    assert (part.level, part.stage, part.input_shape, part.output_shape) == (
        "block",
        "layer3",
        (1024, 14, 14),
        (1024, 14, 14),
    )
    assert find_part(summary, "layer9") is None


def test_parts_of_one_name_are_numbered():
    layers = {"conv1": nn.Conv2d(3, 3, 1), "head": nn.Conv2d(3, 3, 1), "relu": nn.ReLU(), "last": nn.ReLU()}
    summary = summarize(nn.Sequential(OrderedDict(layers)), (3, 8, 8))
    assert [(stage.name, [part.name for part in stage.parts]) for stage in outline(summary)] == [
        ("stem", ["conv1"]),
        ("head#2", ["head"]),
        ("stem#2", ["relu"]),
        ("head#3", ["last"]),
    ]
    assert {part.stage for stage in outline(summary) for part in stage.parts} == {"stem", "head#2", "stem#2", "head#3"}


def test_a_part_that_starts_with_zeros_works_on_what_comes_next():
    class Padded(nn.Module):
        def forward(self, x):
            return torch.zeros(1, 3, 8, 8, device=x.device) + x[:, :3]

    (stage,) = outline(summarize(Padded(), (4, 8, 8)))
    assert [part.name for part in stage.parts] == ["zeros", "slice", "add"]
    assert (stage.input_shape, stage.parts[0].input_shape) == ((4, 8, 8), ())


def test_aliases_are_for_nets_of_that_plan_only():
    assert aliases(find("resnet18_d2l"))["layer1"].d2l == "b2"
    assert aliases(find("resnet50"))["layer4"].paper == "conv5_x"
    for name in ("resnet20", "resnet10_w24", "alexnet", "googlenet"):
        assert aliases(find(name)) == {}


def test_a_net_without_code_of_its_own_names_no_line():
    made = summarize(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (3, 8, 8))
    assert {call.code for call in made.rows} == {("", 0)}
    file, line = summarize("resnet18").rows[0].code
    assert file.endswith("network.py")
    assert line > 0
