"""What there is to say about one part of a network, as plain numbers and formulas: the page makes sentences of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resnet.branches import Branches, branches
from resnet.derivations import (
    Derivation,
    Formula,
    derive,
    intensity_of,
    macs_of,
    madd_of,
    params_of,
    read_of,
    total,
    written_of,
)
from resnet.outline import Part
from resnet.receptive_field import Field, receptive_fields
from resnet.sizes import Axis, sides_of, size_of
from resnet.source import Source, functions_of, source_of
from resnet.summary import Call, Summary
from resnet.windows import Slide


@dataclass(frozen=True, slots=True)
class Work:
    """How one call's figures come about.

    Args:
        sides: of its output, where a window makes them.
        size: of its output, where something else does.
    """

    sides: Mapping[Axis, Slide]
    size: Derivation
    params: Derivation
    macs: Derivation
    madd: Derivation
    read: Derivation
    written: Derivation
    intensity: Derivation


@dataclass(frozen=True, slots=True)
class Division:
    """A block: its branches, and how its parameters and MACs divide among them, in their order."""

    branches: Branches
    params: Derivation
    macs: Derivation


@dataclass(frozen=True, slots=True)
class Share:
    """A stage: its blocks and its share of the network, in per cent; None where the network has nothing to share."""

    blocks: int
    params: Formula | None
    macs: Formula | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A part explained. `about` depends on its level: a call's `Work`, a block's `Division`, a stage's `Share`.

    Args:
        field: the receptive field of one value of its output; None if it is not known.
        sources: a call's own function, or all that a block's calls are made in; none for a stage or where code is
            missing.
    """

    part: Part
    about: Work | Division | Share
    field: Field | None
    sources: tuple[Source, ...]


def explain(summary: Summary, part: Part) -> Explanation:
    """Explain a part of `outline(summary)`."""
    about: Work | Division | Share
    sources: tuple[Source, ...] = ()
    if part.level == "call":
        call = part.calls[0]
        about = _work(summary, call)
        own = source_of(call.code)
        sources = (own,) if own else ()
    elif part.level == "block":
        about = _division(part)
        sources = functions_of(call.code for call in part.calls)
    else:
        about = _share(summary, part)
    return Explanation(part, about, receptive_fields(summary)[part.start + len(part.calls) - 1], sources)


def _work(summary: Summary, call: Call) -> Work:
    return Work(
        sides=sides_of(call),
        size=size_of(call),
        params=params_of(summary, call),
        macs=macs_of(call),
        madd=madd_of(call),
        read=read_of(call),
        written=written_of(call),
        intensity=intensity_of(call.macs, call.read_bytes, call.write_bytes),
    )


def _division(block: Part) -> Division:
    found = branches(block)
    of_block = block.totals
    return Division(
        found,
        params=_divided([branch.totals.params for branch in found.each], of_block.params),
        macs=_divided([branch.totals.macs for branch in found.each], None if of_block.unknown else of_block.macs),
    )


def _divided(terms: Sequence[int], whole: int | None) -> Derivation:
    """The sum over the branches that have a part in it; the bare figure where that is only one."""
    parts = [term for term in terms if term]
    return derive("branches", whole, total(*parts)) if len(parts) > 1 else derive("figure", whole, total(*terms))


def _share(summary: Summary, stage: Part) -> Share:
    own, whole = stage.totals, summary.totals
    return Share(
        blocks=sum(part.level == "block" for part in stage.parts),
        params=_percent(own.params, whole.params),
        macs=None if whole.unknown else _percent(own.macs, whole.macs),
    )


def _percent(own: int, whole: int) -> Formula | None:
    return Formula(f"100 · {own:,} / {whole:,}", 100 * own / whole) if whole else None
