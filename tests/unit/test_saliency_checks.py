"""Random weights for comparison, the share of heat on a mask, and what the shipped weights show of drawings."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from resnet import create
from resnet.activations import watch
from resnet.saliency import grad_cam, integrated_gradients, occlusion
from resnet.saliency_checks import evident, focus, randomised
from train.augment import normalise
from train.checkpoint import Classifier, load_classifier
from train.drawn_pets import draw

DRAWN = Path(__file__).resolve().parents[2] / "assets" / "drawn-pets.safetensors"
DRAWINGS = 12


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    return load_classifier(DRAWN)


@pytest.fixture(scope="module")
def images(shipped: Classifier) -> Tensor:
    drawings = [torch.from_numpy(draw(404, index, shipped.image_px).image) for index in range(DRAWINGS)]
    return normalise(torch.stack(drawings).permute(0, 3, 1, 2), shipped.mean, shipped.std)


@pytest.fixture(scope="module")
def labels() -> Tensor:
    return torch.tensor([draw(404, index, 16).label for index in range(DRAWINGS)])


def correlation(one: Tensor, other: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


@pytest.mark.parametrize("norm", [nn.BatchNorm2d, lambda channels: nn.GroupNorm(4, channels)])
def test_random_weights_are_the_same_numbers_elsewhere_and_the_net_is_left_alone(norm) -> None:
    model = create("resnet20", num_classes=3, norm_layer=norm).train()
    before, dice = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    random, again, other = (randomised(model, seed, 32) for seed in (7, 7, 8))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), dice)
    assert not any(module.training for module in random.modules())
    for name, weights in random.named_parameters():
        assert torch.equal(weights.flatten().sort()[0], before[name].flatten().sort()[0])
    moved = [not torch.equal(weights, before[name]) for name, weights in random.named_parameters() if weights.ndim > 1]
    assert all(moved)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in random.state_dict().items())
    assert not torch.equal(random.conv1.weight, other.conv1.weight)


def test_norms_of_random_weights_know_the_size_of_its_maps(shipped: Classifier, images: Tensor) -> None:
    random = randomised(shipped.model, 0, shipped.image_px)
    norms = [name for name, module in random.named_modules() if isinstance(module, nn.BatchNorm2d)]
    for name in norms:
        norm = random.get_submodule(name)
        norm.weight.data.fill_(1)
        norm.bias.data.zero_()
        assert norm.momentum == 0.1
    with watch(random, norms) as seen, torch.no_grad():
        random(images)
    assert len(norms) == len(seen) > 8
    assert all(0.2 < float(maps.std()) < 5 for maps in seen.values())


def test_maps_change_when_the_weights_are_random(shipped: Classifier, images: Tensor, labels: Tensor) -> None:
    random = randomised(shipped.model, 0, shipped.image_px)
    few = images[:3], labels[:3]
    for heat in (
        lambda model: grad_cam(model, images, "layer3", labels),
        lambda model: integrated_gradients(model, *few),
        lambda model: occlusion(model, *few),
    ):
        assert abs(correlation(heat(shipped.model), heat(random))) < 0.4


def test_covering_the_hottest_patch_costs_more_than_covering_another(
    shipped: Classifier, images: Tensor, labels: Tensor
) -> None:
    rivals = 1 - labels
    side = shipped.image_px // 3  # a place of layer4
    heat = grad_cam(shipped.model, images, "layer4", labels, rivals)
    assert heat.shape[1:] == (3, 3)

    def lost(places: Tensor) -> float:
        covered = images.clone()
        for image, place in zip(covered, places.tolist(), strict=True):
            top, left = place // 3 * side, place % 3 * side
            image[:, top : top + side, left : left + side] = 0
        with torch.no_grad():
            logits = shipped.model(images) - shipped.model(covered)
        return float((logits.gather(1, labels[:, None]) - logits.gather(1, rivals[:, None])).mean())

    hottest = lost(heat.flatten(1).argmax(dim=1))
    anywhere = sum(lost(torch.full((DRAWINGS,), place)) for place in range(9)) / 9
    assert hottest > 1.5 * anywhere
    assert hottest > lost(heat.flatten(1).argmin(dim=1))


def test_there_is_evidence_for_what_was_drawn_and_none_for_the_other(
    shipped: Classifier, images: Tensor, labels: Tensor
) -> None:
    random = randomised(shipped.model, 0, shipped.image_px)
    for classes, least, most in ((labels, DRAWINGS - 1, DRAWINGS), (1 - labels, 0, 1)):
        maps = (grad_cam(model, images, "layer4", classes) for model in (shipped.model, random))
        found = sum(evident(heat, without) for heat, without in zip(*maps, strict=True))
        assert least <= found <= most


def test_a_map_is_evident_if_it_is_half_as_hot_again() -> None:
    random = torch.tensor([[1.0, -2.0]])
    assert not evident(torch.tensor([[3.0, 0.0]]), random)
    assert evident(torch.tensor([[3.1, 0.0]]), random)
    assert not evident(torch.tensor([[-9.0, 0.0]]), random)
    assert not evident(torch.zeros(2, 2), torch.zeros(2, 2))


def test_focus_is_the_share_on_the_mask() -> None:
    mask = torch.zeros(4, 4, dtype=torch.bool)
    mask[:2, :2] = True
    assert focus(torch.tensor([[3.0, 1.0], [-9.0, 0.0]]), mask) == pytest.approx(0.75)
    assert focus(torch.ones(2, 2), mask) == pytest.approx(0.25)
    assert math.isnan(focus(-torch.ones(2, 2), mask))


@pytest.mark.parametrize("grid", [(1, 1), (3, 3), (5, 7), (40, 11), (48, 48)])
def test_an_equal_map_has_the_masks_share_on_any_grid(grid: tuple[int, int]) -> None:
    mask = torch.from_numpy(draw(1, 0, 48).mask)
    assert focus(torch.full(grid, 0.3), mask) == pytest.approx(float(mask.double().mean()), rel=1e-9)


def test_a_place_that_ends_within_a_pixel_has_that_part_of_it() -> None:
    mask = torch.tensor([[True, False]])
    assert focus(torch.tensor([[1.0, 1.0, 0.0]]), mask) == pytest.approx(0.75)  # all of the first, half of the second
    assert focus(torch.tensor([[0.0, 1.0, 1.0]]), mask) == pytest.approx(0.25)
