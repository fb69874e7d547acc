"""What a page asks of the Predict tab's desk; its script sends it, and so can anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resnet.errors import UserError
from ui.images import DRAWN_MOST, Fit, checked_fit
from ui.links import parse
from ui.text import t

MOST_SENT = 1000  # pictures of a question; those beyond `MAX_PICTURES` are refused one by one


@dataclass(frozen=True)
class Question:
    """What a page asks about.

    Args:
        pictures: uploads, by the paths that Gradio gave the page; none means the drawing.
        drawing: which one.
        unseen: in its place a validation picture: a run's id, and its number.
        checkpoint: its key; empty for the first one listed.
        fit: how pictures are made square.
        run: the run in the page's address; empty where there is none.
    """

    pictures: tuple[str, ...]
    drawing: int
    checkpoint: str
    fit: Fit
    run: str
    unseen: tuple[str, int] | None = None

    @classmethod
    def asked(cls, sent: Any) -> Question:
        """As a page sends it.

        Raises:
            UserError: it is no such question.
        """
        try:
            pictures, drawing = sent["pictures"], sent["drawing"]
            checkpoint, fit, run = (str(sent[name]) for name in ("checkpoint", "fit", "run"))
        except (KeyError, TypeError):
            raise not_so() from None
        if not isinstance(pictures, list) or len(pictures) > MOST_SENT:
            raise not_so()
        if not all(isinstance(path, str) for path in pictures):
            raise not_so()
        if not _is_number(drawing):
            raise not_so()
        unseen = _unseen(sent.get("unseen"))
        return cls(tuple(pictures), drawing, checkpoint, checked_fit(fit), parse({"run": run}).run, unseen)

    @property
    def count(self) -> int:
        return len(self.pictures) or 1


def _is_number(sent: Any) -> bool:
    """Whether it counts drawings or validation pictures."""
    return isinstance(sent, int) and not isinstance(sent, bool) and 0 <= sent < DRAWN_MOST


def _unseen(sent: Any) -> tuple[str, int] | None:
    if sent is None:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("run"), str) or not _is_number(sent.get("number")):
        raise not_so()
    return sent["run"], sent["number"]


def not_so() -> UserError:
    """The refusal of what no page of ours asks."""
    return UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
