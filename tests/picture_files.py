"""Pictures as files, for tests."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def gradient(width: int = 48, height: int = 32) -> Image.Image:
    """Red grows to the right, green downwards; blue is 60."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([across, down, np.full_like(across, 60)], axis=2).astype(np.uint8))
