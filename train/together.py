"""Which runs were started together, as experiment.json in the folder of each says it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MOST_RUNS = 64
MOST_BYTES = 16_000  # of the file: a longer one is somebody else's
LONGEST_NAME = 40
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Together:
    """A set of runs that take turns.

    Attributes:
        id: 32 hexadecimal digits.
        name: what the set is called.
        runs: the ids of its runs, 32 hexadecimal digits each, in the order of their turns.

    Raises:
        ValueError: this cannot be one.
    """

    id: str
    name: str
    runs: tuple[str, ...]

    def __post_init__(self) -> None:
        is_name = isinstance(self.name, str) and 0 < len(self.name) <= LONGEST_NAME and self.name.isprintable()
        are_ids = all(isinstance(id, str) and _ID.fullmatch(id) for id in (self.id, *self.runs))
        if not is_name or not are_ids or not 0 < len(self.runs) <= MOST_RUNS:
            raise ValueError("no set of runs")

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {**asdict(self), "runs": list(self.runs)}

    def to_json(self) -> str:
        return json.dumps(self.as_dict())

    @classmethod
    def read(cls, path: Path) -> Together:
        """Read what `to_json` gave back from a file.

        Raises:
            OSError: it cannot be read.
            ValueError: it is anything else.
        """
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        try:
            values = json.loads(content) if len(content) <= MOST_BYTES else None
        except RecursionError as error:
            raise ValueError("no set of runs") from error
        if not isinstance(values, dict) or values.keys() != {"id", "name", "runs"} or type(values["runs"]) is not list:
            raise ValueError("no set of runs")
        return cls(values["id"], values["name"], tuple(values["runs"]))
