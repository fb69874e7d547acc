"""Something that threads share, bytes of memory say, and of which each holds some for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """So many bytes for all threads: whoever wants more than are free waits for them, in line.

    Whoever wants more than there are gets all, so it has them alone.
    """

    def __init__(self, size: int) -> None:
        self._size, self._used = size, 0
        self._line = threading.Lock()  # or small ones would overtake a large one for ever
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, wanted: int) -> Iterator[None]:
        """Wait for bytes, and give them back at the end of the `with`; a thread that holds some must not ask again."""
        wanted = min(wanted, self._size)
        with self._line, self._freed:
            self._freed.wait_for(lambda: self._used + wanted <= self._size)
            self._used += wanted
        try:
            yield
        finally:
            with self._freed:
                self._used -= wanted
                self._freed.notify()
