"""Materialized views: for queries that may be stale, and why not for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.tables.moves.materialized_view import materialized_views
from optimizer.model.tables import MaterializedView
from tests.design.tables.grouped_moves import known

BY_STATUS = "SELECT o.status, COUNT(*) AS n FROM orders o WHERE o.pieces > 2 GROUP BY o.status"


def offered(folder: Path, queries: dict[str, str], staleness_s: float | None = 60.0) -> list[Offer]:
    found = materialized_views(known(folder, queries, staleness_s))
    return [item for item in found if isinstance(item, Offer)]


@pytest.mark.parametrize(
    ("sql", "view", "key"),
    [
        (
            BY_STATUS,
            "SELECT o.status AS status, COUNT(*) AS row_count FROM public.orders AS o WHERE o.pieces > 2"
            " GROUP BY o.status",
            ("status",),
        ),
        (
            "SELECT date_trunc('month', o.at) AS m, AVG(o.pieces) FROM orders o"
            " WHERE o.at >= :from::date AND o.kind = :kind GROUP BY 1 LIMIT :n",
            "SELECT o.kind AS kind, date_trunc('day', o.at) AS at_day, SUM(o.pieces) AS pieces_sum,"
            " COUNT(o.pieces) AS pieces_count FROM public.orders AS o WHERE NOT o.kind IS NULL"
            " GROUP BY o.kind, date_trunc('day', o.at)",
            ("kind", "at_day"),
        ),
        (
            "SELECT u.id, u.city, COUNT(*) AS n FROM users u JOIN orders o ON o.user_id = u.id"
            " WHERE u.name = :name GROUP BY u.id HAVING COUNT(*) > :least",
            "SELECT u.id AS id, u.name AS name, u.city AS city, COUNT(*) AS row_count FROM public.users AS u"
            " JOIN public.orders AS o ON o.user_id = u.id GROUP BY u.id, u.name, u.city",
            ("id",),
        ),
        (
            "SELECT COUNT(*) AS n, SUM(o.weight) FROM orders o",
            "SELECT 1 AS one, COUNT(*) AS row_count, SUM(o.weight) AS weight_sum FROM public.orders AS o",
            ("one",),
        ),
    ],
)
def test_what_is_offered(tmp_path: Path, sql: str, view: str, key: tuple[str, ...]) -> None:
    [offer] = offered(tmp_path, {"one": sql})
    made = offer.structure
    assert isinstance(made, MaterializedView)
    assert made.sql.lower() == view.lower()
    assert (made.key, made.staleness_s, str(made.table)) == (key, 60.0, "orders")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT o.id FROM orders o", "only grouped answers"),
        (
            "SELECT o.status, COUNT(*) FROM orders o WHERE o.at > :at GROUP BY o.status",
            "600 rows would make up",
        ),
        ("SELECT o.kind, COUNT(*) FROM orders o GROUP BY o.kind", "o.kind may be null"),
        (
            "SELECT u.id, o.status, COUNT(*) FROM users u LEFT JOIN orders o ON true GROUP BY 1, 2",
            "may be null",
        ),
        ("SELECT s.status, COUNT(*) FROM secured s GROUP BY s.status", "row-level security of secured"),
        ("SELECT o.status, SUM(o.pieces * :x) FROM orders o GROUP BY o.status", "depends on a parameter"),
        ("SELECT o.status, MAX(o.at - now()) FROM orders o GROUP BY o.status", "or on the time"),
        ("SELECT SUM(o.weight) FROM orders o WHERE o.status = :s", "depends on the order"),
        ("SELECT COUNT(DISTINCT o.kind) FROM orders o WHERE o.status = :s", "can't be added up"),
        ("SELECT o.status, my_agg(o.status) FROM orders o GROUP BY o.status", "may be an aggregate"),
        ("SELECT o.status, STRING_AGG(o.kind, ',') FROM orders o GROUP BY o.status", "the type of"),
        ("WITH x AS (SELECT 1 AS a) SELECT x.a, COUNT(*) FROM x GROUP BY x.a", "common table expressions"),
        ("SELECT x.s, COUNT(*) FROM (SELECT o.status AS s FROM orders o) x GROUP BY x.s", "no table"),
        (
            "SELECT o.status, (SELECT MAX(u.name) FROM users u), COUNT(*) FROM orders o GROUP BY o.status",
            "a subquery beside",
        ),
        (
            "SELECT u.id, COUNT(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.at > :at"
            " GROUP BY 1",
            "an outer join depends on",
        ),
    ],
)
def test_what_is_left_out(tmp_path: Path, sql: str, expected: str) -> None:
    [item] = materialized_views(known(tmp_path, {"one": sql}, 60.0))
    assert isinstance(item, LeftOut)
    assert expected in item.reason


def test_only_for_queries_that_may_be_stale(tmp_path: Path) -> None:
    assert offered(tmp_path, {"one": BY_STATUS}, None) == []


def test_queries_that_need_the_same_one_share_it(tmp_path: Path) -> None:
    more = f"{BY_STATUS} HAVING COUNT(*) > 3 ORDER BY o.status LIMIT 3"
    [offer] = offered(tmp_path, {"one": BY_STATUS, "other": more})
    assert offer.queries == ("one", "other")
    assert "about 2 rows, to be refreshed every 60 s" in offer.because


def test_names_are_free(tmp_path: Path) -> None:
    other = BY_STATUS.replace("> 2", "> 3")
    found = offered(tmp_path, {"orders": BY_STATUS, "Orders!": other})
    assert [str(one) for offer in found for one in offer.structure.tables] == [
        "orders_view",
        "orders_view_view",
    ]
