"""Weights that somebody trained: from files, and from a hub on the loopback with whatever may go wrong."""

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import resnet
from resnet import weights
from resnet.errors import UserError
from resnet.pretrained import IMAGENET, LARGEST_BYTES, head_of, locate
from tests.hub import hub_here, serving  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]
SMALL = "resnet10_w16"


def trained(name: str, **kwargs) -> torch.nn.Module:
    """A net whose weights no other has."""
    torch.manual_seed(1)
    return resnet.create(name, **kwargs)


def file_of(tmp_path: Path, name: str, metadata: dict[str, str] | None = None, **kwargs) -> Path:
    path = tmp_path / f"{name}.safetensors"
    weights.save(path, trained(name, **kwargs), metadata)
    return path


def assert_equal(model: torch.nn.Module, other: torch.nn.Module) -> None:
    assert list(model.state_dict()) == list(other.state_dict())
    for name, tensor in other.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name


@pytest.fixture
def small(hub, tmp_path):
    """A hub with one small repository, lab/small."""
    hub.files["lab/small"] = file_of(tmp_path, SMALL).read_bytes()
    return hub


def create_small(**kwargs):
    return resnet.create(SMALL, weights="hub:lab/small", **kwargs)


def cache_files(tmp_path: Path) -> list[str]:
    """What the cache holds whole."""
    found = (tmp_path / "cache").glob("models--*/blobs/*")
    return sorted(path.name for path in found if path.suffix != ".incomplete")


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_file_or_the_folder_of_a_run(tmp_path):
    path = file_of(tmp_path, SMALL)
    assert_equal(resnet.create(SMALL, weights=path), trained(SMALL))
    assert_equal(resnet.create(SMALL, weights=str(path)), trained(SMALL))
    path.rename(tmp_path / "model.safetensors")
    assert_equal(resnet.create(SMALL, weights=tmp_path), trained(SMALL))


def test_no_initial_weights_are_drawn_and_the_net_can_learn(tmp_path):
    path = file_of(tmp_path, SMALL)
    before = torch.random.get_rng_state()
    model = resnet.create(SMALL, weights=path)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(parameter.requires_grad and not parameter.is_meta for parameter in model.parameters())


def test_counters_that_the_file_lacks_start_at_nothing(tmp_path):
    state = trained(SMALL).state_dict()
    weights.save(tmp_path / "w.safetensors", {k: v for k, v in state.items() if not k.endswith("tracked")})
    found = resnet.create(SMALL, weights=tmp_path / "w.safetensors").state_dict()
    assert {int(found[name]) for name in found if name.endswith("tracked")} == {0}


def test_half_precision_is_read_as_float32(tmp_path):
    weights.save(tmp_path / "w.safetensors", trained(SMALL), half=True)
    model = resnet.create(SMALL, weights=tmp_path / "w.safetensors")
    assert torch.equal(model.fc.weight, trained(SMALL).fc.weight.half().float())


def test_other_classes_are_refused_unless_asked_for(tmp_path):
    path = file_of(tmp_path, SMALL, num_classes=7)
    with pytest.raises(UserError, match=r"tell 7 classes apart, the net 2.*num_classes=7"):
        resnet.create(SMALL, weights=path)
    assert_equal(resnet.create(SMALL, weights=path, num_classes=7), trained(SMALL, num_classes=7))


@pytest.mark.parametrize(
    ("net", "words"),
    [
        ("resnet10_w24", "conv1.weight is 16x3x3x3 in the file, 24x3x3x3 in the net"),
        ("resnet20", "of another architecture"),
    ],
)
def test_another_net_is_refused(tmp_path, net, words):
    with pytest.raises(UserError, match=words):
        resnet.create(net, weights=file_of(tmp_path, SMALL), num_classes=2)


