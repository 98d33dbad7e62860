"""Running hand-written programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from pymongo.database import Database

from optimizer.engines.mongo.program import (
    Aggregate,
    Delete,
    Draw,
    Fetch,
    Find,
    Insert,
    Leaf,
    Output,
    Program,
    Require,
    Statement,
    Update,
)
from optimizer.engines.mongo.session import MongoSession
from optimizer.model.answer import TIMED_OUT
from optimizer.model.measurement import Status
from optimizer.model.query import Binding
from optimizer.model.schema import ColumnType
from tests.engines.mongo.programs import bind, execute, fetched, param, query, read, session, write

Stored = Database[dict[str, Any]]
Open = Callable[..., MongoSession]
INTEGER = ColumnType("bigint", "int8")
SLOW = {"$where": "sleep(50) || true"}


@pytest.fixture
def stored(mongo_database: Stored) -> Stored:
    mongo_database.people.insert_many(
        [{"_id": n, "name": f"p{n}", "balance": Decimal128(f"{n}.50"), "nested": None} for n in range(10)]
    )
    return mongo_database


@pytest.fixture
def opened(stored: Stored, mongo_uri: str) -> Iterator[Open]:
    """Opens sessions for programs by their queries' names, and closes them."""
    made: list[MongoSession] = []

    def open_session(**programs: Program) -> MongoSession:
        made.append(session(mongo_uri, stored.name, programs))
        return made[-1]

    yield open_session
    for one in made:
        one.close()
        one.close()


def test_a_read_is_timed_and_answered(opened: Open) -> None:
    outputs = (Output("id", "_id", INTEGER), Output("balance", "balance"), Output("x", "nested.x"))
    one = opened(q=read(Find("people", {"_id": param("id")}), outputs=outputs))
    execution = one.time(query(), bind(id=3))
    assert execution.status is Status.OK
    assert 0 < execution.ms < 1000
    answer = one.answer(query(), bind(id=3))
    assert answer.columns == ("id", "balance", "x")
    assert answer.rows == ((3, Decimal("3.50"), None),)
    assert one.answer(query(), bind(id=99)).rows == ()


def test_values_come_back_as_postgresql_gives_them(stored: Stored, opened: Open) -> None:
    identity = UUID(int=5)
    stored.kinds.insert_one(
        {
            "_id": identity,
            "at": datetime(2024, 1, 1, 10),
            "day": datetime(2024, 1, 1),
            "n": Int64(1 << 40),
            "place": {"type": "Point", "coordinates": [1.0, 2.5]},
            "json": {"a": [1, {"b": None}]},
        }
    )
    kinds = {
        "_id": "uuid",
        "at": "timestamptz",
        "day": "date",
        "n": "int8",
        "place": "point",
        "json": "jsonb",
    }
    outputs = tuple(Output(name, name, ColumnType(base, base)) for name, base in kinds.items())
    answer = opened(q=read(Find("kinds", {}), outputs=outputs)).answer(query(), bind())
    expected = (identity, datetime(2024, 1, 1, 10), date(2024, 1, 1), 1 << 40, "(1,2.5)")
    assert answer.rows == ((*expected, {"a": [1, {"b": None}]}),)


def test_more_rows_than_one_message_holds(stored: Stored, opened: Open) -> None:
    stored.big.insert_many([{"_id": n, "text": "x" * 100_000} for n in range(400)])
    find = opened(q=read(Find("big", {}, sort=[("_id", -1)]), outputs=(Output("id", "_id", INTEGER),)))
    assert [row[0] for row in find.answer(query(), bind()).rows] == list(range(399, -1, -1))
    assert find.time(query(), bind()).status is Status.OK
    piped = opened(q=read(Aggregate("big", [{"$sort": {"_id": 1}}]), outputs=(Output("id", "_id"),)))
    assert len(piped.answer(query(), bind()).rows) == 400
    assert piped.time(query(), bind()).status is Status.OK


