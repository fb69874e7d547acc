"""The rules for shapes: what PyTorch says, and nothing where PyTorch refuses."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from resnet.operations import known_shape

X = torch.zeros(2, 4, 15, 22)


def check(function, *args, **kwargs):
    """Whether there is a rule for this; if so it says what PyTorch does."""
    shape = known_shape(function, args, kwargs)
    if shape is not None:
        assert shape == tuple(function(*args, **kwargs).shape), (function, kwargs)
    return shape is not None


def test_shape_rules_are_pytorchs():
    known = 0
    for kernel, stride, padding, dilation in itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1), (1, 2)):
        weight = torch.zeros(6, 2, kernel, kernel)
        sizes = {"stride": stride, "padding": padding, "dilation": dilation}
        known += check(F.conv2d, X, weight, None, groups=2, **sizes)
        if padding <= kernel // 2:
            known += check(F.max_pool2d, X, kernel, **sizes)
            known += check(F.max_pool2d, X, kernel, ceil_mode=True, **sizes)
    assert known > 100
    assert check(F.linear, X, torch.zeros(7, 22))
    assert check(F.relu, X)
    assert check(torch.cat, [X, torch.zeros(2, 9, 15, 22)], 1)
    assert check(torch.cat, [X, X], dim=-1)
    assert check(F.adaptive_avg_pool2d, X, 1)
    assert check(F.batch_norm, X, torch.zeros(4), torch.ones(4))
    assert check(F.dropout, X, 0.3, True)


WEIGHT = torch.zeros(6, 4, 3, 3)


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (F.conv2d, (X, torch.zeros(6, 3, 3, 3)), {}),
        (F.conv2d, (X, WEIGHT), {"stride": 0}),
        (F.conv2d, (X, WEIGHT), {"dilation": 0}),
        (F.conv2d, (X, WEIGHT), {"padding": -1}),
        (F.conv2d, (X, torch.zeros(6, 4, 30, 30)), {}),
        (F.max_pool2d, (X, 3), {"stride": 0}),
        (F.max_pool2d, (X, 3), {"padding": 2}),
        (F.max_pool2d, (X, 0), {}),
        (F.linear, (X, torch.zeros(7, 5)), {}),
        (F.batch_norm, (X, torch.zeros(5), torch.ones(5)), {}),
        (F.dropout, (X, 2.0), {}),
        (torch.cat, ([X, torch.zeros(2, 4, 15, 21)], 1), {}),
        (torch.cat, ([X, X], 4), {}),
        (Tensor.add_, (X, torch.zeros(3)), {}),
    ],
)
def test_what_pytorch_refuses_has_no_rule(function, args, kwargs):
    assert known_shape(function, args, kwargs) is None
    with pytest.raises((RuntimeError, ValueError, IndexError)):
        function(*args, **kwargs)


def test_what_is_spelt_otherwise_has_no_rule():
    assert known_shape(torch.cat, ([X, X],), {"axis": 1}) is None
