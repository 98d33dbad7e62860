"""Inserts into time series that are taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from optimizer.engines.mongo.program import Draw, Find, Insert, Require, Update
from optimizer.engines.mongo.session import MongoSession
from optimizer.model.measurement import Status
from tests.engines.mongo.programs import bind, execute, fetched, param, query, write

Stored = Database[dict[str, Any]]
START = datetime(2024, 1, 1)
MEASUREMENT = {"at": param("at"), "meta": {"device": param("device")}, "value": 1}


@pytest.fixture
def stored(mongo_database: Stored) -> Stored:
    options = {"timeField": "at", "metaField": "meta"}
    mongo_database.create_collection("readings", timeseries=options)
    mongo_database.readings.insert_many(
        [{"at": START + timedelta(minutes=n), "meta": {"device": n % 3}, "value": n} for n in range(3000)]
    )
    mongo_database.devices.insert_one({"_id": 1})
    return mongo_database


@pytest.fixture
def opened(stored: Stored, mongo_uri: str) -> Iterator[MongoSession]:
    guard = Require(Find("devices", {"_id": 1}), "missing parent")
    programs = {
        "plain": write(Insert("readings", [MEASUREMENT])),
        "guarded": write(guard, Insert("readings", [MEASUREMENT, MEASUREMENT]), transaction=True),
        "drawn": write(Draw("readings.id", "id"), Insert("readings", [{**MEASUREMENT, "id": fetched("id")}])),
        "mixed": write(
            Insert("readings", [MEASUREMENT]), Update("devices", {}, {"$set": {"n": 1}}), transaction=True
        ),
    }
    one = MongoSession(
        mongo_uri, stored.name, lambda asked: programs[asked.name], lambda _: None, {"readings": "at"}
    )
    yield one
    one.close()


@pytest.mark.parametrize("name", ["plain", "guarded", "drawn"])
def test_rows_are_as_before(stored: Stored, opened: MongoSession, name: str) -> None:
    before = _rows(stored)
    moments = [START + timedelta(minutes=n) for n in (0, 3001, 3002, 1500, 3003, 90_000, 3004, -5)]
    for at in moments:
        for device in (1, 2, 9):
            execution = opened.time(query(name), bind(at=at, device=device))
            assert execution.status is Status.OK, execution.error
            assert opened.answer(query(name), bind(at=at, device=device)).error == ""
    assert _rows(stored) == before


def test_what_is_kept_is_kept(stored: Stored, opened: MongoSession) -> None:
    for n in range(5):
        at = START + timedelta(minutes=3000, seconds=n)
        opened.time(query("plain"), bind(at=at, device=1))
        execute(opened, bind(at=at, device=1), "plain")
    assert stored.readings.count_documents({"at": {"$gte": START + timedelta(minutes=3000)}}) == 5
    assert len(_rows(stored)) == 3005


def test_a_measurement_without_a_moment_is_refused(stored: Stored, opened: MongoSession) -> None:
    assert opened.time(query("plain"), bind(at=None, device=1)).status is Status.FAILED
    assert len(_rows(stored)) == 3000


def test_together_with_another_collection_it_is_refused(stored: Stored, opened: MongoSession) -> None:
    execution = opened.time(query("mixed"), bind(at=START, device=1))
    assert execution.status is Status.FAILED
    assert "transaction" in execution.error
    assert stored.devices.count_documents({"n": 1}) == 0


def _rows(stored: Stored) -> list[tuple[Any, ...]]:
    return sorted((one["at"], one["meta"]["device"], one["value"]) for one in stored.readings.find())