def test_a_limit_of_nothing_and_of_null(opened: Open) -> None:
    find = Find("people", {}, sort=[("_id", 1)], skip=param("skip"), limit=param("limit"))
    one = opened(q=read(find, outputs=(Output("id", "_id"),)))
    assert one.answer(query(), bind(skip=0, limit=0)).rows == ()
    assert one.answer(query(), bind(skip=8, limit=None)).rows == ((8,), (9,))
    assert one.answer(query(), bind(skip=0, limit=1)).rows == ((0,),)


def test_an_aggregate_of_nothing_has_its_row(opened: Open) -> None:
    pipeline = [{"$match": {"_id": param("id")}}, {"$group": {"_id": None, "n": {"$sum": 1}}}]
    one = opened(q=read(Aggregate("people", pipeline), outputs=(Output("n", "n", INTEGER),), empty=(0,)))
    assert one.answer(query(), bind(id=99)).rows == ((0,),)
    assert one.answer(query(), bind(id=1)).rows == ((1,),)


def test_decimals_of_templates_and_leaves_are_stored_as_such(stored: Stored, opened: Open) -> None:
    document = {"_id": 1, "a": Decimal("1.50"), "b": param("b"), "c": [param("b"), {"d": param("b")}]}
    execute(opened(q=write(Insert("sums", [document]))), bind(b=Decimal("2.5")))
    two = Decimal128("2.5")
    assert stored.sums.find_one() == {"_id": 1, "a": Decimal128("1.50"), "b": two, "c": [two, {"d": two}]}


@pytest.mark.parametrize("transaction", [False, True])
def test_a_write_is_rolled_back_unless_kept(stored: Stored, opened: Open, transaction: bool) -> None:
    update = Update("people", {"_id": param("id")}, {"$set": {"name": "new"}}, many=False)
    one = opened(q=write(update, transaction=transaction))
    assert one.time(query(), bind(id=1)).status is Status.OK
    assert one.answer(query(), bind(id=1)).rows == ()
    assert stored.people.count_documents({"name": "new"}) == 0
    assert one.time(query(), bind(id=1), keep=True).status is Status.OK
    assert stored.people.count_documents({"name": "new"}) == 1


def test_several_statements_are_all_or_nothing(stored: Stored, opened: Open) -> None:
    insert = Statement((Insert("people", [{"_id": 50}, {"_id": 51}]),))
    fails = Statement((Insert("people", [{"_id": 3}]),))
    one = opened(q=Program((insert, fails), is_write=True, transaction=True))
    execution = one.time(query(), bind(), keep=True)
    assert execution.status is Status.FAILED
    assert "duplicate key" in execution.error
    assert stored.people.count_documents({}) == 10


def test_what_a_write_returns_is_seen_before_it_is_rolled_back(stored: Stored, opened: Open) -> None:
    outputs = (Output("name", "name"),)
    update = Update("people", {"_id": 1}, [{"$set": {"name": {"$concat": ["$name", "!"]}}}])
    one = opened(q=write(update, Find("people", {"_id": 1}), outputs=outputs))
    assert one.answer(query(), bind()).rows == (("p1!",),)
    assert one.answer(query(), bind()).rows == (("p1!",),)


def test_array_filters_upserts_and_deletes(stored: Stored, opened: Open) -> None:
    stored.orders.insert_one({"_id": 1, "items": [{"id": 1, "n": 1}, {"id": 2, "n": 1}]})
    change = {"$set": {"items.$[i].n": param("n")}}
    update = Update("orders", {"_id": 1}, change, array_filters=[{"i.id": param("item")}])
    execute(opened(q=write(update)), bind(n=7, item=2))
    assert stored.orders.find_one() == {"_id": 1, "items": [{"id": 1, "n": 1}, {"id": 2, "n": 7}]}
    execute(opened(q=write(Update("orders", {"_id": 2}, {"$set": {"n": 1}}, upsert=True))), bind())
    assert stored.orders.count_documents({"n": 1}) == 1
    execute(opened(q=write(Delete("orders", {}, many=False))), bind())
    assert stored.orders.count_documents({}) == 1
    execute(opened(q=write(Delete("orders", {}))), bind())
    assert stored.orders.count_documents({}) == 0


