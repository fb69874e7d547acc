"""Watch what named layers of a net put out, and give the net back unchanged.

    with watch(model, ["layer1", "layer4"]) as seen:
        model(image_NCHW)
    seen["layer4"].shape    # N, 512, 7, 7

Names are torchvision's: `conv1`, `layer1.0.conv1`, `layer1.0`, `layer1`, `fc`. Only modules have a name; the residual
addition has none, but a ReLU follows it, and a block's own name (`layer1.0`) gives the block's output.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from resnet.errors import UserError


def layer_names(model: nn.Module) -> list[str]:
    """Names of everything in a net that can be watched, in the order of definition, parts before their whole.

    For a residual net: `conv1, bn1, relu, maxpool, layer1.0.conv1, ..., layer1.0, ..., layer1, ..., avgpool, fc`. A
    module that stands in two places is listed once, under its first name; a list of modules, which is never called
    itself, is left out.
    """
    return list(_layers(model))


@contextmanager
def watch(model: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Put a net into evaluation mode and collect what the named layers put out while the `with` body runs.

    The yielded dictionary fills up as layers are called. Each tensor is a detached copy, so nothing that happens to
    the original later (an in-place ReLU after a batch norm) changes it. A layer called several times (the ReLU a
    residual block shares between its convolutions) keeps its last call; a layer that is not called is absent.

    On the way out, also after an exception, the hooks are gone and every module is in the mode it was in. Gradients
    are left as the caller has them: wrap the body in `torch.inference_mode()` or `no_grad()` where none are wanted.
    Two threads must not watch the same net at the same time: each would also see the other's pictures.

    Args:
        model: the net.
        layers: names from `layer_names`.

    Raises:
        UserError: there is no such layer; close names are given.
    """
    known = _layers(model)
    for name in layers:
        if name not in known:
            raise _unknown(name, list(known))
    seen: dict[str, Tensor] = {}
    modes = [(module, module.training) for module in model.modules()]
    hooks = []
    try:
        for name in layers:
            hooks.append(known[name].register_forward_hook(_keep(seen, name)))
        model.eval()
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes:
            module.training = training


def _keep(seen: dict[str, Tensor], name: str) -> Callable[[nn.Module, Any, Any], None]:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            seen[name] = output.detach().clone()

    return hook


def _layers(model: nn.Module) -> dict[str, nn.Module]:
    found: dict[str, nn.Module] = {}
    met: set[int] = set()

    def walk(module: nn.Module, name: str) -> None:
        for child_name, child in module.named_children():
            if id(child) not in met:
                met.add(id(child))
                walk(child, f"{name}.{child_name}" if name else child_name)
        if name and not isinstance(module, nn.ModuleList | nn.ModuleDict):
            found[name] = module

    walk(model, "")
    return found


def _unknown(name: str, known: list[str]) -> UserError:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[-3:]
    return UserError(f"There is no layer {name!r} in this net", where="layer", cure=f"Nearest: {', '.join(close)}")
