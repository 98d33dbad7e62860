"""Totals of children in the rows of their parent: what is offered, to whom, and what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
import pytest

from optimizer.design.moves.offer import Offer
from optimizer.design.tables.moves.computed import totals_in_parents
from optimizer.model.denormalisation import Computed
from optimizer.model.names import TableName
from optimizer.model.schema import ColumnType, ForeignKey, Schema, Table
from tests.conftest import WriteDataset
from tests.design.documents.made_up import SCHEMA
from tests.design.tables.storage_moves import offered

ITEMS, ORDERS, USERS = (TableName("public", name) for name in ("items", "orders", "users"))
NUMBERED = ColumnType("numeric(12,2)", "numeric", precision=12, scale=2)


def _changed(table: Table) -> Table:
    """Prices have a scale; notes may be without a user."""
    columns = tuple(
        replace(c, type=NUMBERED)
        if c.name == "price"
        else replace(c, not_null=c.name != "user_id")
        if table.name.name == "notes"
        else c
        for c in table.columns
    )
    return replace(table, columns=columns)


TABLES = Schema(tuple(_changed(table) for table in SCHEMA.tables))

ROWS = {"items": pl.DataFrame({"id": range(10), "order_id": [1] * 4 + [2, 3, 4, 5, 6, None]})}


@pytest.fixture
def move(dataset: WriteDataset) -> _Moving:
    return _Moving(dataset)


class _Moving:
    """The move over made-up tables."""

    def __init__(self, dataset: WriteDataset) -> None:
        self._dataset = dataset

    def offers(
        self, queries: str | Mapping[str, str], schema: Schema = TABLES
    ) -> tuple[list[Offer], dict[str, str]]:
        """What is offered, and what isn't, with its reason."""
        given = {"one": queries} if isinstance(queries, str) else queries
        return offered(totals_in_parents, schema, self._dataset, ROWS, given)

    def totals(self, sql: str, schema: Schema = TABLES) -> set[tuple[str, str | None]]:
        """Functions and columns of what is offered."""
        structures = [offer.structure for offer in self.offers(sql, schema)[0]]
        return {(one.function, one.column) for one in structures if isinstance(one, Computed)}

    def reasons(self, sql: str, schema: Schema = TABLES) -> Sequence[str]:
        """Why something isn't offered."""
        return list(self.offers(sql, schema)[1].values())


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT COUNT(*) FROM items i WHERE i.order_id = :id", {("count", None)}),
        (
            "SELECT MIN(i.price), MAX(i.added) FROM items i WHERE i.order_id = :id",
            {("min", "price"), ("max", "added")},
        ),
        ("SELECT AVG(i.stars) FROM items i WHERE i.order_id = :id", {("sum", "stars")}),
        ("SELECT COUNT(*), AVG(i.price) FROM items i WHERE i.order_id = :id", {("sum", "price")}),
        (
            "SELECT COUNT(*), AVG(i.stars) FROM items i WHERE i.order_id = :id",
            {("count", None), ("sum", "stars")},
        ),
        ("SELECT COUNT(i.stars), SUM(i.stars) FROM items i WHERE i.order_id = :id", {("sum", "stars")}),
        (
            "SELECT o.id, COUNT(*) FROM orders o LEFT JOIN items i ON i.order_id = o.id GROUP BY o.id",
            {("count", None)},
        ),
        (
            "SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id)",
            {("count", None)},
        ),
        (
            "SELECT u.id, x.n FROM users u JOIN (SELECT user_id, COUNT(*) AS n FROM notes GROUP BY user_id) x"
            " ON x.user_id = u.id",
            {("count", None)},
        ),
        (
            "SELECT o.id, x.m FROM orders o LEFT JOIN LATERAL"
            " (SELECT MAX(i.weight) AS m FROM items i WHERE i.order_id = o.id) x ON TRUE",
            {("max", "weight")},
        ),
    ],
)
def test_what_is_offered(move: _Moving, sql: str, expected: set[tuple[str, str | None]]) -> None:
    assert move.totals(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM items WHERE order_id = o.id AND stars = 5)",
        "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE i.id = o.id)",
        "SELECT o.id FROM orders o WHERE EXISTS (SELECT COUNT(*) + :n FROM items i WHERE i.price = o.id)",
        "SELECT MAX(i.price * 2) FROM items i WHERE i.order_id = :id",
        "SELECT i.stars, MAX(i.price) FROM items i WHERE i.order_id = :id GROUP BY i.stars",
    ],
)
def test_what_nobody_asks_for(move: _Moving, sql: str) -> None:
    assert move.offers(sql) == ([], {})


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT SUM(i.weight) FROM items i WHERE i.order_id = :id",
            "floats aren't summed: what rounding leaves depends on the order",
        ),
        (
            "SELECT COUNT(*) FROM items i WHERE i.order_id = :id AND i.price > 10",
            "only some rows are asked for, by price",
        ),
        (
            "SELECT user_id, COUNT(*) FROM notes GROUP BY user_id",
            "rows without users are a group of their own",
        ),
        (
            "SELECT COUNT(*) FROM orders o JOIN items i ON i.order_id = o.id WHERE i.order_id = :id",
            "the parents found are added up together",
        ),
        ("SELECT MIN(n.body) FROM notes n WHERE n.user_id = :id", "no minimum of text is kept"),
    ],
)
def test_what_is_left_out(move: _Moving, sql: str, reason: str) -> None:
    assert move.totals(sql) == set()
    assert reason in move.reasons(sql)


