"""Build your own residual net: ten choices that fit each other, and the forms they travel in.

>>> import resnet
>>> design = resnet.design.Design(block="bottleneck", layers=(3, 4, 6, 3))
>>> resnet.summary.summarize(design.net()).totals.params
25557032

A `Design` that exists can be built: what does not fit together is refused when it is made, in a sentence that says what
to change. Whether a picture is large enough, only its size can say: that comes from `Net.check_input` and `forward`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import gcd
from types import MappingProxyType
from typing import Any, get_args

from torch import nn

from resnet.blocks import Block
from resnet.catalogue import Net, check_classes
from resnet.composing import Kind, Order, Shortcut, Stride, compose
from resnet.errors import UserError
from resnet.network import HEADS, STEMS, HeadName, ResNet, StemName, halvings, smallest_side

# Beyond any published residual net of this plan but the 1000-layer ones, and small enough to be shown at once.
MAX_STAGES = 5  # one more than the paper's; each halves the map again
MAX_DEPTH = 100  # blocks of one stage; the most in the paper are 36, in ResNet-152
MAX_BLOCKS = 300  # of all stages together
MAX_WIDTH = 1024
MAX_GROUPS = 1024
MAX_WIDTH_PER_GROUP = 1024

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "block": get_args(Kind),
        "shortcut": get_args(Shortcut),
        "stem": tuple(STEMS),
        "order": get_args(Order),
        "stride": get_args(Stride),
        "head": HEADS,
    }
)
_RANGES = {"width": MAX_WIDTH, "groups": MAX_GROUPS, "width_per_group": MAX_WIDTH_PER_GROUP}
_BLOCKS_OF_64 = 64  # width_per_group is given for blocks of so many planes (torchvision's convention)


@dataclass(frozen=True, slots=True)
class Design:
    """What a residual net is made of. The defaults are ResNet-18.

    Raises:
        UserError: a value out of range, or two that exclude each other; `where` is the field.
    """

    block: Kind = "basic"  # two 3x3 convolutions, or a 3x3 between two 1x1 (He 2015, figure 5)
    layers: tuple[int, ...] = (2, 2, 2, 2)  # blocks of each stage
    width: int = 64  # channels of the first stage; each later stage doubles them
    shortcut: Shortcut = "projection"  # where x has to change its shape: 1x1 convolution, zeros; or none anywhere
    groups: int = 1  # so many separate 3x3 convolutions side by side (ResNeXt)
    width_per_group: int = 64  # channels of each, in the first stage of a net of width 64
    stem: StemName = "7x7"  # what the picture meets first, a key of `resnet.network.STEMS`
    order: Order = "after"  # ReLU after the addition; "before" as well (He 2016, figure 4c); norm and ReLU first (4e)
    stride: Stride = "3x3"  # the convolution of a bottleneck that halves the map; the paper has it in the first 1x1
    head: HeadName = "pool"  # average of the last map, or the map itself, which then has to be 1x1

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _checked_layers(self.layers))
        for name in CHOICES:
            _check_choice(name, getattr(self, name))
        for name, most in _RANGES.items():
            _check_range(name, getattr(self, name), most)
        _check_together(self)

    @property
    def title(self) -> str:
        """ "Your net: 3-4-6-3 bottlenecks, width 64"."""
        kind = "bottlenecks" if self.block == "bottleneck" else "basic blocks"
        shortcuts = {"projection": "", "padded": ", padded shortcuts", "none": ", no shortcuts"}[self.shortcut]
        return f"Your net: {'-'.join(map(str, self.layers))} {kind}, width {self.width}{shortcuts}"

    def net(self) -> Net:
        """This design as a row like those of the catalogue. Equal designs give equal rows."""
        stages = len(self.layers)
        side = STEMS[self.stem].side if self.head == "pool" else 2 ** halvings(self.stem, stages)
        arguments = {
            "block": _block(self),
            **{name: getattr(self, name) for name in ("layers", "groups", "width_per_group", "width", "stem", "head")},
        }
        return Net(
            name="custom",
            title=self.title,
            group="custom",
            source="your own design",
            factory=ResNet,
            arguments=MappingProxyType(arguments),
            input_shape=(3, side, side),
            min_side=smallest_side(self.stem, stages),
        )

    def build(self, num_classes: int = 1000, in_channels: int = 3) -> nn.Module:
        """The network with freshly drawn weights, on PyTorch's current default device."""
        return self.net().build(num_classes=num_classes, in_channels=in_channels)


