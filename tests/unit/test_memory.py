"""Memory figures against what PyTorch's profiler sees being allocated in real runs, and by hand."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

import resnet
from resnet.catalogue import find
from resnet.memory import DTYPES, OPTIMIZERS, memory_of

OPTIMIZER_CLASSES: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
}
CASES = [
    ("resnet18", (3, 96, 96), 2, "float32"),
    ("resnet20", (3, 32, 32), 4, "bfloat16"),
    *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in (
            ("resnet18", (3, 96, 96), 2, "bfloat16"),
            ("resnet18", (3, 64, 64), 2, "float16"),
            ("resnet50", (3, 128, 128), 4, "float32"),
            ("resnet50", (3, 96, 96), 2, "bfloat16"),
            ("plain34", (3, 96, 128), 2, "float32"),
            ("preact_resnet18", (3, 96, 96), 2, "float32"),
            ("preact_resnet50", (3, 64, 64), 2, "bfloat16"),
            ("resnet18_relu_before_add", (1, 64, 64), 2, "float32"),
            ("googlenet", (3, 128, 128), 2, "float32"),
            ("inception_block", (3, 64, 64), 2, "float32"),
            ("alexnet", (3, 224, 224), 1, "float32"),
            ("vgg16", (3, 224, 224), 1, "float32"),
        )
    ),
]


class Seen(NamedTuple):
    """Bytes, from before the profiled function to after it."""

    left: int
    peak: int
    result: Any


def allocated(function: Callable[[], Any]) -> Seen:
    """What a function allocates, as the profiler sees it.

    Each outermost operation counts with what it leaves behind: a kernel's scratch, taken and given back within one
    operation, differs between processors. What Python drops between operations is an event of its own.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        result = function()
    alive = peak = 0
    for event in sorted(profiler.events(), key=lambda event: event.time_range.start):
        if event.cpu_parent is None:
            alive += event.cpu_memory_usage
            peak = max(peak, alive)
    return Seen(alive, peak, result)


def built(name: str, shape: tuple[int, int, int], dtype: str) -> nn.Module:
    return find(name).build(in_channels=shape[0]).to(DTYPES[dtype])


def pictures(shape: tuple[int, int, int], batch: int, dtype: str) -> Tensor:
    return torch.zeros(batch, *shape, dtype=DTYPES[dtype])


@pytest.mark.parametrize(("name", "shape", "batch", "dtype"), CASES)
def test_activations_are_what_the_profiler_sees(name, shape, batch, dtype):
    memory = memory_of(name, shape, batch=batch, dtype=dtype)
    model = built(name, shape, dtype).eval()

    @torch.inference_mode()
    def answer() -> None:
        images = pictures(shape, batch, dtype)
        model(images)

    assert memory.inference_peak == allocated(answer).peak

    def forward() -> tuple[Tensor, Tensor]:
        images = pictures(shape, batch, dtype)
        return images, model.train()(images)

    kept = allocated(forward)
    assert memory.activations == kept.left

    images, logits = kept.result
    backward = allocated(lambda: logits.sum().backward())
    assert memory.gradients == kept.left + backward.left - images.nbytes - logits.nbytes
    assert memory.unknown == ()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("name", "dtype"), [("resnet20", "float32"), ("resnet18", "bfloat16")])
def test_optimizer_state_is_what_the_profiler_sees(name, dtype, optimizer):
    model = built(name, (3, 32, 32), dtype)
    for weight in model.parameters():
        weight.grad = torch.zeros_like(weight)
    step = OPTIMIZER_CLASSES[optimizer](model.parameters()).step
    needed = memory_of(name, dtype=dtype, optimizer=optimizer).optimizer
    assert needed == pytest.approx(allocated(step).left, rel=0.01), "all but Adam's counters, a number for each tensor"


@pytest.mark.parametrize("name", ["resnet10_w16", pytest.param("googlenet", marks=pytest.mark.slow)])
def test_the_sum_for_training_is_just_above_the_peak_of_a_real_step(name):
    shape, batch = (3, 64, 64), 4
    model = built(name, shape, "float32").train()
    optimizer = OPTIMIZER_CLASSES["momentum"](model.parameters())

    def step() -> None:
        optimizer.zero_grad()
        images = pictures(shape, batch, "float32")
        model(images).sum().backward()
        optimizer.step()

    state = allocated(step).left
    optimizer.zero_grad()
    memory = memory_of(name, shape, batch=batch, optimizer="momentum")
    real = memory.weights + memory.buffers + (state - memory.gradients) + allocated(step).peak
    assert real <= memory.training <= 1.3 * real


