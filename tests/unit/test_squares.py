"""Pictures that are kept for some minutes."""

from __future__ import annotations

import time

import numpy as np
import pytest

from resnet.errors import UserError
from ui import squares
from ui.images import Picture, RefusedPicture
from ui.squares import Squares


def picture(name: str = "a") -> Picture:
    return Picture(name, np.zeros((2, 2, 3), np.uint8))


def wait_until_empty(kept: Squares) -> None:
    deadline = time.monotonic() + 20
    while len(kept) and time.monotonic() < deadline:
        time.sleep(0.01)


def test_what_was_made_is_not_made_again() -> None:
    kept, first = Squares(), picture()
    assert kept.get("a", lambda: first) is first
    assert kept.get("a", lambda: pytest.fail("made again")) is first


def test_nothing_stays_longer_than_promised_though_nobody_asks() -> None:
    kept = Squares(seconds=0.05)
    kept.get("a", picture)
    time.sleep(0.03)
    kept.get("b", picture)
    assert len(kept) > 0
    wait_until_empty(kept)
    assert len(kept) == 0
    again = picture()
    assert kept.get("a", lambda: again) is again
    wait_until_empty(kept)
    assert len(kept) == 0


def test_a_refusal_is_not_kept() -> None:
    kept = Squares()
    kept.get("a", lambda: RefusedPicture("a", UserError("The disk is gone")))
    assert isinstance(kept.get("a", picture), Picture)


def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squares, "MOST", 2)
    kept = Squares()
    for key in "abc":
        kept.get(key, lambda key=key: picture(key))
    assert len(kept) == 2
    anew = picture("anew")
    assert kept.get("a", lambda: anew) is anew