def test_a_net_that_differs_in_no_shape_is_refused_by_what_the_file_says(tmp_path):
    path = file_of(tmp_path, "plain20", {"net": "plain20"})
    with pytest.raises(UserError, match=r"These weights are of plain20, not of resnet20\. Choose the net plain20"):
        resnet.create("resnet20", weights=path)
    assert_equal(resnet.create("plain20", weights=path), trained("plain20"))


@pytest.mark.parametrize("given", ["DEFAULT", "nothing/there.safetensors", "a\0b", "x" * 5000])
def test_what_is_no_file_is_refused_with_all_that_can_be_given(given):
    with pytest.raises(UserError, match=r'There is no such file.*"imagenet", or "hub:OWNER/NAME"'):
        resnet.create(SMALL, weights=given)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"holds no weights \(model.safetensors\)"):
        resnet.create(SMALL, weights=tmp_path)


# --- Heads and names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [net.name for net in resnet.CATALOGUE.values() if net.classes is not None])
def test_the_head_is_the_layer_that_tells_the_classes_apart(name):
    with torch.device("meta"):
        model = resnet.create(name, num_classes=7)
    assert model.get_submodule(head_of(model)).out_features == 7


def test_the_nets_with_imagenet_weights_are_torchvisions_ten_resnets():
    models = pytest.importorskip("torchvision.models")
    assert {name for name in models.list_models(models) if re.match("(wide_)?resne", name)} == set(IMAGENET)


@pytest.mark.parametrize("name", sorted(set(resnet.CATALOGUE) - set(IMAGENET)))
def test_other_nets_have_no_imagenet_weights(name):
    with pytest.raises(UserError) as refused:
        locate(name, "imagenet")
    assert all(net in refused.value.cure for net in IMAGENET)


# --- The Hub ---------------------------------------------------------------------------------------------------------


def test_imagenet_weights_arrive_bit_for_bit_and_only_once(hub, tmp_path):
    hub.files["timm/resnet18.tv_in1k"] = file_of(tmp_path, "resnet18").read_bytes()
    told = []
    model = resnet.create("resnet18", weights="imagenet", tell=lambda message: told.append((message, hub.count("GET"))))
    assert_equal(model, trained("resnet18"))
    assert told == [("Downloading the weights of timm/resnet18.tv_in1k, 46.8 MB", 0)]
    assert_equal(resnet.create("resnet18", weights="imagenet", tell=told.append), model)
    assert (len(told), hub.count("GET")) == (1, 1)


def test_without_a_listener_the_size_is_told_on_standard_error(small, capsys):
    create_small()
    printed = capsys.readouterr()
    assert re.search(r"Downloading the weights of lab/small, \d\.\d MB\n", printed.err)
    assert printed.out == ""


def test_a_connection_that_breaks_is_taken_up_where_it_broke(small, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100_000)  # 10 MB are kept at a time otherwise
    small.cuts, small.cut_after = 2, 200_000
    while small.cuts:  # newer versions of huggingface_hub try again by themselves, older ones when they are asked again
        with contextlib.suppress(UserError):
            create_small()
    assert_equal(create_small(), trained(SMALL))
    assert [wanted for method, _, wanted in small.asked if method == "GET"] == ["", "bytes=200000-", "bytes=400000-"]


def test_a_connection_that_never_holds_is_refused_and_nothing_half_is_taken(small, monkeypatch, tmp_path):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    small.cuts = 100
    with pytest.raises(UserError) as refused:
        create_small()
    assert "The download failed" in refused.value.what
    assert f"download {small.url}/lab/small/resolve/main/model.safetensors by hand" in refused.value.cure
    assert cache_files(tmp_path) == []
    small.cuts = 0
    assert_equal(create_small(), trained(SMALL))


def test_weights_that_arrive_damaged_are_refused_and_not_kept(small, tmp_path):
    small.damaged = True
    with pytest.raises(UserError, match="arrived damaged"):
        create_small()
    assert cache_files(tmp_path) == []
    small.damaged = False
    assert_equal(create_small(), trained(SMALL))