# --- What fits -------------------------------------------------------------------------------------------------------


def _checked_layers(layers: object) -> tuple[int, ...]:
    example = "Give the blocks of each stage, such as 3,4,6,3"
    if not isinstance(layers, Sequence) or isinstance(layers, str | bytes):
        raise UserError(f"{layers!r:.60} is no list of numbers", where="layers", cure=example)
    if not 1 <= len(layers) <= MAX_STAGES:
        cure = f"Give 1 to {MAX_STAGES} numbers, one for each stage"
        raise UserError(f"A net of {len(layers)} stages is not possible here", where="layers", cure=cure)
    for stage, depth in enumerate(layers, start=1):
        if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= MAX_DEPTH:
            cure = f"Give each stage 1 to {MAX_DEPTH}"
            if depth == 0:
                cure += ", or leave the stage out"
            raise UserError(f"Stage {stage} cannot have {depth!r:.60} blocks", where="layers", cure=cure)
    if sum(layers) > MAX_BLOCKS:
        cure = f"Keep their sum within {MAX_BLOCKS}"
        raise UserError(f"{sum(layers)} blocks are too many to show", where="layers", cure=cure)
    return tuple(layers)


def _check_choice(name: str, value: object) -> None:
    if not isinstance(value, str) or value not in CHOICES[name]:
        cure = f"Choose one of {', '.join(CHOICES[name])}"
        raise UserError(f"There is no {name} {value!r:.60}", where=name, cure=cure)


