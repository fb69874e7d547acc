"""Calibration: sureness that can be believed, and classifiers that learn both from their own pictures."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

import resnet
from train.calibration import TEMPERATURES, calibrate, calibration_error, fit_temperature
from train.checkpoint import Classifier, load_classifier, save_classifier
from train.drawn_pets import draw
from train.familiarity import UNFAMILIAR
from train.splits import StoredSplit

SIDE = 32


def believable(n, classes=3):
    """Logits of a net that is right exactly as often as it says, and the truth."""
    chance = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(n, classes, generator=chance)
    return logits, torch.multinomial(logits.softmax(dim=1), 1, generator=chance)[:, 0]


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_a_known_scaling(scale):
    logits, labels = believable(50_000)
    assert fit_temperature(scale * logits, labels) == pytest.approx(scale, rel=0.02)


def test_no_other_temperature_has_a_smaller_loss():
    logits, labels = believable(300)
    found = fit_temperature(2 * logits, labels)
    targets = (300 * F.one_hot(labels, 3).double() + 1) / 303  # one picture more of each class with each label
    losses = [F.cross_entropy(2 * logits.double() / found / factor, targets) for factor in (1, 0.99, 1.01)]
    assert losses[0] == min(losses)


def test_the_temperature_stays_within_its_limits():
    logits, labels = believable(200)
    cold, hot = TEMPERATURES
    assert fit_temperature(logits / 100, logits.argmax(dim=1)) == pytest.approx(cold)
    assert fit_temperature(logits, logits.argmin(dim=1)) == pytest.approx(hot)
    assert fit_temperature(logits[:0], labels[:0]) == 1


@pytest.mark.parametrize("n", [10, 500])
def test_a_net_that_was_right_about_all_pictures_is_not_sure_of_the_next(n):
    labels = torch.arange(n) % 2
    logits = 3 * F.one_hot(labels).double()
    sureness = (logits / fit_temperature(logits, labels)).softmax(dim=1).amax(dim=1).mean()
    assert sureness.item() == pytest.approx((n + 1) / (n + 2), abs=1e-9)  # Laplace's rule of succession


def test_the_calibration_error_is_small_where_sureness_is_earned_and_large_where_it_is_not():
    logits, labels = believable(50_000)
    assert calibration_error(logits.softmax(dim=1), labels) < 0.01
    assert calibration_error((5 * logits).softmax(dim=1), labels) > 0.1
    assert calibration_error((logits / 5).softmax(dim=1), labels) > 0.1


def test_the_calibration_error_of_four_pictures():
    probabilities = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.0, 1.0]])
    labels = torch.tensor([0, 1, 1, 1])
    # bins: 0.9 twice with one right, 0.7 right, 1.0 right
    assert calibration_error(probabilities, labels) == pytest.approx((2 * abs(0.9 - 0.5) + 0.3 + 0.0) / 4)


def drawings(start, count, side=SIDE):
    drawn = [draw(0, index, side) for index in range(start, start + count)]
    store = torch.stack([torch.from_numpy(each.image) for each in drawn])
    return StoredSplit(store, torch.arange(count), torch.tensor([each.label for each in drawn]))


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    about = {"net": "resnet10_w16", "net_args": {"num_classes": 2}}
    return Classifier(resnet.create("resnet10_w16", num_classes=2), ("cat", "dog"), SIDE, mirrored=True, about=about)


@pytest.fixture(scope="module")
def calibrated(classifier):
    return calibrate(classifier, drawings(0, 300), drawings(1000, 200), seed=0)


def test_a_calibrated_classifier_knows_its_own_pictures_from_noise(calibrated):
    _, own = calibrated.answer(drawings(2000, 200).take(torch.arange(200)))
    noise = torch.randint(0, 256, (50, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    assert (own < UNFAMILIAR).float().mean() < 0.07
    assert 0.4 < own.mean() < 0.6
    assert calibrated.answer(noise)[1].mean() < 0.25 * own.mean()  # even with weights that nobody trained


def test_the_temperature_changes_how_sure_it_is_and_never_the_answer(classifier, calibrated):
    images = drawings(3000, 50).take(torch.arange(50))
    before, after = classifier.probabilities(images), calibrated.probabilities(images)
    assert calibrated.temperature != 1
    torch.testing.assert_close((before.log() / calibrated.temperature).softmax(dim=1), after)
    assert torch.equal(before.argmax(dim=1), after.argmax(dim=1))


def test_a_calibrated_classifier_answers_the_same_when_read(calibrated, tmp_path):
    save_classifier(tmp_path / "model.safetensors", calibrated)
    images = drawings(3000, 50).take(torch.arange(50))
    for told, read in zip(
        calibrated.answer(images), load_classifier(tmp_path / "model.safetensors").answer(images), strict=True
    ):
        assert torch.equal(told, read)


def test_calibrating_is_repeatable_and_leaves_the_net_and_the_random_numbers_alone(classifier, calibrated):
    state = {name: tensor.clone() for name, tensor in classifier.model.state_dict().items()}
    modes = [module.training for module in classifier.model.modules()]
    numbers = torch.get_rng_state()
    again = calibrate(classifier, drawings(0, 300), drawings(1000, 200), seed=0)
    assert again.familiarity.to_json() == calibrated.familiarity.to_json()
    assert again.temperature == calibrated.temperature
    assert all(torch.equal(tensor, state[name]) for name, tensor in classifier.model.state_dict().items())
    assert modes == [module.training for module in classifier.model.modules()]
    assert torch.equal(torch.get_rng_state(), numbers)
    assert classifier.familiarity is None


def test_of_answers_that_are_not_finite_nothing_is_said(classifier):
    wild = copy.deepcopy(classifier)
    with torch.no_grad():
        wild.model.fc.weight.fill_(torch.inf)
    assert calibrate(wild, drawings(0, 20), drawings(1000, 20), seed=0) is wild


def test_pictures_stored_at_another_side_are_seen_at_the_classifiers(classifier, calibrated):
    other = calibrate(classifier, drawings(0, 300, side=2 * SIDE), drawings(1000, 200), seed=0)
    _, own = other.answer(drawings(2000, 200).take(torch.arange(200)))
    assert 0.4 < own.mean() < 0.6
