"""A statement that overruns its time is ended with its process; everything goes on after that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from time import monotonic

import pytest

from optimizer.engines.postgres.session import PostgresSession
from optimizer.engines.postgres.statements import Statement
from optimizer.engines.timescale.process import Process, ProcessConnection
from optimizer.engines.timescale.server import TimescaleDatabase, TimescaleServer
from optimizer.errors import MeasurementLost
from optimizer.model.answer import TIMED_OUT, Answer
from optimizer.model.index import Index, IndexKey
from optimizer.model.measurement import Status
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query, SourceText
from tests.conftest import workload_of
from tests.engines.timescale.scene import dropping
from tests.queries_by_hand import bind, query

DDL = """
CREATE ROLE reader;
CREATE TABLE notes (id int PRIMARY KEY, n int);
INSERT INTO notes SELECT n, 0 FROM generate_series(1, 100) n; -- too few for an index, unless it covers
GRANT ALL ON notes TO reader;
CREATE FUNCTION odd() RETURNS int LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'TS999'; END $$;
"""
SLOW = query("slow", "SELECT count(*) FROM generate_series(1, :n::bigint)")
ENDLESS = bind(n=10**12)
COUNTED = query("counted", "SELECT sum(n)::int FROM notes")
STATE = query(
    "state",
    "SELECT current_user::text, current_setting('app.tenant'), current_setting('plan_cache_mode')",
)
AS_TENANT = Binding((), (("app.tenant", "t1"),))
BY_N = Index(TableName("public", "notes"), (IndexKey("n", "n"),))


@pytest.fixture(scope="module")
def database(timescale: TimescaleServer) -> Iterator[TimescaleDatabase]:
    source = SourceText(DDL, "schema.sql")
    made = timescale.read(workload_of(source, "reader"), "timeouts", source)
    assert isinstance(made, TimescaleDatabase)
    with dropping(made):
        yield made


@pytest.fixture
def session(database: TimescaleDatabase) -> Iterator[PostgresSession]:
    with closing(database.session()) as opened:
        yield opened


def _age(database: TimescaleDatabase) -> int:
    assert database.process is not None
    return database.process.age


def _sum(session: PostgresSession) -> object:
    return session.answer(COUNTED, bind()).rows[0][0]


def test_it_is_timed_out_and_all_go_on(database: TimescaleDatabase, session: PostgresSession) -> None:
    expected = (("reader", "t1", "force_custom_plan"),)
    with closing(database.session()) as other:
        assert other.answer(STATE, AS_TENANT).rows == expected
        assert session.answer(STATE, AS_TENANT).rows == expected
        other.prepare(COUNTED)
        age, threads, began = _age(database), threading.active_count(), monotonic()
        stopped = session.time(SLOW, ENDLESS, timeout_ms=150)
        assert (stopped.status, stopped.ms) == (Status.TIMED_OUT, 150)
        assert monotonic() - began < 30
        assert (_age(database), threading.active_count()) == (age + 1, threads)
        for one in (session, other):
            assert one.time(COUNTED, bind(), timeout_ms=60_000).status is Status.OK
            assert one.answer(STATE, AS_TENANT).rows == expected
            assert one.time(SLOW, bind(n=10)).status is Status.OK
            assert "notes" in one.plan(COUNTED, bind()).fingerprint
    assert database.rows(TableName("public", "notes")).height == 100


def test_what_is_shown_stays_shown(database: TimescaleDatabase, session: PostgresSession) -> None:
    found = query("found", "SELECT n FROM notes WHERE n = :n")
    assert database.build([BY_N], lambda what, part: None)[0].bytes > 0
    for shown in ([], [BY_N], []):
        database.show(shown)
        assert session.time(SLOW, ENDLESS, timeout_ms=150).status is Status.TIMED_OUT
        assert session.plan(found, bind(n=1)).used == frozenset(shown)
        assert database.rows(TableName("public", "notes")).height == 100
    database.remove([BY_N])


def test_what_ran_before_it_in_its_transaction_is_taken_back(
    database: TimescaleDatabase, session: PostgresSession
) -> None:
    write = query("write", "UPDATE notes SET n = 1", *(one.text for one in SLOW.statements))
    for keep in (True, False):
        assert session.time(write, ENDLESS, keep=keep, timeout_ms=150).status is Status.TIMED_OUT
        assert _sum(session) == 0
    assert session.time(write, bind(n=1), timeout_ms=60_000).status is Status.OK
    assert _sum(session) == 0
    kept = query("kept", "UPDATE notes SET n = n + :n WHERE id = 1")
    assert session.time(kept, bind(n=1), keep=True, timeout_ms=60_000).status is Status.OK
    assert _sum(session) == 1
    assert session.time(kept, bind(n=-1), keep=True).status is Status.OK
    assert _sum(session) == 0


def test_an_answer_that_does_not_come(session: PostgresSession) -> None:
    assert session.answer(SLOW, ENDLESS, 150) == Answer(error=TIMED_OUT)
    assert _sum(session) == 0


def test_answers_within_their_time_are_those_without_one(session: PostgresSession) -> None:
    """Values, nulls, names, no rows, no columns, and errors."""
    many: tuple[Query, ...] = (
        query(
            "values", "SELECT 1 AS a, 'Ü' AS \"B b\", NULL::int, 1.50, true, DATE '2024-02-29', ARRAY[1, 2]"
        ),
        query(
            "times", "SELECT timestamptz '2024-03-31 01:00+00', INTERVAL '1 day 2 hours', '{\"a\": 1}'::jsonb"
        ),
        query("none", "SELECT id FROM notes WHERE false"),
        query("several", "UPDATE notes SET n = 7", "SELECT sum(n) FROM notes", "UPDATE notes SET n = 8"),
        query("many", "SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n"),
        query("duplicate", "INSERT INTO notes VALUES (1, 1)"),
        query("quotient", "SELECT 1 / (SELECT 0)"),
        query("text", "SELECT (SELECT 'x')::int"),
        query("unknown state", "SELECT odd()"),
    )
    for one in many:
        assert session.answer(one, bind(), 60_000) == session.answer(one, bind()), one.name
    assert session.answer(query("nulls", "SELECT :a::int, :b::text"), bind(a=None, b="x"), 60_000).rows == (
        (None, "x"),
    )


def test_a_statement_of_about_its_time(database: TimescaleDatabase, session: PostgresSession) -> None:
    """Whichever comes first, it is one of the two, and what it wrote is there or isn't."""
    write = query(
        "about", "UPDATE notes SET n = (SELECT count(*) FROM generate_series(1, 300000)) WHERE id = 2"
    )
    usual = session.time(write, bind()).ms
    seen = set()
    for part in (0.9, 1.0, 1.1, 1.3):
        found = session.time(write, bind(), keep=True, timeout_ms=usual * part)
        assert found.status in (Status.OK, Status.TIMED_OUT)
        seen.add((found.status, _sum(session)))
        session.time(query("back", "UPDATE notes SET n = 0"), bind(), keep=True)
    assert seen <= {(Status.OK, 300_000), (Status.TIMED_OUT, 0)}


def test_a_process_that_does_not_come_back_is_a_lost_server(database: TimescaleDatabase) -> None:
    living = database.process
    assert living is not None

    def fail() -> None:
        raise MeasurementLost("it doesn't start")

    with closing(ProcessConnection(Process(living.conninfo, fail), None)) as connection:
        connection.limit(100)
        slow = connection.prepare(
            "slow", Statement("SELECT count(*) FROM generate_series(1, 1000000000000)", ())
        )
        with pytest.raises(MeasurementLost, match="it doesn't start"):
            connection.run(slow.name, [])
    living.restart()


def test_a_process_that_dies_by_itself_is_a_lost_server(
    timescale: TimescaleServer, database: TimescaleDatabase
) -> None:
    living = database.process
    assert living is not None
    with closing(database.session()) as session:
        session.prepare(COUNTED)
        timescale._where.processes._databases[database.name].child.kill()
        for timeout_ms in (0, 1000):
            with pytest.raises(MeasurementLost):
                session.time(COUNTED, bind(), timeout_ms=timeout_ms)
        living.restart()
        assert session.time(COUNTED, bind(), timeout_ms=1000).status is Status.OK
