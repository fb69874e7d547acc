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


MODULE = """
import sys

import resnet
import torch
from torch import nn

print("imported")
places = []
own = resnet.create("resnet10_w16")
words = "no function"


def small():
    print("called")
    places.append(torch.empty(0).device.type)
    return resnet.create("resnet10_w16")


def looks_at_numbers():
    rates = [rate.item() for rate in torch.linspace(0, 1, 3)]
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Dropout(rates[1]), nn.Flatten(), nn.Linear(4 * 30 * 30, 2))


def forgets():
    small()


def fails():
    raise KeyError("depth")


def leaves():
    sys.exit("usage: my_nets [options]")


def wants(depth):
    return small()
"""


@pytest.fixture
def my_nets(tmp_path, monkeypatch):
    """A module in the current folder, which is not on Python's path."""
    (tmp_path / "my_nets.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text("import torch\ntorch.nothing_of_the_kind\n")
    (tmp_path / "hungry.py").write_text("import no_such_dependency\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    yield
    for name in ("my_nets", "broken", "hungry"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("format", FORMATS)
def test_a_net_of_somebodys_own_has_the_same_table_in_every_format(my_nets, view, format, capsys):
    command = ["--input", "3,32,32", "--view", view, "--format", format]
    answers = {}
    for net in ("my_nets:small", "resnet10_w16"):
        answers[net] = (main(["summary", net, *command]), capsys.readouterr().out.replace(net, "ResNet-10, width 16"))
    assert answers["my_nets:small"] == answers["resnet10_w16"]


def test_a_net_of_somebodys_own_is_made_without_its_weights_and_its_words_stay_out_of_the_table(my_nets, capsys):
    assert main(["summary", "my_nets:small", "--format", "json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["title"], found["input"]) == ("my_nets:small", "3x224x224")
    assert printed.err.split() == ["imported", "called"]
    assert sys.modules["my_nets"].places == ["meta"]


def test_a_function_that_looks_at_its_numbers_is_called_with_some(my_nets, capsys):
    assert main(["summary", "my_nets:looks_at_numbers", "--input", "3,32,32", "--format", "csv"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [line["type"] for line in lines] == ["conv2d", "dropout", "flatten", "linear"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no_such_module:small"], "There is no module no_such_module. Start in the folder that holds no_such_module"),
        (["my_nets.inner:small"], "There is no module my_nets.inner. Start in the folder"),
        (["my_nets:smal"], "There is no smal in my_nets. Did you mean small."),
        (["my_nets:words"], "It is an object of type str, not a function. Name a function"),
        (["my_nets:own"], "It is an object of type ResNet, not a function. Name a function"),
        (["my_nets:forgets"], "It returned an object of type NoneType, not a network. Let it return"),
        (["my_nets:fails"], "It failed with KeyError ('depth'). `python -c \"import my_nets; my_nets.fails()\"` shows"),
        (["my_nets:leaves"], "It failed with SystemExit (usage: my_nets [options])."),
        (["my_nets:wants"], "It failed with TypeError (wants() missing 1 required positional argument"),
        (["broken:small"], "It failed with AttributeError (module"),
        (["broken:small"], '`python -c "import broken"` shows where'),
        (["hungry:small"], "It failed with ModuleNotFoundError (No module named 'no_such_dependency')"),
        (["my_nets.py:small"], "This names no function. Write package.module:factory"),
        (["./my_nets:small"], "This names no function. Write package.module:factory"),
        ([":small"], "This names no function."),
        (["my_nets:"], "This names no function."),
        (["my_nets:small", "--classes", "3"], "A module has the classes it was built with. Leave the classes out"),
        (["my_nets:looks_at_numbers"], "does not accept 3x224x224"),
    ],
)
def test_what_is_no_net_of_somebodys_own_is_refused_with_its_cure(my_nets, arguments, words, capsys):
    assert main(["summary", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err.splitlines()[-1]


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
    assert imported <= {*sys.stdlib_module_names, "captum", "huggingface_hub", "resnet", "safetensors", "torch"}
