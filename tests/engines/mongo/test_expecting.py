"""Updates that have to match: the error is told, with a transaction around them and without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.program import NOW, Fetch, Find, Insert, Leaf, Require, Update
from optimizer.engines.mongo.session import MongoSession
from optimizer.model.measurement import Status
from optimizer.queries.tree import unqualified
from tests.engines.mongo.programs import bind, execute, param, query, session, write

Stored = Database[dict[str, Any]]

TAKEN = Require(Find("boxes", {"parts.id": param("part")}), "duplicate key", absent=True)
PUSH = Update(
    "boxes",
    {"_id": param("box"), "parts.id": {"$ne": param("part")}},
    {"$push": {"parts": {"id": param("part")}}},
    many=False,
    expect="missing parent",
    unless=(TAKEN,),
)
PROGRAMS = {
    "alone": write(PUSH),
    "in a transaction": write(Insert("seen", [{"box": param("box")}]), PUSH, transaction=True),
}


@pytest.fixture
def stored(mongo_database: Stored) -> Stored:
    mongo_database.boxes.insert_one({"_id": 1, "parts": [{"id": 1}]})
    return mongo_database


@pytest.fixture(params=PROGRAMS)
def opened(request: pytest.FixtureRequest, stored: Stored, mongo_uri: str) -> Iterator[MongoSession]:
    with closing(session(mongo_uri, stored.name, {"q": PROGRAMS[request.param]})) as made:
        yield made


@pytest.mark.parametrize(
    ("box", "part", "error"), [(1, 2, ""), (1, 1, "duplicate key"), (2, 1, "duplicate key")]
)
def test_what_matched_nothing_says_why(
    stored: Stored, opened: MongoSession, box: int, part: int, error: str
) -> None:
    assert opened.answer(query(), bind(box=box, part=part)).error == error
    kept = opened.time(query(), bind(box=box, part=part), keep=True)
    assert (kept.status, kept.error) == (Status.FAILED if error else Status.OK, error)
    assert stored.boxes.find_one() == {"_id": 1, "parts": [{"id": n} for n in ([1] if error else [1, 2])]}


def test_without_another_reason_it_is_what_was_expected(stored: Stored, opened: MongoSession) -> None:
    assert opened.answer(query(), bind(box=2, part=2)).error == "missing parent"
    assert opened.time(query(), bind(box=2, part=2), keep=True).error == "missing parent"
    assert stored.seen.count_documents({}) == 0


def test_a_guard_that_doesnt_apply_isnt_asked(stored: Stored, mongo_uri: str) -> None:
    passed = Require(TAKEN.find, "duplicate key", absent=True, when=param("given"))
    program = write(
        Update("boxes", {"_id": 9}, {"$set": {"x": 1}}, expect="missing parent", unless=(passed,))
    )
    with closing(session(mongo_uri, stored.name, {"q": program})) as made:
        assert made.answer(query(), bind(part=1, given=None)).error == "missing parent"
        assert made.answer(query(), bind(part=1, given=1)).error == "duplicate key"


def test_what_the_server_refuses_is_told_first(stored: Stored, mongo_uri: str) -> None:
    stored.boxes.insert_one({"_id": 2, "parts": []})
    stored.boxes.create_index("parts.id", unique=True)
    with closing(session(mongo_uri, stored.name, {"q": PROGRAMS["alone"]})) as made:
        assert made.answer(query(), bind(box=2, part=1)).error == "duplicate key"
        assert "E11000" in made.time(query(), bind(box=2, part=1), keep=True).error


def test_all_moments_of_an_execution_are_one(stored: Stored, mongo_uri: str) -> None:
    tree = unqualified("SELECT now()")
    evaluate = evaluator(tree.expressions[0])
    assert evaluate is not None
    now = Leaf("now()", evaluate)
    slow = Update("boxes", {"$where": "sleep(30) || true"}, {"$set": {"at": now}})
    late = Fetch(Find("boxes", {}), {"at": "at"})
    program = write(slow, late, Insert("seen", [{"at": now}]), transaction=True)
    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(milliseconds=1)
    with closing(session(mongo_uri, stored.name, {"q": program})) as made:
        execute(made, bind())
        execute(made, bind())
    moments = [one["at"] for one in stored.seen.find({})]
    assert before <= moments[0] < moments[1]
    assert stored.boxes.distinct("at") == moments[1:]


def test_a_moment_that_is_given_is_that_of_every_leaf() -> None:
    evaluate = evaluator(unqualified("SELECT now() + interval '1 day'").expressions[0])
    assert evaluate is not None
    assert evaluate({NOW: datetime(2024, 1, 1)}) == datetime(2024, 1, 2)
