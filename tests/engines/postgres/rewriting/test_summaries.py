"""Grouped statements in the words of a summary, and those that it can't answer. No server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.engines.postgres.layout import TableLayout
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.schema import Schema, Table
from optimizer.model.tables import SummaryTable
from tests.queries.schemas import table


def _scaled(made: Table, name: str) -> Table:
    """The table with a numeric column of two digits after the point."""
    one = made.by_name[name]
    scaled = replace(one, type=replace(one.type, sql="numeric(10,2)", precision=10, scale=2))
    return replace(made, columns=tuple(scaled if column.name == name else column for column in made.columns))


ORDERS = _scaled(
    table(
        "orders",
        "id int8!; user_id int8; status varchar!; at timestamp!; zoned timestamptz!; due date; total numeric;"
        "loose numeric; weight float8; pieces int4!; tags text[]",
        parents=[("user_id", "users")],
    ),
    "total",
)
SCHEMA = Schema((ORDERS, table("users", "id int8!; name varchar; city varchar; score int4!")))
BY_DAY = SummaryTable(
    ORDERS.name,
    TableName("public", "by_day"),
    (("status", "status"), ("at_day", "date_trunc('day', at)")),
    (
        ("total_count", "count", "total"),
        ("total_sum", "sum", "total"),
        ("pieces_sum", "sum", "pieces"),
        ("at_max", "max", "at"),
        ("loose_sum", "sum", "loose"),
        ("weight_sum", "sum", "weight"),
    ),
    "row_count",
)
BY_USER = SummaryTable(
    ORDERS.name,
    TableName("public", "by_user"),
    (("user_id", "user_id"),),
    (("total_count", "count", "total"), ("total_sum", "sum", "total")),
    "row_count",
)
BY_MONTH = SummaryTable(
    ORDERS.name,
    TableName("public", "by_month"),
    (("month", "date_trunc('month', zoned AT TIME ZONE 'UTC')"),),
    (),
    "row_count",
)


def rewritten(sql: str, structure: SummaryTable) -> str:
    layout = TableLayout(SCHEMA, frozenset({structure}))
    return layout.query(Query("q", 1.0, Target(), (SourceText(sql, "q.sql"),))).statements[0].text


@pytest.mark.parametrize(
    ("structure", "sql", "expected"),
    [
        (
            BY_DAY,
            "SELECT date_trunc('day', o.at) AS day, o.status, COUNT(*) AS n, SUM(o.total) AS total FROM"
            " orders o"
            " WHERE o.at >= :from::date AND o.at < :to::date + 1 GROUP BY 1, 2 HAVING COUNT(*) > 3"
            " ORDER BY n DESC, day LIMIT 3",
            "SELECT o.at_day AS day, o.status, o.row_count AS n, CASE WHEN o.total_count > 0 THEN"
            " o.total_sum END"
            " AS total FROM public.by_day AS o WHERE (o.at_day >= CAST(:from AS DATE) AND o.at_day <"
            " CAST(:to AS DATE) + 1) AND o.row_count > 3 ORDER BY n DESC, day LIMIT 3",
        ),
        (
            BY_DAY,
            "SELECT date_trunc('month', o.at) AS m, COUNT(*) AS n, AVG(o.total) AS a, SUM(o.pieces) AS"
            " p, MAX(o.at)"
            " AS l FROM orders o WHERE o.status = :s GROUP BY 1",
            "SELECT DATE_TRUNC('month', o.at_day) AS m, CAST(SUM(o.row_count) AS BIGINT) AS n,"
            " (SUM(o.total_sum) / NULLIF(SUM(o.total_count), 0)) AS a, CAST(SUM(o.pieces_sum) AS BIGINT)"
            " AS p,"
            " MAX(o.at_max) AS l FROM public.by_day AS o WHERE o.status = :s GROUP BY"
            " DATE_TRUNC('month', o.at_day)",
        ),
        (
            BY_DAY,
            "SELECT COUNT(*) FILTER (WHERE o.status = 'a') AS n, SUM(o.total) AS total FROM orders o",
            "SELECT COALESCE(CAST(SUM(o.row_count) FILTER(WHERE o.status = 'a') AS BIGINT), 0) AS n,"
            " SUM(o.total_sum) FILTER(WHERE o.total_count > 0) AS total FROM public.by_day AS o",
        ),
        (
            BY_DAY,
            "SELECT o.at::date AS d, AVG(o.pieces) AS a FROM orders o WHERE o.status = 'x' GROUP BY 1",
            "SELECT CAST(o.at_day AS DATE) AS d, (CAST(o.pieces_sum AS DECIMAL) / o.row_count) AS a"
            " FROM public.by_day AS o WHERE o.status = 'x'",
        ),
        (
            BY_USER,
            "SELECT u.id, u.name, COUNT(o.id) AS n FROM users u LEFT JOIN orders o ON o.user_id = u.id"
            " GROUP BY u.id, u.name",
            "SELECT u.id, u.name, COALESCE(o.row_count, 0) AS n FROM public.users AS u"
            " LEFT JOIN public.by_user AS o ON o.user_id = u.id",
        ),
        (
            BY_USER,
            "SELECT u.city, COUNT(*) AS n FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.city",
            "SELECT u.city, CAST(SUM(o.row_count) AS BIGINT) AS n FROM public.users AS u"
            " JOIN public.by_user AS o ON o.user_id = u.id GROUP BY u.city",
        ),
        (
            BY_USER,
            "SELECT u.id, (SELECT COUNT(*) FROM orders o WHERE o.user_id = u.id) AS n FROM users u",
            "SELECT u.id, (SELECT COALESCE(CAST(SUM(o.row_count) AS BIGINT), 0) AS count FROM"
            " public.by_user AS o"
            " WHERE o.user_id = u.id) AS n FROM public.users AS u",
        ),
        (
            BY_MONTH,
            "SELECT date_trunc('year', o.zoned AT TIME ZONE 'UTC') AS y, COUNT(*) AS n FROM orders o"
            " GROUP BY 1",
            "SELECT DATE_TRUNC('year', o.month) AS y, CAST(SUM(o.row_count) AS BIGINT) AS n"
            " FROM public.by_month AS o GROUP BY DATE_TRUNC('year', o.month)",
        ),
    ],
)
def test_golden_pairs(structure: SummaryTable, sql: str, expected: str) -> None:
    assert rewritten(sql, structure) == expected


@pytest.mark.parametrize(
    ("structure", "sql"),
    [
        (structure, sql)
        for structure, every in {
            BY_DAY: [
                "SELECT o.status, COUNT(*) FROM orders o WHERE o.at >= :from GROUP BY o.status",
                "SELECT o.status, COUNT(*) FROM orders o WHERE o.at <= :to::date GROUP BY o.status",
                "SELECT o.status, COUNT(*) FROM orders o WHERE o.at > '2024-01-01' GROUP BY o.status",
                "SELECT o.status, COUNT(*) FROM orders o WHERE o.at >= '2024-01-01 00:30' GROUP BY o.status",
                "SELECT o.status, COUNT(*) FROM orders o WHERE o.at < :d::date + interval '1 hour' GROUP"
                " BY 1",
                "SELECT o.status, COUNT(*) FROM orders o WHERE o.at >= date_trunc('day', :d) GROUP BY 1",
                "SELECT date_trunc('hour', o.at), COUNT(*) FROM orders o GROUP BY 1",
                "SELECT o.status, COUNT(DISTINCT o.total) FROM orders o GROUP BY o.status",
                "SELECT o.status, SUM(DISTINCT o.total) FROM orders o GROUP BY o.status",
                "SELECT o.status, SUM(o.total * o.pieces) FROM orders o GROUP BY o.status",
                "SELECT o.status, SUM(o.loose) FROM orders o GROUP BY o.status",
                "SELECT o.status, SUM(o.weight) FROM orders o GROUP BY o.status",
                "SELECT o.status, MIN(o.at) FROM orders o GROUP BY o.status",
                "SELECT o.status, COUNT(*) FILTER (WHERE o.total > 3) FROM orders o GROUP BY o.status",
                "SELECT o.status, COUNT(*) OVER () FROM orders o GROUP BY o.status",
                "SELECT o.status, COUNT(*) FROM orders o GROUP BY ROLLUP (o.status)",
                "SELECT o.status, my_sum(o.status) FROM orders o GROUP BY o.status",
                "SELECT o.status, string_agg(o.status, ',') FROM orders o GROUP BY o.status",
                "SELECT o.status, COUNT(*) FROM orders o WHERE random() < 0.5 GROUP BY o.status",
                "SELECT DISTINCT ON (o.status) o.status FROM orders o",
                "SELECT o.status FROM orders o",
                "SELECT o.status, to_jsonb(o), COUNT(*) FROM orders o GROUP BY o.id",
                "SELECT o.status, SUM(u.score) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY"
                " o.status",
                "SELECT o.status, COUNT(*) FROM orders o FULL JOIN users u ON u.city = o.status GROUP BY 1",
                "SELECT o.status, (SELECT MAX(o.status) FROM users u) FROM orders o GROUP BY o.status",
                "UPDATE users SET name = (SELECT COUNT(*)::text FROM orders o WHERE o.status = 'x')",
                "SELECT COUNT(*) FROM orders o WHERE o.status = 'x' FOR UPDATE",
            ],
            BY_USER: [
                "SELECT o.user_id, COUNT(*) FROM orders o GROUP BY o.user_id",
                "SELECT COUNT(*) FROM orders o WHERE o.user_id IS NULL",
                "SELECT COUNT(*) FROM orders o WHERE o.user_id <> ALL(:list)",
                "SELECT COUNT(*) FROM orders o WHERE o.user_id IS DISTINCT FROM 3",
                "SELECT COUNT(*) FROM orders o WHERE o.user_id = 3 OR o.user_id IS NULL",
                "SELECT u.id, COUNT(*) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id",
                "SELECT COUNT(o.id) FROM orders o LEFT JOIN users u ON o.user_id = u.id",
                "SELECT u.id, COUNT(o.id) FROM users u LEFT JOIN orders o ON u.score > 3 GROUP BY u.id",
            ],
            BY_MONTH: [
                "SELECT date_trunc('month', o.zoned), COUNT(*) FROM orders o GROUP BY 1",
                "SELECT date_trunc('month', o.zoned AT TIME ZONE 'Europe/Berlin'), COUNT(*) FROM orders"
                " o GROUP BY 1",
                "SELECT date_trunc('week', o.zoned AT TIME ZONE 'UTC'), COUNT(*) FROM orders o GROUP BY 1",
                "SELECT date_trunc('month', o.zoned AT TIME ZONE :zone), COUNT(*) FROM orders o GROUP BY 1",
            ],
        }.items()
        for sql in every
    ],
)
def test_statements_that_it_cant_answer_stay(structure: SummaryTable, sql: str) -> None:
    assert rewritten(sql, structure) == sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.status, COUNT(*) AS n FROM orders o WHERE o.at >= '2024-01-01' GROUP BY o.status",
        "SELECT o.at::date AS d, COUNT(*) AS n FROM orders o GROUP BY 1",
        "SELECT u.name, o.status, COUNT(*) AS n FROM orders o, users u WHERE u.name = o.status GROUP BY"
        " u.id, 2",
    ],
)
def test_groups_of_several_rows_are_added_up(sql: str) -> None:
    assert "SUM(o.row_count)" in rewritten(sql, BY_DAY)


def test_a_table_under_row_security_stays() -> None:
    secured = Schema((replace(ORDERS, row_security=True), *SCHEMA.tables[1:]))
    sql = "SELECT o.status, COUNT(*) FROM orders o GROUP BY o.status"
    layout = TableLayout(secured, frozenset({BY_DAY}))
    query = Query("q", 1.0, Target(), (SourceText(sql, "q.sql"),))
    assert layout.query(query) == query
