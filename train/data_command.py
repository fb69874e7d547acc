"""`python -m train data`: what a set of pictures holds, once every file was checked."""

from __future__ import annotations

from train.command import result_of
from train.datasets import open_data
from train.recipes import LIVE


def check(source: str) -> int:
    """Print how many pictures of each class there are to train and to validate on, and each file that is refused.

    Returns:
        The exit code, 0.

    Raises:
        UserError: the pictures cannot be used.
    """
    data = result_of(open_data(source, side=LIVE.image_px, seed=LIVE.seed))
    width = max(map(len, data.classes))
    print(f"{'class':{width}}  {'train':>8}  {'val':>8}")
    for label, name in enumerate(data.classes):
        train, val = (int((split.labels == label).sum()) for split in (data.train, data.val))
        print(f"{name:{width}}  {train:8,}  {val:8,}")
    print(f"files refused: {len(data.refused):,}")
    for refused in data.refused:
        print(f"  {refused.name}: {refused.reason}")
    return 0
