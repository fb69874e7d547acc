"""A question that a room votes on, and what its people guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from resnet.errors import UserError
from ui.text import t

FEWEST, MOST = 2, 4  # options
QUESTION_LENGTH, OPTION_LENGTH = 120, 40  # characters: an option stands in one line of a phone


@dataclass
class Vote:
    """One vote.

    Args:
        number: another for each vote of a room.
        question: what is asked.
        options: what can be guessed, two to four.
        guesses: by browser, the place of its option.
        is_open: whether guesses are taken.
    """

    number: int
    question: str
    options: tuple[str, ...]
    guesses: dict[str, int] = field(default_factory=dict)
    is_open: bool = True

    @classmethod
    def of(cls, number: int, question: object, options: object) -> Vote:
        """A vote as its leader writes it; options left empty are none.

        Raises:
            UserError: a text is missing or too long, there are too few or too many options, or two are the same.
        """
        if not isinstance(options, Sequence) or isinstance(options, str):
            raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
        written = tuple(text for text in (_text(option, OPTION_LENGTH) for option in options[: MOST + 1]) if text)
        asked = _text(question, QUESTION_LENGTH)
        if not asked:
            raise UserError(t("page.room.no_question"), cure=t("page.room.no_question_cure"))
        if not FEWEST <= len(written) <= MOST or len(set(written)) < len(written):
            raise UserError(t("page.room.no_options"), cure=t("page.room.no_options_cure", fewest=FEWEST, most=MOST))
        return cls(number, asked, written)

    def guess(self, browser: str, option: object) -> None:
        """Take a browser's guess, or another in its place.

        Raises:
            UserError: the vote is closed, or there is no such option.
        """
        if not self.is_open:
            raise UserError(t("page.room.vote_over"), cure=t("page.room.vote_over_cure"))
        if type(option) is not int or not 0 <= option < len(self.options):
            raise UserError(t("train.not_asked_so"), cure=t("train.not_asked_so_cure"))
        self.guesses[browser] = option

    def told(self, browser: str, leading: bool) -> dict[str, Any]:
        """What one browser is told: how many guessed what only once it has guessed itself, so that nobody follows the
        others, or when the vote is closed. The leader's page, which all of them see, waits for that.
        """
        mine = None if leading else self.guesses.get(browser)
        counts = [sum(guess == place for guess in self.guesses.values()) for place in range(len(self.options))]
        return {
            "number": self.number,
            "question": self.question,
            "options": list(self.options),
            "answers": len(self.guesses),
            "counts": counts if mine is not None or not self.is_open else None,
            "mine": mine,
            "open": self.is_open,
        }


def _text(given: object, longest: int) -> str:
    """One line of text without spaces around it.

    Raises:
        UserError: it is none, or too long.
    """
    text = " ".join(given.split()) if isinstance(given, str) else ""
    if len(text) > longest:
        raise UserError(t("page.room.too_long"), where=f"{text[:20]}…", cure=t("page.room.too_long_cure", most=longest))
    return text
