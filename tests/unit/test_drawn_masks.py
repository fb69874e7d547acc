"""A drawing's mask is where a telling part can be seen: all of it, and nothing else.

A part is painted once all in red and once all in green: where the two pictures differ, it can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from train import drawn_pets, pet_bodies, pet_faces
from train.drawn_pets import draw
from train.pet_easel import Colour

FACES = {0: ("_paint_ears", "_cat_eyes", "_cat_muzzle", "_whiskers"), 1: ("_paint_ears", "_dog_eyes", "_dog_muzzle")}
IN_FACES = sorted({*FACES[0], *FACES[1]})
SIDE = 64
KEPT = 0.7  # of what can be seen of a part; outlines and hairlines are not in the mask


def painted(part: Callable[..., None], colour: Colour) -> Callable[..., None]:
    """The same part, outlines and all, in one colour."""

    def paint(easel: Any, *rest: Any) -> None:
        ink, easel.ink, easel._tone = easel.ink, colour, lambda _: colour
        part(easel, *rest)
        easel.ink = ink
        del easel._tone

    return paint


def visible(monkeypatch: pytest.MonkeyPatch, parts: list[tuple[Any, str]], index: int) -> np.ndarray:
    """How much of each pixel of drawing `index` these parts take, 0 to 1: (SIDE, SIDE)."""
    pictures = []
    for colour in ((255, 0, 0), (0, 255, 0)):
        with monkeypatch.context() as patch:
            patch.setattr(drawn_pets, "shed_light", lambda picture, dice: picture)
            for module, name in parts:
                patch.setattr(module, name, painted(getattr(module, name), colour))
            pictures.append(draw(3, index, SIDE).image.astype(float))
    return (pictures[0] - pictures[1])[..., 0] / 255


@pytest.mark.parametrize("name", IN_FACES)
def test_a_face_has_every_part_and_each_is_in_the_mask(name, monkeypatch):
    kept = []
    for index in range(24):
        drawing = draw(3, index, SIDE)
        if name in FACES[drawing.label]:
            share = visible(monkeypatch, [(pet_faces, name)], index)
            assert share.max() > 0.3, index
            kept.append((share * drawing.mask).sum() / share.sum())
    assert np.mean(kept) > KEPT


def test_a_tail_is_in_the_mask(monkeypatch):
    shares = [(visible(monkeypatch, [(pet_bodies, "_tail")], index), draw(3, index, SIDE).mask) for index in range(60)]
    tails = [(share * mask).sum() / share.sum() for share, mask in shares if share.sum() > 10]
    assert len(tails) > 5
    assert np.mean(tails) > KEPT


def test_nothing_else_is_in_the_mask_and_what_covers_a_part_hides_it(monkeypatch):
    parts = [*((pet_faces, name) for name in IN_FACES), (pet_bodies, "_tail")]
    for index in range(80):
        stray = draw(3, index, SIDE).mask & (visible(monkeypatch, parts, index) == 0)
        assert stray.sum() <= 2, index  # pixels at an edge
