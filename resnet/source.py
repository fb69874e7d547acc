"""The lines of a network's own code that made a call."""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """One function of a network's code.

    Args:
        file: its path from the package it belongs to, "resnet/blocks.py"; never a path of this machine.
        function: its name with its class, "BasicBlock.forward".
        first: the number of its first line.
        lines: the lines, without the indentation that they share.
        calling: the number of the line that made the call; None if the function is shown for itself.
    """

    file: str
    function: str
    first: int
    lines: tuple[str, ...]
    calling: int | None = None


def source_of(code: tuple[str, int]) -> Source | None:
    """The function around a line of a file (`Call.code`); None if there is no such file or no function around it."""
    return _function(*code)


def functions_of(codes: Iterable[tuple[str, int]]) -> tuple[Source, ...]:
    """The functions that several lines lie in, each once, in the order of their first call."""
    found: dict[tuple[str, int], Source] = {}
    for code in codes:
        source = _function(*code)
        if source is not None:
            shown = Source(source.file, source.function, source.first, source.lines)
            found.setdefault((code[0], source.first), shown)
    return tuple(found.values())


@lru_cache(maxsize=1024)
def _function(file: str, line: int) -> Source | None:
    lines = linecache.getlines(file)
    try:
        module = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    around = [node for node in _functions(module) if node[1] <= line <= node[2]]
    if not around:
        return None
    name, first, last = max(around, key=lambda node: node[1])  # the innermost starts last
    text = textwrap.dedent("".join(lines[first - 1 : last]))
    return Source(_shown(file), name, first, tuple(text.splitlines()), line)


def _functions(node: ast.AST, within: str = "") -> Iterable[tuple[str, int, int]]:
    """Name, first and last line of every function in a piece of code, decorators included."""
    for child in ast.iter_child_nodes(node):
        name = within
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{within}.{child.name}".lstrip(".")
            if not isinstance(child, ast.ClassDef):
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                yield name, first, child.end_lineno or child.lineno
        yield from _functions(child, name)


def _shown(file: str) -> str:
    """The path from the outermost package that the file is in; the bare name of a file in none."""
    path = Path(file)
    root = path.parent
    while (root / "__init__.py").is_file() and root != root.parent:
        root = root.parent
    return path.relative_to(root).as_posix()
