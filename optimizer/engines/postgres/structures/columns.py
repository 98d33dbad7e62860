"""Columns that structures add to tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.model.names import TableName
from optimizer.model.schema import Column, Schema
from optimizer.queries.quoting import quote_identifier, quote_table


def with_columns(schema: Schema, table: TableName, columns: Sequence[Column]) -> Schema:
    """The schema with more columns at a table's end."""
    tables = (
        replace(one, columns=(*one.columns, *columns)) if one.name == table else one for one in schema.tables
    )
    return replace(schema, tables=tuple(tables))


def added(table: TableName, column: Column, tail: str = "") -> str:
    """ALTER TABLE ... ADD COLUMN; `tail` follows the type (`DEFAULT 0`)."""
    words = [
        f"ALTER TABLE {quote_table(table)} ADD COLUMN {quote_identifier(column.name)} {column.type.sql}",
        *([f"COLLATE {quote_identifier(column.collation)}"] if column.collation else []),
        *([tail] if tail else []),
    ]
    return " ".join(words)


def taken_away(table: TableName, column: str) -> str:
    """ALTER TABLE ... DROP COLUMN."""
    return f"ALTER TABLE {quote_table(table)} DROP COLUMN {quote_identifier(column)}"
