"""What API tests share: a client of the running app."""

from __future__ import annotations

import pytest
from gradio_client import Client


@pytest.fixture(scope="session")
def client(app_url: str) -> Client:
    """A gradio_client as a script would use it."""
    return Client(app_url, verbose=False)
