"""The types of expressions where they stand in a statement."""

from __future__ import annotations

import pytest
from sqlglot import exp

from optimizer.model.schema import Schema
from optimizer.queries.base_types import base_type
from optimizer.queries.tree import unqualified
from tests.queries.schemas import table

SCHEMA = Schema(
    (
        table("log", "id int8!; at timestamptz!; plain timestamp; due date; n int4; small int2; note text"),
        table("host", "id int8!; since date!; seen timestamptz"),
    )
)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT f(at) FROM log", "timestamptz"),
        ("SELECT f(l.plain) FROM log l", "timestamp"),
        ("SELECT f(note) FROM log", "text"),
        ("SELECT f(unknown) FROM log", None),
        ("SELECT f(:x) FROM log", None),
        ("SELECT f('2024-01-01') FROM log", None),
        ("SELECT f(:x::timestamp) FROM log", "timestamp"),
        ("SELECT f(DATE '2024-01-01') FROM log", "date"),
        ("SELECT f(now() - INTERVAL '1 day') FROM log", "timestamptz"),
        ("SELECT f(due + 1) FROM log", "date"),
        ("SELECT f(due + INTERVAL '1 day') FROM log", "timestamp"),
        ("SELECT f(due - due) FROM log", "int4"),
        ("SELECT f(at - at) FROM log", "interval"),
        ("SELECT f(2 * INTERVAL '1 hour') FROM log", "interval"),
        ("SELECT f(n + id) FROM log", "int8"),
        ("SELECT f(small) FROM log", "int2"),
        ("SELECT f(n / 2.5) FROM log", "numeric"),
        ("SELECT f(n + 1.5::real) FROM log", "float8"),
        ("SELECT f(n + note) FROM log", None),
        ("SELECT f(2147483647) FROM log", "int4"),
        ("SELECT f(2147483648) FROM log", "int8"),
        ("SELECT f(9223372036854775808) FROM log", "numeric"),
        ("SELECT f(:x::varchar) FROM log", "varchar"),
        ("SELECT f(at AT TIME ZONE 'UTC') FROM log", "timestamp"),
        ("SELECT f(plain AT TIME ZONE 'UTC') FROM log", "timestamptz"),
        ("SELECT f(date_trunc('day', due)) FROM log", "timestamptz"),
        ("SELECT f(time_bucket('1 day', due)) FROM log", "date"),
        ("SELECT f(COALESCE(:x, at)) FROM log", "timestamptz"),
        ("SELECT f(CASE WHEN n > 1 THEN plain END) FROM log", "timestamp"),
        ("SELECT f(max(at) FILTER (WHERE n > 1)) FROM log", "timestamptz"),
        ("SELECT f(lag(at) OVER (ORDER BY at)) FROM log", "timestamptz"),
        ("SELECT f((SELECT max(h.since) FROM host h)) FROM log", "date"),
        ("SELECT f(x.t) FROM (SELECT at AS t FROM log) x", "timestamptz"),
        ("SELECT f(x.at) FROM (SELECT * FROM log) x", "timestamptz"),
        ("SELECT f(b) FROM (SELECT n, plain FROM log) x(a, b)", "timestamp"),
        ("WITH x AS (SELECT due AS d FROM log) SELECT f(d) FROM x", "date"),
        ("WITH x(a) AS (SELECT at FROM log), y AS (SELECT a FROM x) SELECT f(y.a) FROM y", "timestamptz"),
        ("WITH log AS (SELECT plain AS at FROM log) SELECT f(at) FROM log", "timestamp"),
        ("SELECT f(at) FROM (SELECT plain AS at FROM log UNION ALL SELECT plain FROM log) x", "timestamp"),
        ("SELECT h.id FROM host h WHERE EXISTS (SELECT 1 FROM log WHERE f(h.seen) = at)", "timestamptz"),
        ("SELECT f(since) FROM log JOIN host USING (id)", "date"),
        ("SELECT f(x.t) FROM log l, LATERAL (SELECT l.at AS t) x", "timestamptz"),
        ("SELECT f(x.t) FROM unnest(:ids::int[], :times::timestamptz[]) AS x(i, t)", "timestamptz"),
        ("SELECT f(v.b) FROM (VALUES (1, now())) AS v(a, b)", "timestamptz"),
        ("SELECT f(g) FROM generate_series(:a::timestamp, now(), INTERVAL '1 h') AS g", "timestamp"),
        ("INSERT INTO log (id, at) SELECT id, f(seen) FROM host", "timestamptz"),
        ("INSERT INTO log (id) VALUES (1) RETURNING f(at)", "timestamptz"),
        ("UPDATE log SET at = f(h.seen) FROM host h WHERE h.id = log.id", "timestamptz"),
        ("DELETE FROM log USING host h WHERE f(h.since) = due", "date"),
    ],
)
def test_the_type_of_what_is_handed_over(sql: str, kind: str | None) -> None:
    call = next(one for one in unqualified(sql).find_all(exp.Anonymous) if one.name == "f")
    assert base_type(call.expressions[0], SCHEMA) == kind
