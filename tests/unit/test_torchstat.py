"""torchstat's table: two that it printed, the totals of its ResNets, and what has which row."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet.formats import write
from resnet.summary import summarize
from resnet.torchstat import COLUMNS, torchstat
from tests.nets import every_net

GOLDEN = Path(__file__).parent / "golden"


# The tables that torchstat 0.0.7 printed for the third article's AlexNet with 10 classes and VGG-16 with 1000, without
# its row numbers and its timing: params, memory (MB), MAdd, Flops, MemR+W (bytes) in its total rows.
@pytest.mark.parametrize(
    ("name", "classes", "total"),
    [
        ("alexnet", 10, (57_044_810, "4.15", 1_421_458_422, 711_488_448, 237_378_896)),
        ("vgg16", 1000, (138_357_544, "109.29", 30_958_666_264, 15_503_489_024, 783_170_624)),
    ],
)
def test_tables_that_torchstat_printed(name, classes, total):
    summary = summarize(name, num_classes=classes)
    printed = (GOLDEN / f"torchstat_{name}.csv").read_text(encoding="utf-8")
    assert write(summary, "torchstat", "csv").splitlines() == printed.splitlines()
    sums = torchstat(summary).totals
    assert (sums.params, f"{sums.memory_mib:.2f}", sums.madd, sums.flops, sums.traffic_bytes) == total


# Totals by torchstat's rules at 3x224x224, each layer once, from an independent count: memory in MiB, MAdd and Flops in
# 1e9, MemR+W in MiB. AlexNet and VGG-16 with norms were counted as torchvision builds them, with an adaptive pooling
# that ours do not need, and without the memory of dropout: the MiB of both are put right here.
@pytest.mark.parametrize(
    ("name", "memory", "madd", "flops", "traffic", "layers", "correction"),
    [
        ("resnet18", 25.65, 3.639, 1.821, 97.04, 52, 0),
        ("resnet34", 37.62, 7.343, 3.674, 159.53, 92, 0),
        ("resnet50", 109.69, 8.220, 4.119, 317.43, 126, 0),
        ("resnet101", 161.75, 15.663, 7.844, 494.00, 245, 0),
        ("resnet152", 226.06, 23.110, 11.573, 682.30, 364, 0),
        ("resnext50_32x4d", 134.76, 8.512, 4.266, 365.56, 126, 0),
        ("resnext101_32x8d", 276.02, 32.933, 16.487, 891.31, 245, 0),
        ("resnext101_64x4d", 276.02, 31.026, 15.533, 870.96, 245, 0),
        ("wide_resnet50_2", 134.76, 22.847, 11.434, 532.85, 126, 0),
        ("wide_resnet101_2", 199.84, 45.581, 22.806, 884.28, 245, 0),
        ("alexnet", 4.14, 1.430, 0.716, 241.86, 20, (256 * 6 * 6 - (256 * 6 * 6 + 4096)) / 2**18),
        ("vgg16_bn", 161.04, 31.013, 15.531, 850.28, 51, (512 * 7 * 7 - 2 * 4096) / 2**18),
    ],
)
def test_totals_by_an_independent_count(name, memory, madd, flops, traffic, layers, correction):
    report = torchstat(summarize(name))
    totals = report.totals
    assert round(totals.memory_mib + correction, 2) == memory
    assert (round(totals.madd / 1e9, 3), round(totals.flops / 1e9, 3)) == (madd, flops)
    assert round(totals.traffic_bytes / 2**20, 2) == traffic
    assert len(report.rows) == layers


def test_first_rows_of_a_resnet():
    rows = {row.name: row.cells() for row in torchstat(summarize("resnet50")).rows}
    big, small = "64 112 112", "64 56 56"
    assert rows["conv1"] == (
        *("conv1", "3 224 224", big, 9_408, 3.0625),
        *(235_225_088, 118_013_952, 639_744, 3_211_264, 3_851_008),
    )
    assert rows["bn1"][3:] == (128, 3.0625, 3_211_264, 1_605_632, 3_211_776, 3_211_264, 6_423_040)
    assert rows["relu"][3:] == (0, 3.0625, 802_816, 802_816, 3_211_264, 3_211_264, 6_422_528)
    assert rows["maxpool"] == (
        *("maxpool", big, small, 0, 0.765625),
        *(1_605_632, 802_816, 3_211_264, 802_816, 4_014_080),
    )


@pytest.mark.parametrize("name", every_net())
def test_every_layer_that_is_called_has_one_row(name):
    summary = summarize(name)
    report = torchstat(summary)
    called = {call.module for call in summary.rows}
    assert [row.name for row in report.rows] == [layer for layer in summary.layers if layer in called]
    assert report.totals.params == summary.totals.params
    assert len(report.totals.cells()) == len(COLUMNS) == len(report.rows[0].cells())


def test_a_shared_relu_has_its_last_use():
    rows = {row.name: row for row in torchstat(summarize("resnet50")).rows}
    assert rows["layer1.0.relu"].output_shape == (256, 56, 56), "after the addition, not between the convolutions"
    assert not any("add" in name or "flatten" in name for name in rows)


def test_what_torchstat_does_not_know_has_memory_only():
    rows = {row.name: row for row in torchstat(summarize("resnet50")).rows}
    assert rows["avgpool"].cells() == ("avgpool", "2048 7 7", "2048 1 1", 0, 2048 / 2**18, 0, 0, 0, 0, 0)


def test_a_shortcut_of_several_operations_is_one_unknown_layer():
    rows = {row.name: row for row in torchstat(summarize("resnet20")).rows}
    padded = rows["layer2.0.downsample"]
    assert (padded.input_shape, padded.output_shape) == ((16, 32, 32), (32, 16, 16))
    assert (padded.madd, padded.flops, padded.traffic_bytes) == (0, 0, 0)
    assert padded.memory_bytes == 4 * 32 * 16 * 16


def test_a_layer_used_again_keeps_its_parameters_and_settings_are_seen():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False)
            self.pool = nn.AvgPool2d((2, 4))
            self.noise = Noise()
            self.never = nn.Linear(3, 3)

        def forward(self, x):
            return self.noise(self.pool(F.relu(self.conv(self.conv(x)))))

    class Noise(nn.Module):
        def forward(self, x):
            return torch.rand(1, 8) + x.flatten(1)[:, :8]

    conv, pool, noise = torchstat(summarize(Odd(), (4, 8, 8))).rows
    weights, values = 4 * 2 * 9, 4 * 8 * 8
    assert conv.cells()[:4] == ("conv", "4 8 8", "4 8 8", weights)
    assert (conv.madd, conv.flops) == ((2 * 18 - 1) * values, 18 * values)
    assert (conv.read_bytes, conv.write_bytes) == (4 * (values + weights), 4 * values)
    assert (pool.madd, pool.flops) == (values, values)
    assert (noise.name, noise.output_shape, noise.madd) == ("noise", (8,), 0)


def test_a_batch_norm_without_weight_and_bias_is_one_operation_a_value():
    def row(affine):
        return torchstat(summarize(nn.Sequential(nn.BatchNorm2d(4, affine=affine)), (4, 8, 8))).rows[0]

    assert (row(True).flops, row(False).flops) == (2 * 4 * 8 * 8, 4 * 8 * 8)
    assert (row(True).params, row(False).params) == (8, 0)
    assert row(True).madd == row(False).madd == 4 * 4 * 8 * 8
