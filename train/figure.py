"""The figure of a run as people put it into a report: its loss, accuracy and learning rate over its steps.

It shows what the page's live chart shows, with the page's colours, on white. The same run gives the same bytes, and
in an SVG text stays text.
"""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.ticker import FuncFormatter, MaxNLocator

INCHES = (8.0, 6.5)
DPI = 200  # of a PNG, which thus has PNG_SIZE pixels
PNG_SIZE = (1600, 1300)
SPAN = 10  # steps a curve is smoothed over: what the page begins with

INK, SOFT, RULE, EDGE = "#1b1f24", "#4b5560", "#d9dce0", "#868e98"
TRAIN, VALIDATION = "#2457c5", "#a8550a"

#: What matplotlib's own font cannot write (Chinese, Japanese, Korean) is taken from those of these that are installed.
FALLBACKS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Arial Unicode MS", "Noto Sans CJK KR",
    "Malgun Gothic", "Apple SD Gothic Neo",
)  # fmt: skip

_LETTERS = 60  # of a title: there is room for no more
_MARK_ROWS = 3  # names of what happened stand on so many lines, in turn
_EPOCHS = 12  # numbered at most
_STYLE: Any = {  # the type that matplotlib gives such a table differs between its releases
    "text.parse_math": False,  # a set of pictures may be called "$x_1$"
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "resnet-lab",  # else names of parts are random
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": EDGE,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
}
# where words stand: a step and a part of the panel's height, and from there so many points across and up
_PLACED: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
_turn = threading.Lock()  # matplotlib's settings are the whole program's

Values = Sequence[float | None]


def write_figure(chart: Mapping[str, Any], about: Mapping[str, Any], kind: Literal["png", "svg"]) -> bytes:
    """Draw a run.

    Args:
        chart: all that `train.chart.Chart.since` tells of it from its start; it has taken a step.
        about: its `net` and `data` as people call them, and `recipe`, `image_px`, `batch`, `lr` and `seed`.
        kind: PNG of `PNG_SIZE` pixels, or SVG.
    """
    file = io.BytesIO()
    title = _title(about)
    with _turn, rc_context({**_STYLE, "font.family": _fonts()}), _quietly():
        figure = Figure(figsize=INCHES, facecolor="white")
        _draw(figure, chart, title, [_settings(chart, about), _result(chart)])
        figure.savefig(
            file, format=kind, dpi=DPI, metadata={"Title": title, **({"Date": None} if kind == "svg" else {})}
        )
    return file.getvalue()


def _fonts() -> list[str]:
    """Only what is installed: matplotlib complains of each font that is not."""
    installed = set(get_font_names())
    return ["sans-serif", *(name for name in FALLBACKS if name in installed)]


