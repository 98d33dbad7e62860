"""Plans of hand-written programs, as a real server explains them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo.database import Database

from optimizer.engines.mongo.commands import COUNTERS
from optimizer.engines.mongo.indexes import path_index
from optimizer.engines.mongo.program import (
    Aggregate,
    Delete,
    Draw,
    Fetch,
    Find,
    Insert,
    Operation,
    Require,
    Update,
)
from optimizer.engines.mongo.session import MongoSession
from optimizer.engines.mongo.visibility import Built, Visibility
from optimizer.model.names import TableName
from optimizer.model.plan import Plan
from tests.engines.mongo.programs import bind, fetched, param, query, session, write

Stored = Database[dict[str, Any]]
Explain = Callable[..., Plan]

ORDERS, PARENTS = TableName("public", "orders"), TableName("public", "parents")
BY_PARENT = path_index(ORDERS, "parent", name="by_parent")
BY_KIND = path_index(PARENTS, "kind", name="by_kind")
MATCH = {"$match": {"kind": 3}}
CHILDREN = {"$lookup": {"from": "orders", "localField": "_id", "foreignField": "parent", "as": "o"}}
SOME_CHILDREN = {"$lookup": {**CHILDREN["$lookup"], "pipeline": [{"$match": {"n": {"$gt": 5}}}]}}


@pytest.fixture
def stored(mongo_database: Stored) -> Stored:
    mongo_database.parents.insert_many([{"_id": n, "kind": n % 10, "up": n - 1} for n in range(200)])
    mongo_database.orders.insert_many([{"_id": n, "parent": n % 200, "n": n} for n in range(2000)])
    mongo_database.orders.create_index("parent", name="by_parent")
    mongo_database.parents.create_index("kind", name="by_kind")
    return mongo_database


@pytest.fixture
def explain(stored: Stored, mongo_uri: str) -> Iterator[Explain]:
    """The plan of these operations, as a query."""
    opened: list[MongoSession] = []

    def plan(*operations: Operation, **values: Any) -> Plan:
        indexes = {"by_parent": BY_PARENT, "by_kind": BY_KIND}
        opened.append(session(mongo_uri, stored.name, {"q": write(*operations)}, indexes))
        return opened[-1].plan(query(), bind(**values))

    yield plan
    for one in opened:
        one.close()


@pytest.fixture
def visibility(stored: Stored) -> Visibility:
    made = Visibility(stored)
    made.add(BY_PARENT, Built("by_parent", "orders"))
    made.add(BY_KIND, Built("by_kind", "parents"))
    return made


def test_a_find(explain: Explain) -> None:
    plan = explain(Find("orders", {"parent": param("p")}), p=3)
    assert plan.fingerprint == "find orders: (FETCH (IXSCAN by_parent))"
    assert plan.used == {BY_PARENT}
    assert explain(Find("orders", {"_id": 3})).fingerprint == "find orders: (IDHACK)"
    assert explain(Find("orders", {"_id": {"$gt": 3}})).used == frozenset()


def test_directions_and_sorts_are_told_apart(explain: Explain) -> None:
    upwards = explain(Find("orders", {}, sort=[("parent", 1)]))
    downwards = explain(Find("orders", {}, sort=[("parent", -1)]))
    sorted_ = explain(Find("orders", {}, sort=[("n", -1)]))
    assert upwards.fingerprint == "find orders: (FETCH (IXSCAN by_parent))"
    assert downwards.fingerprint == "find orders: (FETCH (IXSCAN by_parent backward))"
    assert sorted_.fingerprint == "find orders: (SORT (COLLSCAN))"


def test_a_binding_doesnt_change_a_plan_by_itself(explain: Explain) -> None:
    find = Find("orders", {"parent": param("p")}, limit=param("n"))
    assert explain(find, p=3, n=5) == explain(find, p=99, n=7)


def test_a_lookup_of_the_slot_based_engine(explain: Explain, visibility: Visibility) -> None:
    plan = explain(Aggregate("parents", [MATCH, CHILDREN]))
    assert plan.used == {BY_KIND, BY_PARENT}
    assert "EQ_LOOKUP orders" in plan.fingerprint
    assert plan.fingerprint.endswith("(by orders IndexedLoopJoin by_parent)")
    visibility.show([BY_KIND])
    hidden = explain(Aggregate("parents", [MATCH, CHILDREN]))
    assert hidden.used == {BY_KIND}
    assert hidden != plan


def test_a_lookup_of_the_classic_engine(explain: Explain, visibility: Visibility) -> None:
    pipeline = [MATCH, SOME_CHILDREN, {"$unwind": "$o"}]
    plan = explain(Aggregate("parents", pipeline))
    assert plan.used == {BY_KIND, BY_PARENT}
    assert plan.fingerprint.endswith("($lookup) (join orders: (FETCH (IXSCAN by_parent)))")
    visibility.show([BY_KIND])
    hidden = explain(Aggregate("parents", pipeline))
    assert hidden.used == {BY_KIND}
    assert hidden.fingerprint.endswith("($lookup) (join orders: (COLLSCAN))")


def test_a_lookup_within_a_union(explain: Explain) -> None:
    union = {"$unionWith": {"coll": "parents", "pipeline": [MATCH, SOME_CHILDREN]}}
    plan = explain(Aggregate("orders", [{"$match": {"_id": 1}}, union]))
    assert plan.used == {BY_KIND, BY_PARENT}


def test_a_search_through_a_graph(explain: Explain, visibility: Visibility) -> None:
    graph = {"from": "orders", "startWith": "$_id", "connectFromField": "n", "connectToField": "parent"}
    pipeline = [{"$match": {"_id": 3}}, {"$graphLookup": {**graph, "as": "found"}}]
    assert explain(Aggregate("parents", pipeline)).used == {BY_PARENT}
    visibility.show([])
    assert explain(Aggregate("parents", pipeline)).used == frozenset()


def test_each_operation_has_its_line(explain: Explain, stored: Stored) -> None:
    plan = explain(
        Draw("orders.id", "id"),
        Fetch(Find("parents", {"kind": 3}), {"id": "_id"}),
        Require(Find("parents", {"_id": fetched("id")}), "missing parent"),
        Require(Find("parents", {"_id": 5}), "missing parent", when=param("no")),
        Insert("orders", [{"_id": fetched("id")}]),
        Update("orders", {"parent": fetched("id")}, {"$set": {"n": 1}}),
        Delete("orders", {"n": 5}),
        no=None,
    )
    assert plan.fingerprint.splitlines() == [
        "draw",
        "find parents: (LIMIT (FETCH (IXSCAN by_kind)))",
        "find parents: (IDHACK)",
        "passed over",
        "insert orders",
        "update orders: (UPDATE (FETCH (IXSCAN by_parent)))",
        "delete orders: (DELETE (COLLSCAN))",
    ]
    assert plan.used == {BY_KIND, BY_PARENT}
    assert stored.orders.count_documents({}) == 2000
    assert stored.orders.count_documents({"n": 1}) == 1
    assert COUNTERS not in stored.list_collection_names()


def test_what_cant_be_planned_is_a_plan_that_says_so(explain: Explain) -> None:
    plan = explain(Find("orders", {"$text": {"$search": "x"}}))
    assert plan.fingerprint == "fails: text index required for $text query"
    assert plan.used == frozenset()


def test_hiding_takes_effect_for_what_is_cached(
    stored: Stored, mongo_uri: str, visibility: Visibility
) -> None:
    """A plan in the cache would go on using the index; hiding clears the collection's cache."""
    stored.orders.create_index([("n", 1), ("parent", 1)], name="other")
    find = {"parent": 3, "n": {"$gte": 0}}
    for _ in range(10):
        list(stored.orders.find(find))
    assert list(stored.orders.aggregate([{"$planCacheStats": {}}]))
    visibility.show([BY_KIND])
    assert not list(stored.orders.aggregate([{"$planCacheStats": {}}]))
    used = list(stored.orders.aggregate([{"$indexStats": {}}]))
    before = next(one["accesses"]["ops"] for one in used if one["name"] == "by_parent")
    assert len(list(stored.orders.find(find))) == 10
    used = list(stored.orders.aggregate([{"$indexStats": {}}]))
    assert next(one["accesses"]["ops"] for one in used if one["name"] == "by_parent") == before


def test_a_set_has_one_plan_whatever_was_shown_before(explain: Explain, stored: Stored) -> None:
    tied = [path_index(ORDERS, "parent", name, name=f"by_{name}") for name in ("a", "b", "c")]
    stored.orders.drop_index("by_parent")
    made = Visibility(stored)
    for index in tied:
        stored.orders.create_index([("parent", 1), (index.name[-1], 1)], name=index.name)
        made.add(index, Built(index.name, "orders"))
    plans = set()
    for before in ([tied[2]], [tied[1], tied[2]], [], [tied[0]]):
        made.show(before)
        made.show(tied)
        plans.add(explain(Find("orders", {"parent": param("p")}), p=3).fingerprint)
    assert plans == {"find orders: (FETCH (IXSCAN by_a))"}
