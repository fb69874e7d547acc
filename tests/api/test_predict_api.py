"""`/predict`, `/feature_maps` and `/grad_cam`, called as a script calls them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from resnet.activations import watch
from resnet.saliency import grad_cam
from resnet.saliency_checks import randomised
from tests.checkpoints import SIDE, write_checkpoint
from tests.running_app import App
from train.augment import normalise
from train.checkpoint import Classifier, load_classifier
from train.drawn_pets import draw
from ui.checkpoints import RANDOM_SEED
from ui.images import load

RUN = "predict-api-test"
KEY = f"run:{RUN}"


@pytest.fixture(scope="module")
def classifier(app: App) -> Classifier:
    """A checkpoint of random weights among the app's runs."""
    return load_classifier(write_checkpoint(app.runs / RUN / "model.safetensors", seed=3).parent)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two drawings and, between them, a text file named .jpg."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / "first.png", folder / "notes.jpg", folder / "wide.jpg"]
    Image.fromarray(draw(7, 0, 200).image).save(paths[0])
    paths[1].write_text("these are only words")
    Image.fromarray(draw(7, 1, 300).image).resize((400, 250)).save(paths[2])
    return paths


def by_hand(classifier: Classifier, path: Path, fit: str) -> torch.Tensor:
    (picture,) = load([str(path)], SIDE, fit)
    return torch.from_numpy(picture.square.copy()).permute(2, 0, 1)[None]


def ask(client: Client, pictures: list[Path], *rest: str) -> Any:
    return client.predict([handle_file(str(path)) for path in pictures], *rest, api_name="/predict")


def test_several_pictures_are_answered_and_the_broken_one_is_named(client, classifier, pictures):
    got = ask(client, pictures, KEY)
    assert {key: got[key] for key in ("checkpoint", "image_px", "fit")} == {
        "checkpoint": KEY,
        "image_px": SIDE,
        "fit": "crop",
    }
    first, broken, wide = got["pictures"]
    assert [one["name"] for one in got["pictures"]] == ["first.png", "notes.jpg", "wide.jpg"]
    assert set(broken) == {"name", "refused"}
    assert "text" in broken["refused"]["what"]
    assert broken["refused"]["cure"]
    for answer, path in ((first, pictures[0]), (wide, pictures[2])):
        expected = classifier.probabilities(by_hand(classifier, path, "crop"))[0].tolist()
        assert answer["probabilities"] == pytest.approx(dict(zip(classifier.classes, expected, strict=True)), abs=1e-5)
        assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
        assert 0 < answer["milliseconds"] < 60_000


def test_squashing_is_not_cropping(client, classifier, pictures):
    crop, squash = (ask(client, pictures[2:], KEY, fit)["pictures"][0]["probabilities"] for fit in ("crop", "squash"))
    assert crop != squash
    expected = classifier.probabilities(by_hand(classifier, pictures[2], "squash"))[0].tolist()
    assert squash == pytest.approx(dict(zip(classifier.classes, expected, strict=True)), abs=1e-5)


@pytest.mark.parametrize("key", ["run:nobody", "run:../data", "../../etc/passwd", "shipped:/etc/hostname"])
def test_an_unknown_checkpoint_is_refused_with_those_there_are(client, classifier, pictures, key):
    with pytest.raises(AppError, match=r"There is no checkpoint .* Use one of .*run:"):
        ask(client, pictures[:1], key)


def test_weights_that_are_not_here_are_downloaded_or_refused_with_the_reason(client, classifier, pictures):
    with pytest.raises(AppError, match=r"ResNet-50: HF_HUB_OFFLINE is set, and its ImageNet weights .*\. Choose"):
        ask(client, pictures[:1], "imagenet:resnet50")


def test_an_unknown_fit_and_no_picture_are_refused(client, classifier, pictures):
    with pytest.raises(AppError, match="'stretch' is no way to make a picture square"):
        ask(client, pictures[:1], KEY, "stretch")
    with pytest.raises(AppError, match="There is no picture"):
        ask(client, [], KEY)


