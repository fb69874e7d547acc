"""What the page shows of a comparison: well-formed, escaped, differences marked, names in the chart legible."""

import dataclasses
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
import torch
from torch import nn

from resnet.catalogue import find
from resnet.compare import FIGURES, READY_MADE, compare
from resnet.published import ACCURACIES, accuracy
from ui import compare_chart
from ui.compare_chart import labels, points
from ui.compare_view import REMARKS, compare_view
from ui.numbers import printed
from ui.text import t

STRANGE = dataclasses.replace(find("resnet18"), name="mine", title='<b>"mine" & yours</b>')


def shown(*nets, shape=(3, 224, 224), classes=1000):
    comparison = compare([find(net) if isinstance(net, str) else net for net in nets], shape, classes)
    return comparison, ET.fromstring(compare_view(comparison))


def by_class(root, name, tag="*"):
    return [
        element for element in root.iter() if name in element.get("class", "").split() and tag in ("*", element.tag)
    ]


def text(element):
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("pair", READY_MADE, ids=str)
def test_ready_made_pairs_come_with_a_remark(pair):
    _, root = shown(*READY_MADE[pair])
    assert text(by_class(root, "cmp-remark")[0]) == t(REMARKS[pair])
    assert t(f"architecture.pair.{pair}")
    assert by_class(shown(*reversed(READY_MADE[pair]))[1], "cmp-remark") == [], "the remark is about the pair in order"


def test_remarks_are_about_the_pairs_that_are_offered():
    assert set(REMARKS) == set(READY_MADE)


def test_totals_side_by_side():
    _, root = shown("resnet50_v1", "resnet50")
    rows = {text(row.find("th")): [text(cell) for cell in row.findall("td")] for row in totals_rows(root)}
    assert rows["parameters"] == ["25,557,032", "25,557,032same"]
    assert rows["GMACs"] == ["3.858", "4.0891.06×"]
    assert rows["GFLOPs, 2 × MACs"] == ["7.716", "8.1781.06×"]
    assert rows["operations"] == ["175", "175same"]
    assert rows[t("architecture.compare.one_crop")] == ["75.3 %top-5 92.2 %", "76.130 %+0.83 pointstop-5 92.862 %"]
    assert rows[t("architecture.compare.ten_crops")] == ["77.15 %top-5 93.29 %", "only for v1: 77.15 %"]


def totals_rows(root):
    (frame,) = by_class(root, "cmp-totals")
    return frame.find(".//tbody").findall("tr")


def test_accuracies_of_different_data_never_share_a_row():
    _, root = shown("resnet20", "resnet18", shape=(3, 32, 32), classes=10)
    rows = {text(row.find("th")): [text(cell) for cell in row.findall("td")] for row in totals_rows(root)}
    none = t("architecture.compare.unpublished")
    assert rows[t("architecture.compare.cifar10")] == ["91.25 %", none]
    assert rows[t("architecture.compare.one_crop")] == [none, "69.758 %top-5 89.078 %"]


def test_a_figure_of_v1_stands_in_with_its_source_and_only_for_the_catalogues_own_net():
    mine = dataclasses.replace(find("resnet50"), title="Mine")
    _, root = shown("resnet34", "resnet101", mine)
    rows = {text(row.find("th")): [text(cell) for cell in row.findall("td")] for row in totals_rows(root)}
    none = t("architecture.compare.unpublished")
    assert rows[t("architecture.compare.ten_crops")] == ["75.48 %top-5 92.54 %", "only for v1: 78.25 %", none]
    sources = [text(line) for line in by_class(root, "cmp-sources")[0].iter("li")]
    assert [line for line in sources if line.startswith(find("resnet101_v1").title) and "table 3" in line]


def test_every_published_figure_is_shown_with_all_its_digits():
    for figure in ACCURACIES:
        assert float(printed(figure.top1, figure.source)) == figure.top1
        assert figure.top5 is None or float(printed(figure.top5, figure.source)) == figure.top5


@pytest.mark.parametrize(
    "nets",
    [*READY_MADE.values(), ("resnet18", "resnet20", "googlenet", "inception_block"), ("vgg11", STRANGE)],
)
def test_exactly_the_cells_that_differ_are_marked(nets):
    comparison, root = shown(*nets)
    (frame,) = by_class(root, "cmp-stages")
    bodies = frame.findall(".//tbody")
    assert len(bodies) == len(comparison.rows)
    order = ("output_shape", "params", None, "macs", None, "write_bytes", "blocks", "layers")
    assert {name for name in order if name} == set(FIGURES)
    for row, body in zip(comparison.rows, bodies, strict=True):
        for place, line in enumerate(body.findall("tr")[1:]):
            marked = {name for name, cell in zip(order, line.findall("td"), strict=False) if "≠" in text(cell)}
            assert marked == row.differences(place)


def test_the_difference_of_v1_and_v15_is_said_exactly():
    _, root = shown("resnet50_v1", "resnet50")
    (frame,) = by_class(root, "cmp-stages")
    assert text(frame).count("+77,070,336") == 3


def test_titles_are_escaped_and_a_net_of_ones_own_has_no_point():
    comparison, root = shown(STRANGE, "resnet50")
    html = compare_view(comparison)
    assert "<b>" not in html
    assert STRANGE.title in text(root)
    assert [circle.get("data-net") for circle in by_class(root, "cmp-chosen")] == ["resnet50"]
    assert t("architecture.compare.chart.missing", nets=STRANGE.title) in text(root)


