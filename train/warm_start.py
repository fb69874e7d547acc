"""Start from what somebody has learned already: load weights, and leave parts of the net as they are.

Yosinski et al. 2014, arXiv 1411.1792: the first layers of a net carry over to other pictures best, the last ones least.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from resnet import weights
from resnet.errors import UserError
from resnet.pretrained import check_net, head_of, locate, other_classes

ALL_BUT = "all but"


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What a net began with.

    Attributes:
        source: what the file, the run or the repository is called, without its folder.
        loaded: how many tensors came from there.
        replaced: the names of those that stayed freshly drawn: the head's, where the file tells other classes apart.
    """

    source: str
    loaded: int
    replaced: tuple[str, ...]


def warm_start(
    model: nn.Module,
    net: str,
    init: str,
    *,
    classes: Sequence[str] = (),
    tell: Callable[[str], None] | None = None,
) -> WarmStart:
    """Load somebody's weights into a freshly built net; all or none.

    The head is the last linear layer. It stays as it is where the file has another number of classes, or says itself
    that they are others: a row that meant "dog" is no start for "tractor".

    Args:
        model: takes the weights; it keeps its device and memory format.
        net: its name in the catalogue.
        init: "imagenet", "hub:OWNER/NAME", a safetensors file or a run's folder, as `resnet.pretrained.locate`.
        classes: what the net shall tell apart, in order; where left out, only numbers of classes are compared.
        tell: called with one sentence before anything is downloaded.

    Raises:
        UserError: there are no such weights, or anything but the head differs; the model is then unchanged.
    """
    file = locate(net, init, tell=tell)
    found = weights.header(file.path, where=file.where)
    check_net(found, net, where=file.where)
    head = head_of(model)
    is_new = other_classes(model, found) is not None or _says_others(found, classes)
    replaced = tuple(name for name in model.state_dict() if is_new and name.startswith(f"{head}."))
    weights.load(file.path, model, where=file.where, fresh=replaced)
    return WarmStart(file.where, len(model.state_dict()) - len(replaced), replaced)


def check_init(net: str, norm: str, init: str, *, tell: Callable[[str], None] | None = None) -> None:
    """Refuse weights that are not to be had, or say themselves that they are of another net or norm.

    Raises:
        UserError: it is so.
    """
    file = locate(net, init, tell=tell)
    found = weights.header(file.path, where=file.where)
    check_net(found, net, where=file.where)
    try:
        said = json.loads(found.metadata.get("net_args", "{}")).get("norm", norm)
    except (ValueError, RecursionError, AttributeError):
        return
    if said != norm:
        raise UserError(
            f"These weights are of a net with {str(said)[:20]} norm", where=file.where, cure=f"Set norm={said}"
        )


def _says_others(found: weights.Header, classes: Sequence[str]) -> bool:
    """Whether the file names its classes, and they are not these."""
    try:
        named = json.loads(found.metadata.get("classes", "[]"))
    except (ValueError, RecursionError):
        return False
    return bool(classes and named) and named != list(classes)


# --- Freezing --------------------------------------------------------------------------------------------------------


def frozen_parameters(model: nn.Module, parts: str) -> tuple[str, ...]:
    """The names of the parameters that some words ask to leave as they are; the model may be an empty one.

    Args:
        model: the net.
        parts: names of modules, separated by spaces or commas, each with all within it: "conv1 bn1 layer1 layer2.0".
            After "all but", those that are to learn: "all but layer4, fc". Nothing for nothing.

    Raises:
        UserError: there is no such module (naming the nearest), or nothing would be left to learn.
    """
    words = parts.replace(",", " ").split()
    but = words[:2] == ALL_BUT.split()
    names = words[2:] if but else words
    if but and not names:
        raise UserError('"all but" names nothing', where="freeze", cure='Name what shall learn: "all but fc"')
    known = [path for path, _ in model.named_modules() if path]
    for name in names:
        if name not in known:
            raise UserError(f"This net has no part {name[:40]!r}", where="freeze", cure=_nearest(name, known))
    within = [path for path, _ in model.named_parameters() if _is_within(path, names)]
    frozen = [path for path, _ in model.named_parameters() if path not in within] if but else within
    if len(frozen) == sum(1 for _ in model.parameters()):
        raise UserError("Nothing would be left to learn", where="freeze", cure="Leave out the last layer at least")
    return tuple(frozen)


def freeze(model: nn.Module, parts: str) -> tuple[str, ...]:
    """Leave parts of a net as they are while it learns; returns the names of their parameters.

    Their gradients are not computed. Call `keep_frozen_in_eval` after each `model.train()`, and give the optimizer only
    parameters that need a gradient.

    Args:
        model: the net; all its other parameters learn.
        parts: as `frozen_parameters`.

    Raises:
        UserError: as `frozen_parameters`; the model is then unchanged.
    """
    frozen = frozen_parameters(model, parts)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in frozen)
    return frozen


def keep_frozen_in_eval(model: nn.Module) -> None:
    """Put the batch norms whose parameters are frozen in evaluation mode.

    In training mode they would follow the new pictures' means, and frozen layers would answer differently each step.
    """
    for module in model.modules():
        parameters = [*module.parameters(recurse=False)]
        if isinstance(module, _BatchNorm) and parameters and not any(each.requires_grad for each in parameters):
            module.eval()


def _is_within(path: str, names: Iterable[str]) -> bool:
    return any(path.startswith(f"{name}.") for name in names)


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name[:40], known, n=1)
    outermost = [path for path in known if "." not in path]
    return f"Did you mean {close[0]!r}" if close else f"Its parts are {', '.join(outermost)}"
