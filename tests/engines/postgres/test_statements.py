"""What runs for a query: numbered parameters, kinds, and what foreign keys do unseen."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.statements import Statement, compile_query, numbered
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table
from tests.queries.schemas import SHOP
from tests.queries_by_hand import query

INT = ColumnType("integer", "int4")


def test_each_name_has_one_number() -> None:
    sql = "SELECT ':no', a::text, b[1:2] FROM t WHERE a = :from AND b = :end OR a = :from -- :not\n"
    assert numbered(sql) == Statement(
        "SELECT ':no', a::text, b[1:2] FROM t WHERE a = $1 AND b = $2 OR a = $1 -- :not\n", ("from", "end")
    )


def test_the_users_text_is_passed_on_unchanged() -> None:
    sql = "select  id,\n /* as it was */ E'it\\'s' from users where email = :email"
    assert compile_query(query("q", sql), SHOP).statements[0].sql == sql.replace(":email", "$1")


@pytest.mark.parametrize(
    ("sql", "is_write"),
    [
        ("SELECT id FROM users WHERE id = :id", False),
        ("UPDATE users SET name = :name WHERE id = :id", True),
        ("WITH gone AS (DELETE FROM reviews WHERE id = :id RETURNING 1) SELECT count(*) FROM gone", True),
        ("SELECT id FROM users WHERE id = :id FOR UPDATE", False),
        ("REFRESH MATERIALIZED VIEW sales", True),
    ],
)
def test_what_may_change_rows_is_a_write(sql: str, is_write: bool) -> None:
    assert compile_query(query("q", sql), SHOP).is_write == is_write


def test_one_write_makes_the_transaction_a_write() -> None:
    program = compile_query(
        query("q", "SELECT stock FROM products WHERE id = :p", "UPDATE products SET stock = 1 WHERE id = :p"),
        SHOP,
    )
    assert program.is_write
    assert [s.parameters for s in program.statements] == [("p",), ("p",)]


def test_deleting_a_parent_searches_its_children() -> None:
    program = compile_query(query("q", "DELETE FROM orders WHERE id = :order"), SHOP)
    assert program.checks == (Statement("SELECT 1 FROM ONLY order_items WHERE order_id = $1", ("order",)),)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM reviews WHERE id = :id",
        "DELETE FROM orders WHERE user_id = :user",
        "UPDATE orders SET status = 'gone' WHERE id = :order",
    ],
    ids=["no children", "key not given", "no delete"],
)
def test_no_check_where_none_can_be_told(sql: str) -> None:
    assert compile_query(query("q", sql), SHOP).checks == ()


def test_a_check_by_several_columns_keeps_their_pairs_and_quotes() -> None:
    parent = Table(
        TableName("app", "Parent"),
        (Column("a", INT, True), Column("b", INT, True)),
        (Key("parent_pkey", ("a", "b"), primary=True),),
    )
    child = Table(
        TableName("app", "child"),
        (Column("order", INT), Column("x", INT)),
        foreign_keys=(ForeignKey("fk", ("x", "order"), parent.name, ("b", "a")),),
    )
    schema = Schema((parent, child))
    program = compile_query(query("q", 'DELETE FROM app."Parent" WHERE a = :one AND b = :two'), schema)
    expected = 'SELECT 1 FROM ONLY app.child WHERE x = $1 AND "order" = $2'
    assert program.checks == (Statement(expected, ("two", "one")),)
