"""The picture of a network, as SVG: a row of solids on a ground line.

Height is resolution, depth is channels (both on a logarithmic scale, so that a halving and a doubling are steps of one
size), colour is the stage. An arc under the ground line is a shortcut and ends in the addition: drawn solid where x
passes unchanged, dashed where it has to change its shape.

The colours are classes with a fallback, so a page can give them its own in light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import log2

from resnet.formats import shape_text
from resnet.inputs import Shape
from resnet.stages import block_of, stage_of, stage_outputs
from resnet.summary import Call, Summary

STAGE_COLOURS = {
    "input": "#6F7782",
    "stem": "#5B6470",
    "layer1": "#0F766E",
    "layer2": "#2457C5",
    "layer3": "#6D3FC4",
    "layer4": "#B3205F",
    "head": "#A8550A",
}
# Stages of nets that are not residual borrow the colour of the ResNet stage they correspond to.
BORROWED_STAGES = {
    "features": "layer1",
    "inception": "layer1",
    "inception3": "layer2",
    "inception4": "layer3",
    "inception5": "layer4",
}

_GROUND = 338.0
_MARGIN = 40.0
_LABEL_WIDTH = 118.0  # a stage is never narrower than its own label
_ROOM = 780.0  # what the blocks may take together before they move closer
_LEAST_WIDTH = 560.0  # the line of facts and the legend fit


@dataclass(frozen=True, slots=True)
class Solid:
    """One thing on the ground line: a block, or a layer that stands by itself."""

    name: str
    stage: str
    shape: Shape
    params: int
    shortcut: str  # "identity", "projection" or "" for none


def solids(summary: Summary) -> list[Solid]:
    """What is drawn, from left to right: the input, the stem, every block, the head."""
    drawn = [Solid("input", "input", summary.input_shape, 0, "")]
    for stage, stage_calls in groupby(summary.rows, key=lambda call: stage_of(call.name)):
        if stage in ("stem", "head"):
            drawn.append(_solid(stage, stage, stage_calls))
        elif stage == "features":
            drawn += [_solid(call.name, stage, [call]) for call in stage_calls if call.type == "conv2d"]
        else:
            for block, calls in groupby(stage_calls, key=lambda call: block_of(call.name)):
                if block != f"maxpool{stage[-1]}":  # GoogLeNet's pools show in the height of the next block
                    drawn.append(_solid(block, stage, calls))
    return drawn


def _solid(name: str, stage: str, calls: Iterable[Call]) -> Solid:
    calls = list(calls)
    shortcut = ""
    if any(call.type == "add" for call in calls):
        shortcut = "projection" if any(".downsample" in call.name for call in calls) else "identity"
    return Solid(name, stage, calls[-1].output_shape, sum(call.params for call in calls), shortcut)


def as_svg(summary: Summary) -> str:
    """The whole picture, readable by itself and inside a page."""
    drawn = solids(summary)
    blocks = sum(solid.stage not in ("input", "stem", "head") for solid in drawn)
    pitch = min(71.0, max(13.0, _ROOM / max(blocks, 1)))
    parts: list[str] = []
    x = _MARGIN
    outputs = {**dict(stage_outputs(summary)), "input": summary.input_shape, "head": summary.rows[-1].output_shape}
    for stage, members in groupby(drawn, key=lambda solid: solid.stage):
        group, x = _draw_stage(stage, list(members), outputs[stage], x, pitch)
        parts.append(group)
    width = max(x + _MARGIN / 2, _LEAST_WIDTH)
    totals = summary.totals
    facts = f"{totals.params:,} parameters · {totals.macs / 1e9:.3f} GMACs at {_times(summary.input_shape)}"
    has_shortcuts = any(solid.shortcut for solid in drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lab-tower" viewBox="0 0 {width:.0f} 470" width="{width:.0f}" '
        f'height="470" role="img" aria-label="{escape(summary.title)}: {facts}" '
        'font-family="IBM Plex Sans, system-ui, sans-serif">'
        f"<style>{_style()}</style>"
        '<rect class="tower-paper" width="100%" height="100%"/>'
        f'<text class="tower-ink" x="{_MARGIN:.0f}" y="30" font-size="22" font-weight="600">'
        f"{escape(summary.title)}</text>"
        f'<text class="tower-soft" x="{_MARGIN:.0f}" y="50" font-size="15">{facts}</text>'
        f'<line class="tower-rule" x1="24" y1="{_GROUND + 10}" x2="{width - 16:.0f}" y2="{_GROUND + 10}"/>'
        f"{''.join(parts)}{_legend() if has_shortcuts else ''}</svg>\n"
    )


def _style() -> str:
    colours = "".join(
        f":where(.lab-tower) .stage-{stage}{{--tower-stage:{colour}}}" for stage, colour in STAGE_COLOURS.items()
    )
    return (
        f"{colours}"
        ":where(.lab-tower) .tower-paper{fill:#FBFBF9}"
        ":where(.lab-tower) .tower-ink{fill:#1B1F24}"
        ":where(.lab-tower) .tower-soft{fill:#4B5560}"
        ":where(.lab-tower) .tower-rule{stroke:#D9DCE0;stroke-width:1.4}"
        ":where(.lab-tower) .solid{fill:var(--tower-stage);stroke:#fff;stroke-width:.8}"
        ":where(.lab-tower) .arc{fill:none;stroke:var(--tower-stage);stroke-width:2}"
        ":where(.lab-tower) .sum{fill:#fff;stroke:var(--tower-stage);stroke-width:1.6}"
        ":where(.lab-tower) .legend{stroke:#4B5560;stroke-width:2}"
    )


def _draw_stage(stage: str, members: list[Solid], output: Shape, x: float, pitch: float) -> tuple[str, float]:
    """The stage's group, and where the next one begins."""
    step = pitch if len(members) > 1 else 0.0
    depth = max(_depth(solid.shape) for solid in members)
    thickness = min(16.0, pitch * 0.6)
    with_arcs = any(solid.shortcut for solid in members)
    lead = min(18.0, pitch * 0.4) if with_arcs else 0.0
    needed = 2 * lead + step * (len(members) - 1) + thickness + depth
    width = max(needed, _LABEL_WIDTH)
    left = x + (width - needed) / 2 + lead
    drawing = []
    for i, solid in enumerate(members):
        drawing.append(_draw_solid(solid, left + i * step, thickness, pitch))
    middle = x + width / 2
    colour = BORROWED_STAGES.get(stage, stage)
    label = (
        f'<text x="{middle:.1f}" y="400" text-anchor="middle" font-size="17" font-weight="600" '
        f'style="fill:var(--tower-stage)">{stage}</text>'
        f'<text class="tower-soft" x="{middle:.1f}" y="422" text-anchor="middle" font-size="15" '
        f'font-family="IBM Plex Mono, monospace">{_times(output)}</text>'
    )
    return f'<g class="stage-{colour}" data-stage="{stage}">{"".join(drawing)}{label}</g>', x + width + 12


