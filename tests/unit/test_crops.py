"""Crops of whole batches, against torchvision's, one at a time."""

import pytest
import torch

from train.crops import _by_products, cut_and_resize, random_boxes, resize


def pictures(n=8, side=16):
    return torch.randint(0, 256, (n, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("side", [7, 16, 40], ids=["shrunk", "same", "enlarged"])
def test_crops_are_what_torchvision_cuts_and_resizes(side):
    from torchvision.transforms.v2 import functional as tv

    images = pictures(40)
    boxes = random_boxes(40, 16, 0.08, generator())
    seen, on_a_gpu = cut_and_resize(images, boxes, side), _by_products(images, boxes, side)
    assert seen.dtype == torch.uint8
    assert seen.is_contiguous(memory_format=torch.channels_last)
    for row, (picture, box) in enumerate(zip(images, boxes.tolist(), strict=True)):
        expected = tv.resized_crop(picture.float(), *box, [side, side], antialias=True)
        torch.testing.assert_close(seen[row].float(), expected, rtol=0, atol=1.05)  # bytes, rounded twice
        torch.testing.assert_close(on_a_gpu[row], expected, rtol=0, atol=5e-3)


def test_a_crop_of_the_whole_picture_is_the_picture():
    images, boxes = pictures(), torch.tensor([[0, 0, 16, 16]]).expand(8, 4)
    assert torch.equal(cut_and_resize(images, boxes, 16), images)
    assert torch.equal(cut_and_resize(images, boxes, 7), resize(images, 7))


def test_the_smallest_area_is_kept():
    boxes = random_boxes(2000, 100, 0.5, generator()).float()
    area = boxes[:, 2] * boxes[:, 3] / 100**2
    assert area.min() > 0.48  # sides are rounded to pixels
    assert area.max() <= 1


def test_boxes_lie_inside_and_are_spread_as_torchvisions_are():
    from torchvision.transforms import RandomResizedCrop

    side, n = 64, 4000
    boxes = random_boxes(n, side, 0.08, generator()).float()
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
