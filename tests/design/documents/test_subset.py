"""The first few children kept in their parent."""

from __future__ import annotations

import pytest

from optimizer.model.documents import Subset
from tests.design.documents.made_up import proposed, reasons

LATEST = "SELECT i.price FROM items i WHERE i.order_id = :id ORDER BY i.added DESC, i.id LIMIT 10"
FEWER = "SELECT i.stars FROM items i WHERE i.order_id = :id ORDER BY i.added DESC LIMIT 3"
LATERAL = (
    "SELECT o.id, x.price FROM orders o CROSS JOIN LATERAL"
    " (SELECT i.price FROM items i WHERE i.order_id = o.id ORDER BY i.added DESC LIMIT 5) x"
)


def subsets(**queries: str) -> list[Subset]:
    found, _ = proposed(queries)
    return [one.structure for one in found if isinstance(one.structure, Subset)]


def test_the_order_ends_in_the_primary_key_and_the_columns_are_those_that_are_shown() -> None:
    [one] = subsets(latest=LATEST)
    assert one.order == (("added", True), ("id", False))
    assert (one.limit, one.columns) == (10, ("id", "price", "added"))


def test_two_queries_of_one_order_share_a_subset() -> None:
    [one] = subsets(latest=LATEST, fewer=FEWER)
    assert (one.limit, one.columns) == (10, ("id", "price", "stars", "added"))


def test_a_lateral_asks_for_the_same() -> None:
    [one] = subsets(lateral=LATERAL)
    assert (one.limit, one.order) == (5, (("added", True), ("id", False)))


def test_columns_of_another_table_are_not_held() -> None:
    sql = (
        "SELECT m.at, u.name FROM moves m JOIN users u ON u.id = m.to_id"
        " WHERE m.from_id = :id ORDER BY m.at, m.id LIMIT 7"
    )
    assert subsets(joined=sql) == []
    assert "columns of users are shown too" in reasons({"joined": sql})["first 7 of moves in users"]


def test_the_field_is_named_after_the_key_where_there_are_two() -> None:
    [one] = subsets(sent="SELECT m.at FROM moves m WHERE m.from_id = :id ORDER BY m.at, m.id LIMIT 7")
    assert (one.key, one.field) == ("moves_from_id_fkey", "moves_by_from_id_first_by_at")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT i.price FROM items i WHERE i.order_id = :id ORDER BY i.added DESC",
        "SELECT i.price FROM items i ORDER BY i.added DESC LIMIT 10",
        "SELECT i.price FROM items i WHERE i.order_id = :id ORDER BY i.added LIMIT :n",
        "SELECT i.price FROM items i WHERE i.order_id = :id ORDER BY i.added LIMIT 10 OFFSET 10",
        "SELECT i.price FROM items i WHERE i.order_id = :id ORDER BY i.price * 2 LIMIT 10",
        "SELECT i.price FROM items i WHERE i.order_id = :id ORDER BY i.stars NULLS FIRST LIMIT 10",
        "SELECT DISTINCT i.price FROM items i WHERE i.order_id = :id ORDER BY i.price LIMIT 10",
    ],
)
def test_what_is_no_first_few_of_a_parent(sql: str) -> None:
    assert subsets(one=sql) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [(("LIMIT 10", "LIMIT 51"), "51 rows are shown"), (("ORDER", "AND i.price > 1 ORDER"), "by price")],
)
def test_what_does_not_fit_is_left_out(change: tuple[str, str], reason: str) -> None:
    sql = LATEST.replace(*change)
    assert subsets(one=sql) == []
    assert any(reason in why for why in reasons({"one": sql}).values())
