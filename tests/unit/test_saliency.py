"""Heat maps against cases worked out by hand, what they are bound to add up to, and a net given back as it was."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from resnet import create
from resnet.activations import watch
from resnet.errors import UserError
from resnet.saliency import grad_cam, grad_cam_and_logits, integrated_gradients, occlusion, patch

METHODS = {
    "grad_cam": lambda model, images, *classes: grad_cam(model, images, "layer2", *classes),
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
}
LABELS, RIVALS = torch.tensor([0, 1]), torch.tensor([2, 0])


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Callable[..., Tensor]:
    return METHODS[request.param]


class Two(nn.Module):
    """Its maps are red and green as they are; class 0 is 3 times mean red minus mean green, class 1 the opposite."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Conv2d(3, 2, 1, bias=False)
        self.unused = nn.Conv2d(3, 2, 1)
        self.fc = nn.Linear(2, 2, bias=False)
        self.maps.weight.data = torch.eye(2, 3).view(2, 3, 1, 1)
        self.fc.weight.data = torch.tensor([[3.0, -1.0], [-3.0, 1.0]])

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.maps(images).mean(dim=(2, 3)))


def net() -> nn.Module:
    """Three classes, random weights, and norms that are not the identity."""
    torch.manual_seed(4)
    model = create("resnet20", num_classes=3)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.3)
            nn.init.normal_(module.bias, 0, 0.3)
    return model.eval()


def pictures(side: int = 16) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))


def test_it_is_what_the_paper_says_worked_out_by_hand() -> None:
    images = torch.zeros(2, 3, 2, 2)
    images[:, 0] = torch.tensor([[4.0, 0.0], [0.0, 2.0]])  # red
    images[:, 1] = torch.tensor([[0.0, 8.0], [0.0, 2.0]])  # green
    heat = grad_cam(Two(), images, "maps", torch.tensor([0, 1]))
    # If every place were like the first, mean red would be 4 and the logit 12, however many places there are
    expected = torch.tensor([[12.0, -8.0], [0.0, 4.0]])
    assert torch.allclose(heat[0], expected)
    assert torch.allclose(heat[1], -expected)
    between = grad_cam(Two(), images, "maps", torch.tensor([0, 1]), torch.tensor([1, 0]))
    assert torch.allclose(between[0], 2 * expected)
    finer = images.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert torch.allclose(grad_cam(Two(), finer, "maps", torch.tensor([0, 1]))[:, ::2, ::2], heat)


def test_at_the_last_stage_the_mean_and_the_bias_are_the_logit() -> None:
    model, images = net(), pictures(32)
    nn.init.normal_(model.fc.bias)
    heat = grad_cam(model, images, "layer3", LABELS)
    with torch.no_grad():
        logits = model(images).gather(1, LABELS[:, None])[:, 0]
    assert torch.allclose(heat.mean(dim=(1, 2)) + model.fc.bias[LABELS], logits, atol=1e-5)


def test_classes_can_be_chosen_by_the_answer_of_the_same_pass() -> None:
    model, images, passes = net(), pictures(), []
    with torch.no_grad():
        expected = model(images)
    model.register_forward_hook(lambda *_: passes.append(1))
    heat, logits = grad_cam_and_logits(model, images, "layer2", lambda answers: (answers.argmin(dim=1), RIVALS))
    assert len(passes) == 1
    assert not logits.requires_grad
    assert torch.allclose(logits, expected, atol=1e-5)
    assert torch.equal(heat, grad_cam(model, images, "layer2", expected.argmin(dim=1), RIVALS))


def test_integrated_gradients_add_up_to_the_way_from_grey() -> None:
    model, images = net(), pictures() * 0.3
    heat = integrated_gradients(model, images, LABELS, RIVALS)
    with torch.no_grad():
        logits = model(torch.cat([images, torch.zeros_like(images)]))
    gap = logits.gather(1, LABELS.repeat(2)[:, None]) - logits.gather(1, RIVALS.repeat(2)[:, None])
    way = (gap[:2] - gap[2:])[:, 0]
    assert heat.shape == (2, 16, 16)
    assert torch.allclose(heat.mean(dim=(1, 2)), way, atol=0.1 * float(way.abs().max()))