def test_a_numeric_without_a_scale(move: _Moving) -> None:
    sql = "SELECT SUM(i.price) FROM items i WHERE i.order_id = :id"
    assert move.totals(sql, SCHEMA) == set()
    assert move.reasons(sql, SCHEMA) == [
        "a numeric without a scale keeps the digits of values that have gone"
    ]


COUNT = "SELECT COUNT(*) FROM items i WHERE i.order_id = :id"
BESIDE = "SELECT o.id, (SELECT COUNT(*) FROM items i WHERE i.order_id = o.id) FROM orders o"


def _with(name: TableName, key: ForeignKey | None = None, *, row_security: bool = False) -> Schema:
    def change(table: Table) -> Table:
        if table.name != name:
            return table
        keys = table.foreign_keys if key is None else (key,)
        return replace(table, foreign_keys=keys, row_security=row_security)

    return Schema(tuple(change(table) for table in TABLES.tables))


def test_row_level_security(move: _Moving) -> None:
    children, parents = _with(ITEMS, row_security=True), _with(ORDERS, row_security=True)
    assert move.reasons(COUNT, children) == ["row-level security decides which rows of items count"]
    assert move.totals(BESIDE, children) == set()
    exists = "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id)"
    assert move.totals(exists, children) == set()
    assert move.reasons(COUNT, parents) == ["row-level security may hide the row of orders that would tell"]
    assert move.totals(BESIDE, parents) == {("count", None)}


def test_keys_that_do_not_hold_at_every_moment(move: _Moving) -> None:
    [key] = TABLES.by_name[ITEMS].foreign_keys
    deferrable = _with(ITEMS, replace(key, deferrable=True))
    [reason] = move.reasons(COUNT, deferrable)
    assert reason == f"{key.name} is deferrable: children may come before their parent"
    assert move.totals(COUNT, deferrable) == set()
    assert move.totals(COUNT, _with(ITEMS, replace(key, validated=False))) == set()


def test_writers_and_the_largest_parent_are_told(move: _Moving) -> None:
    queries = {
        "count": COUNT,
        "look": "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id)",
        "add": "INSERT INTO items (id, order_id, price) VALUES (:id, :order, 3)",
        "star": "UPDATE items SET stars = :stars WHERE id = :id",
    }
    [offer], _ = move.offers(queries)
    assert offer.because == (
        "asked for by count; looked for in look; kept up by add; a write of items locks its row of"
        " orders until it is committed, and one row has 40% of them"
    )
