"""Ways from the picture to the answer."""

import pytest
import torch
from torch import nn

from resnet.summary import summarize
from resnet.ways import Ways, ways


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18", Ways(2**8, 1 + 3 + 1, 18)),  # the first convolution, a projection a stage from the second, fc
        ("resnet34", Ways(2**16, 5, 34)),
        ("resnet50", Ways(2**16, 1 + 4 + 1, 50)),  # a bottleneck's first stage widens its input: one projection more
        ("resnet152", Ways(2**50, 6, 152)),
        ("plain34", Ways(1, 34, 34)),
        ("resnet20", Ways(2**9, 2, 20)),  # its shortcuts have no weights
        ("alexnet", Ways(1, 8, 8)),
        ("vgg16", Ways(1, 16, 16)),
        ("googlenet", Ways(4**9, 3 + 9 + 1, 22)),  # four branches a block; the shortest is a single 1x1
    ],
)
def test_ways_through_a_net(name, expected):
    assert ways(summarize(name)) == expected


class WithZeros(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return self.conv(x) + torch.zeros(1, 3, 8, 8, device=x.device)


def test_only_what_comes_from_the_picture_is_a_way():
    assert ways(summarize(WithZeros(), (3, 8, 8))) == Ways(1, 1, 1)
    assert ways(summarize(nn.Identity(), (3, 8, 8))) == Ways(1, 0, 0)
