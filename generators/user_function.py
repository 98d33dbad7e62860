"""Generators of the user's own: plain Python functions."""

from __future__ import annotations

import importlib
import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from generators.errors import SpecError
from generators.faker_pool import near
from generators.generator import Block, Blockwise
from generators.python_values import series_of

_NOT_THE_USERS = (
    "<",
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    str(Path(__file__).parent),
)


@dataclass(frozen=True, slots=True)
class UserFunction(Blockwise):
    """The values of a function `module.path:name`, called as name(rng, rows, first) for each block.

    The package's docstring has the function's contract. SpecError where it can't be found, or gives
    another number of values.
    """

    name: str

    def values(self, block: Block) -> pl.Series:
        called = function(self.name)
        try:
            found = called(block.rng, block.rows, block.first)
            values = found if isinstance(found, pl.Series) else series_of(list(found))
        except Exception as error:
            raise SpecError(f"the function {self.name} failed: {_told(error)}") from error
        if len(values) != block.rows:
            raise SpecError(f"{self.name} gave {len(values)} values where {block.rows} were asked for")
        return values


def _told(error: Exception) -> str:
    """What went wrong in the user's code, with file:line where that is known."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames[1:] if not frame.filename.startswith(_NOT_THE_USERS)]
    return f"{own[-1].filename}:{own[-1].lineno}: {said}" if own else said


@lru_cache(maxsize=64)
def function(name: str) -> Callable[..., Any]:
    """The function that `module.path:name` names."""
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise SpecError(f"{name!r} names no function", (), "write module.path:function")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise SpecError(f"can't import {module_name!r}: {_told(error)}") from error
    found = getattr(module, function_name, None)
    if not callable(found):
        hint = near(function_name, vars(module))
        raise SpecError(f"{module_name!r} has no function {function_name!r}", (), hint)
    result: Callable[..., Any] = found
    return result
