"""A table's rows read back, in the types of a dataset."""

from __future__ import annotations

from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from optimizer.dataset.constraints.types import dtype
from optimizer.model.schema import Column, ColumnType, Table

_AS_THEY_COME = frozenset(
    {"int2", "int4", "int8", "float4", "float8", "numeric", "bool", "timestamp", "date", "time", "bytea"}
)
_ZONED = "({} AT TIME ZONE 'UTC')"
_MILLISECONDS = "(extract(epoch FROM {})*1000)::bigint"


def read_rows(connection: psycopg.Connection[Any], table: Table) -> pl.DataFrame:
    """All rows, in no promised order; see optimizer.engines.base.Database.rows."""
    statement = sql.SQL("SELECT {columns} FROM {table}").format(
        columns=sql.SQL(", ").join(_selected(column) for column in table.columns),
        table=sql.Identifier(table.name.schema, table.name.name),
    )
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(statement).fetchall()
    wire = {column.name: _wire(column.type) for column in table.columns}
    frame = pl.DataFrame(rows, schema=wire, orient="row")
    return frame.with_columns(pl.col(c.name).cast(dtype(c.type)) for c in table.columns)


def _selected(column: Column) -> sql.Composable:
    """What comes over the wire: values as they are, of other types their text."""
    kind, name = column.type, sql.Identifier(column.name)
    if kind.base == "timestamptz" and not kind.array:
        return sql.SQL(_ZONED).format(name)
    if kind.base == "interval" and not kind.array:
        return sql.SQL(_MILLISECONDS).format(name)
    if kind.base in _AS_THEY_COME:
        return name
    return sql.SQL("{}::text[]" if kind.array else "{}::text").format(name)


def _wire(kind: ColumnType) -> pl.DataType:
    if kind.array:
        return dtype(kind)
    if kind.base == "timestamptz":
        return pl.Datetime("ms")
    return pl.Int64() if kind.base == "interval" else dtype(kind)
