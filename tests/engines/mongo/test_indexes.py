"""Indexes as createIndex's arguments, their names, and JavaScript's spelling of BSON values."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from bson import Decimal128, Int64
from bson.binary import Binary

from optimizer.engines.mongo.indexes import (
    NAME_LENGTH,
    create_index,
    index_name,
    key_of,
    name_all,
    options_of,
    path_index,
    path_key,
)
from optimizer.engines.mongo.partial_filters import parsed, text_of
from optimizer.engines.mongo.script_values import collection, javascript
from optimizer.model.index import Index
from optimizer.model.names import TableName

ORDERS = TableName("public", "orders")
TEXT = Index(
    ORDERS,
    (path_key("shop"), path_key("title", kind="text")),
    "text",
    options=(("default_language", '"german"'), ("weights", '{"title": 10}')),
)
PARTIAL = Index(ORDERS, (path_key("total", descending=True),), where=text_of({"open": True}), unique=True)


def test_keys_and_options() -> None:
    assert key_of(TEXT) == [("shop", 1), ("title", "text")]
    assert options_of(TEXT) == {
        "name": index_name(TEXT),
        "default_language": "german",
        "weights": {"title": 10},
    }
    assert key_of(PARTIAL) == [("total", -1)]
    assert options_of(PARTIAL) == {
        "name": index_name(PARTIAL),
        "unique": True,
        "partialFilterExpression": {"open": True},
    }


def test_the_statement() -> None:
    index = path_index(ORDERS, "items.product_id", "_id", name="by_product")
    assert (
        create_index(index) == 'db.orders.createIndex({"items.product_id": 1, _id: 1}, {name: "by_product"})'
    )
    assert 'name: "other"' in create_index(index, name="other")
    ttl = Index(ORDERS, (path_key("at"),), options=(("expireAfterSeconds", "60"),))
    assert create_index(ttl).endswith("expireAfterSeconds: 60})")


def test_names_are_readable_and_the_same_for_equal_indexes() -> None:
    assert index_name(path_index(ORDERS, "user.name", "_id")) == "orders_user_name_id"
    assert index_name(Index(ORDERS, (path_key("data.$**"),), "wildcard")) == "orders_data_wildcard"
    assert index_name(PARTIAL) == index_name(PARTIAL)
    assert index_name(PARTIAL).startswith("orders_total_desc_partial_key_")
    assert index_name(path_index(TableName("audit", "log"), "at")) == "audit_log_at"
    assert (
        len(index_name(path_index(ORDERS, *(f"a_rather_long_field_{n}" for n in range(20))))) == NAME_LENGTH
    )


def test_all_names_differ() -> None:
    indexes = [
        path_index(ORDERS, "a.b"),
        path_index(ORDERS, "a_b"),
        path_index(ORDERS, "c", name="orders_a_b"),
    ]
    names = name_all([*indexes, indexes[0]], taken={"other"})
    assert len(set(names.values())) == len(names) == 3
    assert names[indexes[2]] == "orders_a_b"


@pytest.mark.parametrize(
    "condition",
    [
        {"a": {"$gte": -math.inf}},
        {"a": {"$gte": b""}},
        {"a": {"$lt": datetime(2020, 1, 1)}, "b": None},
        {"a": {"$in": [Decimal128("1.50"), UUID(int=7)]}},
        {"$and": [{"a": 1}, {"a": Int64(5)}]},
    ],
)
def test_a_filter_survives_its_text(condition: dict[str, Any]) -> None:
    assert parsed(text_of(condition)) == condition
    assert text_of(parsed(text_of(condition))) == text_of(condition)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (5, "5"),
        (2**31, 'NumberLong("2147483648")'),
        (Int64(5), 'NumberLong("5")'),
        (0.5, "Double(0.5)"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
        (Decimal128("1.50"), 'NumberDecimal("1.50")'),
        (datetime(2020, 1, 2, 3, 4, 5, 6000), 'ISODate("2020-01-02T03:04:05.006Z")'),
        (UUID(int=1), 'UUID("00000000-0000-0000-0000-000000000001")'),
        (Binary(UUID(int=1).bytes, 4), 'UUID("00000000-0000-0000-0000-000000000001")'),
        (b"abc", 'BinData(0, "YWJj")'),
        ('a"\né', '"a\\"\\né"'),
        ({"a": [1, {"$b": "x"}], "c.d": {}}, '{a: [1, {$b: "x"}], "c.d": {}}'),
    ],
)
def test_javascript(value: Any, text: str) -> None:
    assert javascript(value) == text


def test_long_values_are_broken() -> None:
    value = {"names": ["x" * 20] * 5, "inner": {"a": "y" * 60, "b": "z" * 30}}
    assert javascript(value, width=60).count("\n") == 10


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders", "db.orders"),
        ("audit.log", 'db.getCollection("audit.log")'),
        ("stats", 'db.getCollection("stats")'),
        ("Order Lines", 'db.getCollection("Order Lines")'),
    ],
)
def test_collections(name: str, text: str) -> None:
    assert collection(name) == text
