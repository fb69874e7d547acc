"""Residual networks, and everything that can be said about one without training it.

>>> import resnet
>>> net = resnet.create("resnet50", num_classes=2)
>>> resnet.summary.summarize("resnet50").totals.params
25557032
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from resnet.errors import UserError

if TYPE_CHECKING:
    from resnet.catalogue import CATALOGUE, create

__all__ = ["CATALOGUE", "UserError", "create"]


def __getattr__(name: str) -> object:
    # Torch takes seconds to import, and a program that only wants to refuse (or to print its help) never needs it.
    if name in ("CATALOGUE", "create"):
        return getattr(import_module("resnet.catalogue"), name)
    if find_spec(f"resnet.{name}") is not None:
        return import_module(f"resnet.{name}")
    raise AttributeError(f"module 'resnet' has no attribute {name!r}")
