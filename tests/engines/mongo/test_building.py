"""Indexes of several collections, built at the same time on a real MongoDB."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database as Collections
from pymongo.errors import OperationFailure

from optimizer.engines.mongo.building import build_all, create_all
from optimizer.engines.mongo.candidates.retention import ttl
from optimizer.engines.mongo.indexes import name_all, options_of, path_index
from optimizer.engines.values import BuiltIndex
from optimizer.model.index import Index
from optimizer.model.names import TableName

EVENTS, LOGS = TableName("public", "events"), TableName("public", "logs")
BY_KIND, BY_LEVEL = path_index(EVENTS, "kind"), path_index(LOGS, "level")
ONE_EACH = path_index(EVENTS, "kind", unique=True)
OLD_GO = ttl(path_index(EVENTS, "at"), 60)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)

Stored = Collections[dict[str, Any]]


@pytest.fixture
def stored(mongo_database: Stored) -> Stored:
    """A hundred old documents in each of two collections."""
    for name in ("events", "logs"):
        mongo_database[name].insert_many([{"_id": n, "kind": n % 3, "at": LONG_AGO} for n in range(100)])
    return mongo_database


def test_every_index_of_every_collection_is_built_under_its_name(stored: Stored) -> None:
    reports = _built(stored, {"events": [BY_KIND, OLD_GO], "logs": [BY_LEVEL]})
    assert {report.index for report in reports} == {BY_KIND, OLD_GO, BY_LEVEL}
    assert not any(report.error for report in reports)
    assert all(report.seconds > 0 for report in reports)
    names = name_all([BY_KIND, OLD_GO, BY_LEVEL])
    assert set(stored["events"].index_information()) == {"_id_", names[BY_KIND], names[OLD_GO]}
    assert set(stored["logs"].index_information()) == {"_id_", names[BY_LEVEL]}


def test_one_that_is_refused_has_the_servers_words_and_the_others_are_built(stored: Stored) -> None:
    reports = {
        one.index: one.error for one in _built(stored, {"events": [ONE_EACH, OLD_GO], "logs": [BY_LEVEL]})
    }
    assert "duplicate key" in reports[ONE_EACH]
    assert not reports[OLD_GO]
    assert not reports[BY_LEVEL]


def test_a_unique_index_that_is_refused_is_an_error(stored: Stored) -> None:
    with pytest.raises(OperationFailure, match="duplicate key"):
        create_all(stored, {"events": [(ONE_EACH, options_of(ONE_EACH))]})


def test_nothing_that_is_measured_expires(stored: Stored) -> None:
    """Beside it the index as it is delivered, which does."""
    _built(stored, {"events": [OLD_GO]})
    create_all(stored, {"logs": [(OLD_GO, options_of(OLD_GO))]})
    name = name_all([OLD_GO])[OLD_GO]
    measured, delivered = (stored[one].index_information()[name] for one in ("events", "logs"))
    assert delivered == measured | {"expireAfterSeconds": 60}
    assert delivered != measured


def _built(stored: Stored, indexes: dict[str, list[Index]]) -> list[BuiltIndex]:
    names = name_all([index for there in indexes.values() for index in there])
    return [report for reports in build_all(stored, indexes, names) for report in reports]