def test_a_guard_that_fails_ends_the_query(stored: Stored, opened: Open) -> None:
    parent = Require(Find("people", {"_id": param("id")}), "missing parent", when=param("id"))
    one = opened(q=write(parent, Insert("notes", [{"person": param("id")}]), transaction=True))
    assert one.answer(query(), bind(id=99)).error == "missing parent"
    assert one.time(query(), bind(id=99), keep=True).error == "missing parent"
    assert one.time(query(), bind(id=None), keep=True).status is Status.OK
    assert one.time(query(), bind(id=1), keep=True).status is Status.OK
    assert stored.notes.count_documents({}) == 2
    childless = Require(Find("notes", {"person": param("id")}), "missing parent", absent=True)
    other = opened(q=write(childless, Delete("people", {"_id": param("id")}), transaction=True))
    assert other.answer(query(), bind(id=1)).error == "missing parent"
    assert other.answer(query(), bind(id=2)).error == ""


def test_what_is_fetched_is_used(stored: Stored, opened: Open) -> None:
    fetch = Fetch(Find("people", {"_id": param("id")}), {"who": "name", "sum": "balance", "no": "a.b"})
    document = {"_id": param("id"), "who": fetched("who"), "sum": fetched("sum"), "no": fetched("no")}
    execute(opened(q=write(fetch, Insert("copies", [document]), transaction=True)), bind(id=4))
    assert stored.copies.find_one() == {"_id": 4, "who": "p4", "sum": Decimal128("4.50"), "no": None}


def test_a_fetch_that_finds_nothing_stops_its_statement_alone(stored: Stored, opened: Open) -> None:
    fetch = Fetch(Find("people", {"_id": 99}), {"who": "name"}, stops=True)
    first = Statement((fetch, Insert("copies", [{"who": fetched("who")}])))
    second = Statement((Insert("copies", [{"who": "second"}]),))
    execute(opened(q=Program((first, second), is_write=True, transaction=True)), bind())
    assert [one["who"] for one in stored.copies.find()] == ["second"]


def test_a_number_is_drawn_once_even_if_rolled_back(stored: Stored, opened: Open) -> None:
    insert = Insert("tickets", [{"_id": fetched("id")}])
    one = opened(q=write(Draw("tickets.id", "id"), insert, transaction=True))
    execute(one, bind())
    one.time(query(), bind())
    execute(one, bind())
    assert sorted(ticket["_id"] for ticket in stored.tickets.find()) == [1, 3]


def test_settings_are_values_too(opened: Open) -> None:
    tenant = Leaf("current_setting('app.tenant')", lambda values: int(values["@app.tenant"]))
    one = opened(q=read(Find("people", {"_id": tenant}), outputs=(Output("id", "_id"),)))
    assert one.answer(query(), Binding((), (("app.tenant", "7"),))).rows == ((7,),)


def test_a_timeout_is_a_result(opened: Open) -> None:
    one = opened(q=read(Find("people", SLOW)), w=write(Update("people", SLOW, {"$set": {"x": 1}})))
    for name in ("q", "w"):
        execution = one.time(query(name), bind(), timeout_ms=60)
        assert execution.status is Status.TIMED_OUT
        assert execution.ms <= 60
        assert one.answer(query(name), bind(), timeout_ms=60).error == TIMED_OUT
    assert one.time(query(), bind()).status is Status.OK


def test_all_operations_of_a_statement_share_its_time(opened: Open) -> None:
    some = {"_id": {"$lt": 2}, **SLOW}
    one = opened(q=read(*[Find("people", some)] * 4))
    assert one.time(query(), bind(), timeout_ms=250).status is Status.TIMED_OUT


