"""What a net says of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from ui.images import Picture


@dataclass(frozen=True)
class Answer:
    """What a net says of a picture: probabilities by class, the likeliest first, and how long it took."""

    picture: Picture
    probabilities: dict[str, float]
    milliseconds: float
    familiarity: float | None = None  # as `Classifier.answer`; None where the net cannot tell

    @property
    def label(self) -> str:
        return next(iter(self.probabilities))
