"""Starting from somebody's weights: what is taken over, what stays fresh, what stays frozen."""

import json

import pytest
import torch
from torch.nn import functional as F

import resnet
from resnet import weights
from resnet.errors import UserError
from tests.hub import hub_here  # noqa: F401 - a fixture
from train.evaluate import evaluating
from train.events import Preparing
from train.preparation import fetch_weights
from train.recipes import LIVE
from train.warm_start import WarmStart, check_init, freeze, frozen_parameters, keep_frozen_in_eval, warm_start

NET = "resnet10_w16"
HEAD = ("fc.weight", "fc.bias")


def fresh(name: str = NET, seed: int = 0, **kwargs) -> torch.nn.Module:
    torch.manual_seed(seed)
    return resnet.create(name, **kwargs)


def copy_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def differing(state: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    return [name for name, tensor in state.items() if not torch.equal(tensor, other[name])]


def learned(path, name: str = NET, classes=("cat", "dog"), **metadata: str) -> dict[str, torch.Tensor]:
    """Write weights that nobody starts with by chance; returns them."""
    model = fresh(name, seed=1, num_classes=len(classes))
    weights.save(path, model, {"net": name, "classes": json.dumps(classes), **metadata})
    return copy_of(model)


# --- What is taken over ----------------------------------------------------------------------------------------------


def test_weights_of_another_norm_are_refused_with_the_setting_that_fits(tmp_path):
    weights.save(tmp_path / "w.safetensors", fresh().state_dict(), {"net_args": json.dumps({"norm": "group"})})
    with pytest.raises(UserError, match="group norm") as refused:
        check_init(NET, "batch", str(tmp_path / "w.safetensors"))
    assert refused.value.cure == "Set norm=group"
    check_init(NET, "group", str(tmp_path / "w.safetensors"))


@pytest.mark.parametrize("classes", [(), ("cat", "dog")])
def test_everything_is_taken_over_where_the_classes_agree(tmp_path, classes):
    state = learned(tmp_path / "w.safetensors")
    model = fresh()
    found = warm_start(model, NET, str(tmp_path / "w.safetensors"), classes=classes)
    assert found == WarmStart("w.safetensors", len(state), ())
    assert differing(model.state_dict(), state) == []


@pytest.mark.parametrize("name", [NET, "googlenet", "preact_resnet18"])
def test_the_head_stays_fresh_for_another_number_of_classes(tmp_path, name):
    state = learned(tmp_path / "w.safetensors", name, tuple("abcde"))
    model = fresh(name, num_classes=3)
    before = copy_of(model)
    found = warm_start(model, name, str(tmp_path / "w.safetensors"))
    assert found.replaced == HEAD
    assert found.loaded == len(state) - 2
    assert all(torch.equal(model.state_dict()[each], before[each]) for each in HEAD)
    assert all(torch.equal(model.state_dict()[each], state[each]) for each in state if each not in HEAD)


def test_the_head_stays_fresh_where_as_many_classes_have_other_names(tmp_path):
    state = learned(tmp_path / "w.safetensors")
    model = fresh()
    assert warm_start(model, NET, str(tmp_path / "w.safetensors"), classes=("tractor", "train")).replaced == HEAD
    assert set(differing(model.state_dict(), state)) == set(HEAD)


def test_classes_that_cannot_be_read_are_not_compared(tmp_path):
    learned(tmp_path / "w.safetensors")
    weights.save(tmp_path / "w.safetensors", fresh(seed=1), {"classes": "[" * 10_000})
    assert warm_start(fresh(), NET, str(tmp_path / "w.safetensors"), classes=("a", "b")).replaced == ()


def test_a_run_is_named_by_its_folder(tmp_path):
    state = learned(tmp_path / "model.safetensors")
    model = fresh()
    warm_start(model, NET, str(tmp_path))
    assert differing(model.state_dict(), state) == []


def test_imagenet_weights_come_from_the_hub(hub, tmp_path):
    state = learned(tmp_path / "w.safetensors", "resnet18", tuple(map(str, range(1000))))
    hub.files["timm/resnet18.tv_in1k"] = (tmp_path / "w.safetensors").read_bytes()
    model, told = fresh("resnet18", num_classes=2), []
    assert warm_start(model, "resnet18", "imagenet", tell=told.append).replaced == HEAD
    assert set(differing({k: v for k, v in model.state_dict().items() if k not in HEAD}, state)) == set()
    assert told == ["Downloading the weights of timm/resnet18.tv_in1k, 46.8 MB"]


def test_a_download_is_told_of_while_it_comes_and_done_once(hub, tmp_path):
    state = learned(tmp_path / "w.safetensors")
    hub.files["me/net"] = (tmp_path / "w.safetensors").read_bytes()
    recipe = LIVE.with_settings({"net": NET, "init": "hub:me/net"})
    size = len(hub.files["me/net"]) // 1_000_000
    events = list(fetch_weights(recipe))
    assert events[0] == Preparing(0, size, "downloading")
    assert {event.what for event in events} <= {"downloading", "unpacking"}
    assert hub.count("GET") == 1
    assert list(fetch_weights(recipe)) == []
    model = fresh()
    warm_start(model, NET, recipe.init)
    assert hub.count("GET") == 1
    assert differing(model.state_dict(), state) == []


def test_what_is_a_file_is_not_downloaded(tmp_path):
    learned(tmp_path / "w.safetensors")
    for init in ("", str(tmp_path / "w.safetensors")):
        assert list(fetch_weights(LIVE.with_settings({"net": NET, "init": init}))) == []


def test_the_memory_format_stays(tmp_path):
    learned(tmp_path / "w.safetensors")
    model = fresh().to(memory_format=torch.channels_last)
    warm_start(model, NET, str(tmp_path / "w.safetensors"))
    assert model.layer1[0].conv1.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("name", "metadata", "words"),
    [
        ("resnet10_w24", {}, "of resnet10_w24, not of resnet10_w16"),
        ("resnet10_w24", {"net": "elsewhere"}, "conv1.weight is 24x3x3x3 in the file, 16x3x3x3 in the net"),
        ("resnet20", {"net": "elsewhere"}, "of another architecture"),
    ],
)
def test_anything_but_the_head_that_differs_is_refused(tmp_path, name, metadata, words):
    path = tmp_path / "w.safetensors"
    weights.save(path, fresh(name), {"net": name, **metadata})
    model = fresh()
    before = copy_of(model)
    with pytest.raises(UserError, match=words) as refused:
        warm_start(model, NET, str(path))
    assert refused.value.cure
    assert differing(model.state_dict(), before) == []