@contextmanager
def _quietly() -> Iterator[None]:
    """Without a word in the log of glyphs and weights that the fonts here lack: an SVG has all text as text."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from")
            yield
    finally:
        log.setLevel(level)


# What is written above the curves


def _title(about: Mapping[str, Any]) -> str:
    data = "drawn cats and dogs" if about["data"] == "drawn" else about["data"]
    room = max(12, _LETTERS - len(about["net"]))
    return f"{about['net']} on {data if len(data) <= room else data[: room - 1] + '…'}"


def _settings(chart: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    started = _started(chart)
    return (
        f"Recipe {about['recipe']}: {started['epochs']:,} epochs of {started['train_pictures']:,} pictures, "
        f"{about['image_px']} px, batches of {about['batch']:,}, learning rate up to {about['lr']:g}, "
        f"seed {about['seed']}"
    )


def _result(chart: Mapping[str, Any]) -> str:
    """How far it came, and what the newest epoch says, to the last picture."""
    started, epochs = _started(chart), _events(chart, "epoch")
    reached = f"Step {chart['steps']['last']:,} of {started['steps']:,}"
    if not epochs:
        return f"{reached}, before the end of its first epoch"
    last, pictures = epochs[-1], started["val_pictures"]
    accuracy, loss = last["val_accuracy"], last["val_loss"]
    right = "" if accuracy is None else f"{100 * accuracy:.1f} % ({round(accuracy * pictures):,} of {pictures:,})"
    return (
        f"{reached}; after epoch {last['epoch'] + 1:,} validation accuracy {right or 'unknown'}, "
        f"loss {'not a number' if loss is None else format(loss, '.3f')}"
    )


def _events(chart: Mapping[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [event for event in chart["events"] if event["kind"] in kinds]


def _started(chart: Mapping[str, Any]) -> dict[str, Any]:
    return _events(chart, "started")[-1]


# The curves


def _draw(figure: Figure, chart: Mapping[str, Any], title: str, lines: Sequence[str]) -> None:
    figure.text(0.09, 0.968, title, size=13, weight="bold", va="top")
    for number, line in enumerate(lines):
        figure.text(0.09, 0.926 - 0.027 * number, line, color=SOFT, size=8.5, va="top")
    loss, accuracy, rate = figure.subplots(
        3, sharex=True, height_ratios=(5, 5, 1), gridspec_kw={"left": 0.09, "right": 0.97, "bottom": 0.07, "top": 0.79}
    )
    for name, panel in (("loss", loss), ("accuracy", accuracy)):
        _curves(panel, chart, name)
        panel.spines[["top", "right"]].set_visible(False)
    classes = len(_started(chart)["classes"])
    accuracy.axhline(1 / classes, color=EDGE, linewidth=1.2, linestyle=(0, (1, 2)), label="chance")
    for panel in (loss, accuracy):
        panel.yaxis.set_label_coords(-0.062, 0.5)
    loss.set(ylim=(0, _highest_loss(chart)), ylabel="loss (cross-entropy, nats)")
    accuracy.set(ylim=(_lowest_accuracy(chart, classes), 1.005), ylabel="accuracy")
    accuracy.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    _rate(rate, chart)
    last = chart["steps"]["last"]
    rate.set(xlim=(0, max([last, *(step for step, _ in _happenings(chart))])))
    rate.xaxis.set_major_locator(MaxNLocator(9, integer=True, steps=[1, 2, 5, 10]))
    rate.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    _epochs((loss, accuracy, rate), _started(chart)["steps_per_epoch"], last)
    _mark((loss, accuracy, rate), chart)
    handles, labels = accuracy.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0.083, 0.874), ncols=len(handles), frameon=False,
        fontsize=8.5, borderpad=0, handlelength=3.4, columnspacing=1.6,
    )  # fmt: skip


def _curves(panel: Axes, chart: Mapping[str, Any], name: str) -> None:
    """Training, each step or each bucket of steps, and over it its running mean; validation at the ends of epochs."""
    steps = chart["steps"]
    places, width = _places(steps), steps["width"]
    if width > 1:
        low, high = (_gaps(steps[f"{name}_{end}"]) for end in ("low", "high"))
        label = f"training, lowest to highest of {width} steps"
        panel.fill_between(places, low, high, step="mid", color=TRAIN, alpha=0.3, linewidth=0, label=label)
    else:
        panel.plot(places, _gaps(steps[name]), color=TRAIN, alpha=0.45, linewidth=0.7, label="training, each step")
    mean = "their mean" if width > 1 else f"smoothed over {SPAN} steps"
    alone = "o" if len(places) == 1 else None  # a line needs two
    panel.plot(places, _gaps(smoothed(steps[name], width)), marker=alone, color=TRAIN, linewidth=1.8, label=mean)
    epochs = _events(chart, "epoch")
    panel.plot(
        [epoch["step"] for epoch in epochs], _gaps([epoch[f"val_{name}"] for epoch in epochs]), color=VALIDATION,
        linewidth=1.8, linestyle=(0, (4, 2)), marker="o", markersize=5 if len(epochs) <= 60 else 2,
        markerfacecolor="white", markeredgewidth=1.4, clip_on=len(epochs) > 60, zorder=3, label="validation",
    )  # fmt: skip


def smoothed(values: Values, width: int) -> list[float | None]:
    """A running mean over about `SPAN` steps, fair to its first values; each value is the mean of `width` steps."""
    keep = (1 - 1 / SPAN) ** width
    mean = weight = 0.0
    means: list[float | None] = []
    for value in values:
        if value is None:
            means.append(None)
            continue
        mean, weight = keep * mean + (1 - keep) * value, keep * weight + (1 - keep)
        means.append(mean / weight)
    return means


def _rate(panel: Axes, chart: Mapping[str, Any]) -> None:
    steps = chart["steps"]
    highest = max(_known(steps["lr"]), default=0.0) or 1.0
    panel.plot(_places(steps), _gaps(steps["lr"]), color=TRAIN, linewidth=1.4)
    panel.set(ylim=(0, 1.15 * highest), xlabel="step")
    panel.set_yticks([0, highest], ["0", f"{highest:.3g}"])
    panel.annotate("learning rate", (0, 1), (0, 3), color=SOFT, size=8, **_PLACED)
    panel.spines[["top", "right"]].set_visible(False)


def _epochs(panels: Sequence[Axes], per_epoch: int, last: int) -> None:
    """A line where an epoch ends, for as many epochs as can be numbered."""
    ticks = MaxNLocator(_EPOCHS, integer=True).tick_values(0, max(1.0, last / per_epoch))
    panels[0].annotate("epoch", (0, 1), (-6, 3), ha="right", color=SOFT, size=8, **_PLACED)
    for number in (int(tick) for tick in ticks if 0 < tick <= last / per_epoch):
        panels[0].annotate(f"{number:,}", (number * per_epoch, 1), (0, 3), ha="center", color=SOFT, size=8, **_PLACED)
        for panel in panels:
            panel.axvline(number * per_epoch, color=RULE, linewidth=0.8, zorder=0)


def _mark(panels: Sequence[Axes], chart: Mapping[str, Any]) -> None:
    """Lines where something happened; the upper panel names them, each on the side that has room."""
    end = panels[0].get_xlim()[1]
    for number, (step, label) in enumerate(_happenings(chart)):
        for panel in panels:
            panel.axvline(step, color=VALIDATION, linewidth=1.2)
        on_left = step > 0.7 * end
        panels[0].annotate(
            label, (step, 1), (-4 if on_left else 4, -3 - 11 * (number % _MARK_ROWS)), color=VALIDATION, size=8,
            ha="right" if on_left else "left", va="top", **_PLACED,
        )  # fmt: skip


def _happenings(chart: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """What happened to the run, each with its step."""
    for event in _events(chart, "learning_rate", "resumed", "diverged"):
        changed = event["kind"] == "learning_rate"
        label = f"learning rate {event['before']:.3g} → {event['lr']:.3g}" if changed else event["kind"]
        yield event["step"], label


# Where curves lie


def _places(steps: Mapping[str, Any]) -> list[float]:
    """The step, or the middle of the steps, that each value stands for."""
    width, last = steps["width"], steps["last"]
    return [begin + (min(width, last - begin) + 1) / 2 for begin in range(0, last, width)]


def _highest_loss(chart: Mapping[str, Any]) -> float:
    """Above all that matters: one wild step must not flatten the rest."""
    steps = chart["steps"]
    raw = sorted(_known(steps.get("loss_high", steps["loss"])))
    seen = [raw[int(0.98 * (len(raw) - 1))]] if raw else []
    seen += _known(smoothed(steps["loss"], steps["width"]))
    seen += _known([epoch["val_loss"] for epoch in _events(chart, "epoch")])
    return 1.05 * max([1e-3, *seen])


def _lowest_accuracy(chart: Mapping[str, Any], classes: int) -> float:
    """The tenth below chance, or below what is seen."""
    steps = chart["steps"]
    raw = sorted(_known(steps.get("accuracy_low", steps["accuracy"])))
    seen = [1 / classes, *raw[len(raw) // 20 :][:1], *_known([e["val_accuracy"] for e in _events(chart, "epoch")])]
    return max(0.0, int(10 * min(seen) - 0.5) / 10)


def _known(values: Values) -> list[float]:
    return [value for value in values if value is not None]


def _gaps(values: Values) -> list[float]:
    """Where a line breaks, as matplotlib takes it."""
    return [float("nan") if value is None else value for value in values]
