"""The receptive field of every row, against gradients and against published figures."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import resnet
from resnet.outline import find_part
from resnet.receptive_field import Field, receptive_fields
from resnet.summary import summarize
from tests.nets import every_net


def positive(model: nn.Module) -> nn.Module:
    """The same net with ones for weights and averages for maxima: a pixel that can be seen has a gradient."""
    model = model.double().eval()
    for name, parameter in model.named_parameters():
        nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 1.0)
    for parent in list(model.modules()):
        for name, pool in list(parent.named_children()):
            if isinstance(pool, nn.MaxPool2d):
                setattr(parent, name, nn.AvgPool2d(pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode))
    return model


Place = tuple[int, int]


def seen(model: nn.Module, layer: str, shape: tuple[int, int, int], places: list[Place]) -> list[list[tuple[int, int]]]:
    """First pixel and number of pixels, down and across, on which each of these values of a layer's output depends."""
    kept = []
    handle = model.get_submodule(layer).register_forward_hook(lambda module, args, output: kept.append(output))
    picture = torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
    model(picture)
    handle.remove()
    values = kept[-1][0, kept[-1].shape[1] // 2]  # the outer channels of a padded shortcut are zeros
    return [extents(*torch.autograd.grad(values[place], picture, retain_graph=True)) for place in places]


def extents(gradient: torch.Tensor) -> list[tuple[int, int]]:
    touched = gradient[0].ne(0).any(0)
    found = []
    for axis in (1, 0):
        pixels = touched.any(axis).nonzero().flatten()
        found.append((int(pixels[0]), int(pixels[-1] - pixels[0]) + 1))
    return found


def expected(field: Field, shape: tuple[int, int, int], place: Place) -> list[tuple[int, int]]:
    """The same from the field: what lies on the picture."""
    found = []
    for axis in (0, 1):
        start = field.start[axis] + place[axis] * field.jump[axis]
        first, last = max(0, start), min(shape[axis + 1], start + field.size[axis])
        found.append((first, last - first))
    return found


def check(model: nn.Module, layer: str, shape: tuple[int, int, int]) -> Field:
    """Middle, first and last value, against gradients; the middle one's field lies within the picture."""
    summary = summarize(model, shape)
    part = find_part(summary, layer)
    row = part.start + len(part.calls) - 1
    field = receptive_fields(summary)[row]
    assert field.places == summary.rows[row].output_shape[-2:]
    down, across = field.places
    places = [(down // 2, across // 2), (0, 0), (down - 1, across - 1)]
    on_picture = [expected(field, shape, place) for place in places]
    assert seen(positive(model), layer, shape, places) == on_picture
    assert [size for _, size in on_picture[0]] == list(field.size), "the picture is too small to show a whole field"
    return field


@pytest.mark.parametrize(
    ("name", "layer", "shape", "size"),
    [
        ("resnet18", "layer2", (3, 112, 128), 99),
        ("resnet18", "layer2.0.downsample.0", (3, 64, 64), 43),
        ("resnet18", "maxpool", (3, 63, 66), 11),
        ("resnet50", "layer2", (3, 112, 112), 91),
        ("resnet50_v1", "layer2", (3, 112, 112), 99),
        ("preact_resnet18", "layer2", (3, 112, 112), 99),
        ("resnet20", "layer2", (3, 64, 64), 37),
        ("resnet20", "layer3", (3, 100, 97), 81),
        ("resnet20", "layer3.0.downsample", (3, 64, 64), 37),
        ("googlenet", "inception3b", (3, 80, 80), 59),
    ],
)
def test_field_is_where_the_gradient_is(name, layer, shape, size):
    narrow = {} if name == "googlenet" else {"width": 4}
    assert check(resnet.create(name, **narrow), layer, shape).size == (size, size)


def test_dilated_net():
    model = resnet.create("resnet50", width=4, replace_stride_with_dilation=[True, False, False])
    field = check(model, "layer2", (3, 112, 112))
    assert (field.jump, field.size) == ((4, 4), (91, 91))


@pytest.mark.parametrize(
    "window",
    [
        nn.Conv2d(1, 1, (3, 5), stride=(2, 1), padding=(0, 2), dilation=(1, 2)),
        nn.Conv2d(1, 1, 4, stride=3, padding=2),
        nn.Conv2d(1, 1, 1, stride=2),
        nn.MaxPool2d(2),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        nn.AvgPool2d(5, stride=1, padding=2),
    ],
    ids=str,
)
def test_windows_of_all_kinds(window):
    model = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2, padding=1), window, nn.Conv2d(1, 1, 3, dilation=2))
    for layer in ("0", "1", "2"):
        check(model, layer, (1, 70, 83))


# Araujo et al. 2019, table of the Distill article: the field at the end of the convolutions.
@pytest.mark.parametrize(
    ("name", "row", "size"),
    [
        ("alexnet", "features.12", 195),
        ("vgg16", "features.30", 212),
        ("resnet50_v1", "layer4.2.relu#3", 483),
        ("resnet101_v1", "layer4.2.relu#3", 1027),
        ("resnet152_v1", "layer4.2.relu#3", 1507),
    ],
)
def test_published_figures(name, row, size):
    summary = summarize(name)
    fields = dict(zip((call.name for call in summary.rows), receptive_fields(summary), strict=True))
    assert fields[row].size == (size, size)
    assert fields[row].exceeds(summary.input_shape) == (size > 224)


@pytest.mark.parametrize("name", every_net())
def test_every_row_of_every_net_has_a_field(name):
    summary = summarize(name)
    fields = receptive_fields(summary)
    assert None not in fields
    if resnet.CATALOGUE[name].classes is not None:
        assert fields[-1].sees_all(summary.input_shape)
    for call, field in zip(summary.rows, fields, strict=True):
        makers = [fields[maker].size[0] for maker in call.inputs if maker >= 0]
        assert field.size[0] >= max(makers, default=1), call.name


def test_a_map_of_one_value_has_no_neighbours_to_disagree_on():
    # On a map of 1 x 1 the padded shortcut steps by 1 and the convolution beside it by 2.
    assert None not in receptive_fields(summarize(resnet.create("resnet20"), (3, 2, 2)))


def test_larger_than_the_picture_and_all_of_it():
    picture = (3, 8, 8)
    assert not Field((8, 8)).exceeds(picture)
    assert Field((8, 9)).exceeds(picture)
    assert Field((8, 8)).sees_all(picture)
    assert not Field((8, 8), start=(1, 0)).sees_all(picture)
    assert not Field((8, 7)).sees_all(picture)
    assert Field((12, 12), jump=(2, 2), start=(-4, -4), places=(3, 3)).sees_all(picture)
    assert not Field((12, 12), jump=(2, 2), start=(-4, -4), places=(4, 4)).sees_all(picture), "the last begins at 2"


class Meeting(nn.Module):
    """Two paths over one picture, added."""

    def __init__(self, one: nn.Module, other: nn.Module) -> None:
        super().__init__()
        self.one, self.other = one, other

    def forward(self, x):
        return self.one(x) + self.other(x)


def test_where_paths_meet_the_field_holds_both():
    meeting = Meeting(nn.Conv2d(1, 1, (3, 4), padding=(1, 0)), nn.Conv2d(1, 1, (5, 6), padding=(2, 1)))
    field = receptive_fields(summarize(meeting, (1, 9, 10)))[-1]
    assert (field.size, field.start) == ((5, 6), (-2, -1))
    shifted = Meeting(nn.MaxPool2d(3, 2, ceil_mode=True), nn.Conv2d(1, 1, 3, 2, 1))  # pixels 0 to 2, and -1 to 1
    field = receptive_fields(summarize(shifted, (1, 8, 8)))[-1]
    assert (field.size, field.start) == ((4, 4), (-1, -1))


def test_unknown_is_said():
    class Unequal(nn.Module):
        def __init__(self):
            super().__init__()
            self.near, self.far = nn.Conv2d(1, 1, 2, stride=2), nn.Conv2d(1, 1, 2, dilation=4)

        def forward(self, x):
            return self.near(x) + self.far(x)  # 8 -> 4 both, but 2 and 1 pixels apart

    class Stranger(nn.Module):
        def forward(self, x):
            return F.relu(torch.cumsum(x, -1))

    assert receptive_fields(summarize(Unequal(), (1, 8, 8)))[-1] is None
    assert receptive_fields(summarize(Stranger(), (1, 8, 8))) == (None, None)


class Corner(nn.Module):
    def forward(self, x):
        return x[:, :, :8, :8]


class Thinned(nn.Module):
    def forward(self, x):
        return x[:, 1:, ::2, ::3]


def test_a_slice_has_a_field_where_it_walks_over_the_whole_map():
    assert receptive_fields(summarize(Corner(), (1, 16, 16))) == (None,), "8 of 16, but not every second"
    thinned = receptive_fields(summarize(Thinned(), (2, 16, 16)))
    assert thinned == (Field((1, 1), jump=(2, 3), start=(0, 0), places=(8, 6)),)


def test_uneven_bins_have_no_field_and_even_ones_are_windows():
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(2))
    assert receptive_fields(summarize(pool, (1, 7, 7))) == (None,)
    assert receptive_fields(summarize(pool, (1, 8, 6))) == (Field((4, 3), (4, 3), (0, 0), (2, 2)),)
