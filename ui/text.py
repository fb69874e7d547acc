"""Every word a person reads on the page, by key.

Keys start with the tab they belong to: ``page.``, ``architecture.``, ``train.``, ``predict.``. Each tab's words are a
dictionary ``WORDS`` in ``ui/words/<tab>.py`` of the form ``{key: {"en": "..."}}``; another language is another entry.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ui import words

LANGUAGE = "en"


def t(key: str, **values: object) -> str:
    """Return the words under `key`, with ``{name}`` filled from `values`.

    Raises:
        KeyError: nobody wrote that key, or a value the sentence needs is missing.
    """
    sentence = _all_words()[key][LANGUAGE]
    return sentence.format(**values) if values else sentence


def section(prefix: str) -> dict[str, str]:
    """Return all words whose key starts with `prefix`, keyed by the rest: what a script in the page gets.

    Raises:
        KeyError: no key starts with `prefix`.
    """
    found = {key[len(prefix) :]: entry[LANGUAGE] for key, entry in _all_words().items() if key.startswith(prefix)}
    if not found:
        raise KeyError(prefix)
    return found


@cache
def _all_words() -> dict[str, dict[str, str]]:
    together: dict[str, dict[str, str]] = {}
    for module in iter_modules(words.__path__, words.__name__ + "."):
        for key, entry in import_module(module.name).WORDS.items():
            if key in together:
                raise KeyError(f"{key} is written twice")
            together[key] = entry
    return together