def test_occlusion_is_what_is_lost_where_the_patch_lies() -> None:
    side, stride = patch(16)
    assert (side, stride) == (5, 2)
    model, images = net(), pictures()
    heat = occlusion(model, images, LABELS)
    covered = images.clone()
    covered[:, :, :side, :side] = 0
    with torch.no_grad():
        lost = (model(images) - model(covered)).gather(1, LABELS[:, None])[:, 0]
    assert torch.allclose(heat[:, :stride, :stride], lost[:, None, None].expand(2, stride, stride), atol=1e-5)
    assert heat.shape == (2, 16, 16)
    assert heat[0].unique().numel() > 20


def test_a_difference_is_minus_the_difference_the_other_way_round(method) -> None:
    model, images = net(), pictures()
    one_way, other_way = method(model, images, LABELS, RIVALS), method(model, images, RIVALS, LABELS)
    assert one_way.abs().max() > 1e-3
    assert torch.allclose(one_way, -other_way, atol=1e-5 * float(one_way.abs().max()))
    apart = method(model, images, LABELS) - method(model, images, RIVALS)
    assert torch.allclose(one_way, apart, atol=1e-4 * float(one_way.abs().max()))


def test_a_batch_is_answered_as_its_pictures_are(method) -> None:
    model, images = net(), pictures()
    both = method(model, images, LABELS, RIVALS)
    alone = torch.cat([method(model, images[i : i + 1], LABELS[i : i + 1], RIVALS[i : i + 1]) for i in range(2)])
    assert torch.allclose(both, alone, atol=1e-4 * float(both.abs().max()))


@pytest.mark.parametrize("layer", ["bn1", "layer1.0.bn1", "layer1.0.bn2", "layer1.0.relu", "layer2"])
def test_a_relu_that_works_in_place_changes_no_map(layer: str) -> None:
    model, images = net(), pictures()
    apart = copy.deepcopy(model)
    for module in apart.modules():
        if isinstance(module, nn.ReLU):
            assert module.inplace
            module.inplace = False
    heat = grad_cam(model, images, layer, LABELS)
    assert torch.allclose(heat, grad_cam(apart, images, layer, LABELS), atol=1e-5 * float(heat.abs().max()))


class SpoiltError(Exception):
    pass


def state(model: nn.Module, images: Tensor) -> list[object]:
    """Whatever a look could leave behind."""
    modules = [
        (module.training, len(module._forward_hooks), len(module._forward_pre_hooks), len(module._backward_hooks))
        for module in model.modules()
    ]
    parameters = [(each.requires_grad, each.grad) for each in model.parameters()]
    return [modules, parameters, images.requires_grad, images.grad, torch.is_grad_enabled()]


@pytest.mark.parametrize("spoilt", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_the_net_is_given_back_as_it_was(method, spoilt: bool, frozen: bool, monkeypatch) -> None:
    model, images = net().train().requires_grad_(not frozen), pictures()
    model.layer1.eval()
    before, was, dice = copy.deepcopy(model.state_dict()), state(model, images), torch.get_rng_state()
    pixels = images.clone()
    with torch.no_grad(), monkeypatch.context() as patched:  # as whoever predicts has it
        if not spoilt:
            assert not method(model, images, LABELS).requires_grad
        else:
            patched.setattr(model.fc, "forward", spoil)
            with pytest.raises(SpoiltError):
                method(model, images, LABELS)
    assert state(model, images) == was
    assert torch.equal(torch.get_rng_state(), dice)
    assert torch.equal(images, pixels)
    after = model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


def test_a_net_is_given_back_where_no_class_can_be_chosen() -> None:
    model, images = net().train(), pictures()
    was = state(model, images)
    with torch.no_grad(), pytest.raises(SpoiltError):
        grad_cam_and_logits(model, images, "layer2", spoil)
    assert state(model, images) == was


def spoil(_features: Tensor) -> Tensor:
    raise SpoiltError


def test_layers_without_maps_are_refused() -> None:
    model, image = create("resnet20", num_classes=2), torch.rand(1, 3, 32, 32)
    with pytest.raises(UserError, match="no maps"):
        grad_cam(model, image, "fc", torch.tensor([0]))
    with pytest.raises(UserError, match="no maps"):
        grad_cam(Two(), image, "unused", torch.tensor([0]))
    with pytest.raises(UserError, match="no layer 'layer9'"):
        grad_cam(model, image, "layer9", torch.tensor([0]))


def test_a_small_picture_has_a_patch_all_the_same() -> None:
    for side in range(1, 300):
        covered, stride = patch(side)
        assert 1 <= stride <= covered <= side
    assert patch(176) == (59, 20)
    with watch(net(), []):
        assert occlusion(Two(), torch.ones(1, 3, 1, 1), torch.tensor([0])).tolist() == [[[2.0]]]