def _draw_solid(solid: Solid, x: float, thickness: float, pitch: float) -> str:
    height = _height(solid.shape)
    dx = _depth(solid.shape)
    dy = dx * 0.56
    top, right = _GROUND - height, x + thickness
    faces = (
        f'<polygon class="solid" fill-opacity=".5" points="{x:.1f},{top:.1f} {x + dx:.1f},{top - dy:.1f} '
        f'{right + dx:.1f},{top - dy:.1f} {right:.1f},{top:.1f}"/>'
        f'<polygon class="solid" fill-opacity=".78" points="{right:.1f},{top:.1f} {right + dx:.1f},{top - dy:.1f} '
        f'{right + dx:.1f},{_GROUND - dy:.1f} {right:.1f},{_GROUND:.1f}"/>'
        f'<rect class="solid" x="{x:.1f}" y="{top:.1f}" width="{thickness:.1f}" height="{height:.1f}"/>'
    )
    count = f" · {solid.params:,} parameters" if solid.params else ""
    title = f"<title>{solid.name} · {_times(solid.shape)}{count}</title>"
    return f'<g data-block="{solid.name}">{title}{faces}{_draw_shortcut(solid, x, right, pitch)}</g>'


def _draw_shortcut(solid: Solid, x: float, right: float, pitch: float) -> str:
    if not solid.shortcut:
        return ""
    reach = min(18.0, pitch * 0.4)
    line = _GROUND + 10
    start, end = x - reach / 2, right + reach
    dip = min(34.0, pitch * 0.6)
    dashes = ' stroke-dasharray="5 4"' if solid.shortcut == "projection" else ""
    radius = min(6.5, pitch * 0.16)
    arm = radius * 0.52
    return (
        f'<path class="arc" d="M{start:.1f},{line} C{start:.1f},{line + dip:.1f} {end:.1f},{line + dip:.1f} '
        f'{end:.1f},{line}"{dashes}/>'
        f'<circle class="sum" cx="{end:.1f}" cy="{line}" r="{radius:.1f}"/>'
        f'<path class="sum" d="M{end - arm:.1f},{line}h{2 * arm:.1f}M{end:.1f},{line - arm:.1f}v{2 * arm:.1f}"/>'
    )


def _legend() -> str:
    return (
        '<g font-size="14"><path class="legend" d="M40,452h34"/>'
        '<text class="tower-soft" x="82" y="456">shortcut, x unchanged</text>'
        '<path class="legend" stroke-dasharray="5 4" d="M262,452h34"/>'
        '<text class="tower-soft" x="304" y="456">shortcut that changes the shape of x</text></g>'
    )


def _times(shape: Shape) -> str:
    return shape_text(shape).replace("x", "×")


def _height(shape: Shape) -> float:
    """Pixels for the map's height; a vector has none and becomes a low slab."""
    return 16 + 30 * log2(shape[-2]) if len(shape) == 3 else 22.0


def _depth(shape: Shape) -> float:
    return 5 + 3.5 * log2(shape[0])
