"""A layer table as a tree: the net's stages, their blocks, their calls.

Table, picture and comparison all show this tree. A stage's calls that belong to no block (the stem's convolution, a
VGG's) stand in it directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, groupby
from typing import Literal

from resnet.catalogue import Net
from resnet.inputs import Shape
from resnet.network import ResNet
from resnet.stages import block_of, stages
from resnet.summary import Call, Summary, Totals, totals_of

Level = Literal["stage", "block", "call"]
FoundShortcut = Literal["identity", "projection", "padded", ""]  # as it shows in the calls; "": there is none


@dataclass(frozen=True, slots=True)
class Part:
    """A stage, a block or a call of a network.

    Args:
        name: unique in its network: "stem", "layer2", "layer2.0", "layer2.0.conv1"; "#2" where it comes again.
        stage: the name of the stage it is or belongs to.
        start: the place of its first call among `Summary.rows`; its calls follow one another.
        parts: what it unfolds to; empty for a call.
    """

    name: str
    level: Level
    stage: str
    start: int
    calls: tuple[Call, ...]
    parts: tuple[Part, ...] = ()

    @property
    def output_shape(self) -> Shape:
        return self.calls[-1].output_shape

    @property
    def input_shape(self) -> Shape:
        """What its first call works on; () where no call takes a tensor."""
        return next((call.input_shapes[0] for call in self.calls if call.input_shapes), ())

    @property
    def totals(self) -> Totals:
        return totals_of(self.calls)

    @property
    def shortcut(self) -> FoundShortcut:
        """Of a block: how x reaches the addition. Unchanged, through a convolution, or thinned out and padded."""
        if self.level != "block" or not any(call.type == "add" for call in self.calls):
            return ""
        passed = {call.type for call in self.calls if ".downsample" in call.name}
        return "projection" if "conv2d" in passed else "padded" if passed else "identity"

    def walk(self) -> Iterator[Part]:
        """This part and all within it, wholes before their parts."""
        yield self
        for part in self.parts:
            yield from part.walk()


def outline(summary: Summary) -> tuple[Part, ...]:
    """The stages of a network, each with what it unfolds to."""
    taken = {call.name for call in summary.rows}
    found, start = [], 0
    for stage, calls in stages(summary):
        found.append(_stage(stage, start, calls, taken))
        start += len(calls)
    return tuple(found)


def find_part(summary: Summary, name: str) -> Part | None:
    """The part of that name, at whatever level; None if the network has none."""
    return next((part for stage in outline(summary) for part in stage.walk() if part.name == name), None)


def _stage(stage: str, start: int, calls: list[Call], taken: set[str]) -> Part:
    name = _unused(stage, taken)
    parts: list[Part] = []
    at = start
    for block, members in groupby(calls, key=lambda call: block_of(call.name)):
        own = tuple(members)
        leaves = tuple(Part(call.name, "call", name, at + i, (call,)) for i, call in enumerate(own))
        if block in (stage, own[0].name):  # a lone block is its own stage, a call outside any block its own block
            parts += leaves
        else:
            parts.append(Part(_unused(block, taken), "block", name, at, own, leaves))
        at += len(own)
    return Part(name, "stage", name, start, tuple(calls), tuple(parts))


def _unused(name: str, taken: set[str]) -> str:
    """The name, numbered as calls are where another part has it, and from now on taken."""
    numbered = (f"{name}#{number}" for number in count(2))
    free = next(each for each in chain([name], numbered) if each not in taken)
    taken.add(free)
    return free


@dataclass(frozen=True, slots=True)
class Alias:
    """What others call a stage."""

    paper: str
    d2l: str


_ALIASES = {
    "stem": Alias("conv1 and the pool of conv2_x", "b1"),
    **{f"layer{number}": Alias(f"conv{number + 1}_x", f"b{number + 1}") for number in range(1, 5)},
}


def aliases(net: Net) -> dict[str, Alias]:
    """The paper's and d2l's names of a net's stages (He et al. 2015, table 1); empty for nets of another plan."""
    four_stages = net.factory is ResNet and len(net.arguments["layers"]) == 4
    return _ALIASES if four_stages and net.arguments.get("stem", "7x7") == "7x7" else {}
