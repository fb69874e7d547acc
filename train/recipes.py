"""The named recipes. Figures beside one say what it reached, where."""

from __future__ import annotations

import difflib
from pathlib import Path

from resnet.errors import UserError
from train.recipe import Recipe

SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "photos.safetensors"

LIVE = Recipe()
"""The default: a person watches it learn, from nothing to a good answer, in about a minute on two cores.

Measured with one thread of an AMD EPYC core and torch 2.15, in bfloat16: 98 % of 500 other drawings after 26 to 32
CPU-seconds, drawing included (four seeds), 99.4 to 100 % in the end, after 51 to 55.
"""

PHOTOS = Recipe(
    name="photos",
    data="data",
    image_px=64,
    start_px=32,
    epochs=10,
    lr=0.005,
    ema=0.99,
    mirrored=True,
    shift_px=2,
    train_pictures=0,
    val_pictures=0,
)
"""Real photographs, from nothing to 90 % in as little processor time as we know how: pictures grow from 32 to 64 px.

Measured with one thread of an AMD EPYC core, bfloat16, decoding included: 90.6 and 90.8 % of 2,500 photos (two seeds)
after 192 and 191 CPU-seconds, in the eighth epoch, 91.0 % after the ninth. With eight epochs one run of two stayed
below 90 % (89.8 %).
"""

ARTICLE = Recipe(
    name="article",
    data="data",
    net="resnet18",
    image_px=64,
    epochs=10,
    batch=32,
    optimizer="adam",
    lr=0.003,
    weight_decay=0.0,
    schedule="constant",
    label_smoothing=0.0,
    flip=False,
    shift_px=0,
    crop="random-resized",
    train_pictures=0,
    val_pictures=0,
)
"""The first article's recipe: ResNet-18, Adam at 0.003, batch 32, ten epochs, random-resized crops, no flips.

Its pictures are 512 pixels a side: `--set image_px=512` gives that. The default is 64, because 512 costs sixty-four
times the arithmetic, which on two cores turns minutes into most of a day. Crops are cut from the cached square of
`image_px`, not from the file.

What the article's loop gets wrong is put right here, for every recipe:

- its counts of pictures are never reset, so from the second epoch on its losses are divided by too much and fall
  although nothing is learned: here each epoch has its own mean;
- it validates with gradients switched on: here without;
- it validates on random crops, so that the figure is noisy and of other pictures each time: here on whole pictures;
- it keeps a head of 1000 classes for two: here the head has the data's classes.
"""

THOROUGH = Recipe(
    name="thorough",
    data="data",
    net="resnet18_w40",
    image_px=128,
    start_px=80,
    stored_px=160,
    val_px=160,
    epochs=48,
    lr=0.0015,
    schedule="cosine",
    ema=0.999,
    mirrored=True,
    shift_px=0,
    crop="random-resized",
    crop_area=0.3,
    colour=0.3,
    turned=0.2,
    train_pictures=0,
    val_pictures=0,
    drawn_pictures=2000,
)
"""The recipe of the shipped weights: crops, colours, pictures on a side, growing pictures, averages, mirrored answers.

They were trained by five runs of it, 76 epochs in all, each beginning where the one before had ended, with settings
that `assets/README.md` names: 97.8 % of 2,500 photos after 15,200 seconds of one core. As the one run that stands here
it has not been tried. SGD at 0.1 learned far more slowly at first (64 % after two epochs, where AdamW had 79 %).
"""

FINETUNE = Recipe(
    name="finetune",
    data="data",
    net="resnet18_w40",
    init=str(SHIPPED),
    freeze="all but layer4 fc",
    image_px=128,
    stored_px=160,
    val_px=192,
    epochs=3,
    lr=0.001,
    mirrored=True,
    shift_px=0,
    crop="random-resized",
    crop_area=0.5,
    train_pictures=0,
    val_pictures=0,
)
"""From the shipped weights to other classes or views in about a minute: the last stage and the head learn. It is asked
about larger pictures than it learns from, because random crops make things look larger (Touvron et al. 2019, arXiv
1906.06423).
"""

DEGRADATION = Recipe(
    name="degradation",
    net="plain20",
    image_px=32,
    optimizer="sgd",
    lr=0.1,
    weight_decay=1e-4,
)
"""Plain nets against residual ones, on pictures of CIFAR-10's side (He et al. 2015, section 4.2): train `plain20`,
`plain56`, `resnet20` and `resnet56` with it and compare the training losses.
"""

REFERENCE = Recipe(
    name="reference",
    data="data",
    net="resnet50",
    image_px=224,
    stored_px=256,
    epochs=90,
    batch=256,
    optimizer="sgd",
    lr=0.1,
    weight_decay=1e-4,
    schedule="steps",
    label_smoothing=0.0,
    shift_px=0,
    crop="random-resized",
    train_pictures=0,
    val_pictures=0,
    precision="float32",
)
"""torchvision's training of ResNet-50 (its weights IMAGENET1K_V1): SGD at 0.1 for batches of 8 x 32, divided by ten
every 30 of 90 epochs, weight decay 1e-4, random-resized crops of 224 pixels and flips.

What differs: momentum is Nesterov's; norms and biases are not decayed; crops are cut from the stored centre square of
256 pixels, not from the whole file; validation looks at the whole centre square at 224 pixels, not at its middle 224 of
256, as everything here is asked about.
"""

_ALL = (LIVE, PHOTOS, THOROUGH, FINETUNE, ARTICLE, DEGRADATION, REFERENCE)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}


def recipe_named(name: object) -> Recipe:
    """The recipe of this name.

    Raises:
        UserError: there is none; names the nearest.
    """
    if isinstance(name, str) and name in RECIPES:
        return RECIPES[name]
    close = difflib.get_close_matches(str(name)[:40], RECIPES, n=1)
    cure = f"Did you mean {close[0]!r}" if close else f"The recipes are {', '.join(RECIPES)}"
    raise UserError(f"There is no recipe {str(name)[:40]!r}", where="recipe", cure=cure)
