"""`train.pictures`: however many threads decode, and whatever the format, memory stays within one budget."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image, JpegImagePlugin

import train.pictures
from tests.picture_files import encoded, gradient
from train.budget import Budget
from train.pictures import decode

WAIT = 10.0  # seconds after which a thread that should go on is taken to be stuck


def waiting(budget: Budget, wanted: int, done: list[int]) -> threading.Thread:
    """A thread that asks for some of a budget, and notes when it gets it; it waits for it now."""

    def work() -> None:
        with budget.hold(wanted):
            done.append(wanted)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    return thread


def test_who_wants_more_than_is_free_waits() -> None:
    budget, done = Budget(10), []
    with budget.hold(6):
        with budget.hold(4):
            pass
        thread = waiting(budget, 5, done)
    thread.join(WAIT)
    assert done == [5]


def test_who_wants_more_than_there_is_is_alone() -> None:
    budget, done = Budget(10), []
    with budget.hold(1):
        thread = waiting(budget, 1000, done)
    thread.join(WAIT)
    assert done == [1000]
    with budget.hold(10):
        pass


def test_nobody_overtakes() -> None:
    budget, done = Budget(10), []
    with budget.hold(1):
        threads = [waiting(budget, wanted, done) for wanted in (10, 2)]  # the second would fit
    for thread in threads:
        thread.join(WAIT)
    assert done == [10, 2]


def test_a_failure_gives_back() -> None:
    budget = Budget(10)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), budget.hold(10):
            raise ZeroDivisionError
    thread = threading.Thread(target=lambda: budget.hold(10).__enter__())
    thread.start()
    thread.join(WAIT)
    assert not thread.is_alive()


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF", "AVIF", "JPEG"])
def test_no_pixels_without_a_share(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    budget, began = Budget(1), threading.Event()
    monkeypatch.setattr(train.pictures, "_memory", budget)
    data = encoded(gradient(), kind)
    plugin = type(Image.open(io.BytesIO(data)))
    first = "__init__" if kind == "WEBP" else "load"  # where the decoder makes room for all pixels
    original = getattr(plugin, first)
    monkeypatch.setattr(plugin, first, lambda *args, **options: (began.set(), original(*args, **options))[1])
    thread = threading.Thread(target=lambda: decode(data, name="x", side=16))
    with budget.hold(1):
        thread.start()
        assert not began.wait(0.2)
    assert began.wait(WAIT)
    thread.join(WAIT)


def _wanted(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many bytes decoding asks for."""
    asked = []

    class Recorder(Budget):
        def hold(self, wanted: int) -> ExitStack:  # type: ignore[override]
            asked.append(wanted)
            return ExitStack()

    monkeypatch.setattr(train.pictures, "_memory", Recorder(0))
    decode(data, name="x", side=50)
    assert len(asked) == 1
    return asked[0]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_is_weighed_as_it_is_decoded(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = gradient(800, 400).convert(mode)
    assert _wanted(encoded(image, "JPEG"), monkeypatch) == 4 * 100 * 50
    kept = 2 * len(mode) * 800 * 400  # of a progressive one all coefficients
    assert _wanted(encoded(image, "JPEG", progressive=True), monkeypatch) == 4 * 100 * 50 + kept


def test_a_jpeg_with_a_scan_for_each_layer_is_weighed_whole() -> None:
    data = encoded(gradient(), "JPEG")
    start = data.index(b"\xff\xda")
    scan = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0"  # of one layer only
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data[:start] + scan + data[start:]))
    assert train.pictures._jpeg_buffer(image, data[:start] + scan + data[start:]) == 2 * 3 * 48 * 32
    assert train.pictures._jpeg_buffer(JpegImagePlugin.JpegImageFile(io.BytesIO(data)), data) == 0


MEASURE = """
import re, sys, threading
from pathlib import Path
from train.pictures import decode

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1000

*large, small = [Path(file).read_bytes() for file in sys.argv[1:]]
decode(small, name="x", side=64)
before = peak()
threads = [threading.Thread(target=decode, args=(data,), kwargs={"name": "x", "side": 64}) for data in large * 2]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of one program")
def test_six_threads_at_once(tmp_path: Path) -> None:
    grey = Image.radial_gradient("L").resize((2900, 2900))  # 8 megapixels
    (tmp_path / "1").write_bytes(encoded(grey.convert("RGBA"), "PNG", compress_level=1))
    (tmp_path / "2").write_bytes(encoded(grey.convert("F"), "TIFF"))
    (tmp_path / "3").write_bytes(encoded(grey.convert("RGB"), "WEBP", method=0))
    (tmp_path / "4").write_bytes(encoded(gradient(), "PNG"))
    command = [sys.executable, "-c", MEASURE, *sorted(map(str, tmp_path.iterdir()))]
    megabytes = float(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)
    assert megabytes < 260  # the budget of 160, and what the allocator keeps for each thread
