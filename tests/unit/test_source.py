"""The lines of code behind a call."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from torch import nn

import resnet
from resnet.explain import explain
from resnet.outline import find_part, outline
from resnet.source import functions_of, source_of
from resnet.summary import summarize
from tests.nets import every_net

ROOT = Path(resnet.__file__).parent.parent


def sources(net, name, shape=None):
    summary = summarize(net, shape)
    return explain(summary, find_part(summary, name)).sources


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)

    def forward(self, x):
        def inner(y):
            return self.conv(y)

        return inner(x).relu()


def test_a_net_of_the_catalogue():
    (source,) = sources("resnet18", "layer1.0.conv2")
    assert (source.file, source.function) == ("resnet/blocks.py", "BasicBlock.forward")
    assert source.lines[0] == "def forward(self, x: Tensor) -> Tensor:"
    assert "self.conv2(" in source.lines[source.calling - source.first]
    lines = (ROOT / "resnet/blocks.py").read_text(encoding="utf-8").splitlines()
    assert lines[source.first - 1].strip() == source.lines[0]


def test_a_net_of_ones_own():
    (conv,) = sources(Own(), "conv", (1, 8, 8))
    assert (conv.file, conv.function) == ("test_source.py", "Own.forward.inner")  # no package around it
    assert conv.lines == ("def inner(y):", "    return self.conv(y)")
    (relu,) = sources(Own(), "relu", (1, 8, 8))
    assert relu.function == "Own.forward"
    assert relu.lines[relu.calling - relu.first] == "    return inner(x).relu()"


def test_a_block_shows_every_function_it_is_made_in_once():
    shown = sources("resnet20", "layer2.0")
    assert len({(source.file, source.first) for source in shown}) == len(shown)
    assert {"BasicBlock.forward", "PaddedShortcut.forward"} <= {source.function for source in shown}
    assert all(source.calling is None for source in shown)
    assert sources("resnet18", "layer1") == ()


@pytest.mark.parametrize("code", [("", 0), ("<string>", 3), ("/nowhere/net.py", 1), (resnet.__file__, 1)])
def test_missing_code_is_no_source(code):
    assert source_of(code) is None
    assert functions_of([code]) == ()


def test_code_that_cannot_be_read_is_no_source(tmp_path):
    file = tmp_path / "net.py"
    file.write_text("def forward(:\n    pass\n", encoding="utf-8")
    assert source_of((str(file), 2)) is None


def test_a_decorated_function_outside_any_package_has_its_decorator_and_only_its_name(tmp_path):
    file = tmp_path / "net.py"
    file.write_text("@staticmethod\ndef forward(x):\n    return x + 1\n", encoding="utf-8")
    source = source_of((str(file), 3))
    assert (source.file, source.first, source.lines[0], source.calling) == ("net.py", 1, "@staticmethod", 3)


@pytest.mark.parametrize("name", every_net())
def test_every_call_has_its_line_and_no_path_of_this_machine(name):
    summary = summarize(name)
    for part in (part for stage in outline(summary) for part in stage.walk() if part.level == "call"):
        (source,) = explain(summary, part).sources
        assert source.file.startswith("resnet/"), part.name
        assert source.first <= source.calling < source.first + len(source.lines), part.name
        assert not any(os.sep + "resnet" in line for line in source.lines)
