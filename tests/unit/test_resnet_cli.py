"""python -m resnet: what it prints, and how it refuses."""

import csv
import io
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import resnet
from resnet.__main__ import main
from resnet.diagram import solids
from resnet.summary import summarize


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
    blocks = [group for group in root.iter("{http://www.w3.org/2000/svg}g") if "data-block" in group.attrib]
    assert [group.attrib["data-block"] for group in blocks] == [solid.name for solid in solids(summarize(name))]


def test_picture_tells_identity_from_projection():
    kinds = [solid.shortcut for solid in solids(summarize("resnet18"))]
    identity, projection = "identity", "projection"
    assert kinds == ["", "", identity, identity, *[projection, identity] * 3, ""]
    assert not any(solid.shortcut for solid in solids(summarize("plain34")))


def test_the_package_needs_no_torchvision():
    program = (
        "import sys, resnet, resnet.summary, resnet.diagram\n"
        "sys.exit('torchvision' in sys.modules or 'gradio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