def test_writers_that_meet_wait_for_each_other(stored: Stored, opened: Open) -> None:
    add = Update("people", {"_id": 1}, {"$inc": {"hits": 1}})
    slow = Find("people", {"_id": 2, "$where": "sleep(5) || true"})
    program = write(add, slow, transaction=True)

    def work() -> None:
        one = opened(q=program)
        for _ in range(20):
            execute(one, bind())

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored.people.count_documents({"_id": 1, "hits": 40}) == 1


def test_a_writer_that_waits_too_long_timed_out(stored: Stored, opened: Open) -> None:
    one = opened(q=write(Update("people", {"_id": 1}, {"$inc": {"hits": 1}}), transaction=True))
    with stored.client.start_session() as other, other.start_transaction():
        stored.people.update_one({"_id": 1}, {"$inc": {"hits": 1}}, session=other)
        execution = one.time(query(), bind(), timeout_ms=100)
        assert execution.status is Status.TIMED_OUT
    assert one.time(query(), bind()).status is Status.OK


VALIDATOR = {
    "$jsonSchema": {
        "required": ["a"],
        "properties": {"a": {"bsonType": "int", "minimum": 0}, "b": {"bsonType": ["string", "null"]}},
    }
}


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"a": None}, "null in a required column"),
        ({"b": "x"}, "null in a required column"),
        ({"a": -1}, "check violated"),
        ({"a": None, "b": 5}, "null in a required column"),
        ({"a": 1, "b": None}, ""),
    ],
)
def test_what_a_validator_refuses(stored: Stored, opened: Open, document: dict[str, Any], error: str) -> None:
    stored.create_collection("checked", validator=VALIDATOR)
    one = opened(q=write(Insert("checked", [document])))
    assert one.answer(query(), bind()).error == error
    assert (one.time(query(), bind(), keep=True).status is Status.FAILED) == bool(error)


@pytest.mark.parametrize(
    "expression",
    [{"$divide": ["$_id", 0]}, {"$mod": ["$_id", "$zero"]}, {"$divide": ["$balance", Decimal(0)]}],
)
def test_division_by_zero_on_the_server(stored: Stored, opened: Open, expression: dict[str, Any]) -> None:
    stored.people.update_many({}, {"$set": {"zero": 0}})
    project = opened(q=read(Aggregate("people", [{"$project": {"x": expression}}])))
    assert project.answer(query(), bind()).error == "division by zero"
    assert project.time(query(), bind()).status is Status.FAILED
    change = opened(q=write(Update("people", {}, [{"$set": {"x": expression}}])))
    assert change.answer(query(), bind()).error == "division by zero"


def test_other_errors(stored: Stored, opened: Open) -> None:
    leaf = Leaf("1 / :x", lambda values: 1 / values["x"])
    one = opened(
        zero=read(Find("people", {"_id": leaf})),
        twice=write(Insert("people", [{"_id": 1}])),
        bad=read(Find("people", {"$nonsense": 1})),
    )
    assert one.answer(query("zero"), bind(x=0)).error == "division by zero"
    assert one.time(query("zero"), bind(x=0)).error == "division by zero"
    assert one.answer(query("twice"), bind()).error == "duplicate key"
    assert one.time(query("twice"), bind(), keep=True).status is Status.FAILED
    assert one.answer(query("bad"), bind()).error == "error 2"


def test_the_floor(opened: Open) -> None:
    assert 0 < opened().floor_ms() < 50


def test_what_bson_cant_hold_is_refused(opened: Open) -> None:
    one = opened(q=write(Insert("people", [{"n": param("n")}]), transaction=True))
    for value in (1 << 70, "x" * (17 << 20)):
        assert one.answer(query(), bind(n=value)).error.startswith("error ")
        assert one.time(query(), bind(n=value), keep=True).status is Status.FAILED
    assert one.answer(query(), bind(n=1)).error == ""
