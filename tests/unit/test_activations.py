"""Watching a net: what is seen is exact, and the net comes back as it was."""

import copy

import pytest
import torch
import torchvision
from torch import nn

import resnet
from resnet.activations import layer_names, watch
from resnet.errors import UserError


def net() -> nn.Module:
    torch.manual_seed(1)
    model = resnet.create("resnet18", num_classes=2, width=16)
    # Fresh batch norms hardly differ from the identity; these do.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
    return model


PICTURE = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(2))


def hooks_in(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def by_hand(model: nn.Module, picture: torch.Tensor) -> dict[str, torch.Tensor]:
    """The same forward written out, every step out of place, so that nothing can overwrite what is kept."""
    out = {}
    relu = torch.nn.functional.relu
    x = out["conv1"] = model.conv1(picture)
    x = out["bn1"] = model.bn1(x)
    x = out["relu"] = relu(x)
    x = out["maxpool"] = model.maxpool(x)
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        for index, block in enumerate(getattr(model, stage)):
            at = f"{stage}.{index}"
            y = out[f"{at}.conv1"] = block.conv1(x)
            y = out[f"{at}.bn1"] = block.bn1(y)
            y = out[f"{at}.conv2"] = block.conv2(relu(y))
            y = out[f"{at}.bn2"] = block.bn2(y)
            shortcut = x if block.downsample is None else block.downsample(x)
            x = out[f"{at}.relu"] = out[at] = relu(y + shortcut)
        out[stage] = x
    x = out["avgpool"] = model.avgpool(x)
    out["fc"] = model.fc(x.flatten(1))
    return out


def test_every_layer_is_seen_bit_for_bit_although_relu_works_in_place():
    model = net().eval()
    with torch.inference_mode():
        expected = by_hand(model, PICTURE)
        with watch(model, list(expected)) as seen:
            answer = model(PICTURE)
    assert seen.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(seen[name], tensor), name
    assert torch.equal(answer, expected["fc"])
    # The in-place ReLU is really there: a view instead of a copy would have no negatives left.
    assert model.relu.inplace
    assert seen["bn1"].min() < 0
    assert seen["relu"].min() == 0


def test_names_are_torchvisions_in_order_parts_before_their_whole():
    names = layer_names(net())
    assert names[:6] == ["conv1", "bn1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.bn1"]
    assert names[-2:] == ["avgpool", "fc"]
    assert names.index("layer1.0.conv2") < names.index("layer1.0") < names.index("layer1") < names.index("layer2.0")
    theirs = {name for name, _ in torchvision.models.resnet18().named_modules() if name}
    assert set(names) == theirs


def test_a_shared_module_has_one_name_and_a_list_none():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()
            self.again = self.relu
            self.parts = nn.ModuleList([nn.Linear(2, 2), self.relu])

    assert layer_names(Shared()) == ["relu", "parts.0"]


def test_the_last_of_several_calls_is_kept():
    model = net()
    with torch.no_grad(), watch(model, ["layer1.0.relu", "layer1.0", "fc"]) as seen:
        model(PICTURE * 3)
        model(PICTURE)
        last = model(PICTURE)
    assert torch.equal(seen["fc"], last)
    assert torch.equal(seen["layer1.0.relu"], seen["layer1.0"])  # its second call is the block's output


def test_a_watched_tensor_is_detached_and_a_copy():
    model = net()
    with watch(model, ["fc"]) as seen:
        answer = model(PICTURE)
    assert answer.requires_grad
    assert not seen["fc"].requires_grad
    before = seen["fc"].clone()
    answer.data.zero_()
    assert torch.equal(seen["fc"], before)


@pytest.mark.parametrize("fails", [False, True])
def test_the_net_comes_back_unchanged(fails):
    model = net().train()
    model.layer2.eval()  # a mixture of modes, as in fine-tuning
    modes = [module.training for module in model.modules()]
    state = copy.deepcopy(model.state_dict())
    random = torch.get_rng_state()
    other = model.fc.register_forward_hook(lambda *_: None)
    try:
        with watch(model, layer_names(model)) as seen:
            assert not model.training
            assert hooks_in(model) == len(layer_names(model)) + 1
            model(PICTURE)
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        assert fails
    assert hooks_in(model) == 1, "only the hook that was there before is left"
    other.remove()
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), random)
    model(PICTURE)
    assert seen["conv1"].shape == (2, 16, 32, 32)


def test_an_unknown_layer_is_refused_with_the_nearest_names_and_leaves_no_hook():
    model = net().train()
    with (
        pytest.raises(UserError, match=r"no layer 'layer4.2'.*layer4\.\d") as refused,
        watch(model, ["fc", "layer4.2"]),
    ):
        pass
    assert refused.value.cure
    assert hooks_in(model) == 0
    assert model.training
