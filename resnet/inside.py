"""Inside a residual block: what its two paths bring to the addition, and the net without one of them.

    seen = look_inside(model, "layer2.0", image_NCHW)
    seen.shortcut + seen.residual                       # equals seen.total, to the last bit
    with altered(model, skipped=["layer2.1"]), torch.no_grad():
        logits_NK = model(image_NCHW)                   # the answer of the net without F(x) of that block

He et al. 2015 (arXiv 1512.03385), section 3.2, write a block as y = F(x, W) + x: F, the *residual*, is what the
convolutions learn; x passes them by on the *shortcut*. Where F(x) has another shape than x, the shortcut carries W_s x
instead, a projection (equation 2). A ReLU after the addition makes the block's output of it, except in pre-activation
blocks (He et al. 2016, arXiv 1603.05027), where the sum is the output.

Blocks are named as torchvision names them: `layer1.0` is the first block of the first stage.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from resnet.activations import watch
from resnet.blocks import Block, Plain
from resnet.errors import UserError

Join = Callable[[Tensor, Tensor], Tensor]  # what a block makes of residual and shortcut: their sum, unless altered


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What one block did with some pictures. Each tensor is a detached copy.

    Shapes: N pictures, C channels, H x W pixels. All but x have one shape; x has it too, unless the block is the first
    of a stage that shrinks the map (H, W) or changes the channels (C).

    Args:
        x: what comes into the block.
        shortcut: what the shortcut brings to the addition: x itself, or its projection.
        residual: F(x), what the convolutions bring to it. With a ReLU before the addition: after that ReLU.
        total: shortcut + residual, before any ReLU. In a block that `altered` skips or cuts, the one of the two that is
            left: what is computed on the other path is shown, but goes nowhere.
        output: what the block hands on: ReLU(total), or total itself in a pre-activation block.
    """

    x: Tensor
    shortcut: Tensor
    residual: Tensor
    total: Tensor
    output: Tensor


def block_names(model: nn.Module) -> list[str]:
    """Names of the blocks of a net that have a shortcut, in order of execution: `layer1.0, layer1.1, layer2.0, ...`.

    Empty for nets without shortcuts: the plain ones, AlexNet, VGG, GoogLeNet.
    """
    return list(_blocks(model))


def look_inside(model: nn.Module, block: str, images: Tensor) -> Inside:
    """Let a net answer, in evaluation mode, and keep what happens on both paths of one of its blocks.

    Under `altered` the blocks are seen as altered. The net is given back as it was: mode, hooks, gradients and random
    numbers, also after an exception. Two threads must not look into the same net at the same time.

    Args:
        model: the net.
        block: a name from `block_names`.
        images: N,3,S,S, normalised.

    Raises:
        UserError: there is no such block; close names are given.
    """
    looked_at = _find(_blocks(model), block)
    kept: dict[str, Tensor] = {}
    add: Join = looked_at.join  # or what `altered` has put in its place

    def keep_input(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
        kept["x"] = inputs[0].detach().clone()

    def keep_join(residual: Tensor, shortcut: Tensor) -> Tensor:
        # Copied before the addition, which may put its sum in the place of F(x).
        kept["residual"], kept["shortcut"] = residual.detach().clone(), shortcut.detach().clone()
        total = add(residual, shortcut)
        kept["total"] = total.detach().clone()
        return total

    with (
        watch(model, [block]) as seen,
        _joined_by({looked_at: keep_join}),
        looked_at.register_forward_pre_hook(keep_input),
        torch.no_grad(),
    ):
        model(images)
    return Inside(output=seen[block], **kept)


@contextmanager
def altered(model: nn.Module, *, skipped: Iterable[str] = (), cut: Iterable[str] = ()) -> Iterator[None]:
    """Take F(x) or the shortcut out of some blocks of a net while the `with` body runs, without training it anew.

    A block adds shortcut + F(x). *Skipped*, its addition yields the shortcut alone; *cut*, F(x) alone. What follows the
    addition still follows it:

        block                 unaltered               skipped          cut
        as in 2015            ReLU(x + F(x))          ReLU(x) = x      ReLU(F(x))
        with a projection     ReLU(W_s x + F(x))      ReLU(W_s x)      ReLU(F(x))
        pre-activation        x + F(x)                x                F(x)
        ReLU before, too      ReLU(x + ReLU(F(x)))    ReLU(x) = x      ReLU(F(x))

    ReLU(x) is x there because x comes out of a ReLU itself. The projection W_s stays, in a pre-activation block with
    the norm and ReLU before it; so does option A's, which has no weights: the next block could not be fed without.
    Skipping is thus what Veit et al. 2016 (arXiv 1605.06431, section 4.1) call deleting a block. A net with all its
    blocks cut is the plain net of the same weights.

    #: They found that a residual net of 110 layers hardly suffers when it loses one block, for of the 2^n paths through
    #: n blocks half are left; VGG, whose layers have no way past them, is lost without any one of them. Cutting a
    #: shortcut leaves as many paths, but now all that earlier blocks found has to go through the one F.

    The path that is not used is still computed, so this saves no time, and `look_inside` shows both. Neither weights
    nor modes change. Within another `altered` both apply. On the way out, also after an exception, the blocks are as
    they were; meanwhile every thread meets the altered net, so two must not use it at the same time.

    Args:
        model: the net.
        skipped: names from `block_names`: only their shortcut remains.
        cut: names from `block_names`: only their F(x) remains.

    Raises:
        UserError: there is no such block, with close names; or a block is to be both skipped and cut.
    """
    blocks = _blocks(model)
    joins: dict[Block, Join] = {}
    for names, join in ((skipped, _shortcut_alone), (cut, _residual_alone)):
        for name in names:
            block = _find(blocks, name)
            if joins.get(block, vars(block).get("join", join)) is not join:
                what = f"{name} cannot be both skipped and cut: nothing would be left of it"
                raise UserError(what, where="block", cure="Choose one of the two")
            joins[block] = join
    with _joined_by(joins):
        yield


def _shortcut_alone(_residual: Tensor, shortcut: Tensor) -> Tensor:
    return shortcut.clone()  # the ReLU that follows works in place, and this may be x itself, which others still hold


def _residual_alone(residual: Tensor, _shortcut: Tensor) -> Tensor:
    return residual.clone()  # this may be a ReLU's output, from which its gradient is computed: as above


@contextmanager
def _joined_by(joins: Mapping[Block, Join]) -> Iterator[None]:
    """Let these blocks, and no other of their class, join their paths in another way."""
    before = {block: vars(block).get("join") for block in joins}
    try:
        for block, join in joins.items():
            vars(block)["join"] = join  # an attribute of its own comes before the method of its class
        yield
    finally:
        for block, own in before.items():
            if own is None:
                vars(block).pop("join", None)
            else:
                vars(block)["join"] = own


def _blocks(model: nn.Module) -> dict[str, Block]:
    found = {name: part for name, part in model.named_modules() if name and isinstance(part, Block)}
    return {name: block for name, block in found.items() if not isinstance(block, Plain)}


def _find(blocks: Mapping[str, Block], name: str) -> Block:
    if name in blocks:
        return blocks[name]
    if not blocks:
        raise UserError("This net has no shortcuts", where="block", cure="Choose a residual net, such as resnet18")
    close = difflib.get_close_matches(name[:40], blocks, n=3, cutoff=0.4) or list(blocks)[-3:]
    raise UserError(f"There is no block {name!r:.60} in this net", where="block", cure=f"Nearest: {', '.join(close)}")
