"""A table that has rows, made anew with its columns in another order, all that hangs on it with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from optimizer.engines.postgres.structures.attached import attached, catalog_rows
from optimizer.engines.postgres.structures.remaking import made_anew
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.names import TableName

_COLUMNS = """
    SELECT a.attname, a.attgenerated <> '',
           concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
             CASE WHEN a.attcollation <> t.typcollation
               THEN (SELECT format('COLLATE %I.%I', n.nspname, l.collname) FROM pg_collation l
                     JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
             CASE WHEN a.attcompression <> ''
               THEN 'COMPRESSION ' || CASE a.attcompression WHEN 'p' THEN 'pglz' ELSE 'lz4' END END,
             CASE WHEN a.attgenerated = 's' THEN format('GENERATED ALWAYS AS (%s) STORED', e.text)
                  WHEN a.attgenerated = 'v' THEN format('GENERATED ALWAYS AS (%s) VIRTUAL', e.text)
                  ELSE 'DEFAULT ' || e.text END,
             CASE WHEN a.attnotnull AND current_setting('server_version_num')::int < 180000
               THEN 'NOT NULL' END),
           CASE WHEN a.attstorage <> t.typstorage
             THEN format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', a.attrelid::regclass, a.attname,
                    CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
                      ELSE 'EXTENDED' END) END,
           CASE WHEN a.attstattarget >= 0
             THEN format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', a.attrelid::regclass, a.attname,
                    a.attstattarget) END,
           CASE WHEN col_description(a.attrelid, a.attnum) IS NOT NULL
             THEN format('COMMENT ON COLUMN %s.%I IS %L', a.attrelid::regclass, a.attname,
                    col_description(a.attrelid, a.attnum)) END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    CROSS JOIN LATERAL (SELECT pg_get_expr(d.adbin, d.adrelid) AS text) e
    WHERE a.attrelid = to_regclass(%(table)s) AND a.attnum > 0 AND NOT a.attisdropped
    """

_CONSTRAINTS = """
    SELECT o.conname, false, format('CONSTRAINT %I %s', o.conname, pg_get_constraintdef(o.oid)),
           CASE WHEN obj_description(o.oid, 'pg_constraint') IS NOT NULL
             THEN format('COMMENT ON CONSTRAINT %I ON %s IS %L', o.conname, o.conrelid::regclass,
                    obj_description(o.oid, 'pg_constraint')) END
    FROM pg_constraint o
    WHERE o.conrelid = to_regclass(%(table)s) AND o.contype IN ('c', 'n') ORDER BY o.oid
    """

_OPTIONS = """
    SELECT concat_ws(' ', CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED' END, 'TABLE'),
           ' WITH (' || (SELECT string_agg(option, ', ') FROM unnest(c.reloptions) option) || ')'
    FROM pg_class c WHERE c.oid = to_regclass(%(table)s)
    """

_ALTERED = 3
"""Where the statements begin, in the rows of columns and constraints: name, generated, definition, ..."""


def reordered(
    table: TableName, columns: Sequence[str], connection: psycopg.Connection[Any]
) -> tuple[str, ...]:
    """What puts the columns of a plain table of a database in this order, in one transaction; columns that
    aren't named stand last. The table is locked meanwhile: its rows are copied once."""
    kept, name = attached(connection, table), full_name(table)
    with connection.transaction():
        connection.execute(b"SET LOCAL search_path = pg_catalog")
        found = catalog_rows(connection, _COLUMNS, name)
        constraints = catalog_rows(connection, _CONSTRAINTS, name)
        what, options = catalog_rows(connection, _OPTIONS, name)[0]
    found.sort(key=lambda row: _place(row[0], columns))
    elements = ", ".join(row[2] for row in (*found, *constraints))
    return made_anew(
        table,
        kept,
        create=[f"CREATE {what} {name} ({elements}){options or ''}"],
        columns=[row[0] for row in found if not row[1]],
        indexes=[text for _, text in (*kept.keys, *kept.indexes)],
        rest=[text for row in (*found, *constraints) for text in row[_ALTERED:] if text],
    )


def _place(name: str, columns: Sequence[str]) -> int:
    return columns.index(name) if name in columns else len(columns)
