"""The panel that says why the paper says 3.8."""

import xml.etree.ElementTree as ET

import pytest

from resnet.catalogue import find
from resnet.summary import summarize
from ui.reconcile_view import reconcile_view


def said(name, shape=(3, 224, 224), classes=1000):
    root = ET.fromstring(reconcile_view(find(name), shape, classes))
    return root, " ".join("".join(root.itertext()).split())


@pytest.mark.parametrize(
    ("name", "title", "figures"),
    [
        (
            "resnet50",
            "Why does the paper say 3.8?",
            ("3.858", "4.089", "8.178 GFLOPs", "prints as 3.8", "rounds to 3.9"),
        ),
        ("resnet101_v1", "Why does the paper say 7.6?", ("7.570", "7.801", "15.140 GFLOPs", "prints as 7.6")),
        ("resnet152", "Why does the paper say 11.3?", ("11.282", "11.514", "23.027 GFLOPs", "prints as 11.3")),
    ],
)
def test_the_panel_says_the_figures(name, title, figures):
    root, text = said(name)
    assert root.find("h3").text == title
    assert [figure for figure in figures if figure not in text] == []
    assert text.count("+77,070,336") == 3
    assert text.count("+231,211,008") == 1
    assert text.count("this net") == 1


def test_the_panel_marks_the_net_that_is_shown():
    for name, stride in (("resnet50", "v1.5"), ("resnet50_v1", "v1")):
        root, _ = said(name)
        (marked,) = [row for row in root.iter("th") if row.find("b") is not None]
        assert f"({stride})" in marked.text


@pytest.mark.parametrize(("shape", "classes"), [((1, 28, 28), 1000), ((3, 224, 224), 10), ((3, 223, 224), 1000)])
def test_the_mark_says_at_what_setting_where_another_is_shown(shape, classes):
    (mark,) = said("resnet50", shape, classes)[0].iter("b")
    assert mark.text == "this net, at 3×224×224, classes: 1,000"
    (mark,) = said("resnet50")[0].iter("b")
    assert mark.text == "this net"


def test_the_panel_says_what_the_input_and_the_classes_do():
    _, plain = said("resnet50")
    root, text = said("resnet50", (1, 64, 96), 10)
    assert "1×64×96" in text
    assert "1×64×96" not in plain
    figures = [int(cell.text.replace(",", "").replace("−", "-")) for cell in root.findall("table")[-1].iter("td")]
    assert (
        figures[0] + sum(figures[1:-1]) == figures[-1] == summarize("resnet50", (1, 64, 96), num_classes=10).totals.macs
    )
    assert "0.982 GFLOPs, 2 × MACs." in text


@pytest.mark.parametrize("name", ["resnet50", "resnet152_v1"])
def test_every_column_of_figures_has_its_unit(name):
    root, _ = said(name, (3, 64, 64), 10)
    assert [table.findall("thead/tr/th")[1].text for table in root.findall("table")] == ["GMACs", "MACs", "MACs"]


def test_a_net_without_anything_to_reconcile_has_no_panel():
    assert reconcile_view(find("resnet18"), (3, 224, 224), 1000) == ""
