"""`python -m train predict`: which files it asks about, in what order and memory, and how it writes the answers."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.checkpoints import SIDE, write_checkpoint
from tests.pets import write_pets
from train import predict_command
from train.__main__ import main
from train.calibration import calibrate
from train.checkpoint import load_classifier, save_classifier
from train.command import result_of
from train.datasets import open_data
from ui import images

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("weights") / "tiny.safetensors")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pets(tmp_path / "pets")


def test_the_good_pictures_are_answered_and_the_bad_ones_named(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: Capture
) -> None:
    good = sorted(str(path) for path in (pictures / "cat").iterdir())[:2]
    bad = tmp_path / "letter.jpg"
    bad.write_text("Dear Sir or Madam")
    assert main(["predict", str(checkpoint), good[0], str(bad), good[1], "--json"]) == 2
    told = capsys.readouterr()
    answers = json.loads(told.out)
    assert [answer["file"] for answer in answers] == good
    for answer in answers:
        assert set(answer["probabilities"]) == {"cat", "dog"}
        assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert list(answer["probabilities"].values()) == sorted(answer["probabilities"].values(), reverse=True)
        assert answer["label"] == next(iter(answer["probabilities"]))
    assert told.err.startswith(f"{bad}: The file is text, not a picture. Choose ")
    assert len(told.err.splitlines()) == 1

    assert main(["predict", str(checkpoint), *good]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = answers[0]["probabilities"].items()
    assert lines[0] == f"{good[0]}: " + ", ".join(f"{name} {part:.1%}" for name, part in first)
    assert len(lines) == 2


def test_json_is_what_one_list_of_all_answers_would_be(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    assert main(["predict", str(checkpoint), str(pictures), "--json"]) == 0
    told = capsys.readouterr().out
    assert told == json.dumps(json.loads(told), indent=1) + "\n"
    assert len(json.loads(told)) == 12
    assert main(["predict", str(checkpoint), str(pictures / "none.png"), "--json"]) == 2
    assert capsys.readouterr().out == "[]\n"


def test_it_asks_about_the_pixels_that_the_page_asks_about(checkpoint: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "large.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (500, 700, 3), np.uint8)
    Image.fromarray(noise).save(path)
    assert main(["predict", str(checkpoint), str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)[0]["probabilities"]
    classifier = load_classifier(checkpoint)
    (page,) = images.load([str(path)], classifier.image_px, "crop")
    assert isinstance(page, images.Picture)
    asked = classifier.probabilities(torch.from_numpy(page.square.copy()).permute(2, 0, 1)[None])[0].tolist()
    assert told == pytest.approx(dict(zip(classifier.classes, asked, strict=True)), abs=1e-7)


def test_a_folder_is_searched_and_clutter_left_out(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    for name in (".hidden.png", "Thumbs.db", ".git/x.png", "__MACOSX/cat/x.png"):
        (pictures / name).parent.mkdir(parents=True, exist_ok=True)
        (pictures / name).write_text("not meant")
    loose = pictures / "zebra.png"
    next((pictures / "cat").iterdir()).rename(loose)
    assert main(["predict", str(checkpoint), str(loose), f"{pictures}{os.sep}", "--json"]) == 0
    told = capsys.readouterr()
    inside = sorted(str(path) for path in pictures.rglob("[0-9z]*.png"))
    assert len(inside) == 12
    assert [answer["file"] for answer in json.loads(told.out)] == [str(loose), *inside]
    assert told.err == ""


def test_other_files_of_a_folder_are_skipped_and_counted(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    (pictures / "labels.csv").write_text("1,cat")
    next((pictures / "cat").iterdir()).rename(pictures / "photo.txt")  # the content tells
    assert main(["predict", str(checkpoint), str(pictures)]) == 0
    told = capsys.readouterr()
    assert told.err == "1 file that is no picture was skipped\n"
    assert len(told.out.splitlines()) == 12
    assert f"{pictures / 'photo.txt'}: " in told.out

    (pictures / "dog" / "notes").write_text("barks")
    assert main(["predict", str(checkpoint), str(pictures)]) == 0
    assert capsys.readouterr().err == "2 files that are no pictures were skipped\n"

    assert main(["predict", str(checkpoint), str(pictures), str(pictures / "labels.csv")]) == 2  # it was meant
    assert "labels.csv: The file is text, not a picture" in capsys.readouterr().err


def test_a_folder_of_other_files_alone_is_refused(checkpoint: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "letter").write_text("Dear Sir or Madam")
    assert main(["predict", str(checkpoint), str(tmp_path / "texts")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'texts'}: There are no pictures in it. Give ")


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a permission to link")
def test_linked_folders_are_entered_once(checkpoint: Path, pictures: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "cats").symlink_to(pictures / "cat")
    (tmp_path / "linked" / "again").symlink_to(tmp_path / "linked")
    assert main(["predict", str(checkpoint), str(tmp_path / "linked")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_a_folder_that_cannot_be_opened_is_named(
    checkpoint: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    scandir = os.scandir

    def closed(path):  # not chmod, which does not keep root out
        if Path(path) == pictures / "dog":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert main(["predict", str(checkpoint), str(pictures)]) == 2
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 6
    assert told.err.startswith(f"{pictures / 'dog'}: The folder cannot be opened (Permission denied). Change ")


def test_a_folder_without_pictures_is_refused(
    checkpoint: Path, pictures: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "empty" / "inside").mkdir(parents=True)
    (tmp_path / "empty" / ".DS_Store").write_text("")
    assert main(["predict", str(checkpoint), str(pictures), str(tmp_path / "empty")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{tmp_path / 'empty'}: There are no pictures in it. Give ")
    assert len(told.err.splitlines()) == 1


def test_what_is_unlike_the_training_pictures_is_told_in_every_style(
    checkpoint: Path, tmp_path: Path, capsys: Capture
) -> None:
    knowing = tmp_path / "knowing.safetensors"
    drawings = [result_of(open_data("drawn", side=SIDE, seed=seed, train_pictures=200)).train for seed in (1, 2)]
    save_classifier(knowing, calibrate(load_classifier(checkpoint), *drawings, seed=0))
    Image.fromarray(drawings[0].take(torch.tensor([0]))[0].permute(1, 2, 0).numpy()).save(tmp_path / "pet.png")
    Image.new("RGB", (SIDE, SIDE), "magenta").save(tmp_path / "plain.png")
    files = [str(tmp_path / "pet.png"), str(tmp_path / "plain.png")]

    assert main(["predict", str(knowing), *files]) == 0
    assert ["(unlike" in line for line in capsys.readouterr().out.splitlines()] == [False, True]
    assert main(["predict", str(knowing), *files, "--json"]) == 0
    in_json = [answer["familiarity"] for answer in json.loads(capsys.readouterr().out)]
    assert in_json[0] > 0.02 > in_json[1]
    assert main(["predict", str(knowing), *files, "--csv"]) == 0
    header, *rows = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert header[-1] == "familiarity"
    assert [float(row[-1]) for row in rows] == in_json


def test_batches_keep_the_order_and_little_in_memory(
    checkpoint: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (pictures / "cat" / "a.png").write_text("bad")
    (pictures / "dog" / "b.png").write_text("worse")
    assert main(["predict", str(checkpoint), str(pictures), "--json"]) == 2
    at_once = capsys.readouterr()

    batch = 3
    decoded: list[str] = []
    asked: list[int] = []
    waiting: list[int] = []
    decode, ask = predict_command.decode, predict_command.Classifier.answer

    def counting_decode(file, *, name, side):
        decoded.append(name)
        waiting.append(len(decoded) - sum(asked))
        return decode(file, name=name, side=side)

    def counting_ask(classifier, squares):
        asked.append(len(squares))
        return ask(classifier, squares)

    monkeypatch.setattr(predict_command, "BATCH_PIXELS", batch * SIDE**2)
    monkeypatch.setattr(predict_command, "decode", counting_decode)
    monkeypatch.setattr(predict_command.Classifier, "answer", counting_ask)
    assert main(["predict", str(checkpoint), str(pictures), "--json"]) == 2
    in_batches = capsys.readouterr()
    assert in_batches.err == at_once.err
    for one, other in zip(json.loads(in_batches.out), json.loads(at_once.out), strict=True):
        assert one["file"] == other["file"]
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
    assert max(asked) <= batch
    assert sum(asked) == 12
    assert max(waiting) <= 2 * batch + 2  # the two bad ones are never asked about


def test_csv_holds_what_json_holds(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    next((pictures / "dog").iterdir()).rename(pictures / 'dog, "good".png')
    assert main(["predict", str(checkpoint), str(pictures), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert main(["predict", str(checkpoint), str(pictures), "--csv"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("file,label,cat,dog\n")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert len(rows) == 12
    for row, answer in zip(rows, answers, strict=True):
        found = {"cat": float(row["cat"]), "dog": float(row["dog"])}
        assert {"file": row["file"], "label": row["label"], "probabilities": found} == answer


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_no_cell_of_the_csv_is_a_formula(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    classes = ("=1+1", "@SUM(A1)")
    write_checkpoint(tmp_path / "tricky.safetensors", classes=classes)
    names = ["=cmd|'calc'!A0.png", "+1.png", "-1.png", "@x.png", "\tx.png", "\rx.png", "plain=1\r+2.png"]
    monkeypatch.chdir(tmp_path)
    picture = next((pictures / "cat").iterdir()).read_bytes()
    for name in names:
        Path(name).write_bytes(picture)
    assert main(["predict", "tricky.safetensors", "--csv", "--", *names]) == 0
    header, *rows = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert header == ["file", "label", "'=1+1", "'@SUM(A1)"]
    assert [row[0] for row in rows] == [f"'{name}" for name in names[:-1]] + names[-1:]
    assert {row[1] for row in rows} <= {f"'{name}" for name in classes}


def test_names_this_console_cannot_write_are_written_otherwise(
    checkpoint: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = next((pictures / "cat").iterdir()).rename(pictures / "猫é😀.png")
    told = {}
    for style in ("", "--json", "--csv"):
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="\r\n"))
        arguments = [str(picture), str(pictures / "狗.png"), *filter(None, [style])]
        assert main(["predict", str(checkpoint), *arguments]) == 2
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            stream.flush()
            told[name, style] = stream.buffer.getvalue()
    assert b"\\u72d7.png: There is no such file" in told["stderr", ""]
    assert "\\u732bé".encode("cp1252") in told["stdout", ""]
    assert json.loads(told["stdout", "--json"])[0]["file"] == str(picture)
    table = told["stdout", "--csv"].decode("utf-8")  # whatever the console: programs read it
    assert table.splitlines()[1].startswith(f"{picture},")
    assert "\r" not in table


def test_letters_that_command_a_terminal_are_not_printed(checkpoint: Path, pictures: Path, capsys: Capture) -> None:
    picture = next((pictures / "cat").iterdir()).read_bytes()
    (pictures / "\x1b[2Jgood.png").write_bytes(picture)
    (pictures / "\x1b[2Jbad.png").write_text("no picture")
    assert main(["predict", str(checkpoint), str(pictures)]) == 2
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "[2Jgood.png: " in told.out
    assert "[2Jbad.png: " in told.err


def test_what_is_no_checkpoint_is_refused_by_the_name_that_was_typed(
    pictures: Path, tmp_path: Path, capsys: Capture
) -> None:
    pickle = tmp_path / "model.safetensors"
    pickle.write_bytes(b"\x80\x04cos\nsystem\n.")
    for checkpoint in (pickle, tmp_path / "missing", pictures):
        assert main(["predict", str(checkpoint), "x.png"]) == 2
        said = capsys.readouterr().err
        assert len(said.splitlines()) == 1
        assert said.startswith(f"{checkpoint}: ")
