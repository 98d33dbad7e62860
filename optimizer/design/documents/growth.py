"""How large the arrays get when a table's rows are embedded in their parents: read off the dataset.

MongoDB refuses documents above 16 MB, and a document is read and written as a whole long before that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Schema, Table

_FIXED = {
    **dict.fromkeys(("int2", "int4"), 4),
    **dict.fromkeys(("int8", "float4", "float8", "date", "timestamp", "timestamptz", "interval"), 8),
    "numeric": 16,
    "bool": 1,
    "uuid": 21,
    "time": 17,
    "point": 61,
}
"""Bytes of a value in BSON (https://bsonspec.org), without its type and its name."""

_ELEMENT_NAME = 7
"""Bytes of an array element's type and name, its index in decimal, of up to five digits."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The children of one parent: `largest` of the parent that has most, `mean` of all parents.

    `bytes` is about what the largest array takes in BSON.
    """

    largest: int
    mean: float
    bytes: int


def largest_parents(dataset: Dataset, schema: Schema, child: TableName, key: str) -> Growth:
    """What embedding `child` by its foreign key named `key` comes to; KeyError where there is none.

    Rows without a parent are left out.
    """
    table, rows = schema.by_name[child], dataset.table(child)
    foreign = table.foreign_key(key)
    parents = dataset.table(foreign.target).rows
    if not rows.rows:
        return Growth(0, 0.0, 0)
    largest, total, size = _grouped(rows, table, foreign).collect(engine="streaming").row(0)
    return Growth(int(largest or 0), int(total or 0) / max(1, parents), int(size or 0))


def _grouped(rows: TableRows, table: Table, key: ForeignKey) -> pl.LazyFrame:
    stored = [table.by_name[name] for name in rows.columns if name not in key.columns]
    present = pl.all_horizontal(pl.col(name).is_not_null() for name in key.columns)
    by_parent = (
        pl.scan_parquet(list(rows.files))
        .filter(present)
        .select(*key.columns, _row_bytes(stored).alias("\0bytes"))
        .group_by(key.columns)
        .agg(pl.len().alias("\0rows"), pl.col("\0bytes").sum())
    )
    count, size = pl.col("\0rows"), pl.col("\0bytes")
    return by_parent.select(
        count.max().alias("largest"), count.sum().alias("total"), size.max().alias("size")
    )


def _row_bytes(columns: Iterable[Column]) -> pl.Expr:
    """Bytes of a row as an array's element: its own document and its name in the array."""
    document = pl.lit(5 + _ELEMENT_NAME, pl.Int64)
    return reduce(add, map(_column_bytes, columns), document)


def _column_bytes(column: Column) -> pl.Expr:
    """Bytes of a column's type, name and value; a null has no value."""
    name = 2 + len(column.name.encode())
    value = pl.col(column.name)
    return name + _value_bytes(value, column.type).cast(pl.Int64).fill_null(0)


def _value_bytes(value: pl.Expr, type_: ColumnType) -> pl.Expr:
    fixed = _FIXED.get(type_.base)
    if type_.array:
        each = _ELEMENT_NAME + (fixed or 5)
        bytes_ = 5 + value.list.len().cast(pl.Int64) * each
        texts = fixed is None and type_.base != "bytea"
        return bytes_ + value.list.eval(pl.element().str.len_bytes()).list.sum() if texts else bytes_
    if fixed is not None:
        return pl.when(value.is_not_null()).then(pl.lit(fixed, pl.Int64))
    if type_.base == "bytea":
        return value.bin.size() + 5
    if type_.base in ("json", "jsonb"):  # numbers take more than their digits, texts less than their quotes
        return value.str.len_bytes() * 2 + 5
    return value.str.len_bytes() + 5
