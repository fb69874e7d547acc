"""Work against published accuracy, as a chart: every catalogue net that has a figure, the compared ones named.

Points stand where their accuracy was measured: GMACs at 3x224x224 and 1000 classes, whatever input the comparison is
at, because nobody published what the same weights do at another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import product
from math import hypot, log10, sqrt
from threading import Thread, main_thread

from resnet.catalogue import CATALOGUE, Net
from resnet.compare import Comparison
from resnet.published import Accuracy, accuracy
from resnet.summary import summarize
from ui.names import unbroken
from ui.numbers import giga, million, printed
from ui.text import t

# All lengths are units of the viewBox; type is 15 in it, so that it is still read on a phone.
WIDTH, HEIGHT = 400.0, 352.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 28.0, 394.0, 34.0, 298.0
_GMACS = (0.5, 50.0)
_TOP1 = (54.0, 86.0)
_GMACS_TICKS = (0.5, 1, 2, 5, 10, 20)
_TOP1_TICKS = (55, 60, 65, 70, 75, 80, 85)
_RADIUS_OF_MILLION = 1.8  # of a circle that stands for a million parameters
_LEGEND = (10, 100)  # millions
_LETTER, _LINE = 8.5, 18.0  # about as wide as a bold letter gets on average; the height of a line


@dataclass(frozen=True, slots=True)
class Point:
    """A net with a published accuracy, and its place in the chart."""

    net: Net
    figure: Accuracy
    macs: int
    params: int

    @property
    def x(self) -> float:
        return _x(self.macs / 1e9)

    @property
    def y(self) -> float:
        return _y(self.figure.top1)

    @property
    def radius(self) -> float:
        return _RADIUS_OF_MILLION * sqrt(self.params / 1e6)


@dataclass(frozen=True, slots=True)
class Label:
    """A name in the chart: its middle and its width."""

    x: float
    y: float
    width: float

    def meets(self, other: Label) -> bool:
        """Whether two names lie over one another."""
        return abs(self.x - other.x) < (self.width + other.width) / 2 and abs(self.y - other.y) < _LINE

    def covers(self, point: Point) -> bool:
        """Whether the name lies over a net's circle."""
        aside = max(abs(self.x - point.x) - self.width / 2, 0)
        above = max(abs(self.y - point.y) - _LINE / 2, 0)
        return hypot(aside, above) < point.radius


def chart(comparison: Comparison) -> str:
    """The chart, who is missing from it, and its figures as a table."""
    compared = [point for point in points() if point.net in comparison.nets]
    others = [point for point in points() if point.net not in comparison.nets]
    missing = [net.title for net in comparison.nets if net not in [point.net for point in compared]]
    absent = t("architecture.compare.chart.missing", nets=", ".join(missing))
    notes = [t("architecture.compare.chart.dashed"), *([absent] if missing else [])]
    said = "".join(f'<p class="cmp-note">{unbroken(note)}</p>' for note in notes)
    return (
        f'<div class="cmp-chart"><h3>{escape(t("architecture.compare.chart"))}</h3>'
        f"{_svg(compared, others)}{said}{_table(compared, others)}</div>"
    )


@cache
def points() -> tuple[Point, ...]:
    """All nets of the catalogue whose ImageNet accuracy was published for one crop."""
    found = []
    for net, figure in _measured():
        totals = summarize(net).totals
        found.append(Point(net, figure, totals.macs, totals.params))
    return tuple(found)


def _measured() -> Iterator[tuple[Net, Accuracy]]:
    for net in CATALOGUE.values():
        if figure := accuracy(net, "one_crop"):
            yield net, figure


@cache
def warm() -> Thread:
    """Find the points in the background, so that the first comparison need not wait for them.

    For whoever starts the page to call, once it is served. Returns at once and never raises; asked again, it does
    nothing. The thread is no daemon: one that is cut off inside PyTorch aborts the whole process. It leaves by itself
    after the net at hand when the program ends.
    """
    thread = Thread(target=_find_quietly, name="points of the comparison's chart")
    with suppress(RuntimeError):  # no more threads to be had: whoever compares first waits
        thread.start()
    return thread


