"""Two to four nets side by side at the same input: where they differ, stage by stage, and by how much.

Residual nets share a plan, so their stages are matched by name. Where another plan takes part (AlexNet, VGG,
GoogLeNet), calls are matched by the size of the maps they work on, which is what all these nets have in common: the
picture's side halves again and again until the head. Every call of every net stands in exactly one row, so the rows
add up to the nets' totals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from types import MappingProxyType
from typing import Literal, get_args

from resnet.catalogue import Net, check_classes, find
from resnet.errors import UserError
from resnet.inputs import Shape, checked_shape
from resnet.operations import WEIGHT_LAYERS
from resnet.outline import Part, outline
from resnet.summary import Call, Summary, Totals, summarize, totals_of

FEWEST, MOST = 2, 4

#: Pairs worth looking at first: what they are called, and the names of their nets.
READY_MADE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "plain34_resnet34": ("plain34", "resnet34"),
        "resnet34_resnet50": ("resnet34", "resnet50"),
        "v1_v15": ("resnet50_v1", "resnet50"),
        "vgg16_resnet50": ("vgg16", "resnet50"),
        "alexnet_googlenet": ("alexnet", "googlenet"),
    }
)

By = Literal["stage", "map"]
Figure = Literal["blocks", "layers", "output_shape", "params", "macs", "write_bytes"]
FIGURES: tuple[Figure, ...] = get_args(Figure)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one net does in one row.

    Args:
        name: the stages it consists of ("layer2"); for part of a stage, its first and last layer ("conv1–maxpool1").
        stage: the stage its first call belongs to.
        calls: in order of execution.
        blocks: how many residual or Inception blocks are among them.
    """

    name: str
    stage: str
    calls: tuple[Call, ...]
    blocks: int

    @property
    def layers(self) -> int:
        """Convolutions and linear layers, those of projections included."""
        return sum(call.type in WEIGHT_LAYERS for call in self.calls)

    @property
    def output_shape(self) -> Shape:
        return self.calls[-1].output_shape

    @property
    def totals(self) -> Totals:
        return totals_of(self.calls)

    def figure(self, name: Figure) -> int | Shape:
        """One of `FIGURES`: counts, numbers, or bytes written."""
        return getattr(self, name) if name in ("blocks", "layers", "output_shape") else getattr(self.totals, name)


