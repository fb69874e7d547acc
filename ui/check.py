"""``python app.py --check``: is this machine ready? For the evening before a workshop."""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from resnet.errors import UserError
from ui import data_sets, network
from ui.text import t

PACKAGES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "gradio": "gradio",
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "captum": "captum",
    "safetensors": "safetensors",
    "segno": "segno",
}
PYTHONS = [(3, minor) for minor in range(10, 14)]


def check(host: str, port: int, runs: Path, data: Path) -> bool:
    """Print one line for each thing the app needs, with the cure where one is missing; return whether all are there."""
    probes: list[tuple[str, Callable[[], str]]] = [("Python", _python)]
    probes += [(package, _import(module, package)) for module, package in PACKAGES.items()]
    probes += [
        ("HEIC photos", _heic),
        ("port", lambda: _port(host, port)),
        ("local network", lambda: _local_network(host)),
        ("data folder", lambda: _data(data)),
        ("runs folder", lambda: _runs(runs)),
    ]
    results = [_say(name, probe) for name, probe in probes]  # every line is wanted, also after a failure
    return all(results)


def _say(name: str, probe: Callable[[], str]) -> bool:
    try:
        print(f"ok    {name}: {probe()}", flush=True)
    except UserError as error:
        print(f"fail  {name}: {error}", flush=True)
        return False
    return True


def _python() -> str:
    if sys.version_info[:2] not in PYTHONS:
        raise UserError(t("page.check_python", version=sys.version.split()[0]), cure=t("page.check_python_cure"))
    return sys.version.split()[0]


def _import(module: str, package: str) -> Callable[[], str]:
    def probe() -> str:
        try:
            importlib.import_module(module)
        except Exception as error:  # a broken binary raises whatever it likes
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise UserError(t("page.check_import", reason=reason), cure=t("page.check_import_cure")) from error
        return version(package)

    return probe


def _heic() -> str:
    try:
        importlib.import_module("pillow_heif")
    except ImportError:
        return "not read (optional; pip install pillow-heif reads them)"
    return f"read by pillow-heif {version('pillow-heif')}"


def _port(host: str, port: int) -> str:
    network.claim(host, port)
    return f"{port} is free"


def _local_network(host: str) -> str:
    address = network.lan_address()
    if not address:
        return "none: only this machine can open the page"
    if network.is_own(host):
        return f"{address} (phones reach it with --presenter and no --host)"
    return f"{address} (phones reach it)"


def _data(folder: Path) -> str:
    names = ", ".join(data_sets.found(folder))
    return f"{folder}: {names}" if names else f"{folder}: nothing in it, drawn pictures always work"


def _runs(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = t("page.check_runs", reason=error.strerror)
        raise UserError(what, where=str(folder), cure=t("page.check_runs_cure")) from error
    return f"{folder} can be written"
