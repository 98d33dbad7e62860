"""A dataset: the rows of every table, as Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class TableRows:
    """One table's rows, in `files` in order; `columns` are those written; generated ones only where the
    dataset was completed (completion.py).

    Types, by ColumnType.base: int2/int4/int8 Int16/Int32/Int64; float4/float8 Float32/Float64; numeric
    Decimal(precision, scale); bool Boolean; timestamp Datetime(ms), timestamptz Datetime(ms, UTC); date
    Date; time Time; interval Duration(ms); bytea Binary; arrays List of these; everything else (text,
    uuid, json, jsonb, enum, ranges as `[a,b)`, point as `(x,y)`, inet ...) String, in PostgreSQL's own
    text form.
    """

    name: TableName
    rows: int
    columns: tuple[str, ...]
    files: tuple[Path, ...]

    def frames(self) -> Iterator[pl.DataFrame]:
        """The rows, a file at a time."""
        for file in self.files:
            yield pl.read_parquet(file, columns=list(self.columns))


@dataclass(frozen=True, slots=True)
class Dataset:
    """All tables, parents before children; `digest` is the content hash of schema, plans, seed, versions."""

    digest: str
    tables: tuple[TableRows, ...]

    def table(self, name: TableName) -> TableRows:
        """The rows of one table; KeyError where the dataset has none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(str(name))

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables)
