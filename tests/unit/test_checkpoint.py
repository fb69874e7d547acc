"""Checkpoints: what is saved answers the same when read, and a stranger's file is refused by name."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

import resnet
from resnet import UserError, weights
from tests.toys import stored
from train.checkpoint import Classifier, calibrate_checkpoint, load_classifier, save_classifier
from train.datasets import Data
from train.engine import Training
from train.events import Epoch
from train.recipe import Recipe

SIDE = 16


def pictures(n=6):
    return torch.randint(0, 256, (n, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(4))


def trained(net="resnet10_w16"):
    """A small net after the first of two epochs."""
    split = stored(pictures(), torch.tensor([0, 1, 2, 0, 1, 2]))
    data = Data(("a", "b", "猫"), split, split, (), "six")
    recipe = Recipe(
        net=net,
        image_px=SIDE,
        epochs=2,
        batch=3,
        data="/home/me/b",
        init=__file__,
        precision="float32",
        threads=1,
    )
    training = Training(recipe, data)
    for event in training.events():
        if isinstance(event, Epoch):
            return training
    raise AssertionError


@pytest.fixture
def training():
    return trained()


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """What is in a good file: weights, and metadata as text."""
    path = tmp_path_factory.mktemp("good") / "good.safetensors"
    save_classifier(path, trained())
    return weights.read(path)


@pytest.fixture
def metadata(good, tmp_path):
    """A function that writes a good file with other metadata."""
    state, metadata = good

    def altered(**changes):
        path = tmp_path / "altered.safetensors"
        new = {**metadata, **changes}
        weights.save(path, state, {key: value for key, value in new.items() if value is not None})
        return path

    return altered


def test_a_checkpoint_tells_what_its_training_took(training, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "clock", dataclasses.replace(training.clock, cpu=training.clock.cpu - 60))
    save_classifier(tmp_path / "model.safetensors", training)
    took = load_classifier(tmp_path).about["cpu_seconds"]
    assert 60 <= took <= training.clock.cpu_seconds() + 0.1


def test_round_trip_gives_equal_probabilities(training, tmp_path):
    path = tmp_path / "model.safetensors"
    save_classifier(path, training)
    before = Classifier(training.model, training.data.classes, SIDE).probabilities(pictures())
    classifier = load_classifier(path)
    assert torch.equal(classifier.probabilities(pictures()), before)
    assert torch.equal(load_classifier(tmp_path).probabilities(pictures()), before)
    assert classifier.classes == ("a", "b", "猫")
    assert classifier.about["net"] == "resnet10_w16"
    assert classifier.about["epoch"] == 0
    assert classifier.about["step"] == 2
    assert classifier.about["val_accuracy"] == training.val_accuracy
    assert classifier.about["recipe"] == {
        **dataclasses.asdict(training.recipe),
        "data": "b",
        "init": Path(__file__).name,
    }
    torch.testing.assert_close(before.sum(dim=1), torch.ones(6))
    assert not any(module.training for module in classifier.model.modules())
    assert all(module.training for module in training.model.modules())


def test_a_net_of_ones_own_is_found_again(tmp_path):
    training = trained("design:layers=1,1:width=8:order=preactivation:stem=3x3")
    save_classifier(tmp_path / "own.safetensors", training)
    classifier = load_classifier(tmp_path / "own.safetensors")
    assert classifier.about["net"] == training.recipe.net
    before = Classifier(training.model, training.data.classes, SIDE).probabilities(pictures())
    assert torch.equal(classifier.probabilities(pictures()), before)


def test_a_loaded_checkpoint_can_be_saved_again_at_half_the_size(training, tmp_path):
    path, half = tmp_path / "model.safetensors", tmp_path / "half.safetensors"
    save_classifier(path, training)
    first = load_classifier(path)
    save_classifier(half, first, half=True)
    assert half.stat().st_size < 0.55 * path.stat().st_size
    second = load_classifier(half)
    assert second.about == first.about
    torch.testing.assert_close(second.probabilities(pictures()), first.probabilities(pictures()), rtol=0, atol=5e-3)


def test_answers_that_are_no_numbers_are_refused(training):
    with torch.no_grad():
        training.model.fc.weight.fill_(1e38)  # finite, but not what comes of it
    with pytest.raises(UserError, match="not finite"):
        Classifier(training.model, training.data.classes, SIDE).probabilities(pictures())


def test_a_checkpoint_learns_to_tell_how_sure_it_is_and_keeps_its_answers(training, tmp_path):
    path = tmp_path / "model.safetensors"
    save_classifier(path, training)
    before = load_classifier(path)
    calibrate_checkpoint(path, training)
    after = load_classifier(path)
    assert before.temperature == 1
    assert before.familiarity is None
    assert after.temperature != 1
    assert after.answer(pictures())[1].shape == (6,)
    assert after.about == before.about
    assert all(map(torch.equal, before.model.state_dict().values(), after.model.state_dict().values()))


def test_reading_leaves_the_process_its_random_numbers(training, tmp_path):
    save_classifier(tmp_path / "model.safetensors", training)
    before = torch.get_rng_state()
    load_classifier(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


def test_broken_weights_are_never_written(training, tmp_path):
    kept = training.finite_weights().state["fc.weight"].clone()
    with torch.no_grad():
        training.model.fc.weight.fill_(float("nan"))
    save_classifier(tmp_path / "model.safetensors", training)
    assert torch.equal(load_classifier(tmp_path).model.fc.weight, kept)


def test_pictures_and_tensors_get_the_same_answer(training):
    classifier = Classifier(training.model, training.data.classes, SIDE)
    squares = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in pictures()]
    assert torch.equal(classifier.probabilities(squares), classifier.probabilities(pictures()))
    assert classifier.probabilities([Image.new("RGB", (90, 40), "red")]).shape == (1, 3)


def test_many_pictures_are_asked_about_in_parts(training, monkeypatch):
    classifier = Classifier(training.model, training.data.classes, SIDE)
    whole = classifier.probabilities(pictures(7))
    monkeypatch.setattr("train.checkpoint.BATCH_PIXELS", 2 * SIDE * SIDE)
    torch.testing.assert_close(classifier.probabilities(pictures(7)), whole)


@pytest.mark.parametrize(
    "images",
    [pictures().float(), pictures()[0], torch.zeros(2, 3, 20, 20, dtype=torch.uint8), pictures()[:, :1]],
    ids=["float", "one picture", "other side", "grey"],
)
def test_other_tensors_are_refused(training, images):
    with pytest.raises(UserError, match="Give uint8 pictures of 3x16x16"):
        Classifier(training.model, training.data.classes, SIDE).probabilities(images)


def test_unaltered_metadata_loads(metadata):
    assert load_classifier(metadata()).image_px == SIDE
    assert load_classifier(metadata(recipe=None, epoch=None, step=None, val_accuracy=None)).classes


@pytest.mark.parametrize(
    "changes",
    [
        {"format": None},
        {"format": "resnet-lab/2"},
        {"net": None},
        {"net": ""},
        {"net": "resnet19"},
        {"net": "resnet18" * 10_000},
        {"net": "../../etc/passwd"},
        {"net": "inception_block"},
        {"net": "design:"},
        {"net": "design:layers=1,1,1,1:width=17"},
        {"net": "design:layers=1,1,1,1:width=100000"},
        {"net": "design:layers=100,100,100:width=1024"},
        {"net": "design:block=bottleneck:layers=1,1,1,1,1:width=1024:groups=1024:group_width=1024"},
        {"net": "design:layers=" + "9," * 10_000},
        {"net": "vgg19"},
        {"net": "resnet18"},
        {"net_args": None},
        {"net_args": "[]"},
        {"net_args": "{}"},
        {"net_args": '{"num_classes": 3, "width": 100000}'},
        {"net_args": '{"num_classes": 1000000000}'},
        {"net_args": '{"num_classes": true}'},
        {"net_args": '{"num_classes": "3"}'},
        {"net_args": '{"num_classes": 3, "in_channels": 1}'},
        {"temperature": "0"},
        {"temperature": "NaN"},
        {"familiarity": "{}"},
        {"mirrored": "1"},
        {"net_args": '{"num_classes": 3, "norm": "layer"}'},
        {"net_args": "__import__('os')"},
        {"net_args": "[" * 100_000},
        {"classes": None},
        {"classes": '["a", "b"]'},
        {"classes": '["a", "b", "b"]'},
        {"classes": '["a", "b", 3]'},
        {"classes": '["a", "b", ""]'},
        {"classes": '["a", "b", "\\u0000"]'},
        {"classes": json.dumps(["a", "b", "x" * 256])},
        {"classes": '{"a": 0}'},
        {"image_px": "0"},
        {"image_px": "8"},
        {"image_px": "100000"},
        {"image_px": "16.5"},
        {"image_px": "1" * 6000},
        {"mean": "[0.5, 0.5]"},
        {"mean": "[NaN, 0.5, 0.5]"},
        {"mean": '["0.5", 0.5, 0.5]'},
        {"std": "[0, 1, 1]"},
        {"std": "[Infinity, 1, 1]"},
        {"std": "0.5"},
        {"recipe": "[]"},
        {"recipe": '{"lr": [[]]}'},
        {"epoch": "-2"},
        {"step": "1e3"},
        {"val_accuracy": "NaN"},
        {"val_accuracy": "1.5"},
        {"cpu_seconds": "-1"},
    ],
    ids=lambda changes: str(changes)[:50],
)
def test_hostile_metadata_is_refused_with_the_files_name(metadata, changes):
    with pytest.raises(UserError) as caught:
        load_classifier(metadata(**changes))
    assert caught.value.where == "altered.safetensors"
    assert caught.value.cure
    assert len(str(caught.value)) < 500


def test_other_peoples_weights_are_refused_with_a_reason(tmp_path):
    path = tmp_path / "theirs.safetensors"
    weights.save(path, resnet.create("resnet10_w16"), {})
    with pytest.raises(UserError, match=r"theirs\.safetensors: The file does not say that it is a checkpoint"):
        load_classifier(path)


def test_a_folder_without_weights_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(UserError, match="This folder holds no weights"):
        load_classifier(tmp_path)
    with pytest.raises(UserError, match="no such file"):
        load_classifier(tmp_path / "nothing.safetensors")
