"""Augmentation: exact pixels, honest randomness, nothing else changed."""

import pytest
import torch
from torch.nn import functional as F

from train.augment import MEAN, STD, augment, cut_and_resize, normalise, random_boxes
from train.recipe import Recipe

PLAIN = Recipe(flip=False, shift_px=0)


def pictures(n=8, side=16):
    return torch.randint(0, 256, (n, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


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


def test_crops_are_what_cutting_out_and_enlarging_gives():
    images = pictures(40)
    boxes = random_boxes(40, 16, generator())
    seen = cut_and_resize(images, boxes)
    for picture, box, result in zip(images, boxes.tolist(), seen, strict=True):
        top, left, height, width = box
        cut = picture[None, :, top : top + height, left : left + width].float()
        expected = F.interpolate(cut, size=(16, 16), mode="bilinear", align_corners=False)[0]
        torch.testing.assert_close(result, expected, rtol=0, atol=2e-3)


def test_a_crop_of_the_whole_picture_is_the_picture():
    images = pictures()
    whole = torch.tensor([[0, 0, 16, 16]]).expand(len(images), 4)
    torch.testing.assert_close(cut_and_resize(images, whole), images.float(), rtol=0, atol=1e-3)


def test_boxes_lie_inside_and_are_spread_as_torchvisions_are():
    from torchvision.transforms import RandomResizedCrop

    side, n = 64, 4000
    boxes = random_boxes(n, side, generator()).float()
    top, left, height, width = boxes.unbind(1)
    assert torch.all((top >= 0) & (left >= 0) & (height >= 1) & (width >= 1))
    assert torch.all((top + height <= side) & (left + width <= side))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        blank = torch.zeros(3, side, side)
        theirs = torch.tensor(
            [RandomResizedCrop.get_params(blank, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)) for _ in range(n)]
        ).float()
    ours = torch.stack([top, left, height, width, height * width / side**2 * 64], dim=1)
    theirs = torch.cat([theirs, (theirs[:, 2] * theirs[:, 3] / side**2 * 64)[:, None]], dim=1)
    torch.testing.assert_close(ours.mean(dim=0), theirs.mean(dim=0), rtol=0, atol=1.2)
    torch.testing.assert_close(ours.std(dim=0), theirs.std(dim=0), rtol=0.06, atol=0)
