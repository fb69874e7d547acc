"""Questions about heat maps: what is refused, in which unit the answer is, and how it is drawn."""

from __future__ import annotations

import base64
import copy
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from PIL import Image
from torch import Tensor

from resnet import create
from resnet.errors import UserError
from resnet.saliency_checks import randomised
from tests.checkpoints import SIDE, write_checkpoint
from train.drawn_pets import draw
from ui.checkpoints import Checkpoint, Offer
from ui.heat import METHODS, Heat, Question, checked, heat_of, judged
from ui.heat_map import COLOURS, DRAWN_PX, laid_over, layer_over

CLASSES = ("cat", "dog", "owl")


@pytest.fixture(scope="module")
def net() -> torch.nn.Module:
    torch.manual_seed(6)
    return create("resnet20", num_classes=3).eval()


@pytest.fixture(scope="module")
def image() -> Tensor:
    return torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("method", METHODS)
def test_logits_are_divided_by_the_temperature(net, image, method) -> None:
    asked = Question(method, "layer2" if method == "grad_cam" else "", "dog", "owl")
    plain, sharp = heat_of(net, image, asked, CLASSES), heat_of(net, image, asked, CLASSES, temperature=0.25)
    assert plain.question == sharp.question == asked
    with torch.no_grad():
        logits = net(image)[0]
    assert plain.logit == pytest.approx(float(logits[1] - logits[2]), rel=1e-4)
    assert sharp.logit == pytest.approx(4 * plain.logit, rel=1e-4)
    assert torch.allclose(sharp.values, 4 * plain.values)


def test_an_empty_label_is_the_likeliest_class(net, image) -> None:
    with torch.no_grad():
        likeliest = CLASSES[int(net(image).argmax())]
    answered = heat_of(net, image, Question(layer="layer3"), CLASSES)
    assert answered.question.label == likeliest
    named = heat_of(net, image, Question(layer="layer3", label=likeliest), CLASSES)
    assert torch.equal(answered.values, named.values)
    with pytest.raises(UserError, match=f"{likeliest} cannot be set against itself"):
        heat_of(net, image, Question(layer="layer3", against=likeliest), CLASSES)


def test_the_likeliest_class_takes_no_pass_of_its_own(net, image) -> None:
    passes: list[int] = []
    hook = net.register_forward_hook(lambda *_: passes.append(1))
    heat_of(net, image, Question(layer="layer3"), CLASSES)
    hook.remove()
    assert len(passes) == 1


def test_numbers_that_are_not_finite_are_refused(net, image) -> None:
    spoilt = copy.deepcopy(net)
    spoilt.fc.bias.data[0] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        heat_of(spoilt, image, Question(layer="layer3", label="dog"), CLASSES)


def test_of_a_thousand_classes_the_nearest_are_named() -> None:
    classes = [f"n{number}" for number in range(1000)] + ["tabby cat"]
    with pytest.raises(UserError) as refused:
        checked(Question(label="tabby"), classes)
    assert "tabby cat" in refused.value.cure
    with pytest.raises(UserError) as refused:
        checked(Question(label="x" * 10_000), classes)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("method", ["", None, 7, [], "Grad-CAM"])
def test_whatever_is_no_method_is_refused(method: Any) -> None:
    with pytest.raises(UserError, match="Use one of grad_cam / integrated_gradients / occlusion"):
        checked(Question(method), CLASSES)


def test_a_checkpoint_asks_its_own_net_and_the_random_one_the_same(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "model.safetensors", seed=1)
    checkpoint = Checkpoint(Offer("run:x", path, "x", "", (0, 0)))
    own = checkpoint._classifier.model
    before = copy.deepcopy(own.state_dict())
    square = draw(3, 0, SIDE).image
    heat = checkpoint.heat(square, Question())
    random = checkpoint.random_heat(square, heat.question)
    assert heat.question.layer == checkpoint.default_layer() == "layer4"
    assert random.question == heat.question
    assert not torch.equal(random.values, heat.values)
    assert torch.equal(random.values, checkpoint.random_heat(square, heat.question).values)
    expected = randomised(own, 0, SIDE).state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in checkpoint._random.state_dict().items())
    assert all(torch.equal(tensor, before[name]) for name, tensor in own.state_dict().items())
    assert torch.equal(checkpoint.heat(square, Question()).values, heat.values)


def test_a_map_without_evidence_stays_dim_and_one_pixel_does_not_hide_the_others() -> None:
    values = torch.cat([torch.arange(99.0), torch.tensor([5000.0])]).view(10, 10)
    cam = Heat(Question("grad_cam", "layer4"), 1.0, values)
    assert judged(cam, -values, "layer4") == (False, 7500)
    assert judged(cam, values / 100, "layer4") == (True, 5000)
    assert judged(cam, -values, "layer5") == (None, 5000)  # elsewhere the rule says nothing
    for sign, low, high in ((1, 97, 200), (-1, 0, 0)):
        evidence, full = judged(Heat(Question("occlusion"), 1.0, sign * values), values, "layer4")
        assert evidence is None
        assert low <= full <= high


def test_heat_is_drawn_on_the_scale_it_is_given() -> None:
    square = np.full((16, 16, 3), 40, dtype=np.uint8)
    heat = np.array([[0, 2], [-5, 2]], np.float32)
    own, wide = (np.asarray(laid_over(square, heat, full)).astype(int) for full in (None, 20.0))
    assert own.shape == (DRAWN_PX, DRAWN_PX, 3)
    assert np.array_equal(own, np.asarray(laid_over(square, heat, 2.0)))
    assert own[:, -8:, 0].min() > 140
    assert np.abs(wide - 40).max() < 40
    cold = np.asarray(laid_over(square, -np.ones((2, 2), np.float32)))
    assert (cold == 40).all()


def test_the_heat_alone_is_as_opaque_as_it_is_hot() -> None:
    heat = np.array([[-1, 0, 1, 2]], np.float32).repeat(4, axis=0).repeat(16, axis=0).repeat(16, axis=1)
    address = layer_over(heat, 64, full=2.0)
    picture = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,"))))
    drawn = np.asarray(picture.convert("RGBA")).astype(int)
    assert drawn.shape == (DRAWN_PX, DRAWN_PX, 4)
    middles = drawn[DRAWN_PX // 2, DRAWN_PX // 8 :: DRAWN_PX // 4]
    assert middles[:, 3].tolist() == [0, 0, 127, 255]
    warm = [[round(255 * part) for part in colormaps[COLOURS](value / 255)[:3]] for value in (0, 0, 127, 255)]
    assert middles[:, :3].tolist() == warm
