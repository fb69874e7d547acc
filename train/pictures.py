"""One safe way from a picture file to an upright RGB picture.

Every picture that enters the project, for training or for prediction, comes through `decode`. The bytes, not the name,
choose the one Pillow plugin that is tried; sizes are checked before pixels are made; whatever goes wrong is a
`UserError` that names the file. `fit_square` then makes it the square that a net sees.
"""

from __future__ import annotations

import importlib
import stat
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageCms, ImageFile
from torch import Tensor

from resnet.errors import UserError
from train.budget import Budget
from train.file_kinds import HEAD_BYTES, describe, picture_kind

MAX_BYTES = 30_000_000
MAX_PIXELS = 65_000_000  # "50 megapixel" phones go up to 8192 x 6144, cameras to 9504 x 6336
MAX_SIDE = 20_000
MAX_MEMORY = 520_000_000  # bytes that decoding one picture may take: fewer pixels where each takes more
SHARED_MEMORY = 160_000_000  # bytes that all threads may take together; a picture that takes more is decoded alone
FLAT_PIXELS = 9_000_000  # from here on, fewer than a byte for FLAT_RATIO pixels is refused: no photo, but a bomb
FLAT_RATIO = 5_000
BAND_PIXELS = 250_000  # made RGB and smaller at a time, so that only the decoder needs room for all

