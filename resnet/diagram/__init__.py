"""The picture of a network, as SVG: a row of solids on a ground line.

Height is resolution, depth is channels, colour is the stage. An arc under the ground line is a shortcut and ends in the
addition: drawn solid where x passes unchanged, dashed through a projection, dotted where it is thinned out and padded.
Stages unfold to their blocks, blocks to their calls.

Everything that can be pointed at is a group of class "part" that names itself (`data-part`), so a page can make it
answer. The colours are classes with a fallback, so a page can give them its own in light and dark.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from html import escape

from resnet.diagram.shapes import BORROWED_STAGES, RAIL, Scale, Sketch, arc, name_width, sans, times
from resnet.diagram.stages import CAPTION_BOTTOM, Room, given, stage
from resnet.outline import FoundShortcut, outline
from resnet.summary import Summary

__all__ = ["BORROWED_STAGES", "STAGE_COLOURS", "as_svg"]

STAGE_COLOURS = {
    "input": "#666E79",
    "stem": "#5B6470",
    "layer1": "#0F766E",
    "layer2": "#2457C5",
    "layer3": "#6D3FC4",
    "layer4": "#B3205F",
    "head": "#A8550A",
}

_WIDTH = 1080.0
_MARGIN = 28.0
_MOST_BETWEEN = 72.0  # pixels between stages: what is left over goes there, up to this

# The tightest of each kind of drawing; the first kind that fits is taken and eased as far as there is room.
_WHOLE = (Room(0.15, apart=True), Room(0), Room(0, leaf=1.5))
_UNFOLDED = (Room(0.12, aside=True), Room(0, aside=True, shapes=False))

_LEGEND: dict[FoundShortcut, str] = {
    "identity": "identity shortcut",
    "projection": "projection",
    "padded": "padded shortcut",
}


def as_svg(summary: Summary, *, opened: Collection[str] = ()) -> str:
    """The whole picture, readable by itself and inside a page.

    Args:
        opened: the names of the stages that are unfolded to their blocks, and of the blocks, within such a stage, that
            are unfolded to their calls. Other names have no effect.
    """
    sketches, gap = _sketches(summary, frozenset(opened))
    needed = sum(sketch.width for sketch in sketches)
    gaps = max(1, len(sketches) - 1)
    gap = max(gap, min(_MOST_BETWEEN, (_WIDTH - 2 * _MARGIN - needed) / gaps))
    content = needed + gap * gaps
    width = max(_WIDTH, content + 2 * _MARGIN)
    x = (width - content) / 2
    drawing = ""
    for sketch in sketches:
        drawing += sketch.draw(x)
        x += sketch.width + gap
    bottom = max(CAPTION_BOTTOM, *(sketch.bottom for sketch in sketches)) + 28
    kinds = frozenset[FoundShortcut]().union(*(sketch.shortcuts for sketch in sketches))
    reduced = any(sketch.reduced for sketch in sketches)
    totals = summary.totals
    facts = f"{totals.params:,} parameters · {_work(totals.macs)} at {times(summary.input_shape)}"
    height = bottom + 14
    title = _shortened(summary.title, width - 2 * _MARGIN - 16 - 8.6 * len(facts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lab-tower" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(summary.title)}: {facts}" '
        'font-family="IBM Plex Sans, system-ui, sans-serif">'
        f"<style>{_style()}</style>"
        '<rect class="tower-paper" width="100%" height="100%"/>'
        f'<text x="{_MARGIN:.0f}" y="36"><tspan class="tower-ink" font-size="22" font-weight="600">'
        f'{escape(title)}</tspan><tspan class="tower-soft" dx="16" font-size="15">{facts}</tspan></text>'
        f'<path class="tower-rule" d="M24,{RAIL}H{width - 24:.0f}"/>'
        f"{drawing}{_legend(kinds, reduced, width, bottom)}</svg>\n"
    )


def _sketches(summary: Summary, opened: frozenset[str]) -> tuple[list[Sketch], float]:
    """The pieces in a row, and the least room between two of them."""
    parts = outline(summary)
    scale = Scale.up_to(max(shape[-2] for shape in _maps(summary)))
    rooms = _UNFOLDED if any(part.name in opened for part in parts) else _WHOLE

    def tried(room: Room) -> tuple[list[Sketch], float]:
        own = [stage(part, opened, scale, room) for part in parts]
        return [given(summary.input_shape, scale, room), *own], room.gap

    def width(sketches: list[Sketch], gap: float) -> float:
        return sum(sketch.width for sketch in sketches) + gap * (len(sketches) - 1)

    available = _WIDTH - 2 * _MARGIN
    for room in rooms:
        tight = tried(room)
        if (least := width(*tight)) <= available:
            break
    else:
        return tight  # the picture grows wider
    ease = 1.0
    while (loose := width(*(eased := tried(replace(room, ease=ease))))) > available:
        ease = room.ease + (ease - room.ease) * (available - least) / (loose - least) * 0.999
    return eased


def _work(macs: int) -> str:
    """ "4.089 GMACs"; where that many digits would say next to nothing, "320,000 MACs"."""
    return f"{macs / 1e9:,.3f} GMACs" if macs >= 1_000_000 else f"{macs:,} MACs"


def _shortened(title: str, room: float) -> str:
    """As much of a title as fits beside the line of facts."""
    most = max(8, int(room / name_width("m", 22)))
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"


def _maps(summary: Summary) -> list[tuple[int, ...]]:
    return [summary.input_shape, *(row.output_shape for row in summary.rows if len(row.output_shape) == 3)]


def _legend(kinds: Collection[FoundShortcut], reduced: bool, width: float, y: float) -> str:
    drawing, x = "", _MARGIN
    for kind, words in _LEGEND.items():
        if kind in kinds:
            drawing += arc(kind, f"M{x:.0f},{y - 5:.0f}h34", "legend") + sans(x + 42, y, words, anchor="start")
            x += 42 + 8 * len(words) + 24
    scales = "height: resolution · depth: channels · each doubling is one step"
    if reduced:
        scales += " · branches not to scale"
    return drawing + sans(width - _MARGIN, y, scales, anchor="end")


def _style() -> str:
    colours = "".join(
        f":where(.lab-tower) .stage-{name}{{--tower-stage:{colour}}}" for name, colour in STAGE_COLOURS.items()
    )
    return (
        f":where(.lab-tower){{--tower-stage:{STAGE_COLOURS['stem']}}}{colours}"
        ":where(.lab-tower) .tower-paper{fill:#FBFBF9}"
        ":where(.lab-tower) .tower-ink{fill:#1B1F24}"
        ":where(.lab-tower) .tower-soft{fill:#4B5560}"
        ":where(.lab-tower) .tower-name{fill:var(--tower-stage)}"
        ":where(.lab-tower) .tower-on{fill:#fff}"
        ":where(.lab-tower) .tower-rule{stroke:#D9DCE0;stroke-width:1.4}"
        ":where(.lab-tower) .solid{fill:var(--tower-stage);stroke:#fff;stroke-width:.8}"
        ":where(.lab-tower) .shade{fill:#fff;stroke:#fff;stroke-width:.8}"
        ":where(.lab-tower) .edge{fill:none;stroke:#fff}"
        ":where(.lab-tower) .arc,:where(.lab-tower) .wire{fill:none;stroke:var(--tower-stage);stroke-width:2}"
        ":where(.lab-tower) .fine{stroke-width:1}"
        ":where(.lab-tower) .sum{fill:#fff;stroke:var(--tower-stage);stroke-width:1.6}"
        ":where(.lab-tower) .legend{stroke:#4B5560;stroke-width:2}"
        ":where(.lab-tower) .halo{stroke:#FBFBF9;stroke-width:4;stroke-linejoin:round;paint-order:stroke}"
        ":where(.lab-tower) .hit{fill:none;pointer-events:all}"
        ":where(.lab-tower) .ring{fill:none;stroke:none;pointer-events:none}"
    )
