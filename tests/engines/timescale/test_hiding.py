"""Indexes that aren't shown aren't there, and nothing is rebuilt for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from optimizer.engines.postgres.session import PostgresSession
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.server import TimescaleDatabase
from optimizer.model.hypertables import Hypertable
from optimizer.model.index import Index, IndexKey
from optimizer.model.measurement import Status
from optimizer.model.names import TableName
from optimizer.model.query import Binding, SourceText
from tests.conftest import CreateDatabase, workload_of
from tests.engines.timescale.scene import DAY, READINGS, Readings, dropping, hypertable, values
from tests.queries_by_hand import bind, query

BY_LOAD = Index(READINGS, (IndexKey("load", "load"),))
BY_TIME = Index(READINGS, (IndexKey('"At"', "At"),))
BLOCKS = Index(READINGS, (IndexKey('"At"', "At"),), method="brin")
SMALLER_BLOCKS = Index(
    READINGS, (IndexKey('"At"', "At"),), method="brin", options=(("pages_per_range", "8"),)
)
ALL = (BY_LOAD, BY_TIME)

LOADED = query("loaded", 'SELECT count(*) FROM "My Plant"."Readings" WHERE load = :load::float8')
WRITE = query("write", 'UPDATE "My Plant"."Readings" SET load = 7 WHERE host_id = 1')
WRONG = query("wrong", "SELECT 1 / (:n::int - 1)")
ZONE = query("zone", "SELECT current_setting('timezone')")
SLOW = query("slow", "SELECT count(*) FROM generate_series(1, :n::bigint)")
INDEXED = (("enable_seqscan", "off"),)  # of so few rows all are read
HALF, SEVEN = (Binding((("load", load),), INDEXED) for load in (0.5, 7.0))
COUNT = "SELECT count(*) FROM pg_index WHERE indrelid::regclass::text ~ 'Readings|_hyper_'"
DEFINITIONS = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text ~ '_hyper_'"


@pytest.fixture(scope="module", params=[False, True], ids=["plain table", "hypertable"])
def database(small: Readings, request: pytest.FixtureRequest) -> Iterator[TimescaleDatabase]:
    made = small.made(*([hypertable(DAY)] if request.param else []))
    assert isinstance(made, TimescaleDatabase)
    with dropping(made):
        assert [one.error for one in made.build(ALL, lambda *_: None)] == ["", ""]
        yield made


@pytest.fixture
def session(database: TimescaleDatabase) -> Iterator[PostgresSession]:
    with closing(database.session()) as opened:
        yield opened
    database.show(ALL)


def test_a_plan_uses_what_is_shown(database: TimescaleDatabase, session: PostgresSession) -> None:
    before = values(database, COUNT)
    for shown in (ALL, (BY_TIME,), (), (BY_LOAD,), ALL):
        database.show(shown)
        assert session.plan(LOADED, HALF).used == {BY_LOAD} & set(shown)
    assert values(database, COUNT) == before


def test_answers_and_writes_are_the_same(database: TimescaleDatabase, session: PostgresSession) -> None:
    found = []
    for shown in (ALL, (), (BY_TIME,)):
        database.show(shown)
        assert session.time(WRITE, Binding(())).status is Status.OK
        found.append(session.answer(LOADED, HALF).rows)
    assert found[0] == found[1] == found[2] != ((0,),)
    assert session.answer(LOADED, SEVEN).rows == ((0,),)


def test_what_is_written_meanwhile_cannot_be_kept(
    database: TimescaleDatabase, session: PostgresSession
) -> None:
    database.show([BY_LOAD])
    with pytest.raises(RuntimeError, match="can't be kept"):
        session.time(WRITE, Binding(()), keep=True)
    assert session.answer(LOADED, SEVEN).rows == ((0,),)


def test_a_statement_that_fails_leaves_all_as_it_was(
    database: TimescaleDatabase, session: PostgresSession
) -> None:
    database.show([BY_TIME])
    for _ in range(2):
        assert session.time(WRONG, bind(n=1)).status is Status.FAILED
        assert session.answer(WRONG, bind(n=1)).error == "division by zero"
        assert session.time(WRONG, bind(n=2)).status is Status.OK
        assert session.plan(LOADED, HALF).used == frozenset()


def test_settings_outlive_the_transaction(database: TimescaleDatabase, session: PostgresSession) -> None:
    here, there = Binding((), (("timezone", "Asia/Tokyo"),)), Binding((), (("timezone", "Europe/Berlin"),))
    for shown in ((), (BY_TIME,), ALL):
        database.show(shown)
        assert session.answer(ZONE, here).rows == (("Asia/Tokyo",),)
        assert session.answer(ZONE, there).rows == (("Europe/Berlin",),)


def test_others_get_their_turn(database: TimescaleDatabase, session: PostgresSession) -> None:
    database.show([])
    assert session.time(WRITE, Binding(())).status is Status.OK
    with closing(database.session()) as other:
        assert other.answer(LOADED, HALF).rows == session.answer(LOADED, HALF).rows
    assert database.bytes() > 0
    database.sweep()
    assert session.plan(LOADED, HALF).used == {BY_LOAD}


def test_a_statement_that_is_stopped(database: TimescaleDatabase, session: PostgresSession) -> None:
    database.show([BY_TIME])
    assert session.time(SLOW, bind(n=10**12), timeout_ms=300).status is Status.TIMED_OUT
    assert session.plan(LOADED, HALF).used == frozenset()
    database.show(ALL)
    assert session.time(LOADED, HALF).status is Status.OK


def test_what_is_removed_is_gone(small: Readings) -> None:
    with dropping(small.made(hypertable(DAY))) as made, closing(made.session()) as session:
        before = values(made, COUNT)
        made.build(ALL, lambda *_: None)
        made.show([BY_TIME])
        session.prepare(LOADED)
        session.time(LOADED, HALF)
        made.remove(ALL)
        assert values(made, COUNT) == before


def test_of_twins_on_chunks_one_is_a_candidate(small: Readings) -> None:
    """Dropping one of two indexes that differ in storage parameters takes the other one's from the chunks."""
    with dropping(small.made(hypertable(DAY))) as made:
        made.build([BLOCKS, SMALLER_BLOCKS], lambda *_: None)
        made.remove([SMALLER_BLOCKS])
        left = values(made, DEFINITIONS)
        assert not any("brin" in one and "pages_per_range" not in one for one in left)


def test_the_engine_proposes_no_twins(create: CreateDatabase) -> None:
    ddl = "CREATE TABLE notes (id int, created_at timestamptz NOT NULL DEFAULT now(), n int)"
    notes = TableName("public", "notes")
    asked = query("recent", "SELECT sum(n) FROM notes WHERE created_at > :since")
    workload = replace(workload_of(SourceText(ddl, "schema.sql")), queries=(asked,))
    schema, engine = create(ddl).schema, TimescaleEngine()
    plain, _ = engine.candidates(workload, schema)
    cut, left_out = engine.candidates(workload, schema, frozenset({Hypertable(notes, "created_at", DAY)}))
    twins = [one.index for one in plain if one.index.method == "brin"]
    assert len(twins) == 2
    assert [one.index for one in cut if one.index.method == "brin"] == twins[:1]
    assert [subject for subject, reason in left_out if "storage parameters" in reason] == [
        engine.render(twins[1])
    ]