_PLUGINS = {  # called directly: no other decoder is ever in reach, and no limit of Pillow's needs to be changed for all
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WebP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIC": ("pillow_heif", "HeifImageFile"),
}
_BYTES_PER_PIXEL = {"WebP": 16, "AVIF": 10, "HEIC": 8, "TIFF": 8}  # while decoding, measured; all others: 4
_EXTRA = {
    "HEIC": ("the package pillow-heif", "pip install pillow-heif"),
    "AVIF": ("a newer Pillow", "pip install --upgrade pillow"),
}

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {  # EXIF orientation -> what makes it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_memory = Budget(SHARED_MEMORY)

# Broken metadata makes Pillow warn and go on, which is what we want, silently. `warnings.catch_warnings` would be
# narrower, but it is not safe with threads.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.(Png|Tiff)ImagePlugin")


def decode(file: Path | bytes, *, name: str, side: int | None = None) -> Image.Image:
    """Decode one picture file, whatever it is called.

    Args:
        file: where it lies, or its bytes.
        name: what to call it in refusals.
        side: when given, the picture may come smaller than stored, but not with a side below `side` if it was not
            there before. Large pictures decode several times faster so.

    Returns:
        The first frame: mode RGB, upright, without metadata, transparency laid on white.

    Raises:
        UserError: not a picture, too large, cut off, damaged, or not readable; `where` is `name`.
    """
    data = file if isinstance(file, bytes) else read_bytes(file, name=name)
    kind = picture_kind(data[:HEAD_BYTES])
    if kind is None:
        what, cure = describe(data[:HEAD_BYTES])
        raise UserError(what, where=name, cure=cure)
    if len(data) > MAX_BYTES:
        raise _too_many_bytes(name)
    try:
        return _decode(kind, data, name, side)
    except UserError:
        raise
    except ImportError as error:
        package, command = _EXTRA.get(kind, _EXTRA["AVIF"])
        cure = f"Run `{command}`, or save the picture as JPEG"
        raise UserError(f"{kind} pictures need {package}, which is not installed", where=name, cure=cure) from error
    except Exception as error:  # Pillow raises a dozen unrelated kinds on broken files, SyntaxError among them
        refusal = _refusal(kind, data, name, error)
    raise refusal  # not `from error`: its traceback would keep the pixels for as long as anyone keeps the refusal


def read_bytes(path: Path, *, name: str, limit: int = MAX_BYTES) -> bytes:
    """Read a file, but at most one byte more than `limit`, so that an oversized one shows and costs little.

    Raises:
        UserError: missing, a folder, a device or a pipe, or not permitted.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            what = "It is a folder, not a picture" if path.is_dir() else "It is not an ordinary file"
            raise UserError(what, where=name, cure="Choose a picture file")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError as error:
        raise UserError("There is no such file", where=name, cure="Check the name and the folder") from error
    except PermissionError as error:
        raise UserError("Reading it is not permitted", where=name, cure="Change its permissions") from error
    except OSError as error:
        what = f"It cannot be read ({error.strerror})"
        raise UserError(what, where=name, cure="Check the disk, or copy the file elsewhere") from error


def fit_square(image: Image.Image, side: int, how: Literal["crop", "squash"] = "crop") -> Image.Image:
    """Make an RGB picture `side` x `side`: the centre square ("crop") or everything, out of proportion ("squash").

    Antialiased bicubic; the same call for training and for prediction, so that a net sees what it was trained on.
    """
    width, height = image.size
    box = (0, 0, width, height)
    if how == "crop":
        edge = min(width, height)
        left, top = (width - edge) // 2, (height - edge) // 2
        box = (left, top, left + edge, top + edge)
    return image.resize((side, side), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)


def to_tensor(image: Image.Image, side: int) -> Tensor:
    """The centre square of a picture of any mode as a net's input: (3, side, side) uint8."""
    return torch.from_numpy(np.array(fit_square(image.convert("RGB"), side))).permute(2, 0, 1).contiguous()


def _decode(kind: str, data: bytes, name: str, side: int | None) -> Image.Image:
    with ExitStack() as held:
        return _upright(_open(kind, data, name, side, held), side)


def _open(kind: str, data: bytes, name: str, side: int | None, held: ExitStack) -> ImageFile.ImageFile:
    """The picture, its pixels not decoded yet, but with the memory for them taken from all threads' share."""
    if kind == "WebP":  # its plugin makes room for all pixels while it opens
        width, height = _webp_size(data)
        _check_size(kind, (width, height), data, name)
        held.enter_context(_memory.hold(_BYTES_PER_PIXEL[kind] * width * height))
    module, plugin = _PLUGINS[kind]
    image: ImageFile.ImageFile = getattr(importlib.import_module(module), plugin)(BytesIO(data))
    _check_size(kind, image.size, data, name)
    buffered = _jpeg_buffer(image, data) if kind == "JPEG" else 0
    if side is not None:  # a JPEG decodes at 1/2, 1/4 or 1/8 if that is still large enough, HEIC may have a thumbnail
        image.draft(image.mode, (side, side))
    if kind != "WebP":
        wanted = _BYTES_PER_PIXEL.get(kind, 4) * image.width * image.height
        held.enter_context(_memory.hold(wanted + buffered))
    return image


def _upright(image: ImageFile.ImageFile, side: int | None) -> Image.Image:
    image.load()
    turn = _UPRIGHT.get(_orientation(image))  # after load: PNG keeps it behind the pixels, TIFF turns by itself
    picture = _rgb(image, 1 if side is None else max(1, min(image.size) // side))
    return picture if turn is None else picture.transpose(turn)


def _check_size(kind: str, size: tuple[int, int], data: bytes, name: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise UserError("The picture has no pixels", where=name, cure="Copy or download it again")
    limit = min(MAX_PIXELS, MAX_MEMORY // _BYTES_PER_PIXEL.get(kind, 4))
    if width * height > limit or max(size) > MAX_SIDE:
        cure = f"Make it smaller: up to {limit // 1_000_000} megapixels as {kind}, and no side over {MAX_SIDE} pixels"
        raise UserError(f"The picture is {width}x{height} pixels, too large", where=name, cure=cure)
    if width * height > max(FLAT_PIXELS, FLAT_RATIO * len(data)):
        what = f"The picture is {width}x{height} pixels in {len(data)} bytes: empty, or cut off"
        cure = f"Copy it again, or make it smaller: up to {FLAT_PIXELS // 1_000_000} megapixels"
        raise UserError(what, where=name, cure=cure)


def _jpeg_buffer(image: ImageFile.ImageFile, data: bytes) -> int:
    """Bytes in which libjpeg keeps all coefficients of a JPEG of several scans, at whatever size it decodes it."""
    layers = len(image.getbands())
    assert image.fp is not None
    first_scan = image.fp.tell() - 8 - 2 * layers  # where its header starts if it holds all layers
    one_scan = "progressive" not in image.info and data.startswith(b"\xff\xda", first_scan)
    return 0 if one_scan else 2 * layers * image.width * image.height


def _too_many_bytes(name: str) -> UserError:
    limit = f"{MAX_BYTES // 1_000_000} MB"
    return UserError(f"The file is larger than {limit}", where=name, cure=f"Save it smaller, up to {limit}")


def _webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) from the header; (1, 1) if there is none, for the decoder to refuse."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return max(1, width), max(1, height)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # metadata is never a reason to refuse a picture; broken EXIF raises as freely as broken pixels
        return 1


def _rgb(image: Image.Image, factor: int) -> Image.Image:
    """Any mode Pillow gives -> RGB, `factor` times smaller; transparent parts become white."""
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bit(image)
    picture = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top, band in _bands(image, factor):
        picture.paste(_band_rgb(band).reduce(factor), (0, top // factor))
    return picture


def _bands(image: Image.Image, factor: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """(top row, part), each of a multiple of `factor` rows and some BAND_PIXELS."""
    rows = max(1, BAND_PIXELS // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _band_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.applyTransform(image, ImageCms.buildTransform(*profiles, "LAB", "RGB")) or image
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image if image.mode == "RGB" else image.convert("RGB")  # a CMYK JPEG's inversion is undone by its plugin


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and floating-point grey to 0..255, where a plain `convert` would clip to white."""
    sixteen = image.mode.startswith("I;16")
    low, span = (0.0, 1.0) if sixteen else _range(image)
    grey = Image.new("L", image.size)
    for top, band in _bands(image):
        values = np.asarray(band) >> 8 if sixteen else ((_finite(band) - low) * (255.0 / span)).round()
        grey.paste(Image.fromarray(values.astype(np.uint8)), (0, top))
    return grey


def _range(image: Image.Image) -> tuple[float, float]:
    """(what is black, how much more is white) of 32-bit grey: a usual scale, else its own range."""
    ends = [(float(values.min()), float(values.max())) for values in (_finite(band) for _, band in _bands(image))]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    tops = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    if low < 0 or high > tops[-1]:
        return low, (high - low) or 1.0
    return 0.0, next(top for top in tops if high <= top)


def _finite(band: Image.Image) -> npt.NDArray[np.float32]:
    return np.nan_to_num(np.asarray(band).astype(np.float32))


def _refusal(kind: str, data: bytes, name: str, error: Exception) -> UserError:
    if isinstance(error, MemoryError):
        return UserError("There is not enough memory to decode it", where=name, cure="Make the picture smaller")
    if _is_cut_off(kind, data, error):
        return UserError(f"The {kind} picture is cut off", where=name, cure="Copy or download it again")
    cure = "Open it in a picture editor and save it again, or leave it out"
    return UserError(f"The {kind} picture is damaged", where=name, cure=cure)


def _is_cut_off(kind: str, data: bytes, error: Exception) -> bool:
    text = str(error).lower()
    if isinstance(error, EOFError) or "truncat" in text or "end of file" in text:
        return True
    if kind == "WebP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    if kind in ("AVIF", "HEIC"):
        return _boxes_end(data) > len(data)
    ending = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}.get(kind, b"")
    return ending not in data[-64:]


def _boxes_end(data: bytes) -> int:
    """Where the outermost boxes of an AVIF or HEIC file say that it ends."""
    at = 0
    while at + 16 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:  # a 64-bit size follows the name
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:  # 0: up to the end of the file; anything else is damage
            return len(data)
        at += size
    return at
