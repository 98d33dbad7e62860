"""Columns and tables that structures add to a schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Schema, Table
from optimizer.queries.quoting import quote_identifier, quote_table


def with_columns(schema: Schema, table: TableName, columns: Sequence[Column]) -> Schema:
    """The schema with more columns at a table's end."""
    own = schema.by_name[table]
    return schema.with_changed(replace(own, columns=(*own.columns, *columns)))


def with_table(schema: Schema, table: Table) -> Schema:
    """The schema with one more table, and the index of its key."""
    [key] = table.keys
    columns = tuple(IndexKey(quote_identifier(name), name) for name in key.columns)
    index = Index(table.name, columns, unique=True, name=key.name)
    return replace(schema, tables=(*schema.tables, table), unique_indexes=(*schema.unique_indexes, index))


def added(table: TableName, column: Column, tail: str = "") -> str:
    """ALTER TABLE ... ADD COLUMN; `tail` follows the type (`DEFAULT 0`)."""
    return f"ALTER TABLE {quote_table(table)} ADD COLUMN {spelled(column, tail)}"


def spelled(column: Column, tail: str = "") -> str:
    """A column's name and type, and what follows them."""
    words = [
        f"{quote_identifier(column.name)} {column.type.sql}",
        *([f"COLLATE {quote_identifier(column.collation)}"] if column.collation else []),
        *([tail] if tail else []),
    ]
    return " ".join(words)


def taken_away(table: TableName, column: str) -> str:
    """ALTER TABLE ... DROP COLUMN."""
    return f"ALTER TABLE {quote_table(table)} DROP COLUMN {quote_identifier(column)}"
