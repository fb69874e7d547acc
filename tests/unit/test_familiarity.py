"""Familiarity: uniform on pictures of the same kind, next to nothing far away, and safe to read from a stranger."""

from __future__ import annotations

import base64
import json
import threading

import numpy as np
import pytest
import torch
from torch import nn

import resnet
from resnet import UserError
from resnet.activations import watch
from train.evaluate import logits_of
from train.familiarity import DIRECTIONS, LEVELS, MOST_TEXT, Familiarity, Gaussian, feature_sizes, look

SIZES = (12, 30)  # features of two layers


def features(n, seed, shift=0.0):
    """Features of n pictures: positive, correlated, of two layers."""
    chance = torch.Generator().manual_seed(seed)
    hidden = torch.randn(n, 5, generator=chance)
    mixing = torch.Generator().manual_seed(99)
    layers = []
    for size in SIZES:
        mix = torch.randn(5, size, generator=mixing)
        noise = 0.3 * torch.randn(n, size, generator=chance)
        direction = torch.randn(size, generator=mixing)
        layers.append((hidden @ mix + noise + shift * direction).relu() + 0.05)
    return layers


@pytest.fixture(scope="module")
def fitted():
    return Familiarity.fit(features(2000, 0), features(2000, 1))


def test_of_new_pictures_of_the_same_kind_a_part_p_has_a_familiarity_of_p_or_less(fitted):
    familiarity = fitted.of(features(20_000, 2))
    for part in (0.02, 0.1, 0.5, 0.9):
        assert (familiarity <= part).double().mean() == pytest.approx(part, abs=0.005 + 0.03 * part)
    assert familiarity.min() > 0
    assert familiarity.max() <= 1


def test_far_away_nothing_is_familiar(fitted):
    assert fitted.of(features(100, 3, shift=20.0)).tolist() == [1 / (LEVELS + 1)] * 100


def test_the_further_away_the_less_familiar(fitted):
    means = [fitted.of(features(500, 4, shift=shift)).mean() for shift in (0.0, 0.3, 0.6, 1.2)]
    assert means == sorted(means, reverse=True)


def test_one_layer_that_finds_a_picture_strange_is_enough(fitted):
    near, far = features(200, 5), features(200, 5, shift=20.0)
    for mixed in ((near[0], far[1]), (far[0], near[1])):
        assert fitted.of(mixed).mean() < 0.05


def test_with_few_pictures_held_out_nothing_can_be_called_unfamiliar():
    few = Familiarity.fit(features(2000, 0), features(9, 1))
    assert few.of(features(5, 2, shift=20.0)).tolist() == pytest.approx([0.1] * 5)


def test_the_size_of_features_does_not_count(fitted):
    given = features(50, 6)
    assert torch.equal(fitted.of(given), fitted.of([7 * each for each in given]))


def test_with_all_directions_the_distance_is_mahalanobis():
    given = torch.randn(400, 6, generator=torch.Generator().manual_seed(0)) @ torch.diag(torch.arange(1.0, 7.0)) + 3
    unit = nn.functional.normalize(given.double())
    away = unit - unit.mean(dim=0)
    expected = (away @ torch.linalg.inv(away.T @ away / len(away)) * away).sum(dim=1)
    torch.testing.assert_close(Gaussian.fit(given, 5).distance(given), expected, rtol=0.02, atol=0.02)


def test_one_picture_and_pictures_all_alike_can_be_fitted():
    for given in (torch.ones(1, 4), torch.ones(10, 4), torch.zeros(10, 4)):
        assert Gaussian.fit(given, DIRECTIONS).distance(torch.rand(3, 4)).isfinite().all()


# Text


def test_text_gives_the_same_to_the_last_bit(fitted):
    read = Familiarity.from_json(fitted.to_json(), SIZES, "a file")
    assert read.to_json() == fitted.to_json()
    assert torch.equal(read.of(features(500, 7)), fitted.of(features(500, 7)))


@pytest.mark.parametrize("sizes", [(32, 64, 128), (80, 160, 320), (1024, 1024, 1024)])
def test_the_text_of_narrow_and_of_wide_nets_is_short(sizes):
    chance = torch.Generator().manual_seed(0)
    wide = Familiarity.fit(*([torch.rand(n, size, generator=chance) for size in sizes] for n in (30, 1000)))
    assert len(wide.to_json()) < 100_000 < MOST_TEXT


def altered(fitted, change):
    content = json.loads(fitted.to_json())
    change(content)
    return json.dumps(content)


def packed(*numbers):
    return base64.b64encode(np.array(numbers, "<f2").tobytes()).decode()