def test_a_file_of_the_server_is_not_a_picture_one_can_name(classifier, app):
    # By hand, because gradio_client uploads whatever path it is given.
    picture = app.data / "picture.png"
    Image.fromarray(draw(7, 0, 40).image).save(picture)
    with picture.open("rb") as content:
        (uploaded,) = httpx.post(f"{app.url}gradio_api/upload", files={"files": content}).json()
    answers = []
    for path in (uploaded, str(picture)):
        named = {"path": path, "meta": {"_type": "gradio.FileData"}}
        asked = httpx.post(f"{app.url}gradio_api/call/predict", json={"data": [[named], KEY, "crop"]}).json()
        answers.append(httpx.get(f"{app.url}gradio_api/call/predict/{asked['event_id']}", timeout=30).text)
    assert "probabilities" in answers[0]
    assert "event: error" in answers[1]
    assert "probabilities" not in answers[1]


def test_feature_maps_are_the_layers_own(client, classifier, pictures):
    file, about = client.predict(
        handle_file(str(pictures[0])), KEY, "layer1.0.bn1", 5, "crop", api_name="/feature_maps"
    )
    with watch(classifier.model, ["layer1.0.bn1"]) as seen:
        classifier.probabilities(by_hand(classifier, pictures[0], "crop"))
    maps = seen["layer1.0.bn1"][0].numpy()
    means = np.abs(maps).mean(axis=(1, 2))
    assert about["layer"] == "layer1.0.bn1"
    assert about["shape"] == list(maps.shape)
    assert about["channels"] == np.argsort(-means)[:5].tolist()
    assert about["means"] == pytest.approx(np.sort(means)[::-1][:5].tolist(), rel=1e-4)
    assert about["extremes"] == pytest.approx([maps.min(), maps.max()], rel=1e-4)
    assert about["scale"] == pytest.approx([-np.abs(maps).max(), np.abs(maps).max()], rel=1e-4)
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        assert picture.width > 5 * 56


def test_the_defaults_are_the_last_stage_and_64_channels(client, classifier, pictures):
    _, about = client.predict(handle_file(str(pictures[0])), KEY, api_name="/feature_maps")
    assert about["layer"] == "layer4"
    assert len(about["channels"]) == 64
    assert len(set(about["channels"])) == 64
    assert about["shape"][0] == 128


@pytest.mark.parametrize(
    ("layer", "channels", "words"),
    [
        ("layer9", 4, r"There is no layer 'layer9' in this net. Nearest: layer\d"),
        ("layer1", 0, "0 channels cannot be drawn. Ask for 1 to 256"),
        ("layer1", 257, "257 channels cannot be drawn"),
    ],
)
def test_impossible_maps_are_refused(client, classifier, pictures, layer, channels, words):
    with pytest.raises(AppError, match=words):
        client.predict(handle_file(str(pictures[0])), KEY, layer, channels, api_name="/feature_maps")


def test_a_broken_picture_is_refused_by_feature_maps(client, classifier, pictures):
    with pytest.raises(AppError, match=r"notes.jpg: .*text"):
        client.predict(handle_file(str(pictures[1])), KEY, api_name="/feature_maps")


