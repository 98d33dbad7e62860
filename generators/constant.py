"""Columns without randomness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.generator import Generator
from generators.python_values import Value, series_of
from generators.stream import Stream


@dataclass(frozen=True, slots=True)
class Constant(Generator):
    """The same value in every row; None is null."""

    value: Value

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return series_of([self.value]).new_from_index(0, rows)


@dataclass(frozen=True, slots=True)
class Sequence(Generator):
    """`start`, `start + step`, ... in the order of the rows."""

    start: int = 1
    step: int = 1

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return pl.Series(self.start + self.step * np.arange(first, first + rows, dtype=np.int64))
