"""The layer table in every view and format: the same rows, and nothing that breaks the format."""

import csv
import io
import json
import re

import pytest
import torch
from torch import nn

from resnet.errors import UserError
from resnet.formats import COLUMNS, FORMATS, as_dict, write
from resnet.summary import summarize
from resnet.tables import Table, as_latex, as_markdown
from resnet.torchstat import COLUMNS as TORCHSTAT_COLUMNS
from resnet.torchstat import torchstat

BOTH = pytest.mark.parametrize("view", ["calls", "torchstat"])


class Unknown(nn.Module):
    def forward(self, x):
        return torch.fft.fft(x).real


def markdown_rows(text):
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def latex_rows(text):
    lines = [line.removesuffix(r" \\") for line in text.splitlines() if line.endswith(r"\\")]
    return [line.split(" & ") for line in lines]


def numbers(cells):
    return [float(cell.strip("*").replace(",", "")) for cell in cells]


def test_csv_contracts():
    summary = summarize("alexnet", num_classes=10)
    calls = write(summary, "calls", "csv").splitlines()
    assert calls[0] == ("name,type,input_shape,output_shape,params,macs,flops,madd,output_bytes,read_bytes,write_bytes")
    assert calls[1] == ("features.0,conv2d,3x224x224,64x55x55,23296,70276800,140553600,140553600,774400,695296,774400")
    layers = write(summary, "torchstat", "csv").splitlines()
    assert layers[0] == (
        "module name,input shape,output shape,params,memory(MB),MAdd,Flops,MemRead(B),MemWrite(B),MemR+W(B)"
    )
    assert layers[1] == "features.0,3 224 224,64 55 55,23296,0.74,140553600,70470400,695296,774400,1469696"
    assert (len(calls), len(layers)) == (1 + 21, 1 + 20), "no total row: columns can be summed"


@BOTH
def test_json_has_numbers_that_sum_to_its_totals(view):
    summary = summarize("googlenet")
    found = json.loads(write(summary, view, "json"))
    assert (found["title"], found["input"]) == ("GoogLeNet", "3x224x224")
    assert tuple(found["rows"][0]) == (COLUMNS if view == "calls" else TORCHSTAT_COLUMNS)
    assert len(found["totals"]) == 7
    for column, total in found["totals"].items():
        assert sum(row[column] for row in found["rows"]) == total, column


def test_json_of_calls_says_what_is_missing():
    found = as_dict(summarize(Unknown(), (3, 8, 8)))
    assert found["partial"] == ["fft_fft"]
    unknown = found["rows"][0]
    assert (unknown["type"], unknown["macs"], unknown["flops"], unknown["madd"]) == ("fft_fft", None, None, None)
    assert found == json.loads(write(summarize(Unknown(), (3, 8, 8)), "calls", "json"))
    assert as_dict(summarize("resnet18"))["partial"] == []
    assert "partial" not in as_dict(summarize("resnet18"), "torchstat")


@BOTH
def test_documents_hold_the_rows_of_the_csv_and_their_total(view):
    summary = summarize("resnet50")
    header, *lines = csv.reader(io.StringIO(write(summary, view, "csv")))
    words = 4 if view == "calls" else 3
    totals = [round(total, 2) for total in as_dict(summary, view)["totals"].values()]

    head, sides, *rows, total = markdown_rows(write(summary, view, "markdown"))
    assert (head, sides) == (header, ["---"] * words + ["---:"] * 7)
    assert [row[:words] for row in rows] == [line[:words] for line in lines]
    assert [numbers(row[words:]) for row in rows] == [numbers(line[words:]) for line in lines]
    assert (total[0], numbers(total[words:])) == ("**total**", totals)

    text = write(summary, view, "latex")
    _, *rows, total = latex_rows(text)
    assert rf"\begin{{tabular}}{{{'l' * words}{'r' * 7}}}" in text
    assert [row[0].replace("\\", "") for row in rows] == [line[0] for line in lines]
    assert [numbers(row[words:]) for row in rows] == [numbers(line[words:]) for line in lines]
    assert (total[0], numbers(total[words:])) == ("total", totals)


