"""What the picture of a network is drawn with: solids on a ground line, arcs under it, words, brackets.

Pixels grow to the right and downwards. A solid's height is its map's resolution and its depth the number of channels,
both on a logarithmic scale, so that a halving and a doubling are steps of one size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from math import log2

from resnet.formats import shape_text
from resnet.inputs import Shape
from resnet.outline import FoundShortcut, Part

GROUND = 304.0  # where solids stand
RAIL = GROUND + 10  # the line of the main path, under their feet
SLANT = 0.56  # pixels up for each pixel of depth to the right

_TALLEST = 210.0
_OCTAVE = 26.0  # pixels of height for a doubling of resolution
_LEAST_HEIGHT = 16.0  # a map of one pixel, or a vector, which has no resolution

# Stages of nets that are not residual borrow the colour of the ResNet stage they correspond to; from the fifth stage
# on the colours come round again.
BORROWED_STAGES = {
    "features": "layer1",
    "inception": "layer1",
    "inception3": "layer2",
    "inception4": "layer3",
    "inception5": "layer4",
    **{f"layer{number}": f"layer{(number - 1) % 4 + 1}" for number in range(5, 9)},
}

_DASHES: dict[FoundShortcut, str] = {
    "identity": "",
    "projection": ' stroke-dasharray="6 4"',
    "padded": ' stroke-dasharray="0.1 5" stroke-linecap="round"',
    "": "",
}

_SANS = 'font-size="14"'
_MONO = 'font-size="14" font-family="IBM Plex Mono, monospace"'

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Sketch:
    """A piece of the picture before it has a place.

    Args:
        width: the room it takes.
        top, bottom: the highest and the lowest pixel it reaches.
        draw: the SVG, given the left edge.
        shortcuts: the kinds of shortcut it shows.
        reduced: branches are drawn smaller in it than the scales of the picture say.
    """

    width: float
    top: float
    bottom: float
    draw: Callable[[float], str]
    shortcuts: frozenset[FoundShortcut] = frozenset()
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Pixels for resolutions; `octave`, those for a doubling, are fewer where the largest map would not fit."""

    octave: float

    @classmethod
    def up_to(cls, side: int) -> Scale:
        """The scale on which a map `side` pixels high still fits."""
        return cls(min(_OCTAVE, _TALLEST / max(log2(side), 1)))

    def height(self, shape: Shape) -> float:
        return _LEAST_HEIGHT + (self.octave * log2(shape[-2]) if len(shape) == 3 else 0)

    def top(self, shape: Shape) -> float:
        """The highest pixel of a solid of full size."""
        return GROUND - self.height(shape) - SLANT * depth(shape)


def depth(shape: Shape) -> float:
    """Pixels for channels."""
    return 5 + 2.6 * log2(shape[0]) if shape else 5.0


def solid(x: float, foot: float, thickness: float, height: float, deep: float, leaves: int = 1) -> str:
    """A box seen from the left and above; a pack of `leaves` shows the edges between them."""
    rise, top, step = deep * SLANT, foot - height, thickness / leaves
    into = f"l{deep:.1f},{-rise:.1f}"
    back = f"l{-deep:.1f},{rise:.1f}z"
    corner, right = f"M{x:.1f},{top:.1f}", f"M{x + thickness:.1f},{top:.1f}"
    drawing = (
        f'<path class="solid" d="M{x:.1f},{foot:.1f}V{top:.1f}{into}h{thickness:.1f}v{height:.1f}{back}"/>'
        f'<path class="shade" fill-opacity=".46" d="{corner}{into}h{thickness:.1f}{back}"/>'
        f'<path class="shade" fill-opacity=".2" d="{right}{into}v{height:.1f}{back}"/>'
    )
    if leaves == 1:
        return drawing
    edges = "".join(f"M{x + i * step:.1f},{foot:.1f}V{top:.1f}{into}" for i in range(1, leaves))
    return f'{drawing}<path class="edge" stroke-width="{min(0.7, step / 5):.2f}" d="{edges}"/>'


