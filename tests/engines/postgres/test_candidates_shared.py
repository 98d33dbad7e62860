"""What several queries, keys and the user's own indexes make of the candidates."""

from __future__ import annotations

from dataclasses import replace

from optimizer.engines.postgres.candidates import Considered, consider
from optimizer.engines.postgres.ddl import create_index
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.queries.extract import facts
from optimizer.queries.facts import Facts
from tests.engines.postgres.candidate_schema import SAMPLE

ORDERS = TableName("public", "orders")
BY_USER = "SELECT o.notes FROM orders o WHERE o.user_id = :u ORDER BY o.created_at DESC LIMIT 5"


def found(schema: Schema = SAMPLE, **queries: str) -> Considered:
    return consider({name: (facts(text, schema),) for name, text in queries.items()}, schema)


def definitions(considered: Considered) -> dict[str, tuple[str, ...]]:
    """What each index is on, with the queries that it is for."""
    return {create_index(c.index).partition(" ON ")[2]: c.queries for c in considered.candidates}


def reasons(considered: Considered) -> set[tuple[str, str, tuple[str, ...]]]:
    """What was left out, why, and for which queries."""
    return {(item.subject, item.reason, item.queries) for item in considered.left_out}


def test_one_index_is_for_all_queries_that_ask_for_it() -> None:
    both = definitions(found(a=BY_USER, b=BY_USER.replace("LIMIT 5", "LIMIT 50")))
    assert both["orders (user_id, created_at DESC)"] == ("a", "b")


def test_an_index_read_backwards_is_not_proposed_twice() -> None:
    both = definitions(found(a=BY_USER, b=BY_USER.replace("DESC", "ASC")))
    assert both["orders (user_id, created_at DESC)"] == ("a", "b")
    assert "orders (user_id, created_at)" not in both


def test_equal_columns_in_another_order_are_the_same_index() -> None:
    a = "SELECT o.notes FROM orders o WHERE o.user_id = :u AND o.status = :s"
    b = "SELECT o.notes FROM orders o WHERE o.status = :s AND o.user_id = :u"
    both = definitions(found(a=a, b=b))
    assert both["orders (user_id, status)"] == ("a", "b")
    assert "orders (status, user_id)" not in both


def test_a_composite_is_offered_with_another_querys_column_first() -> None:
    a = "SELECT o.notes FROM orders o WHERE o.user_id = :u AND o.status = :s"
    b = "SELECT o.notes FROM orders o WHERE o.status = :s"
    both = definitions(found(a=a, b=b))
    assert both["orders (user_id, status)"] == ("a",)
    assert both["orders (status, user_id)"] == ("a", "b")


def test_two_covering_indexes_are_offered_as_one() -> None:
    a = "SELECT o.total FROM orders o WHERE o.user_id = :u"
    b = "SELECT o.status FROM orders o WHERE o.user_id = :u ORDER BY o.created_at"
    both = definitions(found(a=a, b=b))
    assert both["orders (user_id, created_at) INCLUDE (status, total)"] == ("a", "b")


def test_the_users_own_indexes_stay_under_their_names() -> None:
    own = Index(ORDERS, (IndexKey("user_id", "user_id"), IndexKey("created_at", "created_at")), name="mine")
    schema = replace(SAMPLE, given=(own,))
    candidates = found(schema, a=BY_USER, b="SELECT u.name FROM users u").candidates
    mine = [c for c in candidates if c.index == own]
    assert [(c.index.name, c.queries) for c in mine] == [("mine", ("a",))]
    assert "orders (user_id, created_at DESC)" not in {create_index(c.index) for c in candidates}


def test_what_a_key_covers_is_left_out_with_its_reason() -> None:
    considered = found(a="SELECT u.name FROM users u WHERE u.email LIKE 'a%' ORDER BY u.email")
    assert "users (email)" not in definitions(considered)
    assert ("btree (email) on users", "users_email_key covers it", ("a",)) in reasons(considered)


def test_a_unique_index_keeps_an_equal_one_out() -> None:
    unique = Index(ORDERS, (IndexKey("total", "total"),), unique=True, name="orders_total_key")
    schema = replace(SAMPLE, unique_indexes=(unique,))
    considered = found(schema, a="SELECT o.notes FROM orders o WHERE o.total = :t")
    assert "orders (total)" not in definitions(considered)


def test_every_foreign_key_is_offered_an_index() -> None:
    alone = definitions(found(a="SELECT 1 FROM users u"))
    assert alone["order_items (product_id)"] == ()
    delete = definitions(found(a="DELETE FROM users WHERE id = :id"))
    assert delete["orders (user_id)"] == ("a",)


def test_a_statement_that_cannot_be_read_is_told() -> None:
    considered = consider({"a": (Facts(complete=False, gap="MERGE"),)}, SAMPLE)
    assert reasons(considered) == {("a statement", "not understood: MERGE", ("a",))}


def test_names_are_distinct_and_none_is_taken() -> None:
    schema = replace(
        SAMPLE, unique_indexes=(Index(ORDERS, (IndexKey("total", "total"),), name="orders_user_id_idx"),)
    )
    names = [candidate.index.name for candidate in found(schema, a=BY_USER).candidates]
    assert len(set(names)) == len(names)
    assert "orders_user_id_idx" not in names
    assert all(names)
