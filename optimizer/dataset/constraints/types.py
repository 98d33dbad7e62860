"""Which Polars type holds a column of a PostgreSQL type; the contract is TableRows' docstring."""

from __future__ import annotations

import polars as pl

from generators.shape import DTYPES
from optimizer.model.schema import ColumnType

_TYPES = DTYPES | {"oid": pl.Int64()}

DEFAULT_PRECISION = 18
DEFAULT_SCALE = 2

INTEGERS = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
"""The largest value of each integer type; the smallest is its negative, less one."""

TIMES = frozenset({"timestamp", "timestamptz", "date"})
TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})


def element(kind: ColumnType) -> pl.DataType:
    """The type of a value, an array's type being that of its elements."""
    if kind.base == "numeric":
        if kind.precision is None:
            return pl.Decimal(DEFAULT_PRECISION, DEFAULT_SCALE)
        return pl.Decimal(min(38, kind.precision), min(38, max(0, kind.scale or 0)))
    return _TYPES.get(kind.base, pl.String())


def dtype(kind: ColumnType) -> pl.DataType:
    """The type of the column."""
    return pl.List(element(kind)) if kind.array else element(kind)
