"""The logical schema, read from PostgreSQL's catalogs after it has taken the DDL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.engines.postgres.catalog.indexes import CatalogIndex, read_indexes
from optimizer.engines.postgres.catalog.tables import hypertables
from optimizer.engines.postgres.catalog.types import ResolvedType, TypeRow, column_check, resolve
from optimizer.engines.postgres.scripts.script import statements
from optimizer.errors import Position, Problem, WorkloadError
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Check, Column, ForeignKey, Key, Schema, Table, TableKind

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_Rows = Mapping[int, Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class _Catalog:
    """What the catalogs say, by the oid of the table."""

    columns: _Rows
    constraints: _Rows
    types: Mapping[int, TypeRow]
    indexes: Sequence[CatalogIndex]
    hypertables: frozenset[TableName]


def read_schema(connection: psycopg.Connection[Any], source: SourceText) -> Schema:
    """The schema of the connection's database, tables in DDL order.

    WorkloadError for tables that can't be filled: foreign tables and those made with INHERITS; `source`,
    the DDL that was applied, tells where they stand.
    """
    rows = connection.execute(catalog_sql.TABLES).fetchall()
    _refuse_unfillable(rows, source)
    extensions = tuple(name for (name,) in connection.execute(catalog_sql.EXTENSIONS))
    oids = [row[0] for row in rows]
    catalog = _Catalog(
        columns=_by_table(connection, catalog_sql.COLUMNS, oids),
        constraints=_by_table(connection, catalog_sql.CONSTRAINTS, oids),
        types=_types(connection),
        indexes=read_indexes(connection, oids),
        hypertables=hypertables(connection),
    )
    views = connection.execute(catalog_sql.VIEWS).fetchall()
    indexes = [i for i in catalog.indexes if not i.exclusion]
    return Schema(
        tables=tuple(_table(row, catalog) for row in rows),
        given=tuple(i.index for i in indexes if not i.constraint and not i.index.unique),
        unique_indexes=tuple(i.index for i in indexes if i.index.unique),
        views=tuple(TableName(schema, name) for schema, name, kind in views if kind == "v"),
        materialized_views=tuple(TableName(schema, name) for schema, name, kind in views if kind == "m"),
        extensions=extensions,
    )


def _by_table(connection: psycopg.Connection[Any], query: str, oids: list[int]) -> _Rows:
    found: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in connection.execute(query.encode(), [oids]):
        found[row[0]].append(row[1:])
    return found


def _types(connection: psycopg.Connection[Any]) -> dict[int, TypeRow]:
    checks: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for oid, name, expression in connection.execute(catalog_sql.DOMAIN_CHECKS):
        checks[oid].append((name, expression))
    return {
        oid: TypeRow(
            name, kind, category, domain_of, modifier, element, not_null, tuple(labels), tuple(checks[oid])
        )
        for oid, name, kind, category, domain_of, modifier, element, not_null, labels in connection.execute(
            catalog_sql.TYPES
        )
    }


def _refuse_unfillable(rows: Sequence[Sequence[Any]], source: SourceText) -> None:
    problems = []
    for _, schema, name, kind, *_, inherits in rows:
        what = "is a foreign table" if kind == "f" else "inherits from another table" if inherits else ""
        if what:
            message = f"{TableName(schema, name)} {what}, which can't be filled with rows"
            problems.append(Problem(message, _place(source, name), "take it out, or make it a table"))
    if problems:
        raise WorkloadError(*problems)


def _place(source: SourceText, name: str) -> Position:
    creating = (s for s in statements(source) if s.starts("CREATE") and name in s.names)
    first = next(creating, None)
    return source.position(first.offset if first else 0)


def _table(row: Sequence[Any], catalog: _Catalog) -> Table:
    oid, schema, name, kind, row_security, partition_key, bounds, _ = row
    table_name = TableName(schema, name)
    resolved = [
        (column, resolve(catalog.types, column[2], column[3], column[1])) for column in catalog.columns[oid]
    ]
    constraints = catalog.constraints[oid]
    return Table(
        name=table_name,
        columns=tuple(_column(column, type_) for column, type_ in resolved),
        keys=_keys(constraints, table_name, catalog.indexes),
        foreign_keys=tuple(_foreign_key(c) for c in constraints if c[1] == "f"),
        checks=tuple(_checks(constraints, resolved)),
        kind=_kind(kind, table_name in catalog.hypertables),
        partition_key=tuple(partition_key),
        partition_bounds=tuple(bounds),
        row_security=row_security,
    )


def _kind(relation: str, is_hypertable: bool) -> TableKind:
    if is_hypertable:
        return TableKind.HYPERTABLE
    return TableKind.PARTITIONED if relation == "p" else TableKind.PLAIN


def _column(row: Sequence[Any], resolved: ResolvedType) -> Column:
    name, _, _, _, not_null, default, generated, identity, collation = row
    serial = default is not None and default.startswith("nextval(")
    return Column(
        name=name,
        type=resolved.type,
        not_null=not_null or resolved.not_null,
        default=None if generated else default,
        generated=generated,
        identity=identity or serial,
        collation=collation,
    )


def _keys(
    constraints: Sequence[Sequence[Any]], table: TableName, indexes: Sequence[CatalogIndex]
) -> tuple[Key, ...]:
    declared = [Key(c[0], tuple(c[2]), primary=c[1] == "p") for c in constraints if c[1] in "pu"]
    unique = [i.index for i in indexes if i.index.table == table and i.index.unique and not i.constraint]
    return (
        *sorted(declared, key=lambda key: not key.primary),
        *(Key(i.name, _plain_columns(i.keys), where=i.where) for i in unique),
    )


def _plain_columns(keys: Sequence[Any]) -> tuple[str, ...]:
    """The columns of a unique index; none where one of its keys is an expression."""
    columns = tuple(key.column for key in keys)
    return () if None in columns else columns


def _foreign_key(row: Sequence[Any]) -> ForeignKey:
    name, _, columns, schema, table, referenced, on_delete, on_update, _, deferrable, validated = row
    return ForeignKey(
        name=name,
        columns=tuple(columns),
        target=TableName(schema, table),
        referenced=tuple(referenced),
        on_delete=_ACTIONS[on_delete],
        on_update=_ACTIONS[on_update],
        deferrable=deferrable,
        validated=validated,
    )


def _checks(
    constraints: Sequence[Sequence[Any]], columns: Sequence[tuple[Sequence[Any], ResolvedType]]
) -> list[Check]:
    declared = [Check(c[0], c[8], tuple(c[2])) for c in constraints if c[1] == "c"]
    domains = [column_check(*check, row[0]) for row, resolved in columns for check in resolved.checks]
    return declared + domains