def _check_range(name: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise UserError(f"{value!r:.60} is not possible", where=name, cure=f"Give a whole number from 1 to {most}")


def _block(design: Design) -> type[Block]:
    return compose(design.block, shortcut=design.shortcut, order=design.order, stride=design.stride)


def _check_together(design: Design) -> None:
    _block(design)
    if design.block == "basic":
        _check_basic(design)
    elif design.width * design.width_per_group % _BLOCKS_OF_64:
        channels = design.width * design.width_per_group / _BLOCKS_OF_64
        width, width_per_group = (
            _BLOCKS_OF_64 // gcd(_BLOCKS_OF_64, other) for other in (design.width_per_group, design.width)
        )
        raise UserError(
            f"A group would have {design.width} × {design.width_per_group} / {_BLOCKS_OF_64} = {channels:g} channels, "
            "which is no whole number",
            where="width_per_group",
            cure=f"Choose a multiple of {width_per_group}, or a width that is a multiple of {width}",
        )


def _check_basic(design: Design) -> None:
    """Two 3x3 convolutions leave nothing to choose between them."""
    for name, only in (("groups", 1), ("width_per_group", _BLOCKS_OF_64)):
        if getattr(design, name) != only:
            raise UserError(
                "Basic blocks have no inner convolution that could be split into groups",
                where=name,
                cure=f"Choose bottleneck blocks, or set it to {only}",
            )


# --- The forms it travels in -----------------------------------------------------------------------------------------

#: The parameters of an address, and the field that each sets.
QUERY_FIELDS: Mapping[str, str] = MappingProxyType(
    {"group_width" if field.name == "width_per_group" else field.name: field.name for field in fields(Design)}
)
PREFIX = "design:"  # of a design among names of the catalogue
_MAX_QUERY = 40  # characters of one value; the longest that means anything, five stages of three digits, has 19
_NUMBER = re.compile("[0-9]{1,6}")


def _differences(design: Design) -> dict[str, Any]:
    """The fields that are not as in ResNet-18."""
    usual = Design()
    named = {field.name: getattr(design, field.name) for field in fields(Design)}
    return {name: value for name, value in named.items() if value != getattr(usual, name)}


def as_query(design: Design) -> dict[str, str]:
    """The parameters of an address that `from_query` reads back; what is as in ResNet-18 is left out."""
    changed = _differences(design)
    return {
        parameter: ",".join(map(str, changed[name])) if name == "layers" else str(changed[name])
        for parameter, name in QUERY_FIELDS.items()
        if name in changed
    }


def from_query(query: Mapping[str, str]) -> Design:
    """The design that an address describes. Parameters that are none of `QUERY_FIELDS` belong to others.

    Raises:
        UserError: a value that makes no sense; `where` is its parameter or field.
    """
    given: dict[str, Any] = {}
    for parameter, name in QUERY_FIELDS.items():
        if parameter in query:
            text = _text(parameter, query[parameter])
            if name == "layers":
                given[name] = tuple(_number(parameter, part) for part in text.split(","))
            else:
                given[name] = _number(parameter, text) if name in _RANGES else text
    return Design(**given)


def as_text(design: Design) -> str:
    """One word that `from_text` reads back, and that recipes, checkpoints and the command line name the net by:
    "design:layers=3,4,6,3:width=32". What is as in ResNet-18 is left out.
    """
    return PREFIX + ":".join(f"{parameter}={text}" for parameter, text in as_query(design).items())


def from_text(text: str) -> Design:
    """The design that `as_text` wrote, or somebody by hand.

    Raises:
        UserError: there is no such parameter, one stands there twice, or its value makes no sense.
    """
    query: dict[str, str] = {}
    for part in filter(None, text.removeprefix(PREFIX).split(":")):
        parameter, _, value = part.partition("=")
        if parameter not in QUERY_FIELDS or parameter in query:
            what = f"{part[:_MAX_QUERY]!r} says nothing about a design, or says it twice"
            cure = f"Write {PREFIX}layers=3,4,6,3:width=32, each of {', '.join(QUERY_FIELDS)} once at most"
            raise UserError(what, where="net", cure=cure)
        query[parameter] = value
    return from_query(query)


def _text(parameter: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_QUERY:
        cure = f"Give a text of at most {_MAX_QUERY} characters"
        raise UserError("The value is too long, or no text", where=parameter, cure=cure)
    return value


def _number(parameter: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise UserError(f"{text!r} is no whole number", where=parameter, cure="Use the digits 0 to 9")
    return int(text)


def as_python(design: Design, input_shape: Sequence[int], num_classes: int) -> str:
    """A program that builds this net with `import resnet` alone and prints its table; ends in a newline.

    Raises:
        UserError: the net cannot work on this input, or have so many classes.
    """
    row = design.net()
    shape = row.check_input(input_shape)
    chosen = "".join(f"\n    {name}={_literal(value)}," for name, value in _differences(design).items())
    closing = "\n)\n" if chosen else ")\n"
    classes = [] if check_classes(num_classes) == row.classes else [f"num_classes={num_classes}"]
    channels = [] if shape[0] == row.input_shape[0] else [f"in_channels={shape[0]}"]
    return (
        "import resnet\n\n"
        f"design = resnet.design.Design({chosen}{closing}"
        f"net = design.build({', '.join(classes + channels)})\n"
        f"table = resnet.summary.summarize({', '.join(['design.net()', str(shape), *classes])})\n"
        "for row in table.rows:\n"
        "    print(row.name, row.output_shape, row.params, row.macs)\n"
        'print(f"{table.totals.params:,} parameters, {table.totals.macs:,} MACs")\n'
    )


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
