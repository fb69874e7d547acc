"""An uploaded weight file as a checkpoint: asked by whoever uploaded it, and by nobody who guesses."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch

from resnet import weights
from resnet.errors import UserError
from tests.checkpoints import SIDE, write_checkpoint
from train.checkpoint import load_classifier
from ui import uploads
from ui.checkpoints import Shelf
from ui.images import drawn

SQUARE = drawn(0, SIDE, "").square


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    write_checkpoint(tmp_path / "runs" / "one" / "model.safetensors", seed=1)
    write_checkpoint(tmp_path / "secret.safetensors")
    (tmp_path / "uploads").mkdir()
    return Shelf(tmp_path / "runs", assets=tmp_path / "none", uploads=tmp_path / "uploads")


def place(shelf: Shelf, name: str = "mine.safetensors", content: bytes = b"", seed: int = 5) -> tuple[str, Path]:
    """A file as it lies where Gradio puts it, a checkpoint of that seed where nothing else is given; with its key."""
    folder = hashlib.sha256(f"{seed} {content!r}".encode()).hexdigest()
    path = shelf._uploads / folder / name
    if content:
        path.parent.mkdir()
        path.write_bytes(content)
    else:
        write_checkpoint(path, seed=seed)
    return f"upload:{folder}/{name}", path


def test_it_answers_as_the_file_alone_answers(shelf: Shelf):
    key, path = place(shelf)
    asked = shelf.open(key)
    batch = torch.from_numpy(SQUARE.copy()).permute(2, 0, 1)[None]
    alone = load_classifier(path)
    expected = dict(zip(alone.classes, alone.probabilities(batch)[0].tolist(), strict=True))
    assert asked.answer(SQUARE)[0] == pytest.approx(expected)
    assert asked.offer.title == "ResNet-10, width 16 · drawn pets · 75.0 % · 1,234 steps"
    assert shelf.open(key) is asked


def test_two_visitors_ask_their_own_and_neither_is_listed(shelf: Shelf):
    (mine, _), (other, _) = place(shelf, seed=5), place(shelf, seed=6)
    assert shelf.open(mine).answer(SQUARE)[0] != shelf.open(other).answer(SQUARE)[0]
    assert [offer.key for offer in shelf.offers()] == ["run:one"]
    with pytest.raises(UserError) as refused:
        shelf.open("run:nobody")
    assert "upload:" not in str(refused.value)


@pytest.mark.parametrize(
    "guess",
    [
        "", "/", ".", "..", "mine.safetensors", "../secret.safetensors", "../runs/one/model.safetensors", "{secret}",
        "{folder}", "{folder}/", "{folder}/../{folder}/mine.safetensors", "{folder}/./mine.safetensors", "\0",
        "{folder}/link.safetensors", "*/mine.safetensors", "~", "C:\\secret.safetensors", "x" * 9999,
    ],
)  # fmt: skip
def test_no_other_words_open_a_file(shelf: Shelf, tmp_path: Path, guess: str):
    key, path = place(shelf)
    (path.parent / "link.safetensors").symlink_to(tmp_path / "secret.safetensors")
    guess = guess.replace("{folder}", path.parent.name).replace("{secret}", str(tmp_path / "secret.safetensors"))
    with pytest.raises(UserError, match="no longer here") as refused:
        shelf.open(f"upload:{guess}")
    assert str(tmp_path) not in str(refused.value)
    assert shelf.open(key)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pickle.dumps({"weight": 1}), "a pickle, not a safetensors file. A pickle can run code"),
        (b"PK\x03\x04 archive/data.pkl", r"a PyTorch \.pt file"),
        (b"<!doctype html><p>Not found", r"a web page \(HTML\)"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"only words", "a text file"),
    ],
)
def test_another_kind_of_file_is_named_and_none_of_it_is_run(shelf: Shelf, tmp_path: Path, content: bytes, said: str):
    key, _ = place(shelf, content=content)
    with pytest.raises(UserError, match=f"^mine.safetensors: This is {said}") as refused:
        shelf.open(key)
    assert refused.value.cure
    assert str(tmp_path) not in str(refused.value)


def test_weights_that_do_not_tell_what_they_are_are_refused(shelf: Shelf):
    key, path = place(shelf)
    numbers, about = weights.read(path)
    weights.save(path, numbers, {})
    with pytest.raises(UserError, match=r"does not say that it is a checkpoint of ResNet Lab\. Give a file that"):
        shelf.open(key)
    weights.save(path, numbers, {**about, "net": "resnet18"})
    with pytest.raises(UserError, match="of another architecture"):
        shelf.open(key)


def test_a_net_for_which_everybody_would_wait_is_not_even_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    key, path = place(shelf)
    numbers, about = weights.read(path)
    weights.save(path, numbers, {**about, "net": "resnet152", "image_px": "512"})
    with pytest.raises(UserError, match=r"takes 60\.\d billion .* and 16 billion .* your own computer"):
        shelf.open(key)
    weights.save(path, numbers, about)
    monkeypatch.setattr(uploads, "MOST_NUMBERS", 1_000)
    monkeypatch.setattr(weights, "read", lambda *_, **__: pytest.fail("its numbers were read"))
    with pytest.raises(UserError, match=r"million parameters"):
        shelf.open(key)


def test_a_deleted_file_is_said_to_be_so_and_its_net_is_let_go(shelf: Shelf):
    key, path = place(shelf)
    shelf.open(key)
    path.unlink()
    assert shelf.open("run:one")  # somebody else asks something else
    assert list(shelf._ready) == ["run:one"]
    with pytest.raises(UserError, match=r"weight file is no longer here\. Give it once more, or choose another"):
        shelf.open(key)


def test_without_uploads_there_are_none(tmp_path: Path):
    with pytest.raises(UserError, match="no longer here"):
        Shelf(tmp_path, assets=tmp_path).open("upload:a/b")
