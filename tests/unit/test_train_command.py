"""What the commands of `python -m train` share: events are shown, sizes are told before anything is built."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from resnet.errors import UserError
from train import fit_command
from train.command import result_of
from train.distributed import Group, SharedRefusalError
from train.events import Preparing
from train.recipes import LIVE


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


@pytest.mark.parametrize(
    ("kind", "local_rank", "said"),
    [
        (UserError, 3, "process 7: cat/1.png: The file is gone. Put it back.\n"),
        (UserError, 0, ""),  # the command says it
        (SharedRefusalError, 3, ""),  # the first process says it
    ],
)
def test_what_one_process_alone_refuses_is_said_with_its_number(
    kind: type[UserError],
    local_rank: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise kind("The file is gone", where="cat/1.png", cure="Put it back")

    monkeypatch.setattr(fit_command, "assist", refuse)
    with pytest.raises(kind):
        fit_command._assist(None, LIVE, Group(rank=7, world=8, local_rank=local_rank), threading.Event())
    assert capsys.readouterr().err == said
