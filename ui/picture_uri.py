"""Pictures as addresses that need no further request."""

from __future__ import annotations

import base64
import io

from PIL import Image

from ui.images import Square


def png_uri(square: Square) -> str:
    """An array H,W,3 uint8, every pixel as it is."""
    return uri(Image.fromarray(square), "PNG", compress_level=3)


def webp_uri(square: Square) -> str:
    """An array H,W,3 uint8 in few bytes, to be looked at only."""
    return uri(Image.fromarray(square), "WEBP", quality=85, method=2)


def uri(image: Image.Image, kind: str, **how: int) -> str:
    """A picture as a file of that kind; `how` goes to Pillow."""
    file = io.BytesIO()
    image.save(file, kind, **how)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(file.getvalue()).decode("ascii")
