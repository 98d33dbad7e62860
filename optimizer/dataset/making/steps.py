"""Values that stand in a relation to another column or to the rows of the same parent."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from optimizer.dataset.constraints.types import TIMES
from optimizer.model.schema import ColumnType

_MS_PER_DAY = 86_400_000
_MIXER = 40_503  # 2^16 over the golden ratio: spreads consecutive numbers


def add_steps(values: pl.Series, steps: pl.Series, kind: ColumnType, last: int | Decimal | None) -> pl.Series:
    """`values` plus `steps` (milliseconds of a time, else a number), at most `last` or the value itself."""
    if kind.base not in TIMES:
        return _capped(values.to_frame("v").select((pl.col("v") + steps).alias("s"))["s"], values, last)
    per_unit = _MS_PER_DAY if kind.base == "date" else 1
    whole = values.cast(pl.Int32).cast(pl.Int64) if kind.base == "date" else values.cast(pl.Int64)
    moved = whole + steps.cast(pl.Int64) // per_unit
    capped = _capped(moved, whole, last)
    return capped.cast(pl.Int32).cast(pl.Date) if kind.base == "date" else capped


def _capped(moved: pl.Series, values: pl.Series, last: int | Decimal | None) -> pl.Series:
    if last is None:
        return moved
    capped = pl.max_horizontal(pl.min_horizontal("moved", pl.lit(last)), "value")
    frame = pl.DataFrame({"moved": moved, "value": values})
    return frame.select(pl.when(pl.col("moved").is_not_null()).then(capped)).to_series()


def numbered(numbers: pl.Series, parents: pl.Series, start: int, kind: ColumnType) -> pl.Series:
    """Numbers from 0 as values of the type: from `start` on, a day or a minute apart for times.

    The times of each parent start at another point of the first year.
    """
    if kind.base not in TIMES:
        return numbers + start
    days = (parents * _MIXER) % 365
    if kind.base == "date":
        return (numbers + days + start).cast(pl.Int32).cast(pl.Date)
    return ((numbers + days * 1440) * 60 + start) * 1000
