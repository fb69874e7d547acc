"""`python -m train` as a person uses it: what it prints, where, and its exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pets import write_pets
from train import fit_command, store
from train.__main__ import main
from train.fit_command import _new_run, recipe_of
from train.preparation import prepare
from train.recipes import RECIPES
from train.run import Run
from train.wish import Wish

PROJECT = Path(__file__).resolve().parents[2]
TINY = ["--net", "resnet10_w16", "--set", "image_px=24", "epochs=1", "batch=16", "precision=float32", "threads=1",
        "train_pictures=64", "val_pictures=16"]  # fmt: skip


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "tiny"
    assert main(["fit", *TINY, "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pets(tmp_path / "pets")


def train(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "train", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_help_does_not_wait_for_torch(tmp_path: Path) -> None:
    code = "import sys; from train.__main__ import main\ntry: main(['--help'])\nfinally: print('torch' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert said.stdout.split()[-1] == b"False"
    for command in (b"fit", b"resume", b"evaluate", b"predict", b"data"):
        assert command in said.stdout


def test_help_names_every_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in RECIPES)


def test_fit_tells_each_epoch_and_where_the_run_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = []
    for _ in range(2):
        assert main(["fit", *TINY, "--data", "drawn"]) == 0
        told = capsys.readouterr().out
        run = Path(told.splitlines()[0].removeprefix("run folder: "))
        assert run.is_relative_to(tmp_path / "runs")
        assert "epoch 1: loss" in told
        assert f"weights: {run / 'model.safetensors'}" in told
        assert Run.open(run.parent, run.name).state() == "finished"
        names.append(run.name)
    assert names[0].endswith("-live-resnet10_w16")
    assert names[1] == f"{names[0]}-2"


def test_the_run_of_a_net_of_ones_own_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = recipe_of("live", "drawn", "design:width=8:layers=1,1", [])
    assert own.net == "design:layers=1,1:width=8"  # however it was spelled
    run = _new_run(own, None)
    assert run.id.endswith("-live-design")
    run.release()


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["--recipe", "nope"], ", ".join(RECIPES)),
        (["--recipe", "liv"], "Did you mean 'live'"),
        (["--set", "lr=nan"], "from 1e-08"),
        (["--set", "epochs"], "key=value"),
        (["--set", "=3"], "key=value"),
        (["--set", "epoch=3"], "Did you mean 'epochs'"),
        (["--set", "epochs=many"], "whole number"),
        (["--net", "resnet19"], "Try resnet"),
        (["--data", "nowhere"], "folder"),
        (["--out", "runs/.."], "runs/..: This cannot be the name"),
        (["--out", "runs/a b"], "letters a to z"),
        (["--out", "/dev/null/deep/x"], "/dev/null/deep/x: The run's folder cannot be written"),
        (["--data", "drawn", "--set", "data=pets"], "Leave one of the two out"),
        (["--net", "resnet18", "--set", "net=resnet10_w16"], "Leave one of the two out"),
        (["--set", "name=mine"], "--out runs/NAME"),
        (["--recipe", "article"], "Recipe article needs pictures of yours. Add --data DIR or ZIP"),
        (["--recipe", "photos"], "Recipe photos needs pictures of yours. Add --data DIR or ZIP"),
    ],
)
def test_fit_refuses_in_one_sentence_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    cure: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fit", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert cure in told.err
    assert not list(tmp_path.glob("runs/*"))


def test_fit_refuses_a_folder_that_holds_a_run(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", *TINY, "--out", str(checkpoint)]) == 2
    assert "Choose another name" in capsys.readouterr().err
    assert Run.open(checkpoint.parent, checkpoint.name).state() == "finished"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["fit", "--dance"],
        ["predict"],
        ["evaluate", "x"],
        ["resume"],
        ["predict", "x", "y", "--json", "--csv"],
    ],
)
def test_what_argparse_refuses_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_divergence_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", *TINY, "lr=10", "schedule=constant", "epochs=4", "--out", str(tmp_path / "wild")]) == 1
    said = capsys.readouterr().err
    assert "learning rate" in said
    run = Run.open(tmp_path, "wild")
    assert run.state() == "diverged"
    assert run.weights.exists() == any(event["kind"] == "epoch" for event in run.events())
    assert (
        "the last epoch's end; weights: " if run.weights.exists() else "no epoch had ended; nothing to keep"
    ) in said


def test_a_fit_stopped_before_its_first_step_keeps_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Run, "wanted", lambda run: Wish("stop"))
    assert main(["fit", *TINY, "--out", str(tmp_path / "early")]) == 0
    assert "stopped before the first step; nothing to keep" in capsys.readouterr().out
    assert not Run.open(tmp_path, "early").weights.exists()


def test_fit_names_refused_files(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(23):
        (pictures / "dog" / f"note{number:02}.jpg").write_text("not a picture")
    assert main(["fit", *TINY, "--data", str(pictures), "--out", str(tmp_path / "run")]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "note" in line or "more" in line]
    assert len(lines) == 21
    assert lines[0] == "dog/note00.jpg: The file is text, not a picture"
    assert lines[-1] == f"and 3 more; `python -m train data {pictures}` lists them all"


def test_resume_goes_on_with_the_run_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def resume(path: str) -> int:
        asked.append(path)
        return 143

    monkeypatch.setattr(fit_command, "resume", resume, raising=False)
    assert main(["resume", "runs/mine"]) == 143
    assert asked == ["runs/mine"]


def test_of_torchruns_processes_on_a_machine_one_says_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for local_rank, sentences in (("0", 1), ("1", 0)):
        monkeypatch.setenv("LOCAL_RANK", local_rank)
        assert main(["fit", "--recipe", "nope"]) == 2
        assert len(capsys.readouterr().err.splitlines()) == sentences


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.slow
def test_a_full_disk_behind_the_output_is_said_in_one_sentence(pictures: Path) -> None:
    with open("/dev/full", "w") as full:
        said = subprocess.run(
            [sys.executable, "-m", "train", "data", "pets"],
            cwd=pictures.parent,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert said.returncode == 2
    assert said.stderr.splitlines()[-1].startswith("The output could not be written (No space left on device).")
    assert "Exception" not in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send Ctrl-C to one process")
@pytest.mark.parametrize(
    ("number", "code", "state"),
    [
        (signal.SIGINT, 0, "stopped"),
        pytest.param(signal.SIGTERM, 143, "interrupted", marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_stops_and_keeps_and_sigterm_interrupts(
    tmp_path: Path, number: signal.Signals, code: int, state: str
) -> None:
    process = train("fit", *TINY, "epochs=10000", "--out", "runs/mine", cwd=tmp_path)
    assert process.stdout
    try:
        while not process.stdout.readline().startswith("epoch 1:"):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == code, err
    assert state in out + err
    assert f"go on with: python -m train resume {tmp_path / 'runs' / 'mine'}" in out + err
    assert "Traceback" not in err
    run = Run.open(tmp_path / "runs", "mine")
    assert run.state() == state
    assert run.weights.exists()


def test_data_counts_classes_and_names_refused_files(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "dog" / "notes.jpg").write_text("not a picture")
    assert main(["data", str(pictures)]) == 0
    told = capsys.readouterr().out
    assert "files refused: 1" in told
    assert "notes.jpg" in told
    numbers = {line.split()[0]: line.split()[1:] for line in told.splitlines()}
    assert sum(map(int, numbers["cat"])) == sum(map(int, numbers["dog"])) == 6

    (tmp_path / "empty").mkdir()
    assert main(["data", str(tmp_path / "empty")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["--recipe", "thorough", "--set", "stored_px=48", "drawn_pictures=8"]])
def test_data_prepares_what_fit_opens(
    arguments: list[str],
    cache: Path,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["data", str(pictures), *arguments]) == 0
    prepared = sorted(path.name for path in cache.iterdir() if path.is_dir())
    told = capsys.readouterr().out
    if arguments:
        assert "recipe thorough: 48 px to train on, 160 px to validate on, 1 MB" in told
        assert "no more than" not in told
    else:
        assert "recipe live: 48 px to train on, 48 px to validate on, 1 MB" in told
        assert "train_pictures=3000, val_pictures=500; all with --set train_pictures=0 val_pictures=0" in told
    monkeypatch.setattr(store, "square", None)  # from now on all comes from the cache
    quick = [*arguments[3:], "precision=float32", "threads=1"]
    recipe = fit_command.recipe_of(arguments[1] if arguments else "live", str(pictures), None, quick)
    for _ in prepare(recipe):
        pass
    assert sorted(path.name for path in cache.iterdir() if path.is_dir()) == prepared


def test_data_refuses_what_fit_refuses(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--recipe", "liv"], ["--set", "epoch=3"]):
        assert main(["data", str(pictures), *arguments]) == 2
        assert "Did you mean" in capsys.readouterr().err