def arc(kind: FoundShortcut, path: str, style: str = "arc") -> str:
    """A shortcut's line: solid where x passes unchanged, dashed through a projection, dotted where it is padded."""
    return f'<path class="{style}" data-shortcut="{kind}" d="{path}"{_DASHES[kind]}/>'


def wire(path: str) -> str:
    """Any other line of the network."""
    return f'<path class="wire" d="{path}"/>'


def plus(x: float, y: float, radius: float) -> str:
    """An addition."""
    arm = radius * 0.55
    return (
        f'<circle class="sum" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        f'<path class="sum" d="M{x - arm:.1f},{y:.1f}h{2 * arm:.1f}M{x:.1f},{y - arm:.1f}v{2 * arm:.1f}"/>'
    )


def sans(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    """Words."""
    return _text(x, y, text, _SANS, "tower-soft", anchor)


def mono(x: float, y: float, text: str, *, style: str = "tower-soft", anchor: str = "middle") -> str:
    """Names of calls, and shapes."""
    return _text(x, y, text, _MONO, style, anchor)


def upright(x: float, y: float, text: str) -> str:
    """Figures on a solid's front, read from below."""
    place = f'transform="translate({x + 5:.1f} {y:.1f}) rotate(-90)" text-anchor="middle"'
    return f'<text class="tower-on" {place} {_MONO}>{escape(text)}</text>'


def name(x: float, y: float, text: str) -> str:
    """The name of a stage, in its colour."""
    return _text(x, y, text, 'font-size="17" font-weight="600"', "tower-name", "middle")


def _text(x: float, y: float, text: str, font: str, style: str, anchor: str) -> str:
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}"{place} {font}>{escape(text)}</text>'


def mono_width(text: str) -> float:
    """Pixels of text in `mono`."""
    return 8.5 * len(text)


def name_width(text: str, size: int = 17) -> float:
    """Pixels of a bold name: those of the widest face that a reader's machine may put in place of ours."""
    return 0.61 * size * len(text)


def bracket(left: float, right: float, y: float, text: str, note: str = "", size: int = 17) -> str:
    """A line that spans what was unfolded, its ends turned up, with the name of the whole set into it."""
    middle = (left + right) / 2
    half = (name_width(text, size) + (mono_width(note) + 10 if note else 0)) / 2 + 9
    words = f'<tspan class="tower-name" font-weight="600">{escape(text)}</tspan>'
    if note:
        words += f'<tspan class="tower-soft" dx="10" {_MONO}>{escape(note)}</tspan>'
    line = f"M{left:.1f},{y - 7:.1f}v7H{middle - half:.1f}M{middle + half:.1f},{y:.1f}H{right:.1f}v-7"
    return f'{wire(line)}<text x="{middle:.1f}" y="{y + 5:.1f}" text-anchor="middle" font-size="{size}">{words}</text>'


def part_group(part: Part, box: Box, content: str, words: str = "", *, is_open: bool = False) -> str:
    """One thing that can be pointed at: its title, where it takes a click, what is drawn, and its frame.

    Args:
        words: over the frame, because they may reach beyond it.
    """
    left, top, right, bottom = box
    frame = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return (
        f'<g class="part stage-{BORROWED_STAGES.get(part.stage, part.stage)}" data-part="{escape(part.name)}" '
        f'data-level="{part.level}" data-opens="{_flag(bool(part.parts))}" data-open="{_flag(is_open)}">'
        f"<title>{escape(_facts(part))}</title>"
        f'<rect class="hit" {frame}/>{content}<rect class="ring" {frame} rx="4"/>{words}</g>'
    )


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _facts(part: Part) -> str:
    totals = part.totals
    macs = "MACs n/a" if totals.unknown else f"{totals.macs:,} MACs"
    return f"{part.name} · {times(part.output_shape)} · {totals.params:,} parameters · {macs}"


def times(shape: Shape) -> str:
    """(64, 112, 112) -> "64×112×112"."""
    return shape_text(shape).replace("x", "×")
