"""Pictures as addresses that need no further request."""

from __future__ import annotations

import base64
import io

from PIL import Image

from ui.images import Square


def png_uri(square: Square) -> str:
    """An array H,W,3 uint8, every pixel as it is."""
    return uri(Image.fromarray(square), "PNG", compress_level=3)


def webp_uri(picture: Image.Image) -> str:
    """A picture in few bytes, to be looked at only."""
    return uri(picture, "WEBP", quality=85, method=2)


def uri(picture: Image.Image, kind: str, **how: int) -> str:
    """A picture as a file of that kind; `how` goes to Pillow."""
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return as_uri(file.getvalue(), kind)


def as_uri(content: bytes, kind: str) -> str:
    """A file of that kind."""
    return f"data:image/{kind.lower()};base64," + base64.b64encode(content).decode("ascii")
