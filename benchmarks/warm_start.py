"""From the shipped weights to other pictures: the last stage and the head learn, the rest stays as it is.

2,000 of the photos' validation part, turned by 90 degrees and with their classes renamed, are learned; the other 500,
turned too, are asked about. Bar: 97 % of them within 60 CPU-seconds (user and system, decoding included).

    RESNET_LAB_PHOTOS=photos.zip python benchmarks/warm_start.py

Expected: see results.md.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from PIL import Image

from train.engine import fit
from train.events import Epoch
from train.recipes import RECIPES

SHIPPED = Path(__file__).resolve().parents[1] / "assets" / "photos.safetensors"
NEW_NAMES = {"cat": "miau", "dog": "wau"}
HELD_OUT = 5  # one in so many is asked about
BAR, CPU_SECONDS = 0.97, 60

RECIPE = replace(
    RECIPES["thorough"],
    init=str(SHIPPED),
    freeze="all but layer4 fc",
    epochs=4,
    start_px=0,
    image_px=96,
    stored_px=128,
    lr=0.001,
    schedule="one-cycle",
    ema=0.0,
    crop_area=0.5,
    drawn_pictures=0,
)


def main() -> int:
    photos = os.environ.get("RESNET_LAB_PHOTOS", "")
    if not Path(photos).is_file():
        print("RESNET_LAB_PHOTOS names no ZIP of photos", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        turned = _turn(Path(photos), Path(folder) / "turned.zip")
        os.environ["RESNET_LAB_CACHE"] = folder  # an empty one: decoding counts
        reached = None
        for event in fit(replace(RECIPE, data=str(turned))):
            if isinstance(event, Epoch):
                print(f"epoch {event.epoch + 1}: {event.val_accuracy:.1%} after {event.cpu_seconds:.0f} CPU-seconds")
                if reached is None and event.val_accuracy >= BAR:
                    reached = event.cpu_seconds
    told = f"after {reached:.0f} CPU-seconds" if reached is not None else "never"
    print(f"{BAR:.0%} reached {told} (bar: {CPU_SECONDS})")
    return 0


def _turn(photos: Path, target: Path) -> Path:
    """The validation photos turned by a quarter, under other names, divided into train/ and val/."""
    with zipfile.ZipFile(photos) as source, zipfile.ZipFile(target, "w") as made:
        names = sorted(name for name in source.namelist() if "val/" in name and name.lower().endswith(".jpg"))
        for place, name in enumerate(names):
            picture = Image.open(io.BytesIO(source.read(name))).convert("RGB").transpose(Image.Transpose.ROTATE_90)
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=95)
            part = "train" if place % HELD_OUT else "val"
            class_name = NEW_NAMES[Path(name).parent.name]
            made.writestr(f"{part}/{class_name}/{place}.jpg", file.getvalue())
    return target


if __name__ == "__main__":
    sys.exit(main())
