"""The ways a signal can take from the picture to the answer.

#: A block with a shortcut offers two ways, through its convolutions or past them, so n blocks offer 2^n. Veit et al.
#: 2016 (arXiv 1605.06431) read a residual network as the collection of all of them: most are far shorter than the net
#: is deep.
"""

from __future__ import annotations

from dataclasses import dataclass

from resnet.summary import Call, Summary

_WITH_WEIGHTS = ("conv2d", "linear")


@dataclass(frozen=True, slots=True)
class Ways:
    """How many ways lead from the picture to the last output, and how many layers with weights they pass.

    Norms are not counted among the layers, as is usual: ResNet-34 has 34.
    """

    number: int
    shortest: int
    longest: int


def ways(summary: Summary) -> Ways:
    """Count over the graph of calls; an addition or concatenation joins the ways of its inputs."""
    found: list[Ways] = []
    for call in summary.rows:
        found.append(_through(call, [found[i] if i >= 0 else Ways(1, 0, 0) for i in call.inputs]))
    return found[-1]


def _through(call: Call, before: list[Ways]) -> Ways:
    own = int(call.type in _WITH_WEIGHTS)
    return Ways(
        number=sum(way.number for way in before),
        shortest=own + min(way.shortest for way in before),
        longest=own + max(way.longest for way in before),
    )
