"""Timing of operations: rows and refusals. How fast anything is, no test may say."""

from __future__ import annotations

import math
import threading
import weakref
from functools import partial
from statistics import median
from time import perf_counter

import pytest
import torch
from torch import nn

import resnet
from resnet import timing
from resnet.catalogue import Net
from resnet.summary import summarize
from resnet.timing import processor_name, time_calls

SMALL = (3, 32, 32)


class Tiny(nn.Module):
    """A convolution, a layer whose forward a test may choose, an addition without a layer."""

    def __init__(self, num_classes=2, in_channels=3, during=lambda: None):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 8, 3, padding=1)
        self.during = during

    def forward(self, x):
        self.during()
        x = self.conv(x)
        return x + x


def tiny(factory=Tiny) -> Net:
    return Net("tiny", "Tiny", "variant", "a test", factory, input_shape=SMALL, min_side=1)


@pytest.mark.parametrize("name", ["resnet20", "resnet10_w16", "inception_block"])
def test_times_are_of_the_rows_of_the_layer_table(name):
    timed = time_calls(name, SMALL, runs=2)
    summary = summarize(name, SMALL)
    assert timed.names == tuple(row.name for row in summary.rows)
    assert len(timed.milliseconds) == len(timed.names)
    assert (timed.title, timed.input_shape, timed.runs) == (summary.title, SMALL, 2)
    assert all(0 < time < math.inf for time in timed.milliseconds)
    assert 0 < timed.forward_milliseconds < math.inf
    assert timed.calls_milliseconds == sum(timed.milliseconds)
    assert timed.threads == torch.get_num_threads()
    assert timed.torch_version == torch.__version__
    assert timed.processor == processor_name() != ""


def test_the_operations_fill_the_pass_they_are_in():
    model = resnet.create("resnet10_w24").eval()
    picture = torch.zeros(1, 3, 192, 192)
    shares = []
    with torch.inference_mode():
        for _ in range(5):
            began = perf_counter()
            with timing._Stopwatch() as stopwatch:
                model(picture)
            shares.append(sum(stopwatch.milliseconds) / (1000 * (perf_counter() - began)))
    assert max(shares) < 1, "operations that overlap"
    assert max(shares) > 0.5, "whatever interrupted one pass, not all five lie mostly between the operations"


def test_medians_are_of_the_rounds_after_the_first(monkeypatch):
    rounds = iter([(99.0, [99.0, 99.0]), (3.0, [2.0, 1.0]), (9.0, [0.5, 8.0]), (4.0, [3.0, 0.5])])
    monkeypatch.setattr(timing, "_round", lambda model, picture: next(rounds))
    timed = time_calls(tiny(), runs=3)
    assert timed.names == ("conv", "add")
    assert timed.milliseconds == (median([2, 0.5, 3]), median([1, 8, 0.5]))
    assert (timed.forward_milliseconds, timed.runs) == (4, 3)


def test_a_slow_net_is_timed_less_often(monkeypatch):
    monkeypatch.setattr(timing, "PATIENCE", 0)
    assert time_calls(tiny(), runs=50).runs == 1


def test_one_timing_at_a_time_and_the_next_one_after_a_failure():
    refusals = []

    def meanwhile() -> None:
        with pytest.raises(resnet.UserError, match="Try again in a few seconds") as refused:
            time_calls(tiny())
        refusals.append(refused)

    def during() -> None:
        if timing._LOCK.locked():  # not while the layer table is made
            second = threading.Thread(target=meanwhile)
            second.start()
            second.join()
            raise OSError("the first one fails")

    with pytest.raises(OSError, match="the first one fails"):
        time_calls(tiny(partial(Tiny, during=during)))
    assert len(refusals) == 1
    assert time_calls(tiny(), runs=1).runs == 1


def test_no_weight_is_drawn():
    weights = []

    class Watched(Tiny):
        def forward(self, x):
            weights.append(self.conv.weight)
            return super().forward(x)

    time_calls(tiny(Watched), runs=1)
    real = [weight for weight in weights if weight.device.type == "cpu"]
    assert real
    assert not any(weight.any() for weight in real)


def test_operations_with_several_outputs_are_timed():
    assert time_calls(nn.MaxPool2d(2, return_indices=True), SMALL, runs=1).names == ("max_pool2d",)


def test_nothing_of_the_net_stays():
    made = []

    class Remembered(Tiny):
        def __init__(self, num_classes=2, in_channels=3):
            super().__init__(num_classes, in_channels)
            made.append(weakref.ref(self.conv.weight))

    timed = time_calls(tiny(Remembered), runs=1)
    assert len(timed.names) == 2
    assert len(made) > 1
    assert [weight() for weight in made] == [None] * len(made)


def test_a_module_and_the_random_numbers_are_left_as_they_were():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True)).to(torch.bfloat16)
    statistics = module[1].running_mean.clone()
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    timed = time_calls(module, SMALL, runs=1)
    time_calls("resnet10_w16", SMALL, runs=1)
    assert torch.equal(torch.rand(4), expected)
    assert timed.names == ("0", "1", "2")
    assert all(part.training for part in module.modules())
    assert module[0].weight.dtype == torch.bfloat16
    assert torch.equal(module[1].running_mean, statistics)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"net": "resnet152", "input_shape": (3, 4096, 4096)}, "GMACs at this input.*smaller"),
        ({"net": tiny(), "input_shape": (16, 4096, 4096)}, "GB at this input.*smaller"),
        ({"net": "resnet18", "runs": 0}, "Choose 1 to 100"),
        ({"net": "resnet18", "runs": 10**6}, "Choose 1 to 100"),
        ({"net": "vgg16", "input_shape": (3, 64, 64)}, "3,224,224"),
        ({"net": "resnet_18"}, "resnet18"),
        ({"net": nn.Conv2d(3, 4, 3), "input_shape": SMALL, "num_classes": 7}, "Leave the classes out"),
    ],
)
def test_what_takes_too_long_or_cannot_be_is_refused_before_anything_is_built(asked, says, monkeypatch):
    monkeypatch.setattr(timing, "_zeros", None)
    with pytest.raises(resnet.UserError, match=says):
        time_calls(**asked)
    assert not timing._LOCK.locked()
