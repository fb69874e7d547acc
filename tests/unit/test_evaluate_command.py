"""`python -m train evaluate`: every picture counted once, by one process or by several."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.checkpoints import SIDE, write_checkpoint
from tests.pets import write_pets
from train.__main__ import main
from train.checkpoint import load_classifier
from train.command import result_of
from train.datasets import open_pictures
from train.distributed import Group
from train.evaluate import evaluate

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = {"n", "accuracy", "balanced_accuracy", "confusion", "classes"}

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("weights") / "model.safetensors", seed=3)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pets(tmp_path / "pets")


def test_every_picture_is_counted(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    assert main(["evaluate", str(checkpoint), "--data", str(pictures), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == CONTRACT
    assert told["n"] == sum(map(sum, told["confusion"])) == 12
    assert [sum(row) for row in told["confusion"]] == [6, 6]
    assert told["classes"] == ["cat", "dog"]
    assert told["accuracy"] == (told["confusion"][0][0] + told["confusion"][1][1]) / 12
    assert main(["evaluate", str(checkpoint.parent), "--data", str(pictures)]) == 0  # as the folder of a run
    first, *_, cats, dogs = capsys.readouterr().out.splitlines()
    assert first.startswith(f"12 pictures, accuracy {told['accuracy']:.2%}, balanced accuracy ")
    assert [cats.split(), dogs.split()] == [
        [name, *map(str, row)] for name, row in zip(told["classes"], told["confusion"], strict=True)
    ]


def test_refused_files_are_named_beside_the_answer(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    for number in range(23):
        (pictures / "dog" / f"note{number:02}.jpg").write_text("not a picture")
    assert main(["evaluate", str(checkpoint), "--data", str(pictures), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["n"] == 12
    lines = [line for line in told.err.splitlines() if "note" in line or "more" in line]
    assert len(lines) == 21
    assert lines[0] == "dog/note00.jpg: The file is text, not a picture"
    assert lines[-1] == f"and 3 more; `python -m train data {pictures}` lists them all"


def test_what_is_no_checkpoint_is_refused_by_the_name_that_was_typed(
    pictures: Path, tmp_path: Path, capsys: Capture
) -> None:
    pickle = tmp_path / "model.safetensors"
    pickle.write_bytes(b"\x80\x04cos\nsystem\n.")
    for checkpoint in (pickle, tmp_path / "missing", pictures):
        assert main(["evaluate", str(checkpoint), "--data", str(pictures)]) == 2
        said = capsys.readouterr().err
        assert len(said.splitlines()) == 1
        assert said.startswith(f"{checkpoint}: ")


@pytest.mark.parametrize("world", [1, 2, 5])
def test_ranks_share_the_pictures_and_their_counts_add_up(checkpoint: Path, pictures: Path, world: int) -> None:
    classifier = load_classifier(checkpoint)
    found = result_of(open_pictures(str(pictures), SIDE))
    parts = [evaluate(classifier, found.split, found.classes, group=Group(rank, world, rank)) for rank in range(world)]
    shares = [part.n for part in parts]
    assert max(shares) - min(shares) <= 1
    together = sum(torch.tensor(part.confusion) for part in parts)
    assert together.tolist() == [list(row) for row in evaluate(classifier, found.split, found.classes).confusion]


def by_two(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "train",
         *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_two_processes_say_once_what_one_says(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    (pictures / "cat" / "note.jpg").write_text("not a picture")
    (pictures / "dog" / "11.png").unlink(missing_ok=True)  # an odd number
    (pictures / "cat" / "11.png").unlink(missing_ok=True)
    arguments = ("evaluate", str(checkpoint), "--data", str(pictures), "--json")
    assert main([*arguments]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert alone["n"] == 11
    together = by_two(*arguments, cwd=pictures)
    assert together.returncode == 0, together.stderr
    assert json.loads(together.stdout) == alone
    assert together.stderr.count("cat/note.jpg: The file is text") == 1


@pytest.mark.slow
def test_a_refusal_ends_both_processes_and_is_said_once(checkpoint: Path, pictures: Path) -> None:
    (pictures / "dog").rename(pictures / "horse")
    refused = by_two("evaluate", str(checkpoint), "--data", str(pictures), cwd=pictures)
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert refused.stderr.count("The checkpoint tells cat, dog apart; the set also has horse") == 1
