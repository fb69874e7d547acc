"""ImageNet weights on the Predict tab: exact answers, what is listed, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision
from PIL import Image

from resnet import network, weights
from resnet.errors import UserError
from resnet.pretrained import IMAGENET
from resnet.summary import summarize
from tests.hub import Hub, hub_here  # noqa: F401 - a fixture
from tests.imagenet_shelf import HOME, KEY, come, empty_shelf, on_disk  # noqa: F401 - a fixture
from train import imagenet
from train.augment import MEAN, STD, normalise
from ui import predict_api
from ui.checkpoints import Shelf
from ui.desk import MOST_SHARES, Desk
from ui.heat import Question
from ui.images import drawn
from ui.inside import Switches, blocks
from ui.predict_code import predict_code

SQUARE = drawn(0, imagenet.SIDE, "").square


@pytest.fixture(scope="module")
def theirs() -> torch.nn.Module:
    """torchvision's own ResNet-18, with random weights and statistics."""
    torch.manual_seed(3)
    model = torchvision.models.resnet18()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.weight, 1, 0.2)
            torch.nn.init.normal_(module.running_mean, 0, 0.2)
    return model.eval()


@pytest.fixture(scope="module")
def file(theirs: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hub") / "model.safetensors"
    weights.save(path, theirs)
    return path


@pytest.fixture
def filled(shelf: Shelf, hub: Hub, file: Path) -> Shelf:
    """A shelf once ResNet-18 has come."""
    hub.files[HOME] = file.read_bytes()
    come(shelf)
    return shelf


# --- The net ---------------------------------------------------------------------------------------------------------


def test_answers_are_torchvisions_to_the_bit(filled: Shelf, theirs: torch.nn.Module):
    pixels = torch.from_numpy(SQUARE.copy()).permute(2, 0, 1)[None]
    images = normalise(pixels, MEAN, STD)
    published = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.transforms()
    assert (tuple(published.mean), tuple(published.std)) == (MEAN, STD)
    with torch.inference_mode():
        expected = network.probabilities(theirs.to(memory_format=torch.channels_last)(images))[0]
    shares, _, familiarity = filled.open(KEY).answer(SQUARE)
    names = imagenet.class_names()
    assert [shares[name] for name in names] == expected.tolist()
    assert next(iter(shares)) == names[int(expected.argmax())]
    assert familiarity is None


def test_names_of_classes_can_be_told_apart_when_they_are_written_large():
    names = imagenet.class_names()
    assert len(names) == len({name.casefold() for name in names}) == imagenet.CLASSES
    dogs, cats = names[151:269], names[281:286]
    assert (dogs[0], dogs[-1], len(dogs)) == ("Chihuahua", "Mexican hairless", 118)  # as the page says
    assert (cats[0], cats[-1], len(cats)) == ("tabby", "Egyptian cat", 5)


@pytest.mark.parametrize("net", IMAGENET)
def test_sizes_told_are_those_of_the_nets(net: str):
    assert round(4 * summarize(net, (3, 224, 224)).totals.params / 1e6) == imagenet.MEGABYTES[net]


def test_everything_of_the_tab_works_with_a_thousand_classes(filled: Shelf):
    checkpoint = filled.open(KEY)
    assert checkpoint.maps(SQUARE, "layer4").shape == (512, 7, 7)
    assert checkpoint.heat(SQUARE, Question(label="tabby", against="tench")).question.layer == "layer4"
    assert "layer1.0" in blocks(checkpoint)
    assert Switches().accuracy(checkpoint, [], []) is None  # drawings of cats and dogs cannot judge it


def test_a_page_is_sent_the_likeliest_classes_only(filled: Shelf, tmp_path: Path):
    desk = Desk(filled, tmp_path)
    asked = {"pictures": [], "drawing": 0, "checkpoint": KEY, "fit": "crop", "run": ""}
    said = [desk.answers(asked)["replies"][0], desk.changed({**asked, "picture": 0})]
    every = list(filled.open(KEY).answer(SQUARE)[0].items())
    for each in said:
        assert each["shares"] == every[:MOST_SHARES]
        assert each["classes"] == 1000


def test_a_script_gets_the_same_answer(filled: Shelf, tmp_path: Path):
    Image.fromarray(SQUARE).save(tmp_path / "cat.png")
    got = predict_api._predict(filled, [str(tmp_path / "cat.png")], KEY, "crop")
    assert got["pictures"][0]["probabilities"] == filled.open(KEY).answer(SQUARE)[0]


def test_code_to_take_along_says_the_same(filled: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    desk = Desk(filled, tmp_path)
    sent = {"pictures": [], "drawing": 0, "checkpoint": KEY, "fit": "crop", "run": "", "picture": 0, "changes": {}}
    exec(predict_code(desk, sent), {})
    label, share = desk.changed(sent)["shares"][0]
    assert capsys.readouterr().out.startswith(f"{label}: {share:.2%}\n")


# --- The list --------------------------------------------------------------------------------------------------------


def test_all_are_listed_last_with_their_size_and_nobody_is_asked(shelf: Shelf, hub: Hub, tmp_path: Path):
    listed = Desk(shelf, tmp_path).checkpoints("")
    assert [each["key"] for each in listed] == ["run:one", *(f"imagenet:{net}" for net in IMAGENET)]
    assert [each["download"] for each in listed] == [0, *imagenet.MEGABYTES.values()]
    assert listed[3]["title"] == "ResNet-50 · ImageNet, 1,000 classes · about 102 MB to download"
    assert "Published with them: 76.1 % right" in listed[3]["knows"]  # for pictures prepared in another way
    assert "not calibrated" in listed[3]["knows"]
    assert on_disk(shelf) == hub.asked == []


def test_what_has_come_can_be_asked_like_any_other(filled: Shelf):
    assert on_disk(filled) == [KEY]
    assert filled.offers()[-1].title == "ResNet-18 · ImageNet, 1,000 classes"
    assert KEY not in [each.key for each in filled.imagenet.to_download()]
    assert filled.open(KEY) is filled.open(KEY)


def test_nothing_is_asked_first_that_would_have_to_be_downloaded(tmp_path: Path, hub: Hub):
    with pytest.raises(UserError, match="There is no trained network yet"):
        Shelf(tmp_path / "none", assets=tmp_path).open("")
    assert hub.asked == []


def test_offline_only_what_is_here_is_offered(filled: Shelf, hub: Hub, monkeypatch: pytest.MonkeyPatch):
    hub.asked.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert on_disk(filled) == [KEY]
    assert filled.imagenet.to_download() == []
    assert filled.open(KEY)
    for refused in (filled.find, filled.imagenet.begin, filled.imagenet.summon):
        with pytest.raises(UserError, match=r"^ResNet-50: HF_HUB_OFFLINE is set, .* Choose another"):
            refused("imagenet:resnet50")
    assert hub.asked == []


def test_strangers_are_offered_what_is_here_and_cannot_fill_the_disk(filled: Shelf, hub: Hub, tmp_path: Path):
    hub.asked.clear()
    public = Shelf(tmp_path / "runs", assets=tmp_path, public=True)
    assert [each["key"] for each in Desk(public, tmp_path).checkpoints("")] == [KEY]
    assert public.open(KEY)
    for refused in (public.find, public.imagenet.begin, lambda key: predict_api._open(public, key)):
        with pytest.raises(UserError, match=r"visitors cannot download here\. Choose another checkpoint, or run"):
            refused("imagenet:resnet50")
    assert hub.asked == []


@pytest.mark.parametrize("key", ["imagenet:", "imagenet:vgg16", "imagenet:../resnet18", "imagenet:resnet18 "])
def test_other_keys_name_nothing(shelf: Shelf, hub: Hub, tmp_path: Path, key: str):
    with pytest.raises(UserError, match="There is no checkpoint"):
        shelf.open(key)
    for asked in (key, [KEY], None):
        with pytest.raises(UserError):
            Desk(shelf, tmp_path).download(asked)
    assert hub.asked == []


def test_a_file_that_holds_no_weights_is_refused_by_name(shelf: Shelf):
    come(shelf)
    with pytest.raises(UserError, match=r"^model.safetensors: This is a text file, not a safetensors file"):
        shelf.open(KEY)
