"""Grad-CAM against a case worked out by hand, and a net that is given back as it was."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resnet import create
from resnet.errors import UserError
from resnet.saliency import grad_cam


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


def test_it_is_what_the_paper_says_worked_out_by_hand() -> None:
    images = torch.zeros(2, 3, 2, 2)
    images[:, 0] = torch.tensor([[4.0, 0.0], [0.0, 2.0]])  # red
    images[:, 1] = torch.tensor([[0.0, 8.0], [0.0, 2.0]])  # green
    heat = grad_cam(Two(), images, "maps", torch.tensor([0, 1]))
    # d logit / d map is the weight over 4 pixels: for class 0 red counts 3/4 and green -1/4, for class 1 the opposite
    assert torch.allclose(heat[0], torch.tensor([[3.0, 0.0], [0.0, 1.0]]))
    assert torch.allclose(heat[1], torch.tensor([[0.0, 2.0], [0.0, 0.0]]))


def test_the_net_is_given_back_as_it_was() -> None:
    model = create("resnet20", num_classes=2).train()
    model.layer1.eval()
    modes = [module.training for module in model.modules()]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():  # as whoever predicts has it
        heat = grad_cam(model, torch.rand(1, 3, 32, 32), "layer2", torch.tensor([1]))
    assert heat.shape == (1, 16, 16)
    assert not heat.requires_grad
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def test_layers_without_maps_are_refused() -> None:
    model, image = create("resnet20", num_classes=2), torch.rand(1, 3, 32, 32)
    with pytest.raises(UserError, match="no maps"):
        grad_cam(model, image, "fc", torch.tensor([0]))
    with pytest.raises(UserError, match="no maps"):
        grad_cam(Two(), image, "unused", torch.tensor([0]))
    with pytest.raises(UserError, match="no layer 'layer9'"):
        grad_cam(model, image, "layer9", torch.tensor([0]))