def test_weights_of_a_net_of_ones_own_are_for_that_net_alone(tmp_path):
    ours, theirs = (f"design:block=bottleneck:layers=1,1:width=8{stride}" for stride in ("", ":stride=1x1"))
    state = learned(tmp_path / "w.safetensors", theirs)
    model = fresh(ours)
    with pytest.raises(UserError, match=f"of {theirs}, not of {ours}"):  # no shape tells them apart
        warm_start(model, ours, str(tmp_path / "w.safetensors"))
    model = fresh(theirs)
    warm_start(model, theirs, str(tmp_path / "w.safetensors"), classes=("sheep", "goat"))
    assert differing(model.state_dict(), fresh(theirs).state_dict())
    assert torch.equal(model.state_dict()["conv1.weight"], state["conv1.weight"])
    assert torch.equal(
        resnet.create(theirs, weights=tmp_path / "w.safetensors", num_classes=2).fc.bias, state["fc.bias"]
    )


def test_nan_is_refused_and_the_net_stays_as_it_was(tmp_path):
    state = learned(tmp_path / "w.safetensors")
    state["layer4.0.conv2.weight"][0] = torch.nan
    weights.save(tmp_path / "w.safetensors", state)
    model = fresh()
    before = copy_of(model)
    with pytest.raises(UserError, match=r"NaN in layer4\.0\.conv2\.weight"):
        warm_start(model, NET, str(tmp_path / "w.safetensors"))
    assert differing(model.state_dict(), before) == []