def test_sizes_by_dtype():
    exact, half = memory_of("resnet18", batch=8), memory_of("resnet18", batch=8, dtype="bfloat16")
    assert exact.weights == exact.gradients == 4 * 11_689_512
    assert half.weights == exact.weights // 2
    assert half.inference_peak == exact.inference_peak // 2
    counters = 20 * 8  # of twenty norms, int64
    assert exact.buffers - counters == 2 * (half.buffers - counters) == 4 * 2 * 4_800
    indices = 8 * 64 * 56 * 56 * 8  # of the max-pool, int64
    assert exact.activations - indices == 2 * (half.activations - indices)
    assert memory_of("resnet18", batch=8, dtype="float16") == half


def test_totals_are_sums():
    memory = memory_of("resnet50", batch=16, optimizer="adam")
    assert memory.optimizer == 2 * memory.weights
    assert memory.training == 4 * memory.weights + memory.buffers + memory.activations
    assert memory.inference == memory.weights + memory.buffers + memory.inference_peak


MAP = 4 * 8 * 6 * 6  # bytes of 8 x 6 x 6 numbers, the pictures of the next test


@pytest.mark.parametrize(
    ("forward", "peak", "kept"),
    [
        (lambda conv, x: conv(x), 2, 2),
        (lambda conv, x: conv(conv(conv(x))), 3, 4),  # each input is let go when its successor is there
        (lambda conv, x: conv(x) + x, 3, 2),  # an addition keeps neither side
        (lambda conv, x: conv(x).add_(x), 2, 2),
        (lambda conv, x: F.relu(conv(x)), 3, 2),
        (lambda conv, x: F.relu(conv(x), inplace=True), 2, 2),
        (lambda conv, x: torch.flatten(conv(x), 1), 2, 2),  # a view
        (lambda conv, x: [y := conv(x), conv(conv(y))][1], 4, 4),  # y has a name, so it stays
        (lambda conv, x: F.adaptive_avg_pool2d(conv(x), 6), 3, 3),
        (lambda conv, x: F.dropout(conv(x), 0.5, training=conv.training), 2, 3),
        (lambda conv, x: F.max_pool2d(conv(x), 1, return_indices=True)[0], 5, 5),  # an index is two numbers large
        (lambda conv, x: torch.cat([conv(x), conv(x)], 1), 5, 3),
    ],
)
def test_a_tensor_counts_from_its_making_until_nothing_refers_to_it(forward, peak, kept):
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(8, 8, 1)

        def forward(self, x):
            return forward(self.conv, x)

    memory = memory_of(Small(), (8, 6, 6))
    assert memory.inference_peak / MAP == peak
    model = Small().train()

    def real() -> tuple[Tensor, Tensor]:
        images = pictures((8, 6, 6), 1, "float32")
        return images, model(images)

    assert memory.activations == allocated(real).left
    assert memory.activations / MAP == kept


def test_an_unknown_operation_is_named():
    class Odd(nn.Module):
        def forward(self, x):
            return x.tanh()

    memory = memory_of(Odd(), (3, 8, 8))
    assert memory.unknown == ("tanh",)
    assert memory.inference_peak == 2 * 4 * 3 * 8 * 8


def test_nothing_is_allocated_and_nothing_stays():
    outputs = []

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)

        def forward(self, x):
            between = self.first(x)
            outputs.append(weakref.ref(between))
            return self.second(between)

    model = Watched()
    seen = allocated(lambda: memory_of(model, (3, 512, 512), batch=64))
    assert seen.peak == 0
    assert seen.result.activations > 64 * 4 * 8 * 510 * 510
    assert [output() for output in outputs] == [None, None]
    assert model.training
    assert model.first.weight.device.type == "cpu"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"net": "resnet18", "dtype": "int8"}, "float32, bfloat16, float16"),
        ({"net": "resnet18", "optimizer": "lion"}, "sgd, momentum, adam"),
        ({"net": "resnet18", "batch": 0}, "Choose 1 to"),
        ({"net": "resnet18", "batch": 10**9}, "Choose 1 to"),
        ({"net": "resnet18", "batch": True}, "Choose 1 to"),
        ({"net": "vgg16", "input_shape": (3, 64, 64)}, "3,224,224"),
        ({"net": nn.Conv2d(3, 8, 3)}, "needs an input shape"),
        ({"net": nn.Conv2d(3, 8, 3), "input_shape": (3, 8, 8), "num_classes": 7}, "Leave the classes out"),
        ({"net": nn.Conv2d(3, 8, 3), "input_shape": (4, 8, 8)}, "does not accept 4x8x8"),
    ],
)
def test_impossible_questions_name_the_cure(asked, says):
    with pytest.raises(resnet.UserError, match=says):
        memory_of(**asked)