@pytest.mark.parametrize(
    ("layer", "label", "against"), [("", "", ""), ("layer2", "dog", ""), ("layer1.0.bn1", "cat", "dog")]
)
def test_grad_cam_is_the_nets_own(client, classifier, pictures, layer, label, against):
    file, about = client.predict(handle_file(str(pictures[0])), KEY, layer, label, against, api_name="/grad_cam")
    images = normalise(by_hand(classifier, pictures[0], "crop"), classifier.mean, classifier.std)
    with torch.no_grad():
        logits = classifier.model(images)[0]
    speaks = classifier.classes.index(label) if label else int(logits.argmax())
    rival = classifier.classes.index(against) if against else None
    classes = (torch.tensor([speaks]), *([] if rival is None else [torch.tensor([rival])]))
    random = randomised(classifier.model, RANDOM_SEED, SIDE)
    heat, without = (grad_cam(model, images, layer or "layer4", *classes)[0] for model in (classifier.model, random))
    assert about["shape"] == list(heat.shape)
    for key in ("max", "min", "mean"):
        assert about[key] == pytest.approx(float(getattr(heat, key)()), rel=1e-3, abs=1e-4)
    assert about["random_max"] == pytest.approx(float(without.abs().max()), rel=1e-3)
    needed = 1.5 * about["random_max"] if not layer else 0  # the rule is the last stage's
    assert about["evidence"] is (None if layer else about["max"] > needed)
    assert about["scale"] == pytest.approx([0, max(about["max"], needed)])
    assert about["logit"] == pytest.approx(float(logits[speaks] - (0 if rival is None else logits[rival])), abs=1e-4)
    told = {"checkpoint": KEY, "method": "grad_cam", "layer": layer or "layer4", "against": against, "unit": "logits"}
    told |= {"label": classifier.classes[speaks], "temperature": 1.0}
    assert {key: about[key] for key in told} == told
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        assert picture.size == (6 * SIDE, 6 * SIDE)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_other_methods_ask_the_pixels(client, classifier, pictures, method):
    asked = (handle_file(str(pictures[0])), KEY, "")
    _, one = client.predict(*asked, "cat", "dog", method, api_name="/grad_cam")
    _, other = client.predict(*asked, "dog", "cat", method, api_name="/grad_cam")
    assert (one["method"], one["shape"], one["layer"], one["evidence"]) == (method, [SIDE, SIDE], "", None)
    assert 0 < one["scale"][1] <= one["max"]
    for key, opposite in (("max", "min"), ("min", "max"), ("mean", "mean"), ("logit", "logit")):
        assert one[key] == pytest.approx(-other[opposite], rel=1e-3)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"checkpoint": "run:nobody"}, r"There is no checkpoint .* Use one of .*run:"),
        ({"label": "wolf"}, r"label: This network knows no class 'wolf'. .* such as cat, dog"),
        ({"against": "cut"}, r"against: This network knows no class 'cut'. .* such as cat"),
        ({"label": "cat", "against": "cat"}, r"cat cannot be set against itself. Choose another class"),
        ({"layer": "fc"}, r"fc puts out no maps with a height and a width. Choose a layer before"),
        ({"layer": "layer9"}, r"There is no layer 'layer9' in this net. Nearest: layer\d"),
        ({"method": "guess"}, r"There is no method 'guess'. Use one of grad_cam / "),
        ({"method": "occlusion", "layer": "layer1"}, r"occlusion looks at the picture's own pixels.* Leave the layer"),
    ],
)
def test_impossible_heat_is_refused(client, classifier, pictures, asked, words):
    with pytest.raises(AppError, match=words):
        client.predict(handle_file(str(pictures[0])), **{"checkpoint": KEY} | asked, api_name="/grad_cam")


def test_a_class_that_is_the_likeliest_is_not_set_against_itself(client, classifier, pictures):
    _, about = client.predict(handle_file(str(pictures[0])), KEY, api_name="/grad_cam")
    with pytest.raises(AppError, match="cannot be set against itself"):
        client.predict(handle_file(str(pictures[0])), KEY, "", "", about["label"], api_name="/grad_cam")


def test_heat_of_no_picture_and_of_a_broken_one_is_refused(client, classifier, pictures):
    with pytest.raises(AppError, match="There is no picture"):
        client.predict(None, KEY, api_name="/grad_cam")
    with pytest.raises(AppError, match=r"notes.jpg: .*text"):
        client.predict(handle_file(str(pictures[1])), KEY, api_name="/grad_cam")


def test_the_endpoints_are_documented_and_the_tabs_own_events_are_not_public(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert [one["parameter_name"] for one in named["/predict"]["parameters"]] == ["pictures", "checkpoint", "fit"]
    names = [one["parameter_name"] for one in named["/feature_maps"]["parameters"]]
    assert names == ["picture", "checkpoint", "layer", "channels", "fit"]
    assert all(one["parameter_has_default"] for one in named["/feature_maps"]["parameters"][1:])
    names = [one["parameter_name"] for one in named["/grad_cam"]["parameters"]]
    assert names == ["picture", "checkpoint", "layer", "label", "against", "method", "fit"]
    assert all(one["parameter_has_default"] for one in named["/grad_cam"]["parameters"][1:])
    assert "random weights" in named["/grad_cam"]["description"]
    assert "probabilities" in named["/predict"]["description"]
    assert not [name for name in named if re.search("answered|looked|opened|listed|returned|lambda", name)]
