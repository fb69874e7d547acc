"""The layer table as HTML: what is unfolded shows, what it shows is right, and nothing breaks out of it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
import torch
from torch import Tensor, nn

from resnet.catalogue import find
from resnet.outline import outline
from resnet.summary import summarize
from tests.nets import every_net
from ui import layer_table
from ui.layer_table import ALL, FEW, as_torchstat, operations


def rows(html: str) -> list[ET.Element]:
    """The rows of a table's bodies. A parser for XML, so that every tag must be closed and every name escaped."""
    return [row for body in ET.fromstring(html).iter("tbody") for row in body]


def texts(row: ET.Element) -> list[str]:
    return ["".join(cell.itertext()) for cell in row]


@pytest.mark.parametrize("name", every_net())
def test_folded_it_is_stages_and_unfolded_it_is_every_operation(name):
    net, summary = find(name), summarize(name)
    stages = outline(summary)
    folded = rows(operations(net, summary, (), FEW))
    assert [row.get("data-part") for row in folded] == [stage.name for stage in stages]
    everything = [part.name for stage in stages for part in stage.walk()]
    assert [row.get("data-part") for row in rows(operations(net, summary, everything, ALL))] == everything


def test_a_block_shows_only_inside_an_unfolded_stage():
    net, summary = find("resnet18"), summarize("resnet18")
    shown = rows(operations(net, summary, ("layer2.0",), FEW))
    assert len(shown) == 6
    shown = rows(operations(net, summary, ("layer2", "layer2.0"), FEW))
    levels = [(row.get("data-part"), row.get("aria-level"), row.get("aria-expanded")) for row in shown]
    assert ("layer2", "1", "true") in levels
    assert ("layer2.0", "2", "true") in levels
    assert ("layer2.1", "2", "false") in levels
    assert ("layer2.0.add", "3", None) in levels


def test_stages_sum_up_to_the_total():
    table = operations(find("resnet50"), summarize("resnet50"), (), FEW)
    column = [int(texts(row)[2].replace(",", "")) for row in rows(table)]
    total = texts(next(ET.fromstring(table).iter("tfoot"))[0])
    assert sum(column) == int(total[2].replace(",", "")) == 25_557_032


def test_aliases_stand_beside_the_stage():
    table = operations(find("resnet18"), summarize("resnet18"), (), FEW)
    assert "layer1conv2_x in the paper, b2 in d2l" in re.sub(r"<[^>]*>", "", table)
    assert "in the paper" not in operations(find("vgg16"), summarize("vgg16"), (), FEW)


def test_intensity_is_macs_for_every_byte_moved():
    shown = rows(operations(find("resnet18"), summarize("resnet18"), ("stem",), ALL))
    conv1 = next(row for row in shown if row.get("data-part") == "conv1")
    assert texts(conv1)[-1] == f"{118_013_952 / (639_744 + 3_211_264):.2f}"


def test_times_add_up():
    summary = summarize("resnet18")
    times = {call.name: 0.25 for call in summary.rows}
    table = operations(find("resnet18"), summary, ("layer1",), FEW, times)
    by_part = {row.get("data-part"): texts(row)[-1] for row in rows(table)}
    assert by_part["layer1"] == f"{0.25 * 14:.3f}"
    assert texts(next(ET.fromstring(table).iter("tfoot"))[0])[-1] == f"{0.25 * len(summary.rows):.3f}"


class _Odd(nn.Module):
    """A network with an operation nobody has defined here, and a name that is no friend."""

    def __init__(self) -> None:
        super().__init__()
        self.add_module("<script>", nn.Conv2d(3, 4, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cumsum(self._modules["<script>"](x), 1)


def test_what_is_unknown_says_so_and_the_total_is_marked():
    summary = summarize(_Odd(), (3, 8, 8))
    everything = [part.name for stage in outline(summary) for part in stage.walk()]
    table = operations(find("resnet18"), summary, everything, FEW)
    cells = {row.get("data-part"): texts(row)[3] for row in rows(table)}
    assert cells["cumsum"] == "n/a"
    assert cells["<script>"] == f"{4 * 36 * 27:,}"
    assert texts(next(ET.fromstring(table).iter("tfoot"))[0])[3] == f"≥ {4 * 36 * 27:,}"


def test_a_table_with_many_columns_is_wide():
    net, summary = find("resnet18"), summarize("resnet18")
    times = dict.fromkeys((call.name for call in summary.rows), 1.0)
    tables = [operations(net, summary, (), FEW), operations(net, summary, (), FEW, times)]
    tables += [operations(net, summary, (), ALL), as_torchstat(summary)]
    assert [ET.fromstring(table).find("table").get("class") for table in tables] == [None, *["is-wide"] * 3]


def test_torchstat_has_its_own_rows():
    shown = rows(as_torchstat(summarize("vgg16")))
    assert len(shown) == 38
    assert texts(shown[0])[0] == "features.0"
    assert "89,915,392" in texts(shown[0])


@pytest.mark.parametrize("column", [*ALL, "time"])
def test_every_column_is_defined(column):
    ((title, meaning),) = layer_table.definitions((column,))
    assert title
    assert len(meaning.split()) >= 3
