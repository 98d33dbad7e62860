"""Generators of the user's own: plain Python functions."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from generators.errors import SpecError
from generators.faker_pool import near
from generators.generator import Block, Blockwise
from generators.python_values import series_of


@dataclass(frozen=True, slots=True)
class UserFunction(Blockwise):
    """The values of a function `module.path:name`, called as name(rng, rows, first) for each block.

    The package's docstring has the function's contract. SpecError where it can't be found, or gives
    another number of values.
    """

    name: str

    def values(self, block: Block) -> pl.Series:
        found = function(self.name)(block.rng, block.rows, block.first)
        values = found if isinstance(found, pl.Series) else series_of(list(found))
        if len(values) != block.rows:
            raise SpecError(f"{self.name} gave {len(values)} values where {block.rows} were asked for")
        return values


@lru_cache(maxsize=64)
def function(name: str) -> Callable[..., Any]:
    """The function that `module.path:name` names."""
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise SpecError(f"{name!r} names no function", (), "write module.path:function")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise SpecError(f"can't import {module_name!r}: {error}") from error
    found = getattr(module, function_name, None)
    if not callable(found):
        hint = near(function_name, vars(module))
        raise SpecError(f"{module_name!r} has no function {function_name!r}", (), hint)
    result: Callable[..., Any] = found
    return result
