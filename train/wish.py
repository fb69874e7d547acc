"""What its owner wants of a run, as control.json in its folder says it.

A wish is a state that is to be reached and not a thing to be done once more: whoever asks twice asks for the same.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, TypeGuard, get_args

from resnet.errors import UserError

FILE = "control.json"  # of a run's folder

Want = Literal["run", "pause", "stop"]
WANTS: tuple[Want, ...] = get_args(Want)


@dataclass(frozen=True, slots=True)
class Wish:
    """To run, to pause or to stop, and how fast to learn.

    Attributes:
        want: what to do.
        after: to pause once this step was taken; a step that is behind means at once.
        lr: the highest learning rate of the schedule; None leaves it as it is.
    """

    want: Want = "run"
    after: int = 0
    lr: float | None = None

    def pauses_at(self, step: int) -> bool:
        """Whether a run that has taken so many steps shall wait."""
        return self.want == "pause" and step >= self.after

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Wish:
        """Read `to_json`'s text back. Raises ValueError for anything else."""
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("no wish")
        want, after, lr = values.get("want"), values.get("after", 0), values.get("lr")
        if not is_want(want) or type(after) is not int or not (lr is None or type(lr) is float):
            raise ValueError("no wish")
        return cls(want, after, lr)


def is_want(word: object) -> TypeGuard[Want]:
    """Whether it is one of `WANTS`."""
    return word in WANTS


def checked_step(step: object, taken: int) -> int:
    """The number of a step to pause after, as whoever asks may write it.

    Args:
        step: what was given.
        taken: how many steps were, for the cure.

    Raises:
        UserError: it is no such number.
    """
    if isinstance(step, float) and step.is_integer():
        step = int(step)
    if type(step) is not int or not 0 < step < 2**53:
        cure = f"Give the step to pause after, such as {taken + 1}"
        raise UserError("This is not the number of a step", where="step", cure=cure)
    return step
