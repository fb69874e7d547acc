"""What a net costs on a machine: its memory as HTML, and a sentence on how its times were measured. No Gradio here."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from resnet.memory import DTYPES, MAX_BATCH, OPTIMIZERS, Memory
from resnet.timing import Timing
from ui.numbers import count, decimal, megabytes, shape
from ui.text import t

_OPTIMIZERS = {
    "sgd": "architecture.memory.optimizer.sgd",
    "momentum": "architecture.memory.optimizer.momentum",
    "adam": "architecture.memory.optimizer.adam",
}


class _Part(NamedTuple):
    kind: str  # its colour: one of the classes `cost-weights`, ... of cost.css
    name: str
    size: int  # bytes
    meaning: str  # empty where it was said before


def memory_view(memory: Memory, batch: int, dtype: str, optimizer: str) -> str:
    """A panel with two bars on one scale, what training takes and what answering takes, and the meaning of each part.

    Args:
        memory: what `resnet.memory.memory_of` says for the other three.
        batch: pictures at once.
        dtype: a key of `resnet.memory.DTYPES`.
        optimizer: a key of `resnet.memory.OPTIMIZERS`.
    """
    basis = t("architecture.memory.basis", batch=count(batch), dtype=dtype)
    scale = max(memory.training, memory.inference)
    means = t("architecture.memory.weights.and_norms" if memory.buffers else "architecture.memory.weights.means")
    weights = _Part("weights", t("architecture.memory.weights"), memory.weights + memory.buffers, means)
    training = _group(t("architecture.memory.training"), _training(memory, weights, optimizer), scale)
    inference = _group(t("architecture.memory.inference"), (weights._replace(meaning=""), _peak(memory)), scale)
    notes = [t("architecture.memory.sum"), t("architecture.memory.scratch"), t("architecture.memory.unit")]
    if memory.unknown:
        notes.append(t("architecture.partial", operations=", ".join(memory.unknown)))
    return (
        f'<div class="cost-memory" role="status" aria-label="{escape(basis)}">'
        f"{training}{inference}<p>{escape(' '.join(notes))}</p></div>"
    )


def memory_form(batch: int, dtype: str, optimizer: str) -> str:
    """The panel's heading, what one can choose there, and a place for refusals; the page's script sends it by name."""
    title = escape(t("architecture.memory.title"))
    fields = (
        _field(
            t("architecture.memory.batch"),
            f'<input name="batch" type="number" min="1" max="{MAX_BATCH}" value="{batch}">',
        ),
        _field(t("architecture.memory.dtype"), _select("dtype", {name: name for name in DTYPES}, dtype)),
        _field(
            t("architecture.memory.optimizer"),
            _select("optimizer", {name: t(f"architecture.memory.choose.{name}") for name in OPTIMIZERS}, optimizer),
        ),
    )
    return (
        f'<form class="cost-form" data-form="memory"><h3>{title}</h3><div>{"".join(fields)}</div>'
        '<p class="cost-said" role="status"></p></form>'
    )


def _field(label: str, control: str) -> str:
    return f"<label><span>{escape(label)}</span>{control}</label>"


def _select(name: str, choices: Mapping[str, str], chosen: str) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in choices.items()
    )
    return f'<select name="{name}">{options}</select>'


def timing_note(timing: Timing) -> str:
    """One sentence, as plain text: what was measured, on what, and what the whole pass took."""
    threads, runs = timing.threads, timing.runs
    return t(
        "architecture.time.measured",
        runs=t("architecture.time.run") if runs == 1 else t("architecture.time.runs", count=runs),
        processor=timing.processor,
        threads=t("architecture.time.thread") if threads == 1 else t("architecture.time.threads", count=threads),
        torch=timing.torch_version.partition("+")[0],  # without the build's tag
        shape=shape(timing.input_shape),
        whole=decimal(timing.forward_milliseconds, 1),
        sum=decimal(timing.calls_milliseconds, 1),
    )


def _training(memory: Memory, weights: _Part, optimizer: str) -> tuple[_Part, ...]:
    return (
        weights,
        _Part(
            "activations",
            t("architecture.memory.activations"),
            memory.activations,
            t("architecture.memory.activations.means"),
        ),
        _Part(
            "gradients", t("architecture.memory.gradients"), memory.gradients, t("architecture.memory.gradients.means")
        ),
        _Part("optimizer", t("architecture.memory.optimizer"), memory.optimizer, t(_OPTIMIZERS[optimizer])),
    )


def _peak(memory: Memory) -> _Part:
    return _Part(
        "activations", t("architecture.memory.peak"), memory.inference_peak, t("architecture.memory.peak.means")
    )


def _group(name: str, parts: tuple[_Part, ...], scale: int) -> str:
    """A heading with the sum, the bar, and a line for each part."""
    total = _size(sum(part.size for part in parts))
    said = t(
        "architecture.memory.bar",
        name=name,
        total=total,
        parts=", ".join(f"{part.name} {_size(part.size)}" for part in parts),
    )
    pieces = "".join(
        f'<span class="cost-{part.kind}" style="width: {100 * part.size / scale:.3f}%"></span>' for part in parts
    )
    lines = "".join(map(_line, parts))
    return (
        f'<h4>{escape(name)} <b class="cost-size">{total}</b></h4>'
        f'<div class="cost-bar" role="img" aria-label="{escape(said)}">{pieces}</div><dl>{lines}</dl>'
    )


def _line(part: _Part) -> str:
    meaning = f'<dd class="cost-means">{escape(part.meaning)}</dd>' if part.meaning else ""
    return (
        f'<div><dt class="cost-{part.kind}">{escape(part.name)}</dt>'
        f'<dd class="cost-size">{_size(part.size)}</dd>{meaning}</div>'
    )


def _size(size: int) -> str:
    return t("architecture.memory.size", megabytes=megabytes(size))
