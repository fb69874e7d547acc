"""Augmentation: exact pixels, honest randomness, nothing else changed."""

import pytest
import torch
from torch.nn import functional as F

from train.augment import MEAN, STD, change_colours, draw_changes, normalise
from train.augment import augment as change
from train.recipe import Recipe

PLAIN = Recipe(flip=False, shift_px=0)


def pictures(n=8, side=16):
    return torch.randint(0, 256, (n, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def augment(images, recipe, source):
    side = images.shape[-1]
    return change(images, draw_changes(recipe, len(images), side, source), side)


def test_normalise_is_torchvisions():
    from torchvision.transforms import v2

    images = pictures()
    expected = v2.Normalize(MEAN, STD)(images.float() / 255)
    torch.testing.assert_close(normalise(images), expected, rtol=0, atol=2e-6)
    assert normalise(images).is_contiguous(memory_format=torch.channels_last)


def test_normalise_leaves_its_input_alone():
    images = pictures().float().contiguous(memory_format=torch.channels_last)
    before = images.clone()
    normalise(images)
    assert torch.equal(images, before)


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(crop="random-resized")], ids=["whole", "crop"])
def test_the_same_generator_gives_the_same_pictures(recipe):
    images = pictures()
    first = augment(images, recipe, generator(1))
    assert torch.equal(first, augment(images, recipe, generator(1)))
    assert not torch.equal(first, augment(images, recipe, generator(2)))
    assert torch.equal(images, pictures())
    assert first.is_contiguous(memory_format=torch.channels_last)
    assert first.shape == images.shape


def test_without_augmentation_only_normalised():
    assert torch.equal(augment(pictures(), PLAIN, generator()), normalise(pictures()))


def test_flips_mirror_about_half_and_change_nothing_else():
    images = pictures(400)
    seen = augment(images, Recipe(shift_px=0), generator())
    straight, mirrored = normalise(images), normalise(images.flip(3))
    is_straight = (seen == straight).flatten(1).all(dim=1)
    is_mirrored = (seen == mirrored).flatten(1).all(dim=1)
    assert torch.all(is_straight ^ is_mirrored)
    assert 150 < int(is_mirrored.sum()) < 250


def test_shifts_are_reflected_pad_and_cut_in_every_direction():
    images, px = pictures(300), 2
    seen = augment(images, Recipe(flip=False, shift_px=px), generator())
    padded = F.pad(normalise(images), (px, px, px, px), mode="reflect")
    offsets = set()
    for row in range(len(images)):
        matches = [
            (y, x)
            for y in range(2 * px + 1)
            for x in range(2 * px + 1)
            if torch.equal(seen[row], padded[row, :, y : y + 16, x : x + 16])
        ]
        assert len(matches) == 1
        offsets.add(matches[0])
    assert len(offsets) == (2 * px + 1) ** 2


def test_shifts_as_large_as_the_picture_allows():
    assert augment(pictures(side=16), Recipe(image_px=16, shift_px=15), generator()).isfinite().all()


def test_colours_change_as_torchvisions_do():
    from torchvision.transforms.v2 import functional as tv

    images = torch.rand(4, 3, 16, 16, generator=generator()) * 60 + 80  # far from black and white: nothing is cut off
    factors = torch.tensor([[1.2, 1, 1], [1, 0.7, 1], [1, 1, 1.3], [0.9, 1.2, 0.8]])
    seen = change_colours(images, factors)
    for picture, (brightness, contrast, saturation), result in zip(images / 255, factors.tolist(), seen, strict=True):
        expected = tv.adjust_brightness(picture, brightness)
        expected = tv.adjust_contrast(expected, contrast)
        expected = tv.adjust_saturation(expected, saturation)
        torch.testing.assert_close(result / 255, expected, rtol=0, atol=1e-3)


def test_some_pictures_are_laid_on_either_side_and_none_is_stood_on_its_head():
    images = pictures(400)
    seen = augment(images, Recipe(flip=False, shift_px=0, turned=0.4), generator())
    counts = [
        int((seen == normalise(images.rot90(quarters, (2, 3)))).flatten(1).all(dim=1).sum()) for quarters in range(4)
    ]
    assert sum(counts) == 400
    assert counts[2] == 0
    assert 200 < counts[0] < 280
    assert min(counts[1], counts[3]) > 50
    assert torch.equal(images, pictures(400))


@pytest.mark.parametrize(
    "recipe",
    [Recipe(), Recipe(crop="random-resized", colour=0.3, shift_px=0, turned=0.5)],
    ids=["whole", "crop"],
)
def test_parts_of_a_batch_are_changed_as_the_whole_is(recipe):
    images = pictures()
    changes = draw_changes(recipe, len(images), 16, generator())
    whole = change(images, changes, 16)
    parts = [change(images[rows], changes.part(rows), 16) for rows in (slice(0, 3), slice(3, 8))]
    torch.testing.assert_close(torch.cat(parts), whole, rtol=0, atol=1e-5)


def test_a_crop_may_be_fed_at_another_side():
    images = pictures(side=32)
    recipe = Recipe(crop="random-resized", shift_px=0)
    assert change(images, draw_changes(recipe, len(images), 32, generator()), 24).shape == (8, 3, 24, 24)
    assert change(images, draw_changes(PLAIN, len(images), 32, generator()), 24).shape == (8, 3, 24, 24)
