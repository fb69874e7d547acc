"""`python -m train data`: what a recipe finds in a set of pictures, once every file was checked."""

from __future__ import annotations

from collections.abc import Sequence

from train.cache import gigabytes
from train.command import result_of
from train.datasets import DRAWN
from train.fit_command import recipe_of
from train.preparation import pictures_of
from train.recipe import Recipe


def check(source: str, recipe: str, settings: Sequence[str]) -> int:
    """Print how many pictures of each class there are to train and to validate on, and each file that is refused.

    The cache then has what `fit` opens when it is given the same.

    Args:
        source: the pictures.
        recipe: name of the recipe that takes them; `settings` ("key=value") change it.

    Returns:
        The exit code, 0.

    Raises:
        UserError: the pictures cannot be used, or there is no such recipe or setting.
    """
    chosen = recipe_of(recipe, source, None, settings)
    data = result_of(pictures_of(chosen))
    width = max(5, *map(len, data.classes))
    print(f"{'class':{width}}  {'train':>8}  {'val':>8}")
    for label, name in enumerate(data.classes):
        train, val = (int((split.labels == label).sum()) for split in (data.train, data.val))
        print(f"{name:{width}}  {train:8,}  {val:8,}")
    size = sum(3 * len(split.labels) * split.side**2 for split in (data.train, data.val))
    print(
        f"recipe {chosen.name}: {data.train.side} px to train on, {data.val.side} px to validate on, {gigabytes(size)}"
    )
    _tell_ceilings(chosen)
    print(f"files refused: {len(data.refused):,}")
    for refused in data.refused:
        print(f"  {refused.name}: {refused.reason}")
    return 0


def _tell_ceilings(recipe: Recipe) -> None:
    """Say so where a recipe may not take all there is: other files were then not even looked at."""
    ceilings = {"train_pictures": recipe.train_pictures, "val_pictures": recipe.val_pictures}
    given = [f"{key}={value}" for key, value in ceilings.items() if value]
    if given and recipe.data != DRAWN:
        everything = " ".join(f"{key}=0" for key in ceilings)
        print(f"it takes no more than {', '.join(given)}; all with --set {everything}")