class _Odd(nn.Module):
    """A network with an operation nobody has defined here."""

    def __init__(self, in_channels, num_classes):
        super().__init__()
        self.fc = nn.Linear(in_channels, num_classes)

    def forward(self, x):
        return self.fc(torch.cumsum(x, 1).mean((-1, -2)))


def test_a_partial_total_says_so():
    odd = dataclasses.replace(find("resnet18"), name="odd", factory=_Odd, arguments={})
    (note,) = [p for p in shown("resnet34", odd)[1].iter("p") if "partial" in text(p)]
    assert "cumsum" in text(note)


# --- The chart -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nets", "missing"),
    [
        (("resnet50_v1", "resnet50"), []),
        (("plain34", "resnet34"), ["Plain-34, no shortcuts"]),
        (("resnet18", "vgg19", "resnext101_64x4d", "resnet20"), ["ResNet-20"]),
        (("plain34", "preact_resnet18"), ["Plain-34, no shortcuts", "ResNet-18, pre-activation"]),
    ],
)
def test_one_named_point_for_each_net_with_a_comparable_figure(nets, missing):
    comparison, root = shown(*nets)
    expected = {net.name: net.title for net in comparison.nets if accuracy(net, "one_crop")}
    chosen = by_class(root, "cmp-chosen")
    assert sorted(circle.get("data-net") for circle in chosen) == sorted(expected)
    assert sorted(text(name) for name in by_class(root, "cmp-name")) == sorted(expected.values())
    assert sum(circle.get("data-net") is not None for circle in root.iter("circle")) == len(points())
    (side,) = by_class(root, "cmp-chart")
    sentence = t("architecture.compare.chart.missing", nets=", ".join(missing))
    assert (sentence in text(side)) == bool(missing)
    svg = side.find("svg")
    assert svg.get("role") == "img"
    assert all(title in svg.get("aria-label") for title in expected.values())


def test_points_stand_where_their_accuracy_was_measured():
    _, large = shown("resnet18", "resnet50")
    _, small = shown("resnet18", "resnet50", shape=(1, 64, 64), classes=2)
    assert [ET.tostring(circle) for circle in large.iter("circle")] == [
        ET.tostring(circle) for circle in small.iter("circle")
    ]


def test_area_is_parameters_and_places_follow_the_figures():
    by_name = {point.net.name: point for point in points()}
    small, large = by_name["googlenet"], by_name["vgg19"]
    assert (large.radius / small.radius) ** 2 == pytest.approx(143_667_240 / 6_624_904)
    assert by_name["resnet50_v1"].x < by_name["resnet50"].x < by_name["resnet101"].x
    assert by_name["alexnet"].y > by_name["resnet18"].y > by_name["resnet152"].y, "up is more accurate"


def test_every_circle_lies_within_the_axes():
    for point in points():
        assert point.x - point.radius >= compare_chart._LEFT
        assert point.x + point.radius <= compare_chart._RIGHT
        assert point.y - point.radius >= compare_chart._TOP
        assert point.y + point.radius <= compare_chart._BOTTOM


def test_names_collide_with_nothing_whichever_four_are_compared():
    for named in combinations(points(), 4):
        placed = labels(named)
        assert not any(one.meets(other) for one, other in combinations(placed, 2))
        assert not any(label.covers(point) for label in placed for point in named)
        assert all(label.x - label.width / 2 >= compare_chart._LEFT for label in placed)
        assert all(label.x + label.width / 2 <= compare_chart._RIGHT for label in placed)


def test_the_charts_table_has_every_point_the_compared_first():
    _, root = shown("vgg16", "resnet50")
    (figures,) = by_class(root, "cmp-figures")
    titles = [text(row.find("th")) for row in figures.find(".//tbody").findall("tr")]
    assert sorted(titles[:2]) == ["ResNet-50", "VGG-16"]
    assert sorted(titles) == sorted(point.net.title for point in points())


@pytest.fixture
def unwarmed():
    """As when the page starts: nobody has asked for the chart yet."""
    compare_chart.warm.cache_clear()
    compare_chart.points.cache_clear()


def test_the_chart_is_the_same_whether_it_was_warmed_or_not(unwarmed):
    comparison = compare([find("resnet34"), find("resnet50")], (3, 224, 224), 1000)
    cold = compare_chart.chart(comparison)
    compare_chart.points.cache_clear()
    compare_chart.warm().join()
    assert compare_chart.points.cache_info().currsize == 1
    assert compare_chart.chart(comparison) == cold
    assert compare_chart.points.cache_info().misses == 1, "found once, in the background"


def test_warming_happens_once(unwarmed):
    first = compare_chart.warm()
    assert compare_chart.warm() is first
    first.join()


@pytest.mark.slow
def test_a_program_that_ends_meanwhile_ends_well():
    program = "from ui.compare_chart import warm; warm()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_warming_leaves_what_is_wrong_to_whoever_compares(unwarmed, monkeypatch):
    def broken(net):
        raise RuntimeError(net.name)

    monkeypatch.setattr(compare_chart, "summarize", broken)
    compare_chart.warm().join()
    with pytest.raises(RuntimeError, match="resnet"):
        points()
