"""The panel beside the picture: sentences with the numbers in them."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
import torch
from torch import nn

import resnet
from resnet.outline import Part, outline
from resnet.summary import Summary, summarize
from tests.nets import every_net
from ui.explanation_view import explanation


def panel(net, name: str, shape=None) -> str:
    return explanation(summarize(net, shape), name, resnet.CATALOGUE.get(net) if isinstance(net, str) else None)


def text(markup: str) -> str:
    """What a person reads, one line a paragraph."""
    markup = re.sub(r"</(p|h2|h3|dt|pre)>", "\n", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def telling_parts(summary: Summary) -> Iterator[Part]:
    """Every part, but of equal blocks in a row only the first and the last."""
    for stage in outline(summary):
        yield stage
        for _, alike in groupby(stage.parts, key=lambda part: [(call.type, call.output_shape) for call in part.calls]):
            first, *rest = alike
            for part in (first, *rest[-1:]):
                yield from part.walk()


@pytest.mark.parametrize("name", every_net())
def test_every_part_of_every_net_is_explained(name):
    summary = summarize(name)
    here = str(Path(resnet.__file__).parent.parent)
    for part in telling_parts(summary):
        shown = explanation(summary, part.name, resnet.CATALOGUE[name])
        said = text(shown)
        assert not re.search(r"[{}]|\bNone\b(?![:.])|architecture\.|n/a", strip_code(said)), part.name
        assert here not in shown
        assert os.path.expanduser("~") + os.sep not in shown
        assert f"{part.totals.params:,}" in said or not part.totals.params, part.name
        assert f"{part.totals.macs:,}" in said or not part.totals.macs, part.name
        for tag in ("section", "div", "dl", "dt", "dd", "p", "pre", "mark", "span"):
            assert shown.count(f"<{tag} ") + shown.count(f"<{tag}>") == shown.count(f"</{tag}>"), (part.name, tag)


def strip_code(said: str) -> str:
    """Without the source, whose braces are Python's."""
    return said.split("\nSource\n")[0]


def test_a_convolution():
    said = text(panel("resnet18", "conv1"))
    for line in (
        "3×224×224 → 64×112×112",
        "⌊(224 − 7 + 2·3)/2⌋ + 1 = 112",
        "The floor drops 1/2: the last of 230 padded rows (and columns) is never reached.",
        "It is padding: nothing of the map is lost.",
        "64 · 3 · 7 · 7 = 9,408",
        "3 · 7 · 7 = 147 for each of 64 · 112 · 112 = 802,816 output values: 118,013,952",
        "118,013,952 / (639,744 + 3,211,264) ≈ 30.64 MACs for each byte.",
        "7×7 px",
        "The fields of neighbouring values lie 2 px apart.",
    ):
        assert line in said.splitlines(), line


@pytest.mark.parametrize(
    ("net", "name", "line"),
    [
        (
            "resnet18",
            "layer2.0.downsample.0",
            "Stride 2 steps over 1 of every 2 rows (and columns): they are never read.",
        ),
        ("resnet18", "layer1.0.conv1", "Nothing to round: the last window ends at the edge."),
        ("googlenet", "maxpool1", "The ceiling adds 1/2: one more window, which hangs 1 px over the edge."),
        ("resnext50_32x4d", "layer1.0.conv2", "In 32 groups, each output channel looks at 4 of 128 input channels."),
        ("resnet20", "layer2.0.downsample", "Every second value, beginning with the first."),
        ("resnet20", "layer2.0.downsample#2", "16 channels of zeros are added."),
        ("resnet50", "layer4.2", "In theory: more than the picture's 224×224 px. The rest is padding."),
        ("resnet50", "layer4.2", "Identity: x has the shape of F(x), 2048×7×7, and is added as it is."),
        ("resnet50", "layer4.2", "1×1 convolution → 3×3 convolution → 1×1 convolution"),
        ("plain34", "layer2.0", "None: F(x) is all that leaves the block."),
        ("googlenet", "inception3a", "Branch 4"),
        ("googlenet", "inception3a", "3×3 max-pool → 1×1 convolution"),
        (
            "resnet18",
            "layer2.0.downsample.0",
            "The floor drops 1/2: the last of 56 rows (and columns) is never reached.",
        ),
        ("resnet152", "layer4.2", "1,451×1,451 px"),
        ("resnet50", "fc", "The whole picture, 224×224 px."),
        ("resnet18", "layer1", "layer1 (conv2_x in the paper, b2 in d2l)"),
        ("resnet18", "layer2", "100 · 525,568 / 11,689,512 ≈ 4.50 % of the net's."),
        ("vgg16", "features", "None. Its 31 operations stand by themselves."),
    ],
)
def test_sentences(net, name, line):
    assert line in text(panel(net, name)).splitlines()


@pytest.mark.parametrize(
    ("net", "name", "changes"),
    [
        ("resnet50", "layer1.0", "Projection: channels 64 → 256."),
        ("resnet18", "layer2.0", "Projection: channels 64 → 128, side 56 → 28."),
        ("resnet20", "layer2.0", "Padded: channels 16 → 32, side 32 → 16."),
    ],
)
def test_why_x_does_not_fit(net, name, changes):
    assert changes in text(panel(net, name))


def test_a_picture_that_is_not_square():
    said = text(panel("resnet18", "conv1", (3, 96, 225)))
    assert "The floor drops 1/2: the last of 102 padded rows is never reached." in said
    assert {"Height", "Width"} <= set(said.splitlines())
    assert "sides 24×57 → 12×29" in text(panel("resnet18", "layer2.0", (3, 96, 225)))


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, stride=4, padding=1)

    def forward(self, x):
        return self.conv(self.conv(x)).sigmoid()


def test_a_module_of_ones_own():
    shape = (1, 8, 8)
    assert "The floor drops 3/4: the last 3 of 10 padded rows (and columns) are never reached." in text(
        panel(Odd(), "conv", shape)
    )
    assert "From the edge inwards: 1 of padding, 2 of the map." in text(panel(Odd(), "conv", shape))
    again = text(panel(Odd(), "conv#2", shape))
    assert "0 here: this layer is used again, and its 10 are counted at the first use, conv." in again
    unknown = text(panel(Odd(), "sigmoid", shape))
    assert "n/a: there is no definition of this operation here." in unknown
    assert "Not known: an operation on the way has no rule here." in unknown


class Shifted(nn.Module):
    def forward(self, x):
        return torch.zeros(4, 4, 4, device=x.device)[None] + x[:, :, ::2, ::3]


def test_what_is_made_of_nothing_has_only_an_output():
    said = text(panel(Shifted(), "zeros", (4, 8, 12))).splitlines()
    assert {"4×4", "0 bytes read, inputs and parameters."} <= set(said)
    thinned = text(panel(Shifted(), "slice#2", (4, 8, 12))).splitlines()
    assert "One value of every 2×3, beginning with the first." in thinned


def test_the_calling_line_is_marked_by_a_sign_too():
    shown = panel("resnet18", "layer1.0.conv1")
    (marked,) = re.findall(r"<mark[^>]*>(.*?)</mark>", shown)
    assert marked.startswith("▸")
    assert "self.conv1(" in marked
    assert "▸ marks the line" in text(shown)
    assert "▸" not in panel("resnet18", "layer1.0")
    assert "-&gt; Tensor:" in shown


def test_an_unknown_name_is_empty():
    assert panel("resnet18", "layer9") == ""
    assert panel("resnet18", "<script>") == ""
