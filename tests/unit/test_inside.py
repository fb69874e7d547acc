"""Inside a block: what is seen is what is added, and a net without one of its paths is that net and no other."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

import resnet
from resnet.activations import watch
from resnet.blocks import BiasedBasicBlock, Block, ReluBeforeAdd
from resnet.composing import Kind, Order, Shortcut, Stride, compose
from resnet.design import Design, as_text
from resnet.errors import UserError
from resnet.inside import altered, block_names, look_inside
from resnet.network import ResNet
from resnet.summary import summarize
from tests.nets import every_net

PICTURES = torch.randn(2, 3, 12, 12, generator=torch.Generator().manual_seed(1))
BLOCKS = ["layer1.0", "layer1.1", "layer2.0", "layer2.1"]


def kinds(shortcut: Shortcut) -> list[type[Block]]:
    """Every class of block with this shortcut."""
    found = []
    for kind, order, stride in product(get_args(Kind), get_args(Order), get_args(Stride)):
        if not (kind == "basic" and stride == "1x1") and not (shortcut == "none" and order == "before"):
            found.append(compose(kind, shortcut=shortcut, order=order, stride=stride))
    return found


KINDS = [*kinds("projection"), *kinds("padded"), BiasedBasicBlock]
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def lively(model: nn.Module) -> nn.Module:
    """Fresh batch norms hardly differ from the identity; these do."""
    generator = torch.Generator().manual_seed(2)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for numbers in (module.weight, module.bias, module.running_mean):
                nn.init.normal_(numbers, generator=generator)
    return model


def net(kind: type[Block] = KINDS[0]) -> ResNet:
    """Two stages of two blocks; the second stage begins with half the side and twice the channels."""
    torch.manual_seed(3)
    return lively(ResNet(kind, (2, 2), 3, width=4, stem="3x3")).eval()


def answer(model: nn.Module) -> Tensor:
    with torch.no_grad():
        return model(PICTURES)


def watched(model: nn.Module, *layers: str) -> dict[str, Tensor]:
    with torch.no_grad(), watch(model, layers) as seen:
        model(PICTURES)
    return seen


# --- Which blocks there are ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*every_net(), as_text(Design(block="bottleneck", order="before", layers=(1, 2)))])
def test_the_blocks_of_a_net_are_those_whose_table_has_an_addition(name):
    with torch.device("meta"):
        model = resnet.create(name)
    added = [row.name.removesuffix(".add") for row in summarize(name).rows if row.type == "add"]
    assert block_names(model) == added


# --- What is seen ----------------------------------------------------------------------------------------------------


@EVERY_KIND
def test_the_paths_add_up_and_the_block_puts_out_what_it_does_unseen(kind):
    model = net(kind)
    before = {"layer1.0": "maxpool", "layer1.1": "layer1.0", "layer2.0": "layer1", "layer2.1": "layer2.0"}
    unseen = watched(model, *BLOCKS, *before.values())
    expected = answer(model)
    for name, previous in before.items():
        block = model.get_submodule(name)
        seen = look_inside(model, name, PICTURES)
        assert torch.equal(seen.x, unseen[previous])
        entry = F.relu(block.bn1(seen.x)) if kind.preactivation and block.downsample else seen.x
        assert torch.equal(seen.shortcut, block.downsample(entry) if block.downsample else seen.x)
        assert torch.equal(seen.total, seen.shortcut + seen.residual)
        assert torch.equal(seen.output, seen.total if kind.preactivation else F.relu(seen.total))
        assert torch.equal(seen.output, unseen[name])
        assert (seen.residual.min() >= 0) == issubclass(kind, ReluBeforeAdd)
    assert torch.equal(answer(model), expected)


def norm(x: Tensor, layer: nn.BatchNorm2d) -> Tensor:
    return F.batch_norm(x, layer.running_mean, layer.running_var, layer.weight, layer.bias, eps=layer.eps)


def test_a_basic_block_written_out():
    model = net(compose("basic"))
    seen, block = look_inside(model, "layer1.1", PICTURES), model.layer1[1]
    inner = F.relu(norm(F.conv2d(seen.x, block.conv1.weight, padding=1), block.bn1))
    residual = norm(F.conv2d(inner, block.conv2.weight, padding=1), block.bn2)
    assert torch.equal(seen.residual, residual)
    assert torch.equal(seen.shortcut, seen.x)
    assert torch.equal(seen.total, residual + seen.x)
    assert torch.equal(seen.output, F.relu(residual + seen.x))
    assert seen.total.min() < 0, "before the ReLU"


def test_a_bottleneck_with_a_projection_written_out():
    model = net(compose("bottleneck"))
    seen, block = look_inside(model, "layer2.0", PICTURES), model.layer2[0]
    inner = F.relu(norm(F.conv2d(seen.x, block.conv1.weight), block.bn1))
    inner = F.relu(norm(F.conv2d(inner, block.conv2.weight, stride=2, padding=1), block.bn2))
    residual = norm(F.conv2d(inner, block.conv3.weight), block.bn3)
    convolution, its_norm = block.downsample
    shortcut = norm(F.conv2d(seen.x, convolution.weight, stride=2), its_norm)
    assert seen.x.shape == (2, 16, 12, 12)
    assert seen.total.shape == (2, 32, 6, 6)
    assert torch.equal(seen.residual, residual)
    assert torch.equal(seen.shortcut, shortcut)
    assert torch.equal(seen.total, residual + shortcut)


def test_torchvisions_resnet18_adds_the_same():
    theirs = lively(torchvision.models.resnet18(num_classes=2)).eval()
    ours = resnet.create("resnet18", num_classes=2)
    ours.load_state_dict(theirs.state_dict())
    pictures = torch.randn(1, 3, 40, 33, generator=torch.Generator().manual_seed(4))
    totals: list[Tensor] = []  # what comes into the ReLU that the block uses twice
    theirs.layer2[0].relu.register_forward_pre_hook(lambda _, inputs: totals.append(inputs[0].clone()))
    with torch.no_grad(), watch(theirs, ["layer2.0.bn2", "layer2.0.downsample", "layer1", "layer2.0"]) as expected:
        theirs(pictures)
    seen = look_inside(ours, "layer2.0", pictures)
    assert torch.equal(seen.x, expected["layer1"])
    assert torch.equal(seen.residual, expected["layer2.0.bn2"])
    assert torch.equal(seen.shortcut, expected["layer2.0.downsample"])
    assert torch.equal(seen.total, totals[-1])
    assert torch.equal(seen.output, expected["layer2.0"])


# --- One path alone --------------------------------------------------------------------------------------------------


@EVERY_KIND
@pytest.mark.parametrize("name", ["layer1.1", "layer2.0"])
def test_a_block_goes_on_with_the_path_that_is_left(kind, name):
    model = net(kind)
    unaltered, expected = look_inside(model, name, PICTURES), answer(model)
    for change, left in (("skipped", unaltered.shortcut), ("cut", unaltered.residual)):
        with altered(model, **{change: [name]}):
            seen, changed = look_inside(model, name, PICTURES), answer(model)
            assert torch.equal(watched(model, name)[name], seen.output)
        assert torch.equal(seen.residual, unaltered.residual)
        assert torch.equal(seen.shortcut, unaltered.shortcut)
        assert torch.equal(seen.total, left)
        assert torch.equal(seen.output, left if kind.preactivation else F.relu(left))
        assert not torch.equal(changed, expected)
        assert torch.equal(answer(model), expected)


@pytest.mark.parametrize("plain", kinds("none"), ids=lambda kind: kind.__name__)
def test_a_net_with_every_shortcut_cut_is_the_plain_net(plain):
    residual = net(KINDS[[kind.__name__ for kind in KINDS].index(plain.__name__.removeprefix("Plain"))])
    without = net(plain)
    assert not without.load_state_dict(residual.state_dict(), strict=False).missing_keys
    with altered(residual, cut=block_names(residual)):
        assert torch.equal(answer(residual), answer(without))


@pytest.mark.parametrize("kind", [compose("basic"), compose("bottleneck"), BiasedBasicBlock])
def test_skipping_a_block_that_adds_nothing_changes_nothing(kind):
    model = net(kind)
    for name in ("layer1.1", "layer2.0"):
        last = getattr(model.get_submodule(name), kind.last_norm)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    expected = answer(model)
    with altered(model, skipped=["layer1.1", "layer2.0"]):
        assert torch.equal(answer(model), expected)


def test_what_a_block_is_given_is_not_overwritten():
    model = net()
    x = torch.randn(1, 4, 5, 5)
    before = x.clone()
    with altered(model, skipped=["layer1.1"]), torch.no_grad():
        assert torch.equal(model.layer1[1](x), F.relu(before))
    assert torch.equal(x, before)


@EVERY_KIND
def test_gradients_take_the_path_that_is_left(kind):
    for change in ("skipped", "cut"):
        model = net(kind).train()
        with altered(model, **{change: ["layer1.1", "layer2.0"]}):
            assert model.training
            model(PICTURES).sum().backward()
        block = model.layer2[0]
        assert (block.conv2.weight.grad is None) == (change == "skipped")
        projection = list(block.downsample.parameters())
        assert all((weight.grad is None) == (change == "cut") for weight in projection)
        assert model.conv1.weight.grad.abs().sum() > 0


# --- Given back ------------------------------------------------------------------------------------------------------


def everything(model: nn.Module) -> list[object]:
    """All that a look could leave behind, comparable with ==."""
    parts = [
        (
            list(vars(part)),
            part.training,
            list(part._forward_hooks),
            list(part._forward_pre_hooks),
            vars(part).get("join"),
        )
        for part in model.modules()
    ]
    tensors = {name: tensor.tolist() for name, tensor in model.state_dict().items()}
    gradients = [None if weight.grad is None else weight.grad.tolist() for weight in model.parameters()]
    return [parts, tensors, gradients, torch.get_rng_state().tolist(), torch.is_grad_enabled()]


def in_use() -> nn.Module:
    """A net in the middle of a training: modes mixed, gradients in place, a hook of somebody's own."""
    model = net(compose("basic", order="before")).train()
    model(PICTURES).sum().backward()
    model.layer1.eval()
    model.fc.register_forward_hook(lambda *_: None)
    return model


