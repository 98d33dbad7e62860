"""Numeric distributions. Floats are rounded, so that they are the same on every processor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Block, Blockwise, Floats, Generator
from generators.permutation import permutation
from generators.stream import Stream

DIGITS = 6
"""Digits after the point where nothing else is said."""


@dataclass(frozen=True, slots=True)
class UniformInts(Blockwise):
    """Integers low .. high, both included, all as likely."""

    low: int
    high: int

    def values(self, block: Block) -> pl.Series:
        return pl.Series(block.rng.integers(self.low, self.high, block.rows, endpoint=True))


@dataclass(frozen=True, slots=True)
class DistinctInts(Generator):
    """Integers low .. high, each once, in no visible order; beyond them it counts on above `high`."""

    low: int
    high: int

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        shuffle = permutation(self.high - self.low + 1, stream.key)
        return pl.Series(self.low + shuffle(np.arange(first, first + rows, dtype=np.int64)))


@dataclass(frozen=True, slots=True)
class Uniform(Blockwise):
    """Floats between low and high, rounded to `digits` after the point."""

    low: float
    high: float
    digits: int = DIGITS

    def values(self, block: Block) -> pl.Series:
        return _rounded(self.low + (self.high - self.low) * block.rng.random(block.rows), self.digits)


@dataclass(frozen=True, slots=True)
class Normal(Blockwise):
    """The normal distribution, cut off (clipped) at low and high."""

    mean: float
    deviation: float
    low: float = -np.inf
    high: float = np.inf
    digits: int = DIGITS

    def values(self, block: Block) -> pl.Series:
        drawn = block.rng.normal(self.mean, self.deviation, block.rows)
        return _rounded(np.clip(drawn, self.low, self.high), self.digits)


@dataclass(frozen=True, slots=True)
class Lognormal(Blockwise):
    """Positive and skewed to the right, as prices and durations are: half of the values below `median`.

    `sigma` is the standard deviation of the logarithm. Values are cut off (clipped) at low and high.
    """

    median: float
    sigma: float
    low: float = 0.0
    high: float = np.inf
    digits: int = DIGITS

    def __post_init__(self) -> None:
        if self.median <= 0 or self.sigma < 0:
            raise SpecError("a lognormal distribution needs median > 0 and sigma >= 0")

    def values(self, block: Block) -> pl.Series:
        drawn = block.rng.lognormal(np.log(self.median), self.sigma, block.rows)
        return _rounded(np.clip(drawn, self.low, self.high), self.digits)


def _rounded(values: Floats, digits: int) -> pl.Series:
    return pl.Series(np.round(values, digits) + 0.0)
