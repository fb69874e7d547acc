"""What all tests share: the real photos where there are some, a scratch folder for caches, a sane order."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.running_app import app, app_url  # noqa: F401 - fixtures

SCRATCH = pytest.StashKey[str]()
ORDER = ("unit", "api", "browser")  # quick failures first; Playwright's event loop, which outlives its tests, last


def pytest_configure(config: pytest.Config) -> None:
    """Point every cache to a scratch folder and drop settings of the person's own, before a test imports anything."""
    for name in [name for name in os.environ if name.startswith(("GRADIO_", "SPACE_", "RESNET_LAB_CACHE"))]:
        del os.environ[name]
    config.stash[SCRATCH] = tempfile.mkdtemp(prefix="resnet-lab-tests-")
    scratch = Path(config.stash[SCRATCH])
    for name in ("GRADIO_TEMP_DIR", "HF_HOME", "TORCH_HOME", "RESNET_LAB_CACHE"):
        os.environ[name] = str(scratch / name.lower())
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["MPLBACKEND"] = "Agg"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the scratch folder."""
    shutil.rmtree(config.stash[SCRATCH], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests first, browser tests last; what lies in tests/browser or uses the photos is marked as such."""
    tests = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        room = item.path.relative_to(tests).parts[0]
        return ORDER.index(room) if room in ORDER else len(ORDER)

    items.sort(key=place)
    for item in items:
        if item.path.is_relative_to(tests / "browser"):
            item.add_marker(pytest.mark.browser)
        if "photos_zip" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.photos)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """One thread for torch: the same sums everywhere, and quicker for nets as small as these."""
    import torch  # late, so that collecting tests stays quick

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def photos_zip() -> Path:
    """The ZIP of real cat and dog photos named by RESNET_LAB_PHOTOS; without it the test is skipped, visibly."""
    path = Path(os.environ.get("RESNET_LAB_PHOTOS", ""))
    if not path.is_file():
        pytest.skip("RESNET_LAB_PHOTOS names no ZIP of real photos")
    return path
