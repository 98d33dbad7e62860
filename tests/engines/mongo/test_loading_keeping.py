"""Copies, counters and subsets that have gone out of step, and samples of documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from pymongo.database import Database

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.loading.keeping import kept
from optimizer.engines.mongo.loading.samples import samples
from tests.engines.mongo.loading_schema import SCHEMA
from tests.engines.mongo.test_loading import ALL, filled, written

Change = Callable[[Database[Any]], object]

LAYOUT = Layout(SCHEMA, frozenset(ALL))


@pytest.fixture
def loaded(mongo_database: Database[Any], mongo_uri: str, tmp_path: Path) -> Database[Any]:
    """All structures at once, loaded."""
    filled(mongo_database, mongo_uri, LAYOUT, written(tmp_path, 3))
    return mongo_database


def test_a_loaded_database_agrees(loaded: Database[Any]) -> None:
    assert kept(loaded, LAYOUT) == ()


def test_types_and_the_order_of_fields_do_not_matter(loaded: Database[Any]) -> None:
    changes = {"order_count": 3, "piece_sum": 4294967301.0, "total_sum": Decimal128("5.5500")}
    assert loaded["people"].update_one({"order_count": 3}, {"$set": changes}).modified_count == 1
    copy = loaded["orders"].find_one({"_id": 7})
    assert copy is not None
    turned = dict(reversed(copy["buyer_copy"].items()))
    assert loaded["orders"].update_one({"_id": 7}, {"$set": {"buyer_copy": turned}}).modified_count == 1
    assert kept(loaded, LAYOUT) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda db: db["people"].update_one({"order_count": 3}, {"$inc": {"order_count": 1}}),
            "has 4 instead of 3",
        ),
        (
            lambda db: db["people"].update_one({"order_count": 0}, {"$set": {"total_sum": Decimal128("0")}}),
            "has Decimal('0') instead of None",
        ),
        (lambda db: db["people"].update_one({"order_count": 3}, {"$pop": {"latest": 1}}), "latest"),
        (
            lambda db: db["orders"].update_one({"_id": Int64(9)}, {"$set": {"seller_copy": None}}),
            "seller_copy",
        ),
        (lambda db: db["people"].update_one({"order_count": 3}, {"$set": {"name": "new"}}), "buyer_copy"),
        (lambda db: db["orders"].update_one({"_id": 5}, {"$set": {"pieces": 1}}), "piece_sum"),
        (lambda db: db["people"].update_one({"order_count": 3}, {"$unset": {"piece_sum": 1}}), "has None"),
    ],
)
def test_what_disagrees_is_said(loaded: Database[Any], change: Change, said: str) -> None:
    change(loaded)
    lines = kept(loaded, LAYOUT)
    assert lines
    assert all(said in line for line in lines)


def test_samples(loaded: Database[Any]) -> None:
    many = {"lines": [{"line": number, "tags": list(range(9))} for number in range(9)]}
    loaded["orders"].update_many({}, {"$set": many})
    found = samples(loaded, LAYOUT)
    assert set(found) == {"people", "orders", "points"}
    assert found["orders"]["lines"] == [{"line": number, "tags": [0, 1, 2]} for number in range(3)]
    assert len(found["people"]["latest"]) > 0
    assert json.loads(json.dumps(found)) == found
    assert list(found["people"]["_id"]) == ["$uuid"]
