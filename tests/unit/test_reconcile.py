"""Why does the paper say 3.8? Figures to the digit, and differences that add up."""

import dataclasses

import pytest

from resnet.catalogue import CATALOGUE, find
from resnet.errors import UserError
from resnet.reconcile import reconcile
from resnet.summary import summarize

AT_224 = (3, 224, 224)
#: depth: what the paper prints, v1 and v1.5 in multiply-adds
FIGURES = {
    50: (3.8, 3_857_973_248, 4_089_184_256),
    101: (7.6, 7_570_194_432, 7_801_405_440),
    152: (11.3, 11_282_415_616, 11_513_626_624),
}
NETS = [f"resnet{depth}{variant}" for depth in FIGURES for variant in ("", "_v1")]


@pytest.mark.parametrize("name", NETS)
def test_figures_to_the_digit(name):
    found = reconcile(find(name), AT_224, 1000)
    assert (found.paper_gmacs, found.v1_macs, found.v15_macs) == FIGURES[found.depth]
    assert found.is_v1 == name.endswith("_v1")
    assert found.here_macs == found.standard_macs == summarize(name).totals.macs
    assert found.steps == ()
    assert found.rounds_as_printed == (found.depth != 50), "3.858 rounds to 3.9, and the paper prints 3.8"


@pytest.mark.parametrize("name", NETS)
def test_three_calls_make_the_whole_difference(name):
    found = reconcile(find(name), AT_224, 1000)
    assert [call.name for call in found.moved] == [f"layer{stage}.0.conv1" for stage in (2, 3, 4)]
    assert [call.difference for call in found.moved] == [77_070_336] * 3
    assert sum(call.difference for call in found.moved) == found.v15_macs - found.v1_macs == 231_211_008
    for call in found.moved:
        assert call.v15_output[1:] == tuple(2 * side for side in call.v1_output[1:])
        assert call.v15_macs == 4 * call.v1_macs


@pytest.mark.parametrize("name", ["resnet50", "resnet50_v1", "resnet101"])
@pytest.mark.parametrize(("shape", "classes"), [((3, 224, 224), 10), ((1, 224, 224), 1000), ((2, 65, 301), 37)])
def test_steps_lead_from_the_standard_setting_to_the_one_at_hand(name, shape, classes):
    found = reconcile(find(name), shape, classes)
    assert found.standard_macs == FIGURES[found.depth][1 if found.is_v1 else 2]
    assert found.standard_macs + sum(step.macs for step in found.steps) == found.here_macs
    assert found.here_macs == summarize(name, shape, num_classes=classes).totals.macs
    changed = [("classes", classes != 1000), ("channels", shape[0] != 3), ("size", shape[1:] != (224, 224))]
    assert [step.what for step in found.steps] == [what for what, differs in changed if differs]


def test_steps_are_what_one_works_out_by_hand():
    classes, channels, _ = reconcile(find("resnet50"), (1, 64, 64), 10).steps
    assert classes.macs == 2048 * (10 - 1000)
    assert channels.macs == (1 - 3) * 7 * 7 * 64 * 112 * 112


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - set(NETS)))
def test_other_nets_have_nothing_to_reconcile(name):
    net = find(name)
    assert reconcile(net, net.input_shape, net.classes or 0) is None


def test_a_net_of_ones_own_has_nothing_to_reconcile():
    design = dataclasses.replace(find("resnet34"), name="resnet50")
    assert reconcile(design, AT_224, 1000) is None


def test_an_input_it_cannot_take_is_refused():
    with pytest.raises(UserError, match="ResNet-50"):
        reconcile(find("resnet50"), (3, 8, 8), 1000)
