"""What is kept and the rest of a SELECT give its answer: on PostgreSQL, whose buckets are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlglot import exp

from optimizer.design.hypertables.bucketed import Bucketed, bucketed
from optimizer.engines.postgres.rewriting.terms import as_source, become
from optimizer.engines.postgres.rewriting.translation import translated
from optimizer.engines.postgres.structures.materialized import view_columns
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.queries.precomputed import VIEW
from optimizer.queries.tree import parse, to_sql
from tests.design.hypertables.made_up import SCHEMA

KEPT = TableName("public", "kept")
TABLES = """
CREATE TABLE sensors (id integer PRIMARY KEY, name text NOT NULL, site text NOT NULL);
INSERT INTO sensors SELECT n, 'n' || n, 's' || n % 2 FROM generate_series(1, 6) n;
CREATE TABLE readings (at timestamptz NOT NULL, sensor_id integer NOT NULL, kind varchar NOT NULL,
  value float8, pieces integer, note text, local timestamp NOT NULL, day date NOT NULL);
INSERT INTO readings
SELECT t, 1 + n % 6, ('{a,b,c}'::text[])[1 + n % 3], nullif(n % 11, 5) / 4.0, nullif(n % 7, 3), NULL,
  t, t::date
FROM (
  SELECT n, b + n * INTERVAL '1387.000001 seconds' - n % 5 * INTERVAL '1387 seconds' AS t
  FROM (VALUES ('1999-12-30 22:00+00'::timestamptz), ('2024-02-28 01:00+00'), ('2024-03-30 13:00+00')) v(b),
    generate_series(0, 400) n
) r
"""
"""Equal times, nulls, microseconds; before and after the origin, a leap day, and a day of 23 hours."""

QUERIES = [
    "SELECT time_bucket('1 hour', r.at) AS h, AVG(r.value) AS m, COUNT(*) AS n FROM readings r GROUP BY 1",
    "SELECT time_bucket('1 day', r.at) AS d, time_bucket('6 hours', r.at) AS h, MAX(r.at) AS l,"
    " COUNT(DISTINCT r.kind) AS k FROM readings r WHERE r.pieces > 2 GROUP BY 2, 1 HAVING COUNT(*) > 3",
    "SELECT time_bucket('1 hour', r.at) AS h, AVG(r.value) AS m FROM readings r WHERE r.kind = :kind"
    " AND r.at >= time_bucket('1 hour', CAST(:start AS timestamptz))"
    " AND time_bucket('1 hour', CAST(:start AS timestamptz)) + INTERVAL '30 hours' > r.at GROUP BY 1",
    "SELECT time_bucket('6 hours', r.at) AS h, SUM(r.pieces) AS s, MIN(r.value) AS m, AVG(r.pieces) AS a"
    " FROM readings r WHERE r.sensor_id <> :least GROUP BY 1 ORDER BY 1 DESC LIMIT 5",
    "SELECT date_trunc('week', r.local) AS w, date_trunc('day', r.local) AS d, COUNT(r.value) AS n"
    " FROM readings r GROUP BY 1, 2",
    "SELECT date_trunc('month', r.local) AS m, SUM(x.n) AS n FROM (SELECT r.sensor_id, COUNT(*) AS n,"
    " date_trunc('hour', r.local) AS local FROM readings r GROUP BY 1, 3) x"
    " JOIN sensors s ON s.id = x.sensor_id JOIN LATERAL (SELECT x.local) r ON true"
    " WHERE s.site = 's1' GROUP BY 1",
    "SELECT time_bucket('1 year', r.at) AS y, time_bucket('3 months', r.at) AS q, COUNT(*) AS n"
    " FROM readings r WHERE r.at < time_bucket('1 year', CAST(:start AS timestamptz))"
    " GROUP BY 1, 2",
    "SELECT time_bucket('1 day', r.at, 'America/St_Johns') AS d, AVG(r.value) AS m FROM readings r"
    " WHERE r.at >= time_bucket('1 day', CAST(:start AS timestamptz), 'America/St_Johns') GROUP BY 1",
    "SELECT time_bucket('6 hours', r.at, origin => CAST('2024-01-01 02:00+01' AS timestamptz)) AS d,"
    " COUNT(*) AS n FROM readings r GROUP BY 1",
    "SELECT date_trunc('year', r.local) AS y, date_trunc('month', r.local) AS m, SUM(r.pieces) AS s"
    " FROM readings r WHERE r.local >= time_bucket('1 month', CAST(:start AS timestamp))"
    " - INTERVAL '1 month' GROUP BY 1, 2",
]


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute("SET timezone = 'Europe/Berlin'")
        opened.execute(TABLES)
        yield opened


@pytest.mark.parametrize("query", QUERIES)
def test_the_answer_is_the_same(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> None:
    tree = parse(query, SCHEMA)
    expected = _rows(connection, tree, SCHEMA)
    [found] = bucketed(tree, SCHEMA)
    assert isinstance(found, Bucketed), found
    view = translated(found.sql, SCHEMA).text
    connection.execute(f"CREATE MATERIALIZED VIEW kept AS {view}".encode())
    keys = sql.SQL(", ").join(map(sql.Identifier, found.key))
    connection.execute(sql.SQL("CREATE UNIQUE INDEX ON kept ({})").format(keys))
    found.rest.set("from_", exp.From(this=as_source(KEPT, VIEW)))
    become(found.select, found.rest)
    kept = Table(KEPT, view_columns(found.sql, found.key, SCHEMA))
    assert "public.kept" in to_sql(tree)
    assert len(expected) > 1
    assert _rows(connection, tree, Schema((*SCHEMA.tables, kept))) == expected


def _rows(connection: psycopg.Connection[tuple[Any, ...]], tree: exp.Expr, schema: Schema) -> list[str]:
    text = translated(to_sql(tree), schema).text
    for name, value in {":kind": "'b'", ":least": "3", ":start": "'2024-03-30 20:30+00'"}.items():
        text = text.replace(name, value)
    return sorted(map(repr, connection.execute(text.encode()).fetchall()))
