"""python -m resnet: what it prints, and how it refuses."""

import ast
import csv
import io
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import resnet
from resnet.__main__ import main
from resnet.formats import FORMATS, VIEWS, write
from resnet.outline import outline
from resnet.summary import summarize

PACKAGE = Path(resnet.__file__).parent


def test_list_names_every_net(capsys):
    assert main(["list"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == list(resnet.CATALOGUE)


def test_summary_as_csv(capsys):
    assert main(["summary", "alexnet", "--classes", "10", "--format", "csv"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(int(line["params"]) for line in lines) == 57_044_810
    assert lines[0]["input_shape"] == "3x224x224"
    assert lines[-1]["output_shape"] == "10"


def test_summary_as_table_ends_with_totals_and_definitions(capsys):
    assert main(["summary", "resnet18", "--input", "3,64,64"]) == 0
    out = capsys.readouterr().out
    assert "11,689,512" in out
    assert "multiply-accumulates" in out


@pytest.mark.parametrize("view", ["calls", "torchstat"])
@pytest.mark.parametrize("format", FORMATS)
def test_summary_prints_every_view_in_every_format(view, format, capsys):
    assert main(["summary", "resnet18", "--input", "3,64,64", "--view", view, "--format", format]) == 0
    assert capsys.readouterr().out == write(summarize("resnet18", (3, 64, 64)), view, format)


def test_torchstat_view_as_json(capsys):
    assert main(["summary", "alexnet", "--classes", "10", "--view", "torchstat", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["module name"] for row in found["rows"]][-1] == "classifier.6"
    assert found["totals"]["MemRead(B)"] + found["totals"]["MemWrite(B)"] == found["totals"]["MemR+W(B)"] == 237_378_896


@pytest.mark.parametrize("option", ["--view", "--format"])
def test_a_view_or_format_that_does_not_exist_names_those_that_do(option, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["summary", "resnet18", option, "nonsense"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in (VIEWS if option == "--view" else FORMATS))


def test_stages(capsys):
    assert main(["summary", "resnet18_d2l", "--view", "stages"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["stem", "output", "shape:", "1x64x56x56"]
    assert out[-1].split() == ["fc", "output", "shape:", "1x10"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["summary", "resnet81"],
        ["summary", "resnet18", "--input", "224,224"],
        ["summary", "resnet18", "--input", "three,by,three"],
        ["summary", "resnet18", "--input", "3,0,0"],
        ["summary", "resnet18", "--input=3,-1,224"],
        ["summary", "resnet18", "--input", "3,999999,999999"],
        ["summary", "resnet18", "--input", "3,8,8"],
        ["summary", "resnet18", "--classes", "0"],
        ["summary", "inception_block", "--classes", "5"],
        ["summary", "resnet18", "--view", "stages", "--format", "csv"],
        ["summary", "resnet18", "--view", "stages", "--format", "json"],
        ["summary", "vgg16", "--view", "torchstat", "--input", "3,64,64"],
        ["diagram", "resnet18", "--out", "/no/such/folder/picture.svg"],
        ["diagram", "resnet18", "--out", "picture.png"],
        ["diagram", "resnet18", "--out", "picture"],
    ],
)
def test_refusals_are_one_sentence_with_a_cure(arguments, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("name", sorted(resnet.CATALOGUE))
def test_every_net_has_a_well_formed_picture(name, tmp_path, capsys):
    file = tmp_path / "picture.svg"
    assert main(["diagram", name, "--out", str(file)]) == 0
    root = ET.parse(file).getroot()
    drawn = [group.attrib["data-part"] for group in root.iter() if "data-part" in group.attrib]
    assert drawn == [stage.name for stage in outline(summarize(name))]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_behind_the_output_is_said_in_one_sentence(monkeypatch, capsys):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["list"]) == 2
        assert full.closed, "or the interpreter would try once more on its way out"
    said = capsys.readouterr().err
    assert said.startswith("The output could not be written (No space left on device).")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_package_stands_by_itself(file):
    imported = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= {*sys.stdlib_module_names, "resnet", "safetensors", "torch"}
