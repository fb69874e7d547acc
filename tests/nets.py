"""Nets to test with."""

from __future__ import annotations

import re
from typing import Any

import pytest

from resnet.catalogue import CATALOGUE

DEEP = re.compile("101|110|152")  # layers; a net of fewer has the same kinds of them


def every_net() -> list[Any]:
    """The names of the catalogue, as parameters of a test; those of the deepest nets are slow."""
    return [pytest.param(name, marks=pytest.mark.slow) if DEEP.search(name) else name for name in sorted(CATALOGUE)]
