"""Nets that are not ours: made by a function of somebody's module, named as `package.module:factory`."""

from __future__ import annotations

import difflib
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from types import ModuleType
from typing import Any

import torch
from torch import nn

from resnet.design import PREFIX
from resnet.errors import UserError

# A script's sys.exit is a failure like any other here.
FAILURES = (Exception, SystemExit)


def is_factory(name: str) -> bool:
    """Whether this names a function rather than a net of the catalogue, or a design."""
    return ":" in name and not name.startswith(PREFIX)


def build(name: str) -> nn.Module:
    """Import a module, from the current folder or installed, and call its function without arguments.

    What it prints goes to standard error: standard output belongs to the answer. It is called on the meta device,
    where weights take neither memory nor time, and once more with real tensors if it cannot work there.

    Args:
        name: "package.module:factory".

    Raises:
        UserError: there is no such module or function, one of them failed, or no network came of it.
    """
    module, _, function = name.partition(":")
    if module.endswith(".py") or not all(part.isidentifier() for part in (*module.split("."), function)):
        cure = "Write package.module:factory, as in `from package.module import factory`"
        raise UserError("This names no function", where=name, cure=cure)
    with redirect_stdout(sys.stderr):
        factory = _function(_import(module, name), function, name)
        made = _call(factory, name)
    if not isinstance(made, nn.Module):
        cure = "Let it return a torch.nn.Module"
        raise UserError(f"It returned an object of type {type(made).__name__}, not a network", where=name, cure=cure)
    return made


def _import(module: str, name: str) -> ModuleType:
    if not {"", os.getcwd()} & set(sys.path):
        sys.path.insert(0, os.getcwd())
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise _failed(error, f"import {module}", name) from error
        cure = f"Start in the folder that holds {module.split('.')[0]}, or install it"
        raise UserError(f"There is no module {error.name}", where=name, cure=cure) from error
    except FAILURES as error:
        raise _failed(error, f"import {module}", name) from error


def _function(module: ModuleType, function: str, name: str) -> Callable[[], Any]:
    if not hasattr(module, function):
        callables = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
        close = difflib.get_close_matches(function, callables, n=1)
        cure = f"Did you mean {close[0]}" if close else "Name a function that the module has"
        raise UserError(f"There is no {function} in {module.__name__}", where=name, cure=cure)
    found = getattr(module, function)
    if isinstance(found, nn.Module) or not callable(found):
        cure = "Name a function that returns the network"
        raise UserError(f"It is an object of type {type(found).__name__}, not a function", where=name, cure=cure)
    return found


def _call(factory: Callable[[], Any], name: str) -> Any:
    try:
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that weights cannot be loaded there, for one
            return factory()
    except FAILURES:
        pass  # it looks at its numbers, and there were none
    try:
        return factory()
    except FAILURES as error:
        module, function = name.split(":")
        raise _failed(error, f"import {module}; {module}.{function}()", name) from error


def _failed(error: BaseException, code: str, name: str) -> UserError:
    said = next(iter(str(error).splitlines()), "")
    what = f"It failed with {type(error).__name__}" + (f" ({said})" if said else "")
    return UserError(what, where=name, cure=f'`python -c "{code}"` shows where')
