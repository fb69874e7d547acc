"""What API tests share: a client of the running app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gradio_client import Client


@pytest.fixture(scope="session")
def client(app_url: str) -> Client:
    """A gradio_client as a script would use it."""
    from gradio_client import Client  # not before pytest is configured: it reads the environment

    return Client(app_url, verbose=False)
