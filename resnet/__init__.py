"""Residual networks, and everything that can be said about one without training it.

>>> import resnet
>>> net = resnet.create("resnet50", num_classes=2)
"""

from resnet.catalogue import CATALOGUE, create
from resnet.errors import UserError

__all__ = ["CATALOGUE", "UserError", "create"]
