"""Indexes as the catalogs spell them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.engines.postgres.ddl import create_index
from optimizer.engines.postgres.extensions import extensions_for
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Schema

_DESCENDING, _NULLS_FIRST = 1, 2  # bits of pg_index.indoption
_TRIAL_NAME = "optimizer_canonical_idx"


@dataclass(frozen=True, slots=True)
class CatalogIndex:
    """An index of the catalogs; `constraint` is True where it backs a key or an exclusion."""

    oid: int
    index: Index
    constraint: bool
    exclusion: bool


def read_indexes(connection: psycopg.Connection[Any], tables: Sequence[int]) -> tuple[CatalogIndex, ...]:
    """All indexes of the tables with these oids, in DDL order."""
    rows = connection.execute(catalog_sql.INDEXES, [list(tables)]).fetchall()
    return tuple(_index(row) for row in rows)


def _index(row: Sequence[Any]) -> CatalogIndex:
    oid, schema, table, name, method, unique, constraint, exclusion, where, options, key_count, parts = row
    index = Index(
        table=TableName(schema, table),
        keys=tuple(_key(part, method) for part in parts[:key_count]),
        method=method,
        include=tuple(column for _, column, *_ in parts[key_count:]),
        where=where,
        unique=unique,
        options=_options(options),
        name=name,
    )
    return CatalogIndex(oid, index, constraint, exclusion)


def _options(options: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    pairs = (option.partition("=") for option in options or ())
    return tuple(sorted((name, value) for name, _, value in pairs))


def _key(part: Sequence[Any], method: str) -> IndexKey:
    text, column, bits, opclass, collation = part
    descending = bool((bits or 0) & _DESCENDING)
    first = bool((bits or 0) & _NULLS_FIRST)
    is_default = method != "btree" or first == descending
    return IndexKey(
        expression=text if column or not text.startswith("(") else text[1:-1],
        column=column,
        descending=descending,
        nulls_first=None if is_default else first,
        opclass=opclass,
        collation=collation,
    )


def canonical(
    connection: psycopg.Connection[Any], indexes: Iterable[Index], schema: Schema
) -> dict[Index, Index | str]:
    """Each index as the catalogs spell it, its name kept, or the error text of a server that refuses it.

    Every index is created and rolled back, so the tables should be empty.
    """
    return {index: _canonical(connection, index, schema) for index in dict.fromkeys(indexes)}


def _canonical(connection: psycopg.Connection[Any], index: Index, schema: Schema) -> Index | str:
    try:
        with connection.transaction(force_rollback=True):
            create_extensions(connection, [index], schema)
            connection.execute(create_index(index, name=_TRIAL_NAME).encode())
            found = _read_one(connection, _TRIAL_NAME)
    except psycopg.Error as error:
        if connection.broken:
            raise
        return error.diag.message_primary or str(error)
    return Index(
        index.table,
        found.keys,
        found.method,
        found.include,
        found.where,
        found.unique,
        found.options,
        index.name,
    )


def _read_one(connection: psycopg.Connection[Any], name: str) -> Index:
    """A continuous aggregate's is on a table of TimescaleDB's own."""
    tables = connection.execute(
        "SELECT i.indrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname = %s",
        [name],
    ).fetchall()
    return next(i.index for i in read_indexes(connection, [oid for (oid,) in tables]) if i.index.name == name)


def create_extensions(connection: psycopg.Connection[Any], indexes: Iterable[Index], schema: Schema) -> None:
    """Create the extensions that the indexes need and that aren't there."""
    needed = [name for index in indexes for name in extensions_for(index, schema.by_name.get(index.table))]
    for name in dict.fromkeys(needed):
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
