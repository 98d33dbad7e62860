"""Remembered explanations are those that the server would give, and are asked for once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from random import Random
from typing import Any

import pytest
from pymongo.database import Database

from optimizer.engines.mongo.indexes import path_index
from optimizer.engines.mongo.program import Aggregate, Find, Operation, Update
from optimizer.engines.mongo.session import MongoSession
from optimizer.engines.mongo.visibility import Built, Visibility
from optimizer.model.index import Index
from optimizer.model.names import TableName
from tests.engines.mongo.programs import bind, param, query, read, write

Stored = Database[dict[str, Any]]

PARENTS, ORDERS = (TableName("public", name) for name in ("parents", "orders"))
INDEXES = (
    path_index(PARENTS, "kind", name="by_kind"),
    path_index(PARENTS, "kind", "city", name="by_kind_city"),
    path_index(PARENTS, "city", name="by_city"),
    path_index(ORDERS, "parent", name="by_parent"),
    path_index(ORDERS, "parent", "n", name="by_parent_n"),
    path_index(ORDERS, "n", name="by_n"),
)
NAMED = {index.name: index for index in INDEXES}

MATCH = {"$match": {"kind": param("kind"), "city": 3}}
PLAIN = {"$lookup": {"from": "orders", "localField": "_id", "foreignField": "parent", "as": "o"}}
SOME = {"$lookup": {**PLAIN["$lookup"], "pipeline": [{"$match": {"n": {"$gt": 50}}}]}}
RUN = {
    "$lookup": {
        "from": "orders",
        "let": {"id": "$_id"},
        "pipeline": [{"$match": {"$expr": {"$eq": ["$parent", "$$id"]}}}],
        "as": "o",
    }
}
GRAPH = {
    "$graphLookup": {
        "from": "orders",
        "startWith": "$_id",
        "connectFromField": "n",
        "connectToField": "parent",
        "as": "o",
    }
}
PROGRAMS: dict[str, Operation] = {
    "find": Find("parents", {"kind": param("kind"), "city": 3}),
    "plain": Aggregate("parents", [MATCH, PLAIN]),
    "grouped": Aggregate("parents", [MATCH, PLAIN, {"$unwind": "$o"}, {"$group": {"_id": "$o.n"}}]),
    "some": Aggregate("parents", [MATCH, SOME]),
    "run": Aggregate("parents", [MATCH, RUN]),
    "graph": Aggregate("parents", [MATCH, GRAPH]),
    "united": Aggregate(
        "orders", [{"$match": {"n": 7}}, {"$unionWith": {"coll": "parents", "pipeline": [MATCH, SOME]}}]
    ),
    "whole": Aggregate("orders", [{"$match": {"n": 7}}, {"$unionWith": "parents"}]),
}


@pytest.fixture
def stored(mongo_database: Stored) -> Stored:
    random = Random(1)
    mongo_database.parents.insert_many(
        [{"_id": n, "kind": random.randrange(9), "city": random.randrange(5)} for n in range(600)]
    )
    mongo_database.orders.insert_many(
        [{"_id": n, "parent": random.randrange(600), "n": random.randrange(99)} for n in range(2_000)]
    )
    return mongo_database


@pytest.fixture
def visibility(stored: Stored) -> Visibility:
    made = Visibility(stored)
    for index in INDEXES:
        collection = index.table.name
        stored[collection].create_index([(key.column or "", 1) for key in index.keys], name=index.name)
        made.add(index, Built(index.name, collection))
    return made


@pytest.fixture
def sessions(mongo_uri: str, stored: Stored, visibility: Visibility) -> Iterator[Sequence[MongoSession]]:
    """One that remembers, and one that asks every time."""
    programs = {name: read(one) for name, one in PROGRAMS.items()}
    programs["change"] = write(Update("orders", {"_id": 1}, {"$set": {"n": 1}}))
    with ExitStack() as opened:
        yield [
            opened.enter_context(
                closing(
                    MongoSession(
                        mongo_uri, stored.name, lambda one: programs[one.name], NAMED.get, shown=shown
                    )
                )
            )
            for shown in (visibility.shown_on, None)
        ]


def asked(stored: Stored) -> int:
    """How many explanations the server has given so far."""
    return int(stored.command("serverStatus")["metrics"]["commands"]["explain"]["total"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_remembered_plan_is_the_servers(
    name: str, sessions: Sequence[MongoSession], visibility: Visibility
) -> None:
    remembering, asking = sessions
    plans = set()
    for mask in range(1 << len(INDEXES)):
        visibility.show(_members(mask))
        plan = remembering.plan(query(name), bind(kind=3))
        assert plan == asking.plan(query(name), bind(kind=3))
        assert plan.used <= _members(mask)
        plans.add(plan.fingerprint)
    assert len(plans) > 1


@pytest.mark.parametrize("name", ["plain", "some"])
def test_a_joins_sides_are_asked_for_apart(
    name: str, sessions: Sequence[MongoSession], visibility: Visibility, stored: Stored
) -> None:
    before = asked(stored)
    for mask in range(1 << len(INDEXES)):
        visibility.show(_members(mask))
        sessions[0].plan(query(name), bind(kind=3))
    assert asked(stored) - before <= 8 + 8


def test_another_value_is_another_plan(sessions: Sequence[MongoSession], stored: Stored) -> None:
    before = asked(stored)
    for kind in (3, 4, 3):
        sessions[0].plan(query("find"), bind(kind=kind))
    assert asked(stored) - before == 2


def test_a_committed_write_makes_it_forget(sessions: Sequence[MongoSession], stored: Stored) -> None:
    before = asked(stored)
    sessions[0].plan(query("find"), bind(kind=3))
    sessions[0].time(query("change"), bind())
    sessions[0].plan(query("find"), bind(kind=3))
    assert asked(stored) - before == 1
    sessions[0].time(query("change"), bind(), keep=True)
    sessions[0].plan(query("find"), bind(kind=3))
    assert asked(stored) - before == 2


def _members(mask: int) -> frozenset[Index]:
    return frozenset(index for n, index in enumerate(INDEXES) if mask >> n & 1)
