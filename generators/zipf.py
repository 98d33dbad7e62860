"""Ranks by Zipf's law, bounded: few values take most of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from generators.generator import Block, Blockwise, Floats, Ints

HOTTEST_SHARE = 0.015
"""The share of the rows that the hottest key gets, where there are enough keys for that."""


@dataclass(frozen=True, slots=True)
class Zipf(Blockwise):
    """Integers low .. high, the chance of the k-th proportional to 1 / k ** exponent."""

    low: int
    high: int
    exponent: float = 1.0

    def values(self, block: Block) -> pl.Series:
        table = cumulative(self.high - self.low + 1, self.exponent, 0.0)
        return pl.Series(self.low + search(table, block.rng.random(block.rows)))


def search(table: Floats, points: Floats) -> Ints:
    """The rank (from 0) that each point of [0, 1) falls on."""
    return np.minimum(np.searchsorted(table, points, side="right"), len(table) - 1).astype(np.int64)


@lru_cache(maxsize=16)
def cumulative(count: int, exponent: float, offset: float) -> Floats:
    """Cumulated shares of ranks 1 .. count, proportional to 1 / (rank + offset) ** exponent."""
    table = np.cumsum(shares(count, exponent, offset))
    table.setflags(write=False)
    return table


def shares(count: int, exponent: float, offset: float) -> Floats:
    """Shares of ranks 1 .. count (Zipf-Mandelbrot law), adding up to 1."""
    ranks = np.arange(1, count + 1, dtype=np.float64) + offset
    weights = 1.0 / ranks if exponent == 1.0 else ranks**-exponent
    result: Floats = weights / weights.sum()
    return result


@lru_cache(maxsize=64)
def bounded_offset(count: int) -> float:
    """The smallest offset of 0, 1, 2, 4 ... with which the hottest of `count` keys isn't too hot.

    Too hot is more than HOTTEST_SHARE, or three times the average where there are less than 200 keys.
    """
    limit = max(HOTTEST_SHARE, 3.0 / count)
    offset = 0.0
    while shares(count, 1.0, offset)[0] > limit:
        offset = max(1.0, offset * 2)
    return offset
