"""A database on a real MongoDB: loading, building, showing, sizes, digests."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import polars as pl
import pytest
from pymongo.database import Database as Collections

from optimizer.dataset.dataset import Dataset
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo import scratch
from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.commands import COUNTERS
from optimizer.engines.mongo.counters import set_counters
from optimizer.engines.mongo.database import MongoDatabase
from optimizer.engines.mongo.indexes import path_index
from optimizer.engines.mongo.program import Find, Output, Program
from optimizer.model.answer import Answer
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Column, ColumnType, Key, Schema, Table
from optimizer.model.structure import Structure
from tests.engines.mongo.programs import bind, param, query, read
from tests.engines.mongo.shop import CUSTOMERS, ORDERS, SHOP

WriteDataset = Callable[..., Dataset]
Make = Callable[..., MongoDatabase]

EMBEDDED = frozenset({Embed(ORDERS, CUSTOMERS, "orders_customer_id_fkey", "orders")})
BY_CUSTOMER = path_index(ORDERS, "customer_id", name="by_customer")
BY_TOTAL = path_index(ORDERS, "total", "customer_id", name="by_total")
IMPOSSIBLE = Index(ORDERS, path_index(ORDERS, "total").keys, options=(("hidden", '"now"'),))


def compile_by_name(one: Query) -> Program:
    """Picklable, as what the engine itself makes programs with is."""
    outputs = (Output("id", "_id"),)
    return read(Find("orders", {"customer_id": param("c")}, sort=[("_id", 1)]), outputs=outputs)


@pytest.fixture
def make(mongo_client: Client, mongo_uri: str) -> Iterator[Make]:
    """A database of our own with the shop's collections in it."""
    names: list[str] = []

    def made(structures: frozenset[Structure] = frozenset()) -> MongoDatabase:
        name = scratch.new_name("test", "shop")
        names.append(name)
        plan = blueprint(SHOP, Design(structures=structures))
        for collection in plan.collections:
            mongo_client[name].command("create", collection.name, **collection.options)
        drop = lambda: scratch.drop(mongo_client, name)  # noqa: E731
        layout = Layout(SHOP, structures)
        return MongoDatabase(mongo_client, mongo_uri, name, layout, compile_by_name, plan, drop)

    yield made
    for name in names:
        scratch.drop(mongo_client, name)


@pytest.fixture
def rows(dataset: WriteDataset) -> Dataset:
    customers = pl.DataFrame(
        {
            "id": range(1, 101),
            "email": [f"c{n}@example.org" for n in range(1, 101)],
            "note": ['{"b": 1.0, "a": [null]}' if n % 2 else None for n in range(1, 101)],
        }
    )
    orders = pl.DataFrame(
        {
            "id": range(1, 2001),
            "customer_id": [n % 100 + 1 for n in range(2000)],
            "total": [f"{n}.50" if n % 7 else None for n in range(2000)],
        }
    ).with_columns(pl.col("total").cast(pl.Decimal(10, 2)))
    return dataset({"customers": customers, "orders": orders})


@pytest.fixture
def loaded(make: Make, rows: Dataset) -> MongoDatabase:
    database = make()
    database.load(rows, _quiet)
    return database


def _quiet(what: str, fraction: float) -> None:
    assert what
    assert 0 <= fraction <= 1


def test_loading_reports_rows_and_bytes(make: Make, rows: Dataset, mongo_client: Client) -> None:
    database = make()
    report = database.load(rows, _quiet)
    assert dict(report.rows) == {CUSTOMERS: 100, ORDERS: 2000}
    assert report.bytes > 4096
    assert report.seconds > 0
    stored = mongo_client[database.name]
    emails = [one for one in stored.customers.list_indexes() if one["key"] == {"email": 1}]
    assert [one.get("unique") for one in emails] == [True]
    assert stored[COUNTERS].find_one({"_id": "customers.id"}) == {"_id": "customers.id", "value": 100}


def test_only_what_is_asked_for_is_loaded(make: Make, rows: Dataset, mongo_client: Client) -> None:
    database = make()
    report = database.load(rows, _quiet, only=frozenset({ORDERS}))
    assert dict(report.rows) == {ORDERS: 2000}
    assert mongo_client[database.name].customers.count_documents({}) == 0


def test_built_indexes_have_their_bytes_and_are_shown(loaded: MongoDatabase) -> None:
    by_customer, impossible, by_total = loaded.build([BY_CUSTOMER, IMPOSSIBLE, BY_TOTAL], _quiet)
    assert by_customer.bytes > 4096
    assert by_customer.seconds > 0
    assert by_total.bytes > by_customer.bytes
    assert impossible.error
    assert impossible.bytes == 0
    with closing(loaded.session()) as one:
        assert one.plan(query(), bind(c=5)).used == {BY_CUSTOMER}


