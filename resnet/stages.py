"""Which stage and which block a call belongs to, read off its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from resnet.summary import Call, Summary

_STEM = re.compile(r"(conv1|bn1|relu|maxpool|conv2|conv3|maxpool1|maxpool2)\b")
_STAGE = re.compile(r"(layer\d+|inception\d)")
_BLOCK = re.compile(r"(layer\d+\.\d+|inception\d[a-z])")
_LONE_BLOCK = re.compile(r"(branch|cat\b)")  # the Inception block as a net of its own


def stage_of(name: str) -> str:
    """ "layer3.5.conv1" -> "layer3", "bn1" -> "stem", "fc" -> "head"; a VGG's "features.4" -> "features"."""
    if stage := _STAGE.match(name):
        return stage[1]
    if _STEM.match(name):
        return "stem"
    if name.startswith("features"):
        return "features"
    if _LONE_BLOCK.match(name):
        return "inception"
    if name in ("maxpool3", "maxpool4"):  # GoogLeNet's pools end the stage before them
        return f"inception{name[-1]}"
    return "head"


def block_of(name: str) -> str:
    """ "layer3.5.relu#2" -> "layer3.5"; a call outside any block is a block of its own."""
    if _LONE_BLOCK.match(name):
        return "inception"
    block = _BLOCK.match(name)
    return block[1] if block else name


def stages(summary: Summary) -> Iterator[tuple[str, list[Call]]]:
    """Neighbouring calls of one stage, in order of execution."""
    return ((stage, list(calls)) for stage, calls in groupby(summary.rows, key=lambda call: stage_of(call.name)))


def stage_outputs(summary: Summary) -> list[tuple[str, tuple[int, ...]]]:
    """What a lecture prints: the output shape after the stem, after each stage, and after each call of the head."""
    shapes: list[tuple[str, tuple[int, ...]]] = []
    for stage, calls in stages(summary):
        if stage == "head":
            shapes += [(call.name, call.output_shape) for call in calls]
        else:
            shapes.append((stage, calls[-1].output_shape))
    return shapes
