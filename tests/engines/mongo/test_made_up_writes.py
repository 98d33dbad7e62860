"""Rows after a statement that writes now(): it makes no two databases differ, on one engine or on two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import polars as pl
import pytest

from optimizer.engines.base import Database
from optimizer.engines.mongo.server import MongoServer
from optimizer.engines.values import LoadReport
from optimizer.model.design import Design
from optimizer.model.measurement import Status
from optimizer.search.finals.answers import compare_rows
from optimizer.search.finals.staging import Finalist
from tests.conftest import CreateDatabase, WriteDataset
from tests.engines.mongo.test_server import WORKLOAD
from tests.queries_by_hand import bind, query

DDL = "CREATE TABLE item (id int PRIMARY KEY, price int NOT NULL, seen timestamptz NOT NULL)"
TOUCH = query("touch", "UPDATE item SET seen = now(), price = price + 1 WHERE id = :id")
CHANGE = query("change", "UPDATE item SET price = 0 WHERE id = :id")
ROWS = pl.DataFrame({"id": range(1, 5), "price": range(1, 5), "seen": [datetime(2026, 1, 1, tzinfo=UTC)] * 4})


@pytest.fixture
def finalists(create: CreateDatabase, mongo: MongoServer, dataset: WriteDataset) -> Iterator[list[Finalist]]:
    """One on PostgreSQL and two on MongoDB, on each of which the item 3 has been touched."""
    reference = create(DDL)
    made = [mongo.create(WORKLOAD, label, reference.schema, Design()) for label in ("first", "second")]
    rows = dataset({"item": ROWS.cast({"id": pl.Int32, "price": pl.Int32})})
    found = []
    for label, database in zip(("reference", "first", "second"), (reference, *made), strict=True):
        database.load(rows, lambda *_: None)
        found.append(_finalist(label, database))
        assert found[-1].session.time(TOUCH, bind(id=3), keep=True).status is Status.OK
    yield found
    for one in found:
        one.session.close()


def _finalist(label: str, database: Database) -> Finalist:
    return Finalist(label, Design(), database, database.session(), {}, LoadReport((), 0, 0.0))


def test_two_databases_of_mongodb(finalists: list[Finalist]) -> None:
    _, *both = finalists
    schema = both[0].database.schema
    assert compare_rows(both, schema, ()).wrong == {"second"}
    found = compare_rows(both, schema, [TOUCH])
    assert (found.compared, found.wrong) == (1, frozenset())
    assert found.not_comparable == ("item.seen after the writes: the server makes its values up (by touch)",)


def test_postgresql_and_mongodb(finalists: list[Finalist]) -> None:
    schema = finalists[0].database.schema
    found = compare_rows(finalists, schema, [TOUCH])
    assert (found.compared, found.wrong) == (2, frozenset())
    assert len(found.not_comparable) == 1


def test_the_other_columns_are_compared(finalists: list[Finalist]) -> None:
    schema = finalists[0].database.schema
    with closing(finalists[2].database.session()) as session:
        session.time(CHANGE, bind(id=1), keep=True)
    assert compare_rows(finalists, schema, [TOUCH]).wrong == {"second"}
    assert compare_rows(finalists[1:], schema, [TOUCH]).wrong == {"second"}
