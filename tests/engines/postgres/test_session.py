"""A session runs what it is told, keeps or takes back, stops in time, and tells what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.session import PostgresSession
from optimizer.errors import MeasurementLost, OptimizerError
from optimizer.model.answer import Answer
from optimizer.model.measurement import Status
from optimizer.model.query import Binding
from tests.conftest import CreateDatabase
from tests.queries_by_hand import bind, query

DDL = """
CREATE TABLE parent (id int PRIMARY KEY, n int NOT NULL CHECK (n >= 0));
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent,
  late_id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent VALUES (1, 10), (2, 20);
"""
RLS = """
CREATE TABLE docs (id int PRIMARY KEY, tenant text NOT NULL);
INSERT INTO docs SELECT i, 't' || i % 3 FROM generate_series(1, 9) i;
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON docs USING (tenant = current_setting('app.tenant'));
"""
ADD = query("add", "INSERT INTO parent VALUES (:id, :n)")
MOVE = query(
    "move",
    "UPDATE parent SET n = n - :n WHERE id = :source",
    "UPDATE parent SET n = n + :n WHERE id = :target",
    "SELECT id, n FROM parent ORDER BY id",
)


@pytest.fixture
def database(create: CreateDatabase) -> PostgresDatabase:
    return create(DDL)


@pytest.fixture
def session(database: PostgresDatabase) -> Iterator[PostgresSession]:
    opened = database.session()
    yield opened
    opened.close()


def parents(session: PostgresSession) -> dict[int, int]:
    answer = session.answer(query("parents", "SELECT id, n FROM parent"), bind())
    return dict(answer.rows)


def test_writes_are_taken_back_unless_kept(session: PostgresSession) -> None:
    assert session.time(ADD, bind(id=3, n=1)).status is Status.OK
    assert session.answer(ADD, bind(id=3, n=1)).error == ""
    assert parents(session) == {1: 10, 2: 20}
    assert session.time(ADD, bind(id=3, n=1), keep=True).status is Status.OK
    assert parents(session) == {1: 10, 2: 20, 3: 1}


def test_several_statements_are_one_transaction(session: PostgresSession) -> None:
    binding = bind(n=4, source=1, target=2)
    assert session.answer(MOVE, binding).rows == ((1, 6), (2, 24))
    assert session.time(MOVE, binding).status is Status.OK
    assert parents(session) == {1: 10, 2: 20}
    assert session.time(MOVE, binding, keep=True).status is Status.OK
    assert parents(session) == {1: 6, 2: 24}
    refused = session.time(MOVE, bind(n=7, source=2, target=1), keep=True)
    assert refused.status is Status.OK
    refused = session.time(MOVE, bind(n=99, source=2, target=1), keep=True)
    assert (refused.status, "check constraint" in refused.error) == (Status.FAILED, True)
    assert parents(session) == {1: 13, 2: 17}


def test_what_is_wrong_only_at_commit_is_a_failed_execution(session: PostgresSession) -> None:
    late = query("late", "INSERT INTO child VALUES (:id, NULL, :late)", "SELECT 1")
    failed = session.time(late, bind(id=1, late=99), keep=True)
    assert (failed.status, "foreign key constraint" in failed.error) == (Status.FAILED, True)
    assert session.time(late, bind(id=1, late=1), keep=True).status is Status.OK


def test_classes_of_errors(session: PostgresSession) -> None:
    child = query("child", "INSERT INTO child VALUES (:id, :parent)")
    assert [
        session.answer(*one)
        for one in (
            (ADD, bind(id=1, n=1)),
            (ADD, bind(id=3, n=-1)),
            (ADD, bind(id=3, n=None)),
            (child, bind(id=1, parent=99)),
            (query("quotient", "SELECT 1 / :n"), bind(n=0)),
            (query("text", "SELECT :t::text::int"), bind(t="x")),
        )
    ] == [
        Answer(error=error)
        for error in (
            "duplicate key",
            "check violated",
            "null in a required column",
            "missing parent",
            "division by zero",
            "error 22P02",
        )
    ]
    assert session.time(ADD, bind(id=1, n=1)).status is Status.FAILED
    assert parents(session) == {1: 10, 2: 20}


def test_a_timeout_is_no_failure_and_ends_with_its_execution(session: PostgresSession) -> None:
    slow = query("slow", "SELECT pg_sleep(:s)")
    stopped = session.time(slow, bind(s=30), timeout_ms=60)
    assert stopped.status is Status.TIMED_OUT
    assert 50 < stopped.ms < 30_000
    assert session.time(slow, bind(s=0.1)).status is Status.OK
    write = query("write", "UPDATE parent SET n = 0", "SELECT pg_sleep(30)")
    assert session.time(write, bind(), keep=True, timeout_ms=60).status is Status.TIMED_OUT
    assert parents(session) == {1: 10, 2: 20}


def test_a_tenant_sees_only_its_rows(create: CreateDatabase) -> None:
    session = create(RLS, "tenant_app").session()
    seen = query("seen", "SELECT DISTINCT tenant, current_user::text FROM docs")
    written = query("written", "UPDATE docs SET id = id + 100 RETURNING tenant")
    bindings = [Binding((), (("app.tenant", tenant),)) for tenant in ("t1", "t2")]
    assert [session.answer(seen, one).rows for one in bindings] == [
        (("t1", "tenant_app"),),
        (("t2", "tenant_app"),),
    ]
    assert session.answer(written, bindings[0]).rows == (("t1",),) * 3
    assert "docs" in session.plan(seen, bindings[0]).fingerprint
    session.close()


def test_a_lost_server_is_told(session: PostgresSession, database: PostgresDatabase) -> None:
    other = database.session()
    pid = other.answer(query("pid", "SELECT pg_backend_pid()"), bind()).rows[0][0]
    assert session.answer(query("kill", "SELECT pg_terminate_backend(:pid, 5000)"), bind(pid=pid)).rows == (
        (True,),
    )
    asked = query("pid", "SELECT pg_backend_pid()")
    new = query("new", "SELECT 1")
    for ask in (other.time, other.time, other.answer, other.plan):
        for one in (asked, new):
            with pytest.raises(MeasurementLost, match="the PostgreSQL server is gone"):
                ask(one, bind())
    other.close()
    other.close()


def test_a_server_lost_within_a_statement(session: PostgresSession) -> None:
    suicide = query("suicide", "SELECT pg_terminate_backend(pg_backend_pid(), 0), pg_sleep(30)")
    with pytest.raises(MeasurementLost):
        session.answer(suicide, bind())


def test_a_statement_that_does_not_parse_is_told(session: PostgresSession) -> None:
    with pytest.raises(OptimizerError, match="nowhere"):
        session.prepare(query("bad", "SELECT 1 FROM nowhere"))


def test_what_stands_around_a_statement_outlasts_its_timeout(session: PostgresSession) -> None:
    texts = chain([b"SELECT pg_sleep(5)"], repeat(b"SELECT 7"))
    connection = session._connection
    connection.limit(1)
    result = connection._surely(lambda: connection._pg.exec_(next(texts)))
    assert result.get_value(0, 0) == b"7"