def test_looking_inside_leaves_no_trace():
    model, graphs = in_use(), []
    model.fc.register_forward_hook(lambda _module, _inputs, logits: graphs.append(logits.requires_grad))
    before = everything(model)
    seen = look_inside(model, "layer2.0", PICTURES)
    assert everything(model) == before
    assert graphs == [False], "nobody wants gradients of it"
    assert not seen.total.requires_grad
    with pytest.raises(RuntimeError, match="channels"):
        look_inside(model, "layer2.0", PICTURES[:, :2])
    assert everything(model) == before


def fail_inside(model: nn.Module) -> None:
    with altered(model, skipped=["layer1.1", "layer2.1"], cut=["layer1.0"]):
        look_inside(model, "layer1.1", PICTURES)
        look_inside(model, "layer2.1", PICTURES[:, :2])


def test_altering_leaves_no_trace_nested_or_interrupted():
    model = in_use()
    before = everything(model)
    with altered(model, skipped=["layer1.1"], cut=["layer2.0"]):
        outer = everything(model)
        with pytest.raises(RuntimeError, match="channels"):
            fail_inside(model)
        assert everything(model) == outer != before
    assert everything(model) == before


def test_nested_alterations_add_up():
    model = net()
    with altered(model, skipped=["layer1.1"], cut=["layer2.0"]):
        together = answer(model)
    with altered(model, skipped=["layer1.1"]), altered(model, skipped=["layer1.1"], cut=["layer2.0"]):
        assert torch.equal(answer(model), together)