def test_weights_that_were_damaged_on_disk_are_noticed(small, tmp_path):
    create_small()
    blob = next((tmp_path / "cache").glob("models--*/blobs/*"))
    blob.write_bytes(blob.read_bytes()[:-1] + b"\7")
    with pytest.raises(UserError, match="damaged"):
        create_small()
    assert_equal(create_small(), trained(SMALL))


def offline(monkeypatch, hub):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def unreachable(monkeypatch, hub):
    template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"  # the discard port: nobody listens
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)


def withdrawn(monkeypatch, hub):
    hub.files.clear()


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (offline, "HF_HUB_OFFLINE is set, and these weights were not downloaded before. Unset it, or"),
        (unreachable, "The download failed .*Connect to the network and try again, or"),
        (withdrawn, "no such repository"),
    ],
)
def test_without_the_hub_weights_from_last_time_serve_and_others_are_refused(small, monkeypatch, away, words):
    create_small()
    small.files["lab/other"] = small.files["lab/small"]
    away(monkeypatch, small)
    assert_equal(create_small(), trained(SMALL))
    with pytest.raises(UserError, match=words) as refused:
        resnet.create(SMALL, weights="hub:lab/other")
    assert re.search(r"download http://\S+/lab/other/resolve/main/model.safetensors by hand", refused.value.cure)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "RepoNotFound", r"no such repository, or does not show it to you \(HTTP 401\)"),
        (401, "", r"no such repository, or does not show it to you \(HTTP 401\)"),
        (403, "GatedRepo", r"\(HTTP 403\).*hf auth login"),
        (404, "", r"no such repository, or does not show it to you \(HTTP 404\)"),
        (404, "EntryNotFound", "has no model.safetensors"),
        (503, "", "answered HTTP 503"),
    ],
)
def test_a_refusal_of_the_hub_is_passed_on_with_its_cure(hub, status, code, words):
    hub.answers["lab/none"] = (status, code)
    with pytest.raises(UserError, match=words) as refused:
        resnet.create(SMALL, weights="hub:lab/none")
    assert refused.value.where == "lab/none"
    assert "by hand" in refused.value.cure


@pytest.mark.parametrize("name", ["small", "", "a/b/c", "../x", "lab/", "lab/a b", "lab/" + "x" * 500])
def test_what_cannot_be_a_repository_is_refused_without_asking(hub, name):
    with pytest.raises(UserError, match="cannot be a repository of the Hub"):
        resnet.create(SMALL, weights=f"hub:{name}")
    assert hub.asked == []


def test_weights_larger_than_any_net_are_refused_before_they_come(small):
    small.size = LARGEST_BYTES + 1
    with pytest.raises(UserError, match="1,200 MB, more than any net of the catalogue"):
        create_small()
    assert small.count("GET") == 0


def test_a_cache_that_cannot_be_written_is_said(small, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(UserError, match=r"could not be kept .*HF_HOME"):
        create_small()


@pytest.mark.slow
def test_hf_endpoint_is_honoured_and_nothing_is_imported_before_it_is_needed(tmp_path):
    code = f"""
import sys, resnet
assert "torch" not in sys.modules
resnet.create({SMALL!r}, weights={str(file_of(tmp_path, SMALL))!r})
assert "huggingface_hub" not in sys.modules
print(resnet.create({SMALL!r}, weights="hub:lab/small").fc.weight.sum().item())
"""
    with serving() as served:
        served.files["lab/small"] = (tmp_path / f"{SMALL}.safetensors").read_bytes()
        settings = {"HF_ENDPOINT": served.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert [each[:2] for each in served.asked] == [(method, "lab/small") for method in ("HEAD", "HEAD", "GET")]
    assert float(done.stdout) == trained(SMALL).fc.weight.sum().item()
    assert list((tmp_path / "home" / "hub").glob("models--lab--small/snapshots/*/model.safetensors"))
