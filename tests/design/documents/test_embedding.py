"""Rows of a child in their parent's document: where it is offered, and where not, and why."""

from __future__ import annotations

import pytest

from optimizer.design.documents.growth import Growth
from optimizer.design.moves.evidence import Relation
from optimizer.model.documents import Embed
from optimizer.model.names import TableName
from tests.design.documents.made_up import SCHEMA, labels, proposed, reasons
from tests.queries.schemas import table

ORDER_PAGE = "SELECT o.status, i.price FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id = :id"
ITEMS_OF_ORDER = "SELECT i.price FROM items i WHERE i.order_id = :order_id"
ADD_ORDER = (
    "INSERT INTO orders (id, user_id, status, at) VALUES (:id, :user_id, 'new', :at)",
    "INSERT INTO items (id, order_id, price, added) VALUES (:item, :id, :price, :at)",
)
IN_ORDERS = "embed items in orders by items_order_id_fkey"


@pytest.mark.parametrize("sql", [ORDER_PAGE, ITEMS_OF_ORDER, ADD_ORDER])
def test_a_child_that_is_used_with_its_parent(sql: str) -> None:
    assert IN_ORDERS in labels({"one": sql})


def test_the_candidate_says_who_gains_and_who_pays() -> None:
    loose = "SELECT i.id FROM items i WHERE i.price > :price"
    found, _ = proposed({"page": ORDER_PAGE, "list": ITEMS_OF_ORDER, "add": ADD_ORDER, "dear": loose})
    [embed] = [one for one in found if isinstance(one.structure, Embed)]
    assert embed.queries == ("page", "list", "add")
    assert embed.because == (
        "read with orders in page; found by order_id in list; written with orders in add;"
        " read without orders in dear; 4.0 rows a parent, 30 at most"
    )


def test_a_child_that_leads_to_its_parent_gains_nothing() -> None:
    sql = "SELECT o.status FROM items i JOIN orders o ON o.id = i.order_id WHERE i.price > :price"
    assert IN_ORDERS not in labels({"one": sql})


def test_a_child_found_by_its_own_key_neither_gains_nor_pays() -> None:
    found, _ = proposed({"list": ITEMS_OF_ORDER, "one": "SELECT i.price FROM items i WHERE i.id = :id"})
    assert [one.because for one in found if one.structure.label == IN_ORDERS] == [
        "found by order_id in list; 4.0 rows a parent, 30 at most"
    ]


def test_one_to_one_is_a_subdocument() -> None:
    sql = "SELECT u.name, s.dark FROM users u LEFT JOIN settings s ON s.user_id = u.id WHERE u.id = :id"
    found, _ = proposed({"profile": sql})
    [embed] = [one.structure for one in found if isinstance(one.structure, Embed)]
    assert not embed.many
    assert embed.field == "settings"


@pytest.mark.parametrize(
    ("unique", "expected"), [([["order_id"]], True), ([], False), ([["order_id", "stars"]], False)]
)
def test_a_parent_has_one_child_where_the_key_is_unique(unique: list[list[str]], expected: bool) -> None:
    columns = "id int8!; order_id int8!; stars int4"
    child = table("items", columns, unique=unique, parents=[("order_id", "orders")])
    parent = SCHEMA.by_name[TableName("public", "orders")]
    assert Relation(child, child.foreign_key("items_order_id_fkey"), parent).is_one_to_one is expected


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT r.said FROM replies r WHERE r.user_id = :u", "replies refers to it"),
        ("SELECT r.said FROM replies r WHERE r.answers_id = :r", "rows of the same table"),
        ("SELECT o.status FROM orders o WHERE o.user_id = :u", "items refers to it"),
        ("SELECT n.body FROM notes n WHERE n.user_id = :u", "user_id may be null"),
    ],
)
def test_what_can_not_be_embedded_is_left_out(sql: str, reason: str) -> None:
    [why] = [why for subject, why in reasons({"one": sql}).items() if "embedded" in subject]
    assert reason in why
    assert "(asked for by one)" in why


def test_rows_that_move_from_parent_to_parent_are_left_out() -> None:
    moved = "UPDATE items SET order_id = :to WHERE id = :id"
    [why] = reasons({"list": ITEMS_OF_ORDER, "move": moved}).values()
    assert why.startswith("move moves rows from one parent to another")


@pytest.mark.parametrize("growth", [Growth(5_001, 3.0, 500_000), Growth(80, 3.0, (4 << 20) + 1)])
def test_arrays_that_grow_too_large_are_left_out(growth: Growth) -> None:
    assert labels({"list": ITEMS_OF_ORDER}, growth=growth) == []
    [why] = reasons({"list": ITEMS_OF_ORDER}, growth=growth).values()
    assert f"{growth.largest:,} of them" in why


def test_arrays_at_the_bound_are_offered() -> None:
    assert labels({"list": ITEMS_OF_ORDER}, growth=Growth(5_000, 3.0, 4 << 20)) == [IN_ORDERS]


def test_fields_of_two_keys_to_one_parent_differ() -> None:
    found, _ = proposed(
        {
            "sent": "SELECT m.at FROM moves m WHERE m.from_id = :u",
            "got": "SELECT m.at FROM moves m WHERE m.to_id = :u",
        }
    )
    fields = {one.structure.field for one in found if isinstance(one.structure, Embed)}
    assert fields == {"moves_by_from_id", "moves_by_to_id"}
    assert len({one.structure.label for one in found}) == len(found)