HOSTILE = {
    "another key": lambda c: c.update(more=1),
    "no quantiles": lambda c: c.pop("quantiles"),
    "empty quantiles": lambda c: c.update(quantiles=[]),
    "falling quantiles": lambda c: c["quantiles"].reverse(),
    "NaN": lambda c: c["quantiles"].append(float("nan")),
    "infinity": lambda c: c["quantiles"].append(float("inf")),
    "huge": lambda c: c["quantiles"].append(10**400),
    "true": lambda c: c["quantiles"].append(True),
    "text for a number": lambda c: c["quantiles"].append("1"),
    "quantiles no list": lambda c: c.update(quantiles={"a": 1}),
    "no layer": lambda c: c.update(gaussians=[]),
    "a layer more": lambda c: c["gaussians"].append(c["gaussians"][0]),
    "layers swapped": lambda c: c["gaussians"].reverse(),
    "a layer that is none": lambda c: c.update(gaussians=[1, 2]),
    "layers no list": lambda c: c.update(gaussians="ab"),
    "variance zero": lambda c: c["gaussians"][0]["variances"].__setitem__(0, 0.0),
    "variance below zero": lambda c: c["gaussians"][0]["variances"].__setitem__(0, -1.0),
    "a variance more": lambda c: c["gaussians"][0]["variances"].append(1.0),
    "no variances": lambda c: c["gaussians"][0].update(variances=[]),
    "centre of another size": lambda c: c["gaussians"][0].update(centre=packed(1.0, 2.0)),
    "centre not finite": lambda c: c["gaussians"][0].update(centre=packed(*[float("nan")] * SIZES[0])),
    "half a number": lambda c: c["gaussians"][0].update(centre="AAA="),
    "not base64": lambda c: c["gaussians"][0].update(centre="*" * 32),
    "not ASCII": lambda c: c["gaussians"][0].update(centre="é" * 32),
    "centre a number": lambda c: c["gaussians"][0].update(centre=5),
    "directions of another size": lambda c: c["gaussians"][0].update(directions=packed(1.0)),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(fitted, change):
    with pytest.raises(UserError, match=r"^model: .*'familiarity'.*take the original checkpoint"):
        Familiarity.from_json(altered(fitted, change), SIZES, "model")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{", "[" * 100_000, "9" * 10_000, '{"gaussians":[],"quantiles":[1e999]}', " " * (MOST_TEXT + 1)],
    ids=["empty", "list", "null", "cut off", "deep", "long number", "overflow", "long"],
)
def test_text_that_is_none_of_ours_is_refused(text):
    with pytest.raises(UserError, match="familiarity"):
        Familiarity.from_json(text, (), "model")


def test_text_of_another_net_is_refused(fitted):
    with pytest.raises(UserError, match="of another net"):
        Familiarity.from_json(fitted.to_json(), (12, 31), "model")


# Features


@pytest.fixture
def model():
    torch.manual_seed(0)
    return resnet.create("resnet10_w16", num_classes=2).eval()


def images(n=3):
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def hooks(model):
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def test_features_are_means_of_inner_stages_and_what_the_last_layer_gets(model):
    with torch.no_grad():
        logits, seen = look(model, images(), mirrored=False)
        with watch(model, ["layer2", "layer3", "avgpool"]) as layers:
            expected = model(images())
    assert torch.equal(logits, expected)
    for one, layer in zip(seen, layers.values(), strict=True):
        torch.testing.assert_close(one, layer.mean(dim=(2, 3)))


def test_mirrored_features_are_means_over_both(model):
    with torch.no_grad():
        logits, both = look(model, images(), mirrored=True)
        _, one = look(model, images(), mirrored=False)
        _, other = look(model, images().flip(3), mirrored=False)
        assert torch.equal(logits, logits_of(model, images(), True))
    for mean, left, right in zip(both, one, other, strict=True):
        torch.testing.assert_close(mean, (left + right) / 2)


def test_hooks_are_given_back_also_after_an_exception(model):
    look(model, images(), mirrored=True)
    assert hooks(model) == 0
    with pytest.raises(RuntimeError):
        look(model, torch.zeros(1, 5, 32, 32), mirrored=False)
    assert hooks(model) == 0


def test_what_another_thread_asks_meanwhile_is_not_mixed_in(model):
    asked = []

    def interrupt(_module, _inputs):
        if not asked:
            asked.append(True)
            other = threading.Thread(target=model, args=(images(7),))
            other.start()
            other.join()

    with torch.no_grad():
        _, alone = look(model, images(), mirrored=False)
        model.layer1.register_forward_pre_hook(interrupt)
        _, disturbed = look(model, images(), mirrored=False)
    assert asked
    assert all(map(torch.equal, alone, disturbed))


@pytest.mark.parametrize(
    ("name", "side", "sizes"),
    [
        ("resnet18_w40", 128, (80, 160, 320)),
        ("resnet50", 224, (512, 1024, 2048)),
        ("preact_resnet18", 64, (128, 256, 512)),
        ("resnet20", 32, (32, 64)),
        ("resnet50_v1_flatten", 32, (512, 1024, 2048)),
        ("alexnet", 224, (4096,)),
        ("vgg11", 224, (4096,)),
        ("googlenet", 64, (1024,)),
    ],
)
def test_any_net_has_features(name, side, sizes):
    with torch.device("meta"):
        model = resnet.create(name, num_classes=2)
    assert feature_sizes(model, side) == sizes
    assert model.training
