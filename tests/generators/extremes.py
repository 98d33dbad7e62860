"""Least and greatest of a column, as plain numbers."""

from __future__ import annotations

import polars as pl


def least(numbers: pl.Series) -> float:
    """The least number of the column."""
    return float(numbers.cast(pl.Float64).to_numpy().min())


def greatest(numbers: pl.Series) -> float:
    """The greatest number of the column."""
    return float(numbers.cast(pl.Float64).to_numpy().max())


def longest(texts: pl.Series) -> int:
    """Characters of the longest text, 0 where there is none."""
    return max((len(text) for text in texts.drop_nulls()), default=0)
