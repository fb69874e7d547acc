"""What the commands of `python -m train` share: events are shown, sizes are told before anything is built."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from train.command import result_of
from train.events import Preparing


def preparing(kept: str) -> Generator[Preparing, None, str]:
    yield Preparing(0, 0, "decoding")
    yield Preparing(0, 9, "decoding", 1_730_000_000, kept)
    yield Preparing(9, 9, "decoding")
    return "pictures"


@pytest.mark.parametrize(
    ("kept", "where"),
    [("cache", "take 1.7 GB in {folder}"), ("memory", "take 1.7 GB of memory"), ("files", "1.7 GB, too much to keep")],
)
def test_the_size_is_told_once_and_where_it_goes(
    kept: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))
    assert result_of(preparing(kept)) == "pictures"
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert where.format(folder=tmp_path) in line
    assert result_of(preparing(kept), shown=False) == "pictures"
    assert capsys.readouterr().err == ""