@dataclass(frozen=True, slots=True)
class Row:
    """One stage, or one size of maps, in all nets.

    Args:
        name: "stem", "layer2", "head"; matched by maps, their side as a part of the picture's: "1/8".
        cells: one for each net; None where a net has nothing there.
    """

    name: str
    cells: tuple[Cell | None, ...]

    def differences(self, net: int) -> frozenset[Figure]:
        """The figures in which a net's cell differs from the first net's; none where either has no cell."""
        first, cell = self.cells[0], self.cells[net]
        if first is None or cell is None:
            return frozenset()
        return frozenset(name for name in FIGURES if cell.figure(name) != first.figure(name))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Nets side by side; ratios and differences are against the first.

    Args:
        num_classes: of all nets that have a head; None: each net's own.
        by: what the rows match: stages of one name, or maps of one size.
    """

    nets: tuple[Net, ...]
    input_shape: tuple[int, int, int]
    num_classes: int | None
    summaries: tuple[Summary, ...]
    by: By
    rows: tuple[Row, ...]


def compare(
    nets: Sequence[str | Net], input_shape: Sequence[int] | None = None, num_classes: int | None = None
) -> Comparison:
    """Put two to four nets side by side.

    Args:
        nets: names or rows of the catalogue, or nets of one's own.
        input_shape: (channels, height, width) for all of them; left out, what the first was made for.
        num_classes: outputs of every head; left out, the first net's, or each net's own if the first is a lone block.

    Raises:
        UserError: too few or too many nets, one unknown or twice, or one that does not take this input, by its title.
    """
    chosen = tuple(find(net) if isinstance(net, str) else net for net in nets)
    _check_choice(chosen)
    first = chosen[0]
    shape = checked_shape(first.input_shape if input_shape is None else input_shape)
    classes = first.classes if num_classes is None else check_classes(num_classes)
    for net in chosen:
        _check_input(net, shape, chosen)
    summaries = tuple(summarize(net, shape, num_classes=None if net.classes is None else classes) for net in chosen)
    by, rows = _align(summaries)
    return Comparison(chosen, shape, classes, summaries, by, rows)


def _check_choice(nets: tuple[Net, ...]) -> None:
    if not FEWEST <= len(nets) <= MOST:
        raise UserError(f"{len(nets)} nets cannot be compared", where="nets", cure=f"Choose {FEWEST} to {MOST}")
    for place, net in enumerate(nets):
        if net in nets[:place]:
            raise UserError(f"{net.title} is chosen twice", where="nets", cure="Choose another net in its place")


def _check_input(net: Net, shape: tuple[int, int, int], nets: tuple[Net, ...]) -> None:
    try:
        net.check_input(shape)
    except UserError as error:
        channels, height, width = shape
        height, width = (net.fixed_side or max(side, net.min_side) for side in (height, width))
        cure = f"Compare without {net.title}"
        if all(other.takes((channels, height, width)) for other in nets):
            cure = f"Compare at {channels},{height},{width}, or without {net.title}"
        raise UserError(error.what, where="input", cure=cure) from error


# --- Which calls stand in one row ------------------------------------------------------------------------------------

_RESNET_STAGE = re.compile(r"stem|layer\d+|head")
_LAST = 1000  # the place of the head: after every stage and every halving


@dataclass(frozen=True, slots=True)
class _Segment:
    """Calls that stay together: a stage, or as much of it as ends in a pool.

    Args:
        halvings: how often the picture's side was halved on the way to the maps that its convolutions put out.
    """

    name: str
    stage: str
    halvings: int
    calls: tuple[Call, ...]
    blocks: int


def _align(summaries: Sequence[Summary]) -> tuple[By, tuple[Row, ...]]:
    nets = [_segments(summary) for summary in summaries]
    by: By = "stage" if all(_RESNET_STAGE.fullmatch(each.stage) for net in nets for each in net) else "map"
    place, name = (_stage_number, _stage_name) if by == "stage" else (_halvings_of, _part_of_side)
    names = {place(each): name(each) for net in nets for each in net}
    columns = [_cells(net, place) for net in nets]
    return by, tuple(Row(names[at], tuple(cells.get(at) for cells in columns)) for at in sorted(names))


def _stage_number(segment: _Segment) -> int:
    if segment.stage == "head":
        return _LAST
    return 0 if segment.stage == "stem" else int(segment.stage.removeprefix("layer"))


def _stage_name(segment: _Segment) -> str:
    return segment.stage


def _halvings_of(segment: _Segment) -> int:
    return _LAST if segment.stage == "head" else segment.halvings


def _part_of_side(segment: _Segment) -> str:
    return "head" if segment.stage == "head" else f"1/{2**segment.halvings}"


def _cells(segments: Sequence[_Segment], place: Callable[[_Segment], int]) -> dict[int, Cell]:
    together: dict[int, list[_Segment]] = {}
    for segment in segments:
        together.setdefault(place(segment), []).append(segment)
    return {
        at: Cell(
            name=", ".join(each.name for each in members),
            stage=members[0].stage,
            calls=tuple(call for each in members for call in each.calls),
            blocks=sum(each.blocks for each in members),
        )
        for at, members in together.items()
    }


def _segments(summary: Summary) -> list[_Segment]:
    halvings = _halvings(summary.rows)
    found = []
    for stage in outline(summary):
        pieces = [list(stage.parts)] if stage.name == "head" else _ended_by_pools(stage.parts)
        for parts in pieces:
            calls = tuple(call for part in parts for call in part.calls)
            reached = [halvings[parts[0].start + i] for i, call in enumerate(calls) if call.type == "conv2d"]
            found.append(
                _Segment(
                    name=stage.name if len(pieces) == 1 else f"{_layer(calls[0])}–{_layer(calls[-1])}",
                    stage=stage.name,
                    halvings=max(reached, default=0),
                    calls=calls,
                    blocks=sum(part.level == "block" for part in parts),
                )
            )
    return found


def _ended_by_pools(parts: Sequence[Part]) -> list[list[Part]]:
    """A stage cut after each pool that halves the map and stands in the stage directly, not within a block."""
    pieces: list[list[Part]] = [[]]
    for part in parts:
        pieces[-1].append(part)
        if part.level == "call" and part.calls[0].type.endswith("pool2d") and _halvings_in(part.calls[0]):
            pieces.append([])
    return [piece for piece in pieces if piece]


def _halvings(calls: Sequence[Call]) -> list[int]:
    """For each call, how often the picture's side was halved on the way to its output.

    Counted by strides, because sizes mislead on small pictures: 33 pixels become 17, 9, 5, 3, and 3 is nearer to an
    eighth of 33 than to a sixteenth.
    """
    found: list[int] = []
    for call in calls:
        before = found[call.inputs[0]] if call.inputs and call.inputs[0] >= 0 else 0
        found.append(before + _halvings_in(call))
    return found


def _halvings_in(call: Call) -> int:
    return round(log2(max(call.window.stride))) if call.window else 0


def _layer(call: Call) -> str:
    """ "conv1.conv" -> "conv1", the layer a person would point at; "features.4" stays."""
    path, _, last = call.name.rpartition(".")
    return path if path and not last.isdigit() else call.name
