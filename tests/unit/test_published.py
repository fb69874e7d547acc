"""Published figures: against torchvision's own record, against the papers' tables, and never for the wrong net."""

import dataclasses

import pytest
from torchvision import models

from resnet.catalogue import CATALOGUE, find
from resnet.published import ACCURACIES, MEASURES, PAPER_GMACS, TORCHVISION, accuracy
from resnet.summary import summarize

FROM_TORCHVISION = [figure for figure in ACCURACIES if figure.source == TORCHVISION]
#: Errors in percent as He et al. 2015 print them: top-1 and top-5, ten crops.
TEN_CROPS = {
    "plain18": (27.94, None),
    "resnet18": (27.88, None),
    "plain34": (28.54, 10.02),
    "resnet34": (24.52, 7.46),
    "resnet50_v1": (22.85, 6.71),
    "resnet101_v1": (21.75, 6.05),
    "resnet152_v1": (21.43, 5.71),
    "vgg16": (28.07, 9.33),
}
CIFAR_10 = {"resnet20": 8.75, "resnet32": 7.51, "resnet44": 7.17, "resnet56": 6.97, "resnet110": 6.43}


@pytest.mark.parametrize("figure", FROM_TORCHVISION, ids=lambda figure: figure.net)
def test_torchvision_figures_are_those_of_the_installed_package(figure):
    weights = models.get_model_weights(figure.net).IMAGENET1K_V1
    assert weights.meta["_metrics"]["ImageNet-1K"] == {"acc@1": figure.top1, "acc@5": figure.top5}
    assert figure.measure == "one_crop"


def test_every_net_of_torchvision_has_its_figure():
    theirs = set(models.list_models()) & set(CATALOGUE)
    assert {figure.net for figure in FROM_TORCHVISION} == theirs
    assert len(theirs) == 17


def test_weights_trained_by_another_recipe_say_so():
    for figure in FROM_TORCHVISION:
        story = models.get_model_weights(figure.net).IMAGENET1K_V1.meta["_docs"]
        assert ("new training recipe" in story) == (figure.note == "newer_recipe"), figure.net
        assert ("ported" in story) == (figure.note == "ported"), figure.net


def test_ten_crop_figures_are_the_papers():
    ours = {figure.net: figure for figure in ACCURACIES if figure.measure == "ten_crops"}
    assert set(ours) == set(TEN_CROPS)
    for net, (top1, top5) in TEN_CROPS.items():
        assert ours[net].top1 == pytest.approx(100 - top1, abs=1e-9)
        assert ours[net].top5 == (None if top5 is None else pytest.approx(100 - top5, abs=1e-9))


def test_cifar_figures_are_the_papers():
    ours = {figure.net: figure.top1 for figure in ACCURACIES if figure.measure == "cifar10"}
    assert ours == {net: pytest.approx(100 - error, abs=1e-9) for net, error in CIFAR_10.items()}


def test_no_net_has_two_figures_of_one_measure():
    found = [(figure.net, figure.measure) for figure in ACCURACIES]
    assert len(set(found)) == len(found)
    assert {measure for _, measure in found} == set(MEASURES)


def test_figures_belong_to_pictures_of_their_data_set():
    for figure in ACCURACIES:
        net = find(figure.net)
        assert net.input_shape == ((3, 32, 32) if figure.measure == "cifar10" else (3, 224, 224))
        assert net.classes == (10 if figure.measure == "cifar10" else 1000)


def test_a_net_of_ones_own_has_none_whatever_its_name():
    assert accuracy(find("resnet50"), "one_crop").top1 == 76.13
    design = dataclasses.replace(find("resnet34"), name="resnet50")
    assert accuracy(design, "one_crop") is None
    assert accuracy(dataclasses.replace(find("resnet50"), name="mine"), "one_crop") is None


@pytest.mark.parametrize(
    ("depth", "net"),
    [(18, "plain18"), (34, "plain34"), (50, "resnet50_v1"), (101, "resnet101_v1"), (152, "resnet152_v1")],
)
def test_the_papers_operations_are_near_ours(depth, net):
    exact = summarize(net).totals.macs / 1e9
    assert PAPER_GMACS[depth] == pytest.approx(exact, abs=0.06)
    assert (round(exact, 1) == PAPER_GMACS[depth]) == (depth != 50), "only 3.8 is not the rounded count"
