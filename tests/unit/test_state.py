"""Resuming: the same numbers as if nothing had happened, or a refusal that says why not."""

import dataclasses

import pytest
from safetensors.torch import load_file, save_file

from resnet import UserError
from tests.toys import SIDE, TOY, data, epochs, losses, same, state
from train import state as kept
from train.distributed import Group
from train.engine import Training
from train.state import _machine, forget, has_state, restore, save_state, tidy

RECIPES = {
    "adamw": TOY,
    "sgd": dataclasses.replace(TOY, optimizer="sgd", lr=0.01),
    "bfloat16": dataclasses.replace(TOY, precision="bfloat16"),
    "adam": dataclasses.replace(TOY, optimizer="adam", lr=0.01),
    "average": dataclasses.replace(TOY, ema=0.9),
    "crops": dataclasses.replace(TOY, image_px=24, start_px=20, crop="random-resized", colour=0.3, shift_px=0),
    "group": dataclasses.replace(TOY, norm="group"),
    "frozen": dataclasses.replace(TOY, freeze="conv1 bn1 layer1"),
}


def halves(recipe, folder, stop_after):
    """The events before the state was saved, and those of another training that took over from it."""
    first = Training(recipe, data())
    before = []
    for event in first.events():
        before.append(event)
        if event.kind == "step" and event.step == stop_after:
            break
    save_state(folder, first)
    second = Training(recipe, data())
    assert restore(folder, second) == ()
    return before, list(second.events()), second


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("stop_after", [1, 6, 8])
def test_a_restored_training_goes_on_bit_for_bit(name, stop_after, tmp_path):
    uninterrupted = Training(RECIPES[name], data())
    whole = list(uninterrupted.events())
    before, after, second = halves(RECIPES[name], tmp_path, stop_after)
    assert losses(before) + losses(after) == losses(whole)
    for one, other in zip(epochs(before) + epochs(after), epochs(whole), strict=True):
        assert (one.epoch, one.step, one.train_loss, one.val_loss) == (
            other.epoch,
            other.step,
            other.train_loss,
            other.val_loss,
        )
    assert same(state(second), state(uninterrupted))
    assert same(second.finite_weights().state, uninterrupted.finite_weights().state)


def test_time_goes_on_where_it_was(tmp_path):
    before, after, _ = halves(TOY, tmp_path, 8)
    assert epochs(after)[0].seconds > epochs(before)[0].seconds
    assert epochs(after)[0].cpu_seconds > epochs(before)[0].cpu_seconds


def test_other_pictures_are_refused_with_the_cure(tmp_path):
    save_state(tmp_path, Training(TOY, data()))
    with pytest.raises(UserError, match=r"not those this run began with.*Put them back"):
        restore(tmp_path, Training(TOY, data(train=80)))


@pytest.mark.parametrize("broken", ["cut", "empty", "other net", "text", "no position"])
def test_a_state_that_cannot_be_used_is_refused_and_changes_nothing_else(broken, tmp_path):
    training = Training(TOY, data())
    save_state(tmp_path, Training(TOY, data()))
    path = tmp_path / kept.FOLDER / kept.NAME
    if broken == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif broken == "empty":
        path.write_bytes(b"")
    elif broken == "text":
        path.write_text("not a state")
    elif broken == "no position":
        save_file(load_file(path), path)
    else:
        save_state(tmp_path, Training(dataclasses.replace(TOY, net="resnet10_w24", image_px=SIDE), data()))
    with pytest.raises(UserError, match="init="):
        restore(tmp_path, training)


def test_another_machine_is_told_of(tmp_path, monkeypatch):
    save_state(tmp_path, Training(TOY, data()))
    monkeypatch.setattr(kept, "_machine", lambda: {**_machine(), "PyTorch": "99.0"})
    (note,) = restore(tmp_path, Training(TOY, data()))
    assert "99.0" in note
    assert "may differ in their last digits" in note


@pytest.mark.parametrize("changes", [{"batch": 8}, {"epochs": 9}, {"lr": 0.02, "seed": 5}], ids=str)
def test_other_settings_are_refused_by_name(changes, tmp_path):
    save_state(tmp_path, Training(TOY, data()))
    with pytest.raises(UserError, match=rf"other settings \({', '.join(changes)}\)") as refused:
        restore(tmp_path, Training(dataclasses.replace(TOY, **changes), data()))
    assert "recipe.json" in refused.value.cure


def test_pictures_and_initial_weights_may_lie_elsewhere(tmp_path):
    save_state(tmp_path, Training(dataclasses.replace(TOY, data="here", init="a"), data()))
    assert restore(tmp_path, Training(dataclasses.replace(TOY, data="there", init="b"), data())) == ()


def test_another_number_of_processes_is_told_of(tmp_path):
    two = Training(TOY, data())
    two.group = Group(rank=0, world=2, local_rank=0)
    save_state(tmp_path, two)
    (note,) = restore(tmp_path, Training(TOY, data()))
    assert "2 processes so far, now with 1" in note


def test_nothing_is_left_of_writers_that_were_killed(tmp_path):
    save_state(tmp_path, Training(TOY, data()))
    for folder in (tmp_path, tmp_path / kept.FOLDER):
        (folder / ".training.safetensors.0123.tmp").write_bytes(b"half")
    (tmp_path / ".control.json.0123.tmp").write_bytes(b"the owner's, this moment")
    tidy(tmp_path)
    assert [path.name for path in tmp_path.rglob("*.tmp")] == [".control.json.0123.tmp"]
    assert has_state(tmp_path)
    forget(tmp_path)
    assert not has_state(tmp_path)


def test_a_full_disk_keeps_the_older_state(tmp_path, monkeypatch):
    save_state(tmp_path, Training(TOY, data()))
    older = (tmp_path / kept.FOLDER / kept.NAME).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("resnet.files.os.fsync", full)
    with pytest.raises(UserError, match=r"No space left.*Free some disk space"):
        save_state(tmp_path, Training(TOY, data()))
    assert (tmp_path / kept.FOLDER / kept.NAME).read_bytes() == older
    assert [path.name for path in tmp_path.rglob("*.tmp")] == []
