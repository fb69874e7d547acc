"""`train.pictures`: any picture upright and RGB, anything else refused by its real name."""

from __future__ import annotations

import io
import runpy
import struct
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import train.pictures
from resnet.errors import UserError
from tests.picture_files import encoded, gradient
from train.pictures import decode, fit_square, to_tensor

BROKEN_EXIF = b"Exif\0\0II*\0\x08\0\0\0\x05\0" + struct.pack("<HHII", 0x010F, 2, 5000, 9000)


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours a little inside the four corners, clockwise from top left, each channel 0 or 1."""
    right, bottom = image.width - 4, image.height - 4
    places = [(3, 3), (right, 3), (right, bottom), (3, bottom)]
    return [tuple(int(value > 127) for value in image.getpixel(place)) for place in places]


def corner_picture() -> Image.Image:
    """48x32; from top left clockwise: red, green, blue, white."""
    image = Image.new("RGB", (48, 32), "red")
    image.paste("lime", (24, 0, 48, 16))
    image.paste("blue", (24, 16, 48, 32))
    image.paste("white", (0, 16, 24, 32))
    return image


STORED = {  # orientation -> what an upright picture looks like in the file
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    upright = corner_picture()
    stored = upright if STORED[orientation] is None else upright.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(stored, kind, exif=exif), name="turned")
    assert picture.size == upright.size
    assert corners(picture) == corners(upright)
    assert picture.getexif().get(0x0112, 1) == 1  # or whoever gets it would turn it again


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(range(60)), b"?"])
def test_broken_exif_is_no_reason_to_refuse(exif: bytes) -> None:
    assert corners(decode(encoded(corner_picture(), "JPEG", exif=exif), name="x")) == corners(corner_picture())


def test_broken_metadata_warns_nobody() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fresh = runpy.run_path(train.pictures.__file__)  # pytest has taken away the filter that the first import set
        assert fresh["decode"](encoded(gradient(), "JPEG", exif=BROKEN_EXIF), name="x").size == (48, 32)
    assert [str(warning.message) for warning in seen] == []


def test_broken_metadata_does_warn_by_itself() -> None:
    with pytest.warns(UserWarning, match="Truncated|Corrupt"):
        Image.open(io.BytesIO(encoded(gradient(), "JPEG", exif=BROKEN_EXIF))).getexif().get(0x0112)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    eight = gradient().getchannel("R")
    sixteen = Image.fromarray(np.asarray(eight).astype(np.uint16) * 257)
    picture = decode(encoded(sixteen, kind), name="deep")
    assert np.array_equal(np.asarray(picture), np.asarray(eight.convert("RGB")))


@pytest.mark.parametrize(
    ("values", "first_and_last"),
    [
        (np.linspace(0, 1, 64, dtype=np.float32), (0, 255)),
        (np.linspace(0, 255, 64, dtype=np.float32), (0, 255)),
        (np.linspace(-5, 5, 64, dtype=np.float32), (0, 255)),
        (np.linspace(0, 65535, 64).astype(np.int32), (0, 255)),
        (np.linspace(0, 2**30, 64).astype(np.int32), (0, 255)),
        (np.linspace(50, 200, 64).astype(np.int32), (50, 200)),
        (np.full(64, np.nan, dtype=np.float32), (0, 0)),
    ],
)
def test_32_bit_grey_finds_its_scale(values: np.ndarray, first_and_last: tuple[int, int]) -> None:
    picture = np.asarray(decode(encoded(Image.fromarray(values.reshape(8, 8)), "TIFF"), name="deep"))
    assert (picture[0, 0, 0], picture[-1, -1, 0]) == first_and_last


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_has_its_colours(kind: str) -> None:
    picture = decode(encoded(corner_picture().convert("CMYK"), kind), name="print")
    assert corners(picture) == corners(corner_picture())


def test_lab_has_its_colours() -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(gradient(), to_lab)
    picture = decode(encoded(lab, "TIFF"), name="lab")
    assert np.abs(np.asarray(picture).astype(int) - np.asarray(gradient())).mean() < 4


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colours(mode: str) -> None:
    plain = corner_picture().convert(mode)
    assert np.array_equal(np.asarray(decode(encoded(plain, "PNG"), name="x")), np.asarray(plain.convert("RGB")))


def _half_clear(mode: str) -> tuple[Image.Image, dict[str, object]]:
    """Left half black and opaque, right half clear (its hidden colour is black, too)."""
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 20))
    if mode == "P":
        palette = Image.new("P", (40, 20), 1)
        palette.paste(0, (0, 0, 20, 20))
        palette.putpalette([0, 0, 0] * 2)
        return palette, {"transparency": 1}
    if mode in ("RGB", "L"):
        plain = Image.new(mode, (40, 20), 0)
        plain.paste("#010101", (20, 0, 40, 20))
        return plain, {"transparency": 1 if mode == "L" else (1, 1, 1)}
    return image.convert(mode), {}


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_transparent_parts_become_white(mode: str) -> None:
    image, options = _half_clear(mode)
    picture = decode(encoded(image, "PNG", **options), name="clear")
    assert picture.getpixel((5, 5)) == (0, 0, 0)
    assert picture.getpixel((35, 5)) == (255, 255, 255)


def test_palette_with_several_degrees_of_transparency() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0] * 3)
    assert decode(encoded(image, "PNG", transparency=bytes([255, 102, 0])), name="x").getpixel((0, 0)) == (153,) * 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO"])
def test_formats_by_content_whatever_the_name(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "photo.txt"
    file.write_bytes(encoded(corner_picture(), kind))
    picture = decode(file, name="photo.txt")
    assert (picture.mode, picture.size, picture.info) == ("RGB", (48, 32), {})
    assert corners(picture) == corners(corner_picture())


def test_heic() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(corner_picture()).save(file)
    assert corners(decode(file.getvalue(), name="phone")) == corners(corner_picture())


def test_heic_without_its_package_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UserError) as refusal:
        decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", name="IMG_1.HEIC")
    assert refusal.value.what == "HEIC pictures need the package pillow-heif, which is not installed"
    assert "pip install pillow-heif" in refusal.value.cure


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame(kind: str) -> None:
    frames = [corner_picture(), Image.new("RGB", (48, 32), "black")]
    moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert corners(decode(moving, name="moving")) == corners(frames[0])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(1600, 900), (900, 1600), (70, 90), (20, 10)])
def test_side_shrinks_but_never_below(kind: str, size: tuple[int, int]) -> None:
    data = encoded(gradient(*size), kind)
    whole, small = decode(data, name="x"), decode(data, name="x", side=64)
    assert min(small.size) >= min(64, *size)
    assert min(small.size) < 128 or small.size == size
    difference = np.asarray(fit_square(small, 64)).astype(int) - np.asarray(fit_square(whole, 64))
    assert np.abs(difference).mean() < 3


def test_a_photo_of_60_megapixels() -> None:
    assert decode(encoded(Image.new("L", (9504, 6336)), "JPEG"), name="camera", side=224).size == (396, 264)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "F", "I;16"])
def test_bands_leave_no_trace(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = Image.fromarray(np.arange(230 * 170, dtype=np.float32 if mode == "F" else np.uint16).reshape(230, 170))
    data = encoded(deep if mode in ("F", "I;16") else gradient(170, 230).convert(mode), "TIFF")
    whole = decode(data, name="x", side=50)
    monkeypatch.setattr(train.pictures, "BAND_PIXELS", 2000)
    assert decode(data, name="x", side=50).tobytes() == whole.tobytes()


def test_fit_square_crops_the_middle() -> None:
    wide = Image.new("RGB", (90, 30), "red")
    wide.paste("blue", (30, 0, 60, 30))
    inner = (1, 1, 9, 9)  # the outermost pixels take in a little of what lies beyond the edge
    assert fit_square(wide, 10).crop(inner).getcolors() == [(64, (0, 0, 255))]
    assert fit_square(wide.rotate(90, expand=True), 10).crop(inner).getcolors() == [(64, (0, 0, 255))]
    squashed = fit_square(wide, 9, "squash")
    assert [squashed.getpixel((x, 4)) for x in (0, 4, 8)] == [(255, 0, 0), (0, 0, 255), (255, 0, 0)]


def test_fit_square_averages_fine_patterns() -> None:
    stripes = Image.fromarray(np.tile(np.array([0, 255], dtype=np.uint8), (256, 128))).convert("RGB")
    assert np.abs(np.asarray(fit_square(stripes, 32)).astype(int) - 127).max() <= 4


def test_a_square_of_the_right_size_is_left_alone() -> None:
    assert np.array_equal(np.asarray(fit_square(gradient(32, 32), 32)), np.asarray(gradient(32, 32)))


def test_to_tensor() -> None:
    tensor = to_tensor(gradient(32, 32).convert("RGBA"), 32)
    assert tensor.shape == (3, 32, 32)
    assert tensor.is_contiguous()
    assert np.array_equal(tensor.permute(1, 2, 0).numpy(), np.asarray(gradient(32, 32)))


def test_many_threads_agree() -> None:
    data = encoded(gradient(200, 150), "JPEG")
    expected = decode(data, name="x", side=50).tobytes()
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append(decode(data, name="x", side=50).tobytes() == expected))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 8