def test_building_again_builds_nothing_twice(loaded: MongoDatabase) -> None:
    (first,) = loaded.build([BY_CUSTOMER], _quiet)
    loaded.show([])
    again, _ = loaded.build([BY_CUSTOMER, BY_TOTAL], _quiet)
    assert again == first


def test_showing_is_for_the_next_statement_of_every_session(loaded: MongoDatabase) -> None:
    loaded.build([BY_CUSTOMER, BY_TOTAL], _quiet)
    with closing(loaded.session()) as one:
        for shown in ([BY_CUSTOMER], [], [BY_TOTAL], [BY_CUSTOMER, BY_TOTAL]):
            loaded.show(shown)
            expected = {BY_CUSTOMER} & set(shown)
            assert one.plan(query(), bind(c=5)).used == expected
        loaded.show([])
        loaded.sweep()
        assert one.plan(query(), bind(c=5)).used == {BY_CUSTOMER}


def test_what_was_never_built_cant_be_shown(loaded: MongoDatabase) -> None:
    with pytest.raises(KeyError, match="by_total"):
        loaded.show([BY_TOTAL])


def test_removed_indexes_are_gone(loaded: MongoDatabase, mongo_client: Client) -> None:
    loaded.build([BY_CUSTOMER, BY_TOTAL], _quiet)
    loaded.show([BY_TOTAL])
    loaded.remove([BY_CUSTOMER, IMPOSSIBLE])
    names = {one["name"] for one in mongo_client[loaded.name].orders.list_indexes()}
    assert names == {"_id_", "by_total"}
    assert loaded.index_of("by_customer") is None
    with pytest.raises(KeyError):
        loaded.show([BY_CUSTOMER])


def test_bytes_leave_built_indexes_out(loaded: MongoDatabase) -> None:
    before = loaded.bytes()
    loaded.build([BY_CUSTOMER, BY_TOTAL], _quiet)
    assert loaded.bytes() == before


def test_canonical_is_the_index_or_the_servers_words(make: Make) -> None:
    database = make()
    found = database.canonical([BY_CUSTOMER, IMPOSSIBLE, BY_TOTAL])
    assert found[BY_CUSTOMER] == BY_CUSTOMER
    assert found[BY_TOTAL] == BY_TOTAL
    assert isinstance(found[IMPOSSIBLE], str)
    assert "hidden" in found[IMPOSSIBLE]


def test_there_are_no_statistics(loaded: MongoDatabase) -> None:
    assert loaded.statistics() is None
    loaded.restore_statistics(None)
    loaded.resample_statistics()


def test_the_digest_is_of_the_logical_rows(make: Make, rows: Dataset, mongo_client: Client) -> None:
    reference, embedded = make(), make(EMBEDDED)
    for database in (reference, embedded):
        database.load(rows, _quiet)
    digests = reference.fingerprint_rows()
    assert embedded.fingerprint_rows() == digests
    assert digests[ORDERS].startswith("2000 ")
    assert embedded.rows(ORDERS).height == 2000
    mongo_client[reference.name].orders.update_one({"_id": 5}, {"$set": {"total": None}})
    changed = reference.fingerprint_rows()
    assert changed[ORDERS] != digests[ORDERS]
    assert changed[CUSTOMERS] == digests[CUSTOMERS]


def test_a_sample_of_each_collection(make: Make, rows: Dataset) -> None:
    database = make(EMBEDDED)
    database.load(rows, _quiet)
    ((name, text),) = database.samples().items()
    assert name == "documents.json"
    found = json.loads(text)
    assert found.keys() == {"customers"}
    assert {"_id", "email", "note", "orders"} <= found["customers"].keys()
    assert len(found["customers"]["orders"]) == 3


def test_sessions_open_from_other_processes(loaded: MongoDatabase) -> None:
    loaded.build([BY_CUSTOMER], _quiet)
    opener = loaded.opener()
    assert "mongodb" not in repr(opener)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer, used = pool.apply(_ask, (pickle.dumps(opener),))
    assert answer.rows == tuple((n,) for n in range(5, 2001, 100))
    assert used == {BY_CUSTOMER}


def _ask(opener: bytes) -> tuple[Answer, frozenset[Index]]:
    session = pickle.loads(opener)()
    try:
        return session.answer(query(), bind(c=5)), session.plan(query(), bind(c=5)).used
    finally:
        session.close()


def test_a_table_may_be_called_counters(mongo_database: Collections[dict[str, Any]]) -> None:
    number = Column("id", ColumnType("bigint", "int8"), not_null=True, identity=True)
    key = Key("counters_pkey", ("id",), primary=True)
    schema = Schema((Table(TableName("public", "counters"), (number,), (key,)),))
    mongo_database.counters.insert_one({"_id": 7})
    set_counters(mongo_database, Layout(schema))
    assert list(mongo_database.counters.find()) == [{"_id": 7}]
    assert list(mongo_database[COUNTERS].find()) == [{"_id": "counters.id", "value": 7}]
