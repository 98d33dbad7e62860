"""Counts and sums kept in the parent."""

from __future__ import annotations

import pytest

from tests.design.documents.made_up import labels, proposed, reasons

COUNT = "count of items.* in orders by items_order_id_fkey"
STARS = "count of items.stars in orders by items_order_id_fkey"
SUM = "sum of items.stars in orders by items_order_id_fkey"
PRICE = "sum of items.price in orders by items_order_id_fkey"


def totals(sql: str) -> set[str]:
    return {label for label in labels({"one": sql}) if not label.startswith(("embed", "copy"))}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT COUNT(*) FROM items i WHERE i.order_id = :id", {COUNT}),
        ("SELECT COUNT(i.id) FROM items i WHERE :id = i.order_id", {COUNT}),
        ("SELECT COUNT(i.stars), SUM(i.price) FROM items i WHERE i.order_id = :id", {STARS, PRICE}),
        ("SELECT ROUND(AVG(i.stars), 2) FROM items i WHERE i.order_id = :id", {STARS, SUM}),
        ("SELECT AVG(i.price) FROM items i WHERE i.order_id = :id", {COUNT, PRICE}),
        ("SELECT i.order_id, COUNT(*) FROM items i GROUP BY i.order_id HAVING COUNT(*) > 3", {COUNT}),
        (
            "SELECT o.id, o.status, SUM(i.price) AS total"
            " FROM orders o LEFT JOIN items i ON i.order_id = o.id WHERE o.at > :at"
            " GROUP BY o.id, o.status ORDER BY total DESC, o.id",
            {PRICE},
        ),
        (
            "SELECT o.id, (SELECT COUNT(*) FROM items i WHERE i.order_id = o.id) FROM orders o",
            {COUNT},
        ),
        (
            "SELECT o.id, u.name, COUNT(i.id) FROM orders o JOIN users u ON u.id = o.user_id"
            " JOIN items i ON i.order_id = o.id GROUP BY o.id, u.name",
            {COUNT},
        ),
    ],
)
def test_totals_by_parent(sql: str, expected: set[str]) -> None:
    assert totals(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM items i",
        "SELECT COUNT(*) FROM orders o LEFT JOIN items i ON i.order_id = o.id GROUP BY o.id",
        "SELECT MAX(i.price) FROM items i WHERE i.order_id = :id",
        "SELECT SUM(i.weight) FROM items i WHERE i.order_id = :id",
        "SELECT COUNT(*), MIN(i.price) FROM items i WHERE i.order_id = :id",
        "SELECT COUNT(DISTINCT i.price) FROM items i WHERE i.order_id = :id",
        "SELECT COUNT(*) FILTER (WHERE i.price > 3) FROM items i WHERE i.order_id = :id",
        "SELECT SUM(i.price * 2) FROM items i WHERE i.order_id = :id",
        "SELECT i.stars, COUNT(*) FROM items i WHERE i.order_id = :id GROUP BY i.stars",
        "SELECT o.status, COUNT(i.id) FROM orders o JOIN items i ON i.order_id = o.id GROUP BY o.status",
        "SELECT SUM(i.price) OVER (PARTITION BY i.order_id) FROM items i WHERE i.order_id = :id",
    ],
)
def test_other_totals_are_none(sql: str) -> None:
    assert totals(sql) == set()


def test_a_second_child_would_repeat_the_first() -> None:
    sql = (
        "SELECT u.id, COUNT(o.id) FROM users u JOIN orders o ON o.user_id = u.id"
        " JOIN moves m ON m.from_id = u.id GROUP BY u.id"
    )
    assert totals(sql) == set()


def test_totals_of_some_rows_are_left_out() -> None:
    sql = "SELECT COUNT(*) FROM items i WHERE i.order_id = :id AND i.price > 10"
    assert totals(sql) == set()
    assert reasons({"one": sql})["totals of items in orders"].startswith(
        "only some rows are asked for, by price"
    )


def test_writes_that_keep_a_total_up_are_named() -> None:
    found, _ = proposed(
        {
            "count": "SELECT SUM(i.price) FROM items i WHERE i.order_id = :id",
            "reprice": "UPDATE items SET price = :price WHERE id = :id",
            "star": "UPDATE items SET stars = :stars WHERE id = :id",
            "drop": "DELETE FROM items WHERE id = :id",
        }
    )
    [total] = [one for one in found if one.structure.label == PRICE]
    assert total.because == "asked for by count; kept up by reprice, drop"