@BOTH
def test_text_lines_up_and_ends_with_totals_and_definitions(view):
    heading, rule, header, *lines = write(summarize("resnet18"), view, "table").splitlines()
    assert heading.startswith("ResNet-18 at 3x224x224, batch 1, float32: ")
    end = lines.index("")
    columns = [match.end() for match in re.finditer(r"\S+", header)][-7:]
    for line in [line for line in lines[:end] if line != rule]:
        assert [match.end() for match in re.finditer(r"\S+", line)][-7:] == columns, line
    assert lines[end - 1].startswith("total ")
    assert sum(line.startswith(f"  {name}") for line in lines[end:] for name in header.split()[-7:]) >= 7


@pytest.mark.parametrize("format", ["table", "markdown", "latex"])
def test_what_is_read_says_how_torchstat_totals_differ_and_what_is_partial(format):
    assert "torchstat repeats its last row there" in write(summarize("vgg16"), "torchstat", format)
    text = write(summarize(Unknown(), (3, 8, 8)), "calls", format)
    assert "partial" in text
    assert "n/a" in text
    assert "partial" not in write(summarize("vgg16"), "calls", format)


def test_marks_of_markdown_and_latex_are_words_in_cells():
    name = r"a|b_c *d* __e__ 50% #2 $x$ {y} \z ~^&"
    table = Table("100% of A_1", ("na_me", "n"), 1, ((name, 1234), ("3x8x8+64x8x8", None)), ("total", 1234), {"n": "%"})
    markdown, latex = as_markdown(table), as_latex(table)
    assert r"| a\|b_c \*d\* \_\_e\_\_ 50% #2 $x$ {y} \\z ~^& | 1,234 |" in markdown
    assert (
        r"a|b\_c *d* \_\_e\_\_ 50\% \#2 \$x\$ \{y\} \textbackslash{}z \textasciitilde{}\textasciicircum{}\& & 1,234 \\"
    ) in latex
    assert r"$3 \times 8 \times 8 + 64 \times 8 \times 8$ & n/a \\" in latex
    assert r"na\_me & n \\" in latex
    uncommented = [line for line in latex.splitlines() if not line.startswith("% ")]
    assert (uncommented[0], uncommented[-1]) == (r"\begin{tabular}{lr}", r"\end{tabular}")


def test_stages_are_a_table_only():
    summary = summarize("resnet18_d2l")
    assert write(summary, "stages", "table").splitlines()[0].split() == ["stem", "output", "shape:", "1x64x56x56"]
    for format in set(FORMATS) - {"table"}:
        with pytest.raises(UserError, match="as a table only"):
            write(summary, "stages", format)


@pytest.mark.parametrize("view", ["calls", "stages"])
def test_a_net_without_operations_and_one_without_an_input_are_tables_too(view):
    class Zeros(nn.Module):
        def forward(self, x):
            return torch.zeros(1, 4, device=x.device)

    assert "zeros" in write(summarize(Zeros(), (3, 8, 8)), view, "table")
    assert "zeros" not in write(summarize(nn.Identity(), (3, 8, 8)), view, "table")


@pytest.mark.parametrize(("view", "format"), [("layers", "csv"), ("calls", "xml")])
def test_unknown_views_and_formats_name_the_cure(view, format):
    with pytest.raises(UserError) as refused:
        write(summarize("resnet18"), view, format)
    assert refused.value.cure.startswith("Choose one of ")


def test_torchstat_memory_is_unrounded_where_numbers_are_numbers():
    summary = summarize("resnet18")
    totals = as_dict(summary, "torchstat")["totals"]
    assert totals["memory(MB)"] == torchstat(summary).totals.memory_mib != round(totals["memory(MB)"], 2)
