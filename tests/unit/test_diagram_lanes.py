"""A block's calls as lanes: the main path, the shortcuts, the branches."""

import re

import torch
from torch import nn

from resnet.diagram import as_svg
from resnet.diagram.lanes import ENTRY, lanes
from resnet.outline import find_part, outline
from resnet.summary import summarize


def lanes_of(net, part):
    found = find_part(summarize(net), part)
    return [
        ([found.calls[i].name.removeprefix(f"{part}.") for i in lane.calls], lane.fork, lane.join)
        for lane in lanes(found.calls, found.start)
    ]


def test_an_identity_shortcut_is_an_empty_lane_from_the_entry_to_the_addition():
    main, shortcut = lanes_of("resnet18", "layer1.0")
    assert main == (["conv1", "bn1", "relu", "conv2", "bn2", "add", "relu#2"], ENTRY, None)
    assert shortcut == ([], ENTRY, 5)


def test_a_pre_activated_projection_leaves_after_the_relu():
    main, shortcut = lanes_of("preact_resnet18", "layer2.0")
    assert main[0] == ["bn1", "relu", "conv1", "bn2", "relu#2", "conv2", "add"]
    assert shortcut == (["downsample"], 1, 7)


def test_an_inception_block_has_four_lanes_and_a_plain_one_has_one():
    own_lanes = lanes_of("inception_block", "inception")
    assert sorted(len(calls) for calls, _, _ in own_lanes) == [2, 3, 4, 7]  # the longest with what joins them
    assert {fork for _, fork, _ in own_lanes} == {ENTRY}
    assert {join for _, _, join in own_lanes} == {None, 15}
    assert len(lanes_of("plain18", "layer2.0")) == 1


class Tangle(nn.Module):
    """Branches within branches, a result nobody uses, and a part that is used twice."""

    def __init__(self):
        super().__init__()
        self.layer1 = nn.ModuleList(nn.Conv2d(4, 4, 1) for _ in range(4))

    def forward(self, x):
        first, second, third, fourth = self.layer1
        y = first(x)
        z = second(y) + third(y)
        fourth(z)
        z = z * fourth(y)
        return torch.cat([z, y, y + x], 1)


def test_any_graph_puts_every_call_in_one_lane_and_draws_it_once():
    summary = summarize(Tangle(), (4, 8, 8))
    found = [index for lane in lanes(summary.rows, 0) for index in lane.calls]
    assert sorted(found) == list(range(len(summary.rows)))
    drawn = re.findall(r'data-part="([^"]+)"', as_svg(summary, opened=[stage.name for stage in outline(summary)]))
    assert sorted(drawn) == sorted(part.name for stage in outline(summary) for part in stage.walk())
