"""The columns that a dataset doesn't have since the reference computes them: generated ones, and defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table

NOT_STORED = frozenset({"tsvector"})
"""Types whose values only their own server understands."""


def completed(
    dataset: Dataset, schema: Schema, rows: Callable[[TableName], pl.DataFrame], folder: Path
) -> Dataset:
    """The dataset with every column of the schema, but for those `NOT_STORED`.

    Tables that lack one are taken from `rows`, as the reference holds them, and written into `folder`.
    """
    tables = [_completed(table, schema.by_name[table.name], rows, folder) for table in dataset.tables]
    return replace(dataset, tables=tuple(tables))


def is_complete(dataset: Dataset, schema: Schema) -> bool:
    """Whether the dataset has every column that is stored."""
    return all(set(_stored(schema.by_name[table.name])) <= set(table.columns) for table in dataset.tables)


def _stored(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.type.base not in NOT_STORED)


def _completed(
    table: TableRows, known: Table, rows: Callable[[TableName], pl.DataFrame], folder: Path
) -> TableRows:
    wanted = _stored(known)
    if set(wanted) <= set(table.columns):
        return table
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{table.name.schema}.{table.name.name}.parquet"
    rows(table.name).select(wanted).write_parquet(file)
    return TableRows(table.name, table.rows, wanted, (file,))
