"""Summaries: which groups are offered, with what they cost, and which are left out, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.tables.moves.summary_table import summary_tables
from optimizer.model.tables import SummaryTable
from tests.design.tables.grouped_moves import known


def offers(folder: Path, queries: dict[str, str]) -> list[Offer]:
    return [item for item in summary_tables(known(folder, queries)) if isinstance(item, Offer)]


def structure(folder: Path, sql: str) -> SummaryTable:
    [offer] = offers(folder, {"one": sql})
    assert isinstance(offer.structure, SummaryTable)
    return offer.structure


def reason(folder: Path, sql: str) -> str:
    [item] = summary_tables(known(folder, {"one": sql}))
    assert isinstance(item, LeftOut)
    return item.reason


@pytest.mark.parametrize(
    ("sql", "groups", "totals"),
    [
        (
            "SELECT o.status, COUNT(*), AVG(o.pieces) FROM orders o GROUP BY o.status",
            (("status", "status"),),
            (("pieces_sum", "sum", "pieces"), ("pieces_count", "count", "pieces")),
        ),
        (
            "SELECT date_trunc('day', o.at), MAX(o.at) FROM orders o WHERE o.status = :s GROUP BY 1",
            (("status", "status"), ("at_day", "date_trunc('day', at)")),
            (("at_max", "max", "at"),),
        ),
        (
            "SELECT date_trunc('month', o.at) FROM orders o WHERE o.at >= :from::date GROUP BY 1",
            (("at_day", "date_trunc('day', at)"),),
            (),
        ),
        (
            "SELECT COUNT(*) FROM orders o WHERE o.kind = :kind",
            (("kind", "kind"),),
            (),
        ),
        (
            "SELECT (o.zoned AT TIME ZONE 'UTC')::date, COUNT(*) FROM orders o GROUP BY 1",
            (("zoned_day", "date_trunc('day', zoned AT TIME ZONE 'UTC')"),),
            (),
        ),
        (
            "SELECT u.id, u.name, COUNT(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP"
            " BY u.id",
            (("user_id", "user_id"),),
            (),
        ),
        (
            "SELECT u.name FROM users u WHERE (SELECT SUM(o.pieces) FROM orders o WHERE o.user_id ="
            " u.id) > 3",
            (("user_id", "user_id"),),
            (("pieces_sum", "sum", "pieces"), ("pieces_count", "count", "pieces")),
        ),
    ],
)
def test_what_is_offered(
    tmp_path: Path, sql: str, groups: tuple[tuple[str, str], ...], totals: tuple[tuple[str, str, str], ...]
) -> None:
    found = structure(tmp_path, sql)
    assert (found.groups, found.totals) == (groups, totals)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT COUNT(*) FROM orders o", "one group"),
        ("SELECT o.at, COUNT(*) FROM orders o GROUP BY o.at", "600 rows make 600 groups: ranges of at"),
        ("SELECT COUNT(*) FROM orders o WHERE o.at >= :from", "600 rows make 600 groups"),
        ("SELECT o.kind, COUNT(*) FROM orders o GROUP BY o.kind", "kind may be null"),
        ("SELECT o.status, SUM(o.weight) FROM orders o GROUP BY o.status", "can't be told from totals"),
        ("SELECT o.status, COUNT(DISTINCT o.kind) FROM orders o GROUP BY o.status", "can't be told from"),
        ("SELECT o.weight, COUNT(*) FROM orders o GROUP BY o.weight", "may look different"),
        ("SELECT o.status, every(true) FROM orders o GROUP BY o.status", "every may be an aggregate"),
        ("SELECT o.status, COUNT(*) OVER () FROM orders o GROUP BY o.status", "a window"),
        ("SELECT COUNT(*) FROM orders o WHERE o.status = 'x' AND random() > 0.5", "another value each time"),
        ("SELECT o.status, COUNT(*) FROM orders o GROUP BY CUBE (o.status)", "several sets"),
        ("SELECT s.status, COUNT(*) FROM secured s GROUP BY s.status", "row-level security"),
        ("SELECT s.status, COUNT(*) FROM parts s GROUP BY s.status", "it is partitioned"),
        ("SELECT COUNT(*) FROM orders o WHERE o.loose = 3", "equal values of loose may look different"),
        ("SELECT date_trunc('day', o.zoned), COUNT(*) FROM orders o GROUP BY 1", "without AT TIME ZONE"),
    ],
)
def test_what_is_left_out(tmp_path: Path, sql: str, expected: str) -> None:
    assert expected in reason(tmp_path, sql)


def test_nothing_is_said_of_statements_without_groups(tmp_path: Path) -> None:
    queries = {"read": "SELECT o.id FROM orders o", "write": "UPDATE orders SET pieces = 1 WHERE id = 2"}
    assert list(summary_tables(known(tmp_path, queries))) == []


def test_finer_groups_answer_what_coarser_ones_are_asked(tmp_path: Path) -> None:
    queries = {
        "by day": "SELECT date_trunc('day', o.at), o.status, COUNT(*) FROM orders o GROUP BY 1, 2",
        "by month": "SELECT date_trunc('month', o.at), SUM(o.pieces) FROM orders o GROUP BY 1",
    }
    found = {offer.queries: offer.structure for offer in offers(tmp_path, queries)}
    assert set(found) == {("by day", "by month"), ("by month",)}
    finer = found["by day", "by month"]
    assert isinstance(finer, SummaryTable)
    assert [function for _, function, _ in finer.totals] == ["sum", "count"]


def test_rows_that_are_in_no_group_answer_nothing_else(tmp_path: Path) -> None:
    queries = {
        "kinds": "SELECT COUNT(*) FROM orders o WHERE o.kind = :kind AND o.status = :status",
        "all": "SELECT o.status, COUNT(*) FROM orders o GROUP BY o.status",
    }
    assert {offer.queries for offer in offers(tmp_path, queries)} == {("kinds",), ("all",)}


def test_writes_pay(tmp_path: Path) -> None:
    queries = {
        "read": "SELECT o.status, SUM(o.pieces) FROM orders o GROUP BY o.status",
        "add": "INSERT INTO orders (id, user_id, status) VALUES (1, 2, 'x')",
        "pay": "UPDATE orders SET status = 'paid' WHERE id = 3",
        "weigh": "UPDATE orders SET weight = 3 WHERE id = 3",
        "other": "UPDATE users SET name = 'x'",
    }
    [offer] = offers(tmp_path, queries)
    assert [(use.query.name, use.how) for use in offer.costs] == [
        ("add", "kept up by"),
        ("pay", "kept up by"),
        ("weigh", "looked at after"),
    ]
    assert "600 rows in 2 groups" in offer.because


def test_names_are_readable_and_short(tmp_path: Path) -> None:
    found = structure(tmp_path, "SELECT o.status, o.user_id, COUNT(*) FROM orders o GROUP BY 1, 2")
    assert str(found.name) == "orders_by_user_id_status"
    named = structure(
        tmp_path,
        "SELECT date_trunc('month', o.at), date_trunc('month', o.zoned AT TIME ZONE 'UTC'), o.status,"
        " o.user_id, COUNT(*) FROM orders o GROUP BY 1, 2, 3, 4",
    )
    assert str(named.name).startswith("orders_by_")
    assert len(str(named.name)) <= 50