def _find_quietly() -> None:
    with suppress(Exception):  # what is wrong with a net is said to whoever compares
        for net, _ in _measured():
            if not main_thread().is_alive():
                return
            summarize(net)  # is kept, so that `points` finds it
        points()


def _x(gmacs: float) -> float:
    least, most = map(log10, _GMACS)
    return _LEFT + (log10(gmacs) - least) / (most - least) * (_RIGHT - _LEFT)


def _y(top1: float) -> float:
    least, most = _TOP1
    return _BOTTOM - (top1 - least) / (most - least) * (_BOTTOM - _TOP)


# --- Drawing ---------------------------------------------------------------------------------------------------------


def _svg(compared: Sequence[Point], others: Sequence[Point]) -> str:
    said = "; ".join(_sentence(point) for point in compared) or t("architecture.compare.chart.empty")
    names = labels(compared)
    large_first = sorted(others, key=lambda point: -point.radius)
    return (
        f'<svg class="cmp-svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{escape(t("architecture.compare.chart.label", points=said))}">'
        f"{_axes()}{_legend()}"
        f"{''.join(_dot(point, 'cmp-dot') for point in large_first)}"
        f"{''.join(_dot(point, 'cmp-dot cmp-chosen') for point in sorted(compared, key=lambda p: -p.radius))}"
        f"{''.join(_name(point, label) for point, label in zip(compared, names, strict=True))}</svg>"
    )


def _sentence(point: Point) -> str:
    return t(
        "architecture.compare.chart.point",
        net=point.net.title,
        macs=giga(point.macs),
        top1=printed(point.figure.top1, point.figure.source),
        params=million(point.params),
    )


def _axes() -> str:
    across = "".join(
        f'<line class="cmp-grid" x1="{_LEFT:.0f}" y1="{_y(tick):.1f}" x2="{_RIGHT:.0f}" y2="{_y(tick):.1f}"/>'
        f'<text x="{_LEFT - 6:.0f}" y="{_y(tick) + 5:.1f}" text-anchor="end">{tick}</text>'
        for tick in _TOP1_TICKS
    )
    down = "".join(
        f'<line class="cmp-grid" x1="{_x(tick):.1f}" y1="{_BOTTOM:.0f}" x2="{_x(tick):.1f}" y2="{_BOTTOM + 5:.0f}"/>'
        f'<text x="{_x(tick):.1f}" y="{_BOTTOM + 21:.0f}" text-anchor="middle">{tick:g}</text>'
        for tick in _GMACS_TICKS
    )
    return (
        f"{across}{down}"
        f'<line class="cmp-axis" x1="{_LEFT:.0f}" y1="{_BOTTOM:.0f}" x2="{_RIGHT:.0f}" y2="{_BOTTOM:.0f}"/>'
        f'<text x="2" y="16">{escape(t("architecture.compare.chart.y"))}</text>'
        f'<text x="{_RIGHT:.0f}" y="{HEIGHT - 10:.0f}" text-anchor="end">'
        f"{escape(t('architecture.compare.chart.x'))}</text>"
    )


def _legend() -> str:
    """What the area of a circle stands for, in the corner where no net is: much work, low accuracy."""
    parts, x, y = [], _RIGHT - 168, _y(59.5)
    for millions in _LEGEND:
        radius = _RADIUS_OF_MILLION * sqrt(millions)
        text = escape(t("architecture.compare.chart.million", count=millions))
        parts.append(
            f'<circle class="cmp-dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
            f'<text x="{x + radius + 6:.1f}" y="{y + 5:.1f}">{text}</text>'
        )
        x += 82
    title = escape(t("architecture.compare.chart.size"))
    return f'<g><text x="{_RIGHT - 174:.1f}" y="{y - 26:.1f}">{title}</text>{"".join(parts)}</g>'


def _dot(point: Point, kind: str) -> str:
    dashed = " cmp-dashed" if point.figure.note == "newer_recipe" else ""
    return (
        f'<circle class="{kind}{dashed}" data-net="{escape(point.net.name)}" cx="{point.x:.1f}" cy="{point.y:.1f}" '
        f'r="{point.radius:.1f}"><title>{escape(_sentence(point))}</title></circle>'
    )


