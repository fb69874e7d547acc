"""Blocks put together from choices: each combination of `resnet.blocks`' variants is one class, or refused."""

from __future__ import annotations

from itertools import product
from typing import Literal, cast, get_args

from torch import nn

from resnet.blocks import (
    BasicBlock,
    Block,
    Bottleneck,
    Padded,
    PaperStride,
    Plain,
    PreActBasicBlock,
    PreActBottleneck,
    ReluBeforeAdd,
)
from resnet.errors import UserError

Kind = Literal["basic", "bottleneck"]
Shortcut = Literal["projection", "padded", "none"]
Order = Literal["after", "before", "preactivation"]  # where ReLU stands; "before" the addition too, as well as after it
Stride = Literal["3x3", "1x1"]  # the convolution of a bottleneck that shrinks the map

_KINDS: dict[tuple[Kind, bool], type[Block]] = {
    ("basic", False): BasicBlock,
    ("basic", True): PreActBasicBlock,
    ("bottleneck", False): Bottleneck,
    ("bottleneck", True): PreActBottleneck,
}
_CHANGES: dict[str, type[nn.Module]] = {"padded": Padded, "none": Plain, "before": ReluBeforeAdd, "1x1": PaperStride}


def _composed(kind: Kind, shortcut: Shortcut, order: Order, stride: Stride) -> type[Block]:
    whole = _KINDS[kind, order == "preactivation"]
    changes = [_CHANGES[choice] for choice in (shortcut, order, stride) if choice in _CHANGES]
    if not changes:
        return whole
    name = "".join(change.__name__ for change in changes) + whole.__name__
    return cast("type[Block]", type(name, (*changes, whole), {"__module__": __name__}))


def _refusal(kind: Kind, shortcut: Shortcut, order: Order, stride: Stride) -> UserError | None:
    """Why two choices exclude each other; None where they do not."""
    if kind == "basic" and stride == "1x1":
        cure = 'Choose bottleneck blocks, or the stride "3x3"'
        return UserError("Basic blocks have no 1x1 convolution to take the stride", where="stride", cure=cure)
    if shortcut == "none" and order == "before":
        what = "Without shortcuts there is no addition for a ReLU to stand before"
        return UserError(what, where="order", cure='Choose the order "after", or shortcuts')
    return None


_CHOICES = {
    "kind": get_args(Kind),
    "shortcut": get_args(Shortcut),
    "order": get_args(Order),
    "stride": get_args(Stride),
}
_COMPOSED: dict[tuple[str, ...], type[Block]] = {
    choices: _composed(*choices) for choices in product(*_CHOICES.values()) if _refusal(*choices) is None
}
globals().update({block.__name__: block for block in _COMPOSED.values()})  # pickle finds a class by its name


def compose(
    kind: Kind, *, shortcut: Shortcut = "projection", order: Order = "after", stride: Stride = "3x3"
) -> type[Block]:
    """The block class that is all this at once, the same one each time.

    Raises:
        UserError: there is none: a basic block has no 1x1 to stride in, and without addition no ReLU stands before it.
    """
    choices = (kind, shortcut, order, stride)
    for (name, possible), choice in zip(_CHOICES.items(), choices, strict=True):
        if choice not in possible:
            raise UserError(
                f"There is no {name} {choice!r:.60}", where=name, cure=f"Choose one of {', '.join(possible)}"
            )
    if refusal := _refusal(*choices):
        raise refusal
    return _COMPOSED[choices]
