"""The tables of a database that hold rows on disk: logical ones, their partitions, materialized views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table's oid and name; `kind` is pg_class.relkind (r, p or m)."""

    oid: int
    name: TableName
    kind: str
    partition: bool

    @property
    def identifier(self) -> sql.Identifier:
        """The name as it must stand in SQL."""
        return sql.Identifier(self.name.schema, self.name.name)


def stored_tables(connection: psycopg.Connection[Any]) -> tuple[StoredTable, ...]:
    """All of them, in DDL order."""
    rows = connection.execute(catalog_sql.STORED).fetchall()
    return tuple(
        StoredTable(oid, TableName(schema, name), kind, part) for oid, schema, name, kind, part in rows
    )


def hypertables(connection: psycopg.Connection[Any]) -> frozenset[TableName]:
    """Those that TimescaleDB has cut into chunks; none where it isn't there."""
    if connection.execute(catalog_sql.IS_TIMESCALE).fetchone() is None:
        return frozenset()
    return frozenset(TableName(*row) for row in connection.execute(catalog_sql.HYPERTABLES).fetchall())
