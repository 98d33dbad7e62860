"""The planner's statistics, taken from one database and set in another of the same structure.

From PostgreSQL 18 on they are carried over as they are (pg_restore_relation_stats,
pg_restore_attribute_stats). Before, both databases take a sample with a high statistics target instead.
Extended statistics (CREATE STATISTICS) can't be carried over in 18: each database keeps its own sample's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from optimizer.engines.postgres.catalog.tables import stored_tables
from optimizer.engines.postgres.loading.maintenance import STATISTICS_RESTORABLE

_RELATION_FIELDS = {
    "relpages": "integer",
    "reltuples": "real",
    "relallvisible": "integer",
    "relallfrozen": "integer",
}
_ATTRIBUTE_FIELDS = {
    "null_frac": "real",
    "avg_width": "integer",
    "n_distinct": "real",
    "most_common_vals": "text",
    "most_common_freqs": "real[]",
    "histogram_bounds": "text",
    "correlation": "real",
    "most_common_elems": "text",
    "most_common_elem_freqs": "real[]",
    "elem_count_histogram": "real[]",
    "range_length_histogram": "text",
    "range_empty_frac": "real",
    "range_bounds_histogram": "text",
}
_CLEAR = "SELECT pg_clear_attribute_stats(%s, %s, %s, %s)"
_ALL_INDEXES = """
    SELECT n.nspname, c.relname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indrelid = ANY(%s) AND c.relkind = 'i'
    """


def read_statistics(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Statistics of all tables, indexes and expressions: a JSON-able value, numbers in text form.

    `restorable` is False on servers before 18, where the lists are empty.
    """
    if connection.info.server_version < STATISTICS_RESTORABLE:
        return {"restorable": False, "relations": [], "attributes": []}
    relations = _relations(connection)
    return {
        "restorable": True,
        "relations": _read(connection, _select_relations(), relations),
        "attributes": _read(connection, _select_attributes(), relations),
    }


def restore_statistics(connection: psycopg.Connection[Any], statistics: Mapping[str, Any]) -> None:
    """Set them where the relation is there too; elsewhere (an index this design lacks) they are left out."""
    there = set(_relations(connection))
    with connection.transaction(), connection.pipeline():
        for row in _of(there, statistics["relations"]):
            connection.execute(*_call("pg_restore_relation_stats", row, _RELATION_FIELDS, ()))
        for row in _of(there, statistics["attributes"]):
            place = [row["schemaname"], row["relname"], row["attname"], row["inherited"]]
            connection.execute(_CLEAR, place)
            identity = ("attname", "inherited")
            connection.execute(*_call("pg_restore_attribute_stats", row, _ATTRIBUTE_FIELDS, identity))


def analyze(connection: psycopg.Connection[Any]) -> None:
    """Another sample for every table."""
    for table in stored_tables(connection):
        if not table.partition:
            connection.execute(sql.SQL("ANALYZE {}").format(table.identifier))


def _relations(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    tables = stored_tables(connection)
    indexes = connection.execute(_ALL_INDEXES, [[table.oid for table in tables]]).fetchall()
    return [(table.name.schema, table.name.name) for table in tables] + [(s, n) for s, n in indexes]


def _of(there: set[tuple[str, str]], rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if (row["schemaname"], row["relname"]) in there]


def _read(
    connection: psycopg.Connection[Any], query: sql.Composed, relations: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Rows as mappings, of these relations alone; what is null is left out."""
    schemas, names = [schema for schema, _ in relations], [name for _, name in relations]
    cursor = connection.execute(query, [schemas, names])
    fields = [column.name for column in cursor.description or ()]
    return [
        {field: value for field, value in zip(fields, row, strict=True) if value is not None}
        for row in cursor
    ]


def _select_relations() -> sql.Composed:
    return sql.SQL(
        "SELECT n.nspname AS schemaname, c.relname, {fields}"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN unnest(%s::text[], %s::text[]) w(schema, name) ON w.schema = n.nspname AND w.name = c.relname"
    ).format(fields=_as_text("c", _RELATION_FIELDS))


def _select_attributes() -> sql.Composed:
    return sql.SQL(
        "SELECT s.schemaname, s.tablename AS relname, s.attname, s.inherited, {fields}"
        " FROM pg_stats s"
        " JOIN unnest(%s::text[], %s::text[]) w(schema, name)"
        " ON w.schema = s.schemaname AND w.name = s.tablename"
    ).format(fields=_as_text("s", _ATTRIBUTE_FIELDS))


def _as_text(alias: str, fields: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::text AS {}").format(sql.Identifier(alias, field), sql.Identifier(field))
        for field in fields
    )


def _call(
    function: str, row: Mapping[str, Any], fields: Mapping[str, str], identity: tuple[str, ...]
) -> tuple[sql.Composed, list[Any]]:
    """The call of a restoring function, whose arguments are pairs of a name and a value."""
    types = {"schemaname": "text", "relname": "text", "attname": "text", "inherited": "boolean", **fields}
    present = [name for name in ("schemaname", "relname", *identity, *fields) if name in row]
    pairs = [sql.SQL("{}, %s::{}").format(sql.Literal(name), sql.SQL(types[name])) for name in present]
    call = sql.SQL("SELECT {}({})").format(sql.Identifier(function), sql.SQL(", ").join(pairs))
    return call, [row[name] for name in present]
