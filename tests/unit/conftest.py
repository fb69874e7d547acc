"""Fixtures that several unit tests share."""

from __future__ import annotations

from tests.launchers import waiting, working  # noqa: F401 - fixtures
from tests.picture_sets import cache, save  # noqa: F401 - fixtures
from tests.scripted import run, scripted  # noqa: F401 - fixtures