def test_no_other_net_is_touched():
    one, other = net(), net()
    expected = answer(other)
    with altered(one, skipped=BLOCKS):
        assert torch.equal(answer(other), expected)


# --- Refused ---------------------------------------------------------------------------------------------------------


def test_an_unknown_block_is_refused_with_the_nearest():
    model = net()
    before = everything(model)
    for ask in (
        lambda: look_inside(model, "layer2.7", PICTURES),
        lambda: altered(model, skipped=["layer1.0", "layer2.7"]).__enter__(),
        lambda: altered(model, cut=["layer2.7"]).__enter__(),
    ):
        with pytest.raises(UserError, match=r"no block 'layer2.7'.*Nearest: layer2\.\d"):
            ask()
    assert everything(model) == before
    with pytest.raises(UserError, match=r"no block 'layer1'"):
        look_inside(model, "layer1", PICTURES)  # a layer, but no block
    with pytest.raises(UserError, match=r"no shortcuts.*Choose a residual net"):
        look_inside(net(compose("basic", shortcut="none")), "layer1.0", PICTURES)


def test_a_block_is_not_both_skipped_and_cut():
    model = net()
    before = everything(model)
    with (
        pytest.raises(UserError, match=r"layer1\.1 cannot be both"),
        altered(model, skipped=["layer1.1"], cut=["layer1.0", "layer1.1"]),
    ):
        pass
    with (
        altered(model, cut=["layer1.1"]),
        pytest.raises(UserError, match=r"layer1\.1 cannot be both"),
        altered(model, skipped=["layer1.1"]),
    ):
        pass
    assert everything(model) == before
