"""Why does the paper say 3.8? ResNet-50, -101 and -152: the paper's count against ours, call by call.

Three things are mixed up in the figures that people quote for one net. The paper has the stride of a stage's first
block in its first 1x1 convolution (v1), torchvision in the 3x3 after it (v1.5), where that 1x1 still works on the
larger map. The paper's "FLOPs" are multiply-adds, which are two operations each to PyTorch's FlopCounterMode. And
every count is of one input size and one number of classes. All of it is counted here from the two nets themselves.

At 3x224x224 and 1000 classes, in multiply-adds (checked in the tests):
            paper prints        v1, exact       v1.5, exact
    50       3.8 x 10^9     3,857,973,248     4,089,184,256
    101      7.6 x 10^9     7,570,194,432     7,801,405,440
    152     11.3 x 10^9    11,282,415,616    11,513,626,624
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resnet.catalogue import CATALOGUE, Net
from resnet.inputs import Shape
from resnet.published import PAPER_GMACS
from resnet.summary import Call, summarize

STANDARD_SHAPE, STANDARD_CLASSES = (3, 224, 224), 1000  # what the paper counts at

What = Literal["classes", "channels", "size"]

_DEPTHS = {f"resnet{depth}{variant}": depth for depth in (50, 101, 152) for variant in ("", "_v1")}


@dataclass(frozen=True, slots=True)
class MovedCall:
    """A convolution that works on a larger map in v1.5 than in v1."""

    name: str
    v1_output: Shape
    v15_output: Shape
    v1_macs: int
    v15_macs: int

    @property
    def difference(self) -> int:
        """Multiply-adds that v1.5 does here and v1 does not."""
        return self.v15_macs - self.v1_macs


@dataclass(frozen=True, slots=True)
class Step:
    """What changing one thing from the standard setting to the one at hand does to the net's multiply-adds."""

    what: What
    macs: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The figures of one depth, in multiply-adds (MACs).

    Args:
        depth: 50, 101 or 152.
        is_v1: the net asked about has the paper's stride.
        paper_gmacs: what table 1 of the paper prints as "FLOPs", in billions of multiply-adds.
        v1_macs, v15_macs: exact counts at `STANDARD_SHAPE` and `STANDARD_CLASSES`.
        moved: the calls that differ; their differences add up to v15_macs - v1_macs.
        here_macs: the net asked about at its input and classes.
        steps: how `here_macs` comes from the standard setting, one change after another; empty there. They add up.
    """

    depth: int
    is_v1: bool
    paper_gmacs: float
    v1_macs: int
    v15_macs: int
    moved: tuple[MovedCall, ...]
    here_macs: int
    steps: tuple[Step, ...]

    @property
    def standard_macs(self) -> int:
        """The net asked about, at the standard setting."""
        return self.v1_macs if self.is_v1 else self.v15_macs

    @property
    def rounds_as_printed(self) -> bool:
        """Whether the exact v1 count, rounded to one decimal, is what the paper prints. For 50 it is not."""
        return round(self.v1_macs / 1e9, 1) == self.paper_gmacs


def reconcile(net: Net, input_shape: Sequence[int], num_classes: int) -> Reconciliation | None:
    """How the paper's figure, ours and the one at hand come to differ; None for nets the paper's 3.8 is not about.

    Args:
        net: a row of the catalogue, or a net of one's own (for which there is nothing to reconcile).
        input_shape: channels, height, width.
        num_classes: outputs of the head.

    Raises:
        UserError: the net does not take this input or this number of classes.
    """
    depth = _DEPTHS.get(net.name)
    if depth is None or CATALOGUE[net.name] != net:
        return None
    v1, v15 = (summarize(name, STANDARD_SHAPE, num_classes=STANDARD_CLASSES) for name in _names(depth))
    here_macs, steps = _steps(net, net.check_input(input_shape), num_classes)
    return Reconciliation(
        depth=depth,
        is_v1=net.name == _names(depth)[0],
        paper_gmacs=PAPER_GMACS[depth],
        v1_macs=v1.totals.macs,
        v15_macs=v15.totals.macs,
        moved=tuple(_moved(old, new) for old, new in zip(v1.rows, v15.rows, strict=True) if old.macs != new.macs),
        here_macs=here_macs,
        steps=steps,
    )


def _names(depth: int) -> tuple[str, str]:
    return f"resnet{depth}_v1", f"resnet{depth}"


def _moved(v1: Call, v15: Call) -> MovedCall:
    assert v1.name == v15.name
    assert v1.macs is not None
    assert v15.macs is not None
    return MovedCall(v1.name, v1.output_shape, v15.output_shape, v1.macs, v15.macs)


def _steps(net: Net, shape: tuple[int, int, int], classes: int) -> tuple[int, tuple[Step, ...]]:
    """From the standard setting to this one: first the classes, then the channels, then the size of the picture."""
    settings: tuple[tuple[What, tuple[int, int, int], int], ...] = (
        ("classes", STANDARD_SHAPE, classes),
        ("channels", (shape[0], *STANDARD_SHAPE[1:]), classes),
        ("size", shape, classes),
    )
    macs = summarize(net, STANDARD_SHAPE, num_classes=STANDARD_CLASSES).totals.macs
    steps = []
    for what, at, outputs in settings:
        before, macs = macs, summarize(net, at, num_classes=outputs).totals.macs
        steps.append(Step(what, macs - before))
    return macs, tuple(step for step in steps if step.macs)
