"""Generators of values that all differ, out of finitely many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.generator import Generator
from generators.permutation import permutation
from generators.python_values import Value, series_of
from generators.stream import Stream


@dataclass(frozen=True, slots=True)
class Digits(Generator):
    """A digit of a number that no other row has, written in mixed radix: digit `place` of `sizes`.

    Together the digits of all places are distinct combinations; `name` is the same for all of them.
    """

    sizes: tuple[int, ...]
    place: int
    name: str

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        total = _product(self.sizes)
        shared = Stream(stream.seed, stream.table, self.name)
        numbers = permutation(min(total, 1 << 62), shared.key)(np.arange(first, first + rows, dtype=np.int64))
        below = _product(self.sizes[: self.place])
        return pl.Series(numbers // below % self.sizes[self.place])


@dataclass(frozen=True, slots=True)
class Mapped(Generator):
    """The options at the places that another generator draws."""

    options: tuple[Value, ...]
    places: Generator

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return series_of(self.options).gather(self.places.draw(stream, first, rows))


def _product(sizes: tuple[int, ...]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product
