"""Distinct choices, for unique columns of few values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Generator
from generators.permutation import permutation
from generators.python_values import Value, series_of
from generators.stream import Stream


@dataclass(frozen=True, slots=True)
class Distinct(Generator):
    """Each of the options once, in no visible order, then from the start again."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise SpecError("there is nothing to choose from")

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        indices = np.arange(first, first + rows, dtype=np.int64) % len(self.options)
        return series_of(self.options).gather(pl.Series(permutation(len(self.options), stream.key)(indices)))


def distinct(options: tuple[Value, ...], rows: int) -> Distinct:
    """Distinct options for a unique column of `rows` rows; SpecError where there are too few."""
    kept = tuple(dict.fromkeys(options))
    if len(kept) < rows:
        raise SpecError(f"the column is unique, but {len(kept)} values can't fill {rows} rows")
    return Distinct(kept)
