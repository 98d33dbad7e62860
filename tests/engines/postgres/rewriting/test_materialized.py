"""A grouped query cut in two: what a materialized view holds, and what is left to ask of it. No server."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.layout import TableLayout
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.tables import MaterializedView
from optimizer.queries.materializing import cut
from optimizer.queries.tree import qualified, to_sql, unqualified
from tests.engines.postgres.rewriting.test_summaries import SCHEMA


def view_of(sql: str, name: str = "answers") -> MaterializedView:
    found = cut(qualified(unqualified(sql), SCHEMA), SCHEMA)
    return MaterializedView(
        TableName("public", "orders"), TableName("public", name), to_sql(found.view), found.key, 60.0
    )


def read(sql: str, view: MaterializedView) -> str:
    query = Query("q", 1.0, Target(), (SourceText(sql, "q.sql"),), staleness_s=60.0)
    return TableLayout(SCHEMA, frozenset({view})).query(query).statements[0].text


@pytest.mark.parametrize(
    ("sql", "view", "rest"),
    [
        (
            "SELECT o.status, COUNT(*) AS n, SUM(o.weight) FROM orders o WHERE o.pieces > 1 AND o.status"
            " <> :s"
            " GROUP BY o.status HAVING COUNT(*) > :least ORDER BY n DESC, o.status LIMIT :rows",
            "SELECT o.status AS status, COUNT(*) AS row_count, SUM(o.weight) AS weight_sum"
            " FROM public.orders AS o WHERE o.pieces > 1 GROUP BY o.status",
            "SELECT v.status, v.row_count AS n, v.weight_sum AS sum FROM public.answers AS v"
            " WHERE v.status <> :s AND v.row_count > :least ORDER BY n DESC, status LIMIT :rows",
        ),
        (
            "SELECT date_trunc('month', o.at) AS m, AVG(o.total) AS a, COUNT(*) AS n FROM orders o"
            " WHERE o.at >= :from::date GROUP BY 1 HAVING COUNT(*) > 3",
            "SELECT DATE_TRUNC('day', o.at) AS at_day, SUM(o.total) AS total_sum, COUNT(o.total) AS"
            " total_count,"
            " COUNT(*) AS row_count FROM public.orders AS o GROUP BY DATE_TRUNC('day', o.at)",
            "SELECT DATE_TRUNC('month', v.at_day) AS m, (SUM(v.total_sum) / NULLIF(SUM(v.total_count),"
            " 0)) AS a,"
            " CAST(SUM(v.row_count) AS BIGINT) AS n FROM public.answers AS v"
            " WHERE v.at_day >= CAST(:from AS DATE) GROUP BY DATE_TRUNC('month', v.at_day)"
            " HAVING CAST(SUM(v.row_count) AS BIGINT) > 3",
        ),
        (
            "SELECT u.id, u.city, COUNT(o.id) AS n FROM users u LEFT JOIN orders o ON o.user_id = u.id"
            " AND o.status = 'paid' WHERE u.score > :score GROUP BY u.id, u.city",
            "SELECT u.id AS id, u.city AS city, u.score AS score, COUNT(o.id) AS id_count FROM"
            " public.users AS u"
            " LEFT JOIN public.orders AS o ON o.user_id = u.id AND o.status = 'paid'"
            " GROUP BY u.id, u.city, u.score",
            "SELECT v.id, v.city, v.id_count AS n FROM public.answers AS v WHERE v.score > :score",
        ),
        (
            "SELECT COUNT(*) AS n FROM orders o WHERE o.user_id = :user AND :all",
            "SELECT o.user_id AS user_id, COUNT(*) AS row_count FROM public.orders AS o"
            " WHERE NOT o.user_id IS NULL GROUP BY o.user_id",
            "SELECT COALESCE(CAST(SUM(v.row_count) AS BIGINT), 0) AS n FROM public.answers AS v"
            " WHERE v.user_id = :user AND :all",
        ),
        (
            "SELECT DISTINCT o.status FROM orders o WHERE o.status > :s",
            "SELECT o.status AS status FROM public.orders AS o GROUP BY o.status",
            "SELECT DISTINCT v.status FROM public.answers AS v WHERE v.status > :s",
        ),
    ],
)
def test_golden_pairs(sql: str, view: str, rest: str) -> None:
    made = view_of(sql)
    assert made.sql.lower() == view.lower()
    assert read(sql, made) == rest


def test_a_view_of_other_rows_isnt_read() -> None:
    sql = "SELECT o.status, COUNT(*) FROM orders o WHERE o.pieces > 1 GROUP BY o.status"
    for other in (
        sql.replace("> 1", "> 2"),
        sql.replace("o.pieces > 1", "o.pieces > :p"),
        sql.replace("COUNT(*)", "COUNT(o.total)"),
        sql.replace("orders o", "orders o JOIN users u ON u.id = o.user_id"),
        " ".join(["SELECT COUNT(*) FROM (", sql, ") x"]),
    ):
        assert read(other, view_of(sql)) == other
