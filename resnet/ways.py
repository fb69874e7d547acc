"""The ways a signal can take from the picture to the answer.

#: A block with a shortcut offers two ways, through its convolutions or past them, so n blocks offer 2^n. Veit et al.
#: 2016 (arXiv 1605.06431) read a residual network as the collection of all of them: most are far shorter than the net
#: is deep.
"""

from __future__ import annotations

from dataclasses import dataclass

from resnet.operations import WEIGHT_LAYERS
from resnet.summary import Call, Summary


@dataclass(frozen=True, slots=True)
class Ways:
    """How many ways lead from the picture to the last output, and how many layers with weights they pass.

    Norms are not counted among the layers, as is usual: ResNet-34 has 34.
    """

    number: int
    shortest: int
    longest: int


def ways(summary: Summary) -> Ways:
    """Count over the graph of calls; an addition or concatenation joins the ways of its inputs.

    What is made of nothing, such as the zeros a net pads with, adds no way.
    """
    found: list[Ways] = []
    for call in summary.rows:
        before = [found[i] if i >= 0 else _PICTURE for i in call.inputs]
        found.append(_through(call, [ways for ways in before if ways.number]))
    return found[-1] if found else _PICTURE


_PICTURE = Ways(1, 0, 0)
_NONE = Ways(0, 0, 0)


def _through(call: Call, before: list[Ways]) -> Ways:
    if not before:
        return _NONE
    own = int(call.type in WEIGHT_LAYERS)
    return Ways(
        number=sum(way.number for way in before),
        shortest=own + min(way.shortest for way in before),
        longest=own + max(way.longest for way in before),
    )
