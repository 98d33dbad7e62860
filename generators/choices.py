"""Columns of few values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Block, Blockwise
from generators.python_values import Value, series_of
from generators.zipf import search


@dataclass(frozen=True, slots=True)
class Choices(Blockwise):
    """One of `options`, as often as `weights` say (any numbers >= 0; none: all as likely)."""

    options: tuple[Value, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.options:
            raise SpecError("there is nothing to choose from")
        if self.weights and (min(self.weights) < 0 or sum(self.weights) <= 0):
            raise SpecError("weights must not be negative, and not all 0")

    def values(self, block: Block) -> pl.Series:
        return series_of(self.options).gather(pl.Series(self._ranks(block)))

    def _ranks(self, block: Block) -> pl.Series:
        if not self.weights:
            return pl.Series(block.rng.integers(0, len(self.options), block.rows))
        table = np.cumsum(np.asarray(self.weights, dtype=np.float64))
        return pl.Series(search(table / table[-1], block.rng.random(block.rows)))


@dataclass(frozen=True, slots=True)
class Booleans(Blockwise):
    """True with the given probability."""

    probability: float = 0.5

    def values(self, block: Block) -> pl.Series:
        return pl.Series(block.rng.random(block.rows) < self.probability)
