"""Picture files of every kind on the Predict tab: each stands upright, in its own colours, and gets an answer."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.test_predict_tab import drop, open_tab
from tests.checkpoints import write_checkpoint

RUN = "predict-files-test"
RED, BLUE, WHITE = (220, 20, 20), (20, 20, 220), (255, 255, 255)


def flag(top: tuple[int, int, int] = RED, bottom: tuple[int, int, int] = BLUE) -> Image.Image:
    """Upright its upper half is `top` and its lower half `bottom`."""
    image = Image.new("RGB", (96, 96), bottom)
    image.paste(top, (0, 0, 96, 48))
    return image


def write_files(folder: Path) -> dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]]:
    """Ten files, and what each shows above and below."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the phone was held upright: turn it a quarter to the right
    flag().transpose(Image.Transpose.ROTATE_90).save(folder / "phone.jpg", exif=exif, quality=95)
    pillow_heif.from_pillow(flag()).save(folder / "photo.heic", quality=90)
    grey = np.zeros((96, 96), np.uint16)
    grey[:48] = 65535
    Image.fromarray(grey).save(folder / "sixteen-bit.png")
    flag().convert("CMYK").save(folder / "printed.jpg", quality=95)
    flag().save(folder / "moving.gif", save_all=True, append_images=[flag(BLUE, RED)], duration=100)
    clear = flag().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 48, 96, 96))
    clear.save(folder / "clear.webp", lossless=True)
    flag().quantize(4).save(folder / "palette.png")
    flag().save(folder / "plain.bmp")
    flag().save(folder / "name says nothing.txt", format="PNG")
    flag().convert("L").save(folder / "grey.jpg", quality=95)
    luma = tuple(round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in (RED, BLUE))
    others = {
        "sixteen-bit.png": (WHITE, (0, 0, 0)),
        "clear.webp": (RED, WHITE),  # on white paper
        "grey.jpg": ((luma[0],) * 3, (luma[1],) * 3),
    }
    return {path.name: others.get(path.name, (RED, BLUE)) for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module", autouse=True)
def _checkpoint(app) -> None:
    write_checkpoint(app.runs / RUN / "model.safetensors", seed=4)


def test_ten_files_of_ten_kinds_at_once(app, page_at, page_errors, tmp_path, screenshot):
    shows = write_files(tmp_path)
    page = open_tab(page_at, app.url, run=RUN)
    drop(page, *(tmp_path / name for name in shows))
    several = page.locator(".predict-several")
    expect(several.locator("h2")).to_have_text("10 pictures")
    screenshot(page, "predict-ten-kinds")
    for row in several.locator("tbody tr").all():
        name = row.locator("th span").inner_text()
        expect(row.locator("td").first).to_have_text(re.compile(r"^(Cat|Dog), [\d.>]+ %"))
        data = row.locator("img").get_attribute("src").split(",")[1]
        square = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), dtype=int)
        for part, wanted in zip((square[4:12], square[-12:-4]), shows.pop(name), strict=True):
            assert np.abs(part[:, 8:-8].mean(axis=(0, 1)) - wanted).max() < 25, name  # CMYK is not exact
    assert not shows
    assert page_errors == []


GIVE = """([name, data, kind]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], name));
  const root = document.querySelector(".predict");
  const how = { dataTransfer: given, bubbles: true, cancelable: true };
  if (kind === "drop") root.dispatchEvent(new DragEvent("drop", how));
  else document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: given }));
}"""


def test_pictures_are_dropped_and_pasted_and_a_weight_file_among_them_is_one(app, page_at, page_errors, tmp_path):
    page = open_tab(page_at, app.url, run=RUN)
    flag().save(tmp_path / "flag.png")
    own = write_checkpoint(tmp_path / "own.safetensors", seed=9, classes=("cat", "dog", "axolotl"))
    for kind, path, told in (
        ("drop", tmp_path / "flag.png", "dropped.png"),
        ("paste", tmp_path / "flag.png", "pasted.png"),
    ):
        page.evaluate(GIVE, [told, base64.b64encode(path.read_bytes()).decode(), kind])
        expect(page.locator(".predict-card [data-say=name]")).to_have_text(told)
    page.evaluate(GIVE, ["own.safetensors", base64.b64encode(own.read_bytes()).decode(), "drop"])
    expect(page.locator(".predict-bars")).to_contain_text("axolotl")
    expect(page.locator(".predict-card [data-say=name]")).to_have_text("pasted.png")  # the picture stays
    assert page_errors == []