def _name(point: Point, label: Label) -> str:
    title = escape(point.net.title)
    text = f'<text class="cmp-name" x="{label.x:.1f}" y="{label.y + 5:.1f}" text-anchor="middle">{title}</text>'
    return f"{_leader(point, label)}{text}"


def _leader(point: Point, label: Label) -> str:
    """A thin line from the circle to its name, where the two do not stand side by side."""
    x = min(max(point.x, label.x - label.width / 2), label.x + label.width / 2)
    y = min(max(point.y, label.y - _LINE / 2), label.y + _LINE / 2)
    away = hypot(x - point.x, y - point.y)
    if away - point.radius <= _LINE / 2:
        return ""
    edge = point.radius / away
    return (
        f'<line class="cmp-leader" x1="{point.x + (x - point.x) * edge:.1f}" y1="{point.y + (y - point.y) * edge:.1f}" '
        f'x2="{x:.1f}" y2="{y:.1f}"/>'
    )


# --- Names without collisions ----------------------------------------------------------------------------------------


def labels(named: Sequence[Point]) -> list[Label]:
    """A place for each name where it covers neither another name nor the circle of a named net.

    Places are tried from near to far; a choice that leaves no place for a later name is taken back.
    """
    placed: list[Label] = []

    def place_rest() -> bool:
        if len(placed) == len(named):
            return True
        for label in _places(named[len(placed)]):
            if not any(label.meets(other) for other in placed) and not any(label.covers(point) for point in named):
                placed.append(label)
                if place_rest():
                    return True
                placed.pop()
        return False

    if not place_rest():
        raise AssertionError(f"no room for the names of {[point.net.name for point in named]}")
    return placed


def _places(point: Point) -> Iterator[Label]:
    """Right, left, above and below, then further up and down; always within the chart."""
    width = _LETTER * len(point.net.title) + 6
    aside = point.radius + 5 + width / 2
    steps = [0, *(sign * step for step in range(1, 12) for sign in (-1, 1))]
    for rows, columns in product(steps, (aside, -aside, 0)):
        away = point.radius + 1 + _LINE / 2 if not columns else 0.0
        y = point.y + rows * _LINE + (away if rows > 0 else -away if rows < 0 else 0)
        x = point.x + columns
        if not columns:
            x = min(max(x, _LEFT + width / 2), _RIGHT - width / 2)
        if _LEFT + width / 2 <= x <= _RIGHT - width / 2 and _TOP + _LINE / 2 <= y <= _BOTTOM - _LINE / 2:
            yield Label(x, y, width)


# --- The same figures as a table -------------------------------------------------------------------------------------


def _table(compared: Sequence[Point], others: Sequence[Point]) -> str:
    columns = (
        (t("architecture.compare.column.net"), ""),
        (t("architecture.compare.macs"), "n"),
        (t("architecture.compare.chart.column.params"), "n"),
        (t("architecture.compare.chart.column.top1"), "n"),
        (t("architecture.compare.chart.column.top5"), "n"),
        (t("architecture.compare.chart.column.source"), ""),
    )
    heads = "".join(f'<th scope="col" class="{kind}">{escape(title)}</th>' for title, kind in columns)
    rows = "".join(_table_row(point, point in compared) for point in (*compared, *others))
    title = escape(t("architecture.compare.chart.table"))
    return (
        f'<details class="cmp-figures"><summary>{title}</summary>'
        f'<div class="cmp-frame" tabindex="0" role="region" aria-label="{title}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _table_row(point: Point, is_compared: bool) -> str:
    figure = point.figure
    top5 = "–" if figure.top5 is None else printed(figure.top5, figure.source)
    cells = (giga(point.macs), million(point.params), printed(figure.top1, figure.source), top5)
    numbers = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    strong = ' class="cmp-compared"' if is_compared else ""
    return f'<tr{strong}><th scope="row">{escape(point.net.title)}</th>{numbers}<td>{escape(figure.source)}</td></tr>'
