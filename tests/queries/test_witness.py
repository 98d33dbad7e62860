"""The witness of a read finds the rows that ORDER BY leaves tied, and a LIMIT that cuts through them."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.equivalence import Order
from optimizer.queries.witness import Witness, order_of, witness
from tests.queries.schemas import SHOP

PAGE = "SELECT id, total FROM orders WHERE user_id = :user ORDER BY created_at DESC, id LIMIT 20"


def test_the_witness_has_the_order_as_columns_and_one_row_more() -> None:
    found = witness(PAGE, SHOP)
    assert found.sql == (
        'SELECT orders.id AS id, orders.total AS total, orders.created_at AS "order_0",'
        ' orders.id AS "order_1" FROM public.orders AS orders WHERE orders.user_id = :user'
        " ORDER BY orders.created_at DESC, id LIMIT (20) + 1"
    )
    assert (found.keys, found.ordered, found.limited) == (2, True, True)


def test_a_limit_without_an_order_cuts_where_a_row_is_left_out() -> None:
    found = witness("SELECT id FROM orders LIMIT 5", SHOP)
    assert found.sql == "SELECT orders.id AS id FROM public.orders AS orders LIMIT (5) + 1"
    assert (found.ordered, found.limited) == (False, True)
    six: list[tuple[int]] = [(n,) for n in range(6)]
    assert order_of(found, 5, six) == Order(None, True)
    assert order_of(found, 5, six[:5]) == Order(None, False)


@pytest.mark.parametrize("limit", [":n", "20", "5 + 5"])
def test_a_limit_of_any_form_is_widened(limit: str) -> None:
    sql = witness(" ".join(("SELECT id FROM orders ORDER BY total LIMIT", limit)), SHOP).sql or ""
    assert sql.endswith(f"LIMIT ({limit}) + 1")


def test_fetch_first_is_a_limit_too() -> None:
    found = witness("SELECT id FROM orders ORDER BY total FETCH FIRST 5 ROWS ONLY", SHOP)
    assert found.limited
    assert (found.sql or "").endswith("FETCH FIRST ((5) + 1) ROWS ONLY")


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("2 DESC", "orders.total"),
        ("amount", "orders.total"),
        ("lower(status)", "LOWER(orders.status)"),
        ("coalesce(paid_at, created_at) NULLS LAST", "COALESCE(orders.paid_at, orders.created_at)"),
    ],
)
def test_ordinals_and_aliases_stand_for_what_is_selected(order: str, key: str) -> None:
    found = witness(" ".join(("SELECT id, total AS amount FROM orders ORDER BY", order)), SHOP)
    assert found.sql is not None
    assert f'{key} AS "order_0"' in found.sql


@pytest.mark.parametrize(
    ("sql", "ordered", "limited"),
    [
        ("SELECT id FROM orders", False, False),
        ("SELECT DISTINCT status FROM orders ORDER BY status LIMIT 5", True, True),
        ("SELECT id FROM orders UNION SELECT id FROM users ORDER BY 1", True, False),
        ("UPDATE orders SET total = 1", False, False),
        ("SELECT 'open", False, False),
    ],
)
def test_reads_without_a_witness(sql: str, ordered: bool, limited: bool) -> None:
    found = witness(sql, SHOP)
    assert (found.sql, found.ordered, found.limited) == (None, ordered, limited)


def test_averages_and_quotients_are_computed() -> None:
    sql = "SELECT status, avg(total), sum(total), sum(total) / count(*), max(id) FROM orders GROUP BY status"
    assert witness(sql, SHOP).computed == {1, 3}


def rows(*keys: object) -> list[tuple[Any, ...]]:
    """The rows of a witness with one key: a column, then the key."""
    return [(n, key) for n, key in enumerate(keys)]


FOUND = Witness("SELECT", 1, True, True, frozenset({0}))


@pytest.mark.parametrize(
    ("length", "witnessed", "ties", "cut"),
    [
        (4, rows(9, 9, 8, 7), (0, 0, 1, 2), False),
        (3, rows(9, 8, 8, 7), (0, 1, 1), False),
        (3, rows(9, 8, 8, 8), (0, 1, 1), True),
        (2, rows(None, None, None), (0, 0), True),
        (0, rows(1), (), False),
        (2, rows(1, 2), (0, 1), False),
    ],
)
def test_ties_and_cuts(
    length: int, witnessed: list[tuple[Any, ...]], ties: tuple[int, ...], cut: bool
) -> None:
    assert order_of(FOUND, length, witnessed) == Order(ties, cut, frozenset({0}))


def test_without_a_witness_rows_are_a_multiset_and_a_limit_cuts() -> None:
    unordered = Witness(None, 0, False, False, frozenset())
    assert order_of(unordered, 3, ()) == Order(None, False, frozenset())
    unknown = Witness(None, 0, True, True, frozenset())
    assert order_of(unknown, 3, ()) == Order(None, True, frozenset())