# --- What stays frozen -----------------------------------------------------------------------------------------------


def parameters_of(*parts: str) -> set[str]:
    return {name for name, _ in fresh().named_parameters() if name.startswith(tuple(f"{part}." for part in parts))}


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("", ()),
        (" ", ()),
        ("conv1", ("conv1",)),  # not layer1.0.conv1
        ("conv1 bn1 layer1", ("conv1", "bn1", "layer1")),
        ("conv1,bn1,  layer2.0", ("conv1", "bn1", "layer2.0")),
        ("layer1 layer1.0.conv1", ("layer1",)),
        ("all but fc", ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4")),
        ("all but layer4, fc", ("conv1", "bn1", "layer1", "layer2", "layer3")),
        ("all but layer4.0.bn2 fc", (*("conv1", "bn1", "layer1", "layer2", "layer3", "layer4.0.conv1"),
                                     *("layer4.0.bn1", "layer4.0.conv2", "layer4.0.downsample"))),
    ],
)  # fmt: skip
def test_how_parts_are_named(words, parts):
    with torch.device("meta"):
        empty = resnet.create(NET)
    model = fresh()
    assert set(frozen_parameters(empty, words)) == set(freeze(model, words)) == parameters_of(*parts)
    assert {name for name, each in model.named_parameters() if not each.requires_grad} == parameters_of(*parts)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("layr1", r"no part 'layr1'\. Did you mean 'layer1'"),
        ("layer2.7", r"Did you mean 'layer2\.0'"),
        ("all but head", "no part 'head'. Its parts are conv1, bn1, .*layer4, avgpool, fc"),
        ("conv1 all but fc", "no part 'all'"),
        ("all but", '"all but" names nothing'),
        ("all but relu", "Nothing would be left to learn"),
        ("conv1 bn1 layer1 layer2 layer3 layer4 fc", "Nothing would be left to learn"),
    ],
)
def test_what_cannot_be_frozen_is_refused_and_nothing_is(words, refusal):
    model = fresh()
    with pytest.raises(UserError, match=refusal) as refused:
        freeze(model, words)
    assert refused.value.where == "freeze"
    assert all(parameter.requires_grad for parameter in model.parameters())


def steps(model: torch.nn.Module, eval_frozen: bool) -> list[str]:
    """Train three steps, with a validation among them; returns the tensors that changed."""
    torch.manual_seed(2)
    before = copy_of(model)
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.1)
    model.train()
    if eval_frozen:
        keep_frozen_in_eval(model)
    for _ in range(3):
        F.cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.tensor([0, 1, 0, 1])).backward()
        optimizer.step()
        optimizer.zero_grad()
        with evaluating(model):
            model(torch.randn(4, 3, 32, 32))
    return differing(model.state_dict(), before)


def test_frozen_parts_do_not_change_while_the_others_learn():
    model = fresh()
    freeze(model, "all but layer4 fc")
    changed = steps(model, eval_frozen=True)
    assert {name.split(".")[0] for name in changed} == {"layer4", "fc"}
    assert {"layer4.0.bn1.running_mean", "layer4.0.conv1.weight", "fc.bias"} <= set(changed)
    assert all(parameter.grad is None for name, parameter in model.named_parameters() if name.startswith("layer1"))


def test_batch_norms_left_in_training_mode_would_follow_the_new_pictures():
    model = fresh()
    freeze(model, "all but fc")
    assert "bn1.running_mean" in steps(model, eval_frozen=False)


def test_nothing_frozen_leaves_every_layer_in_training_mode():
    model = fresh().train()
    freeze(model, "")
    keep_frozen_in_eval(model)
    assert all(module.training for module in model.modules())
