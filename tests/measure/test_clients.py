"""Concurrent clients in processes of their own, against a real server."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.session import PostgresSession
from optimizer.errors import OptimizerError
from optimizer.measure.clients import ClientRun, Clients, Phase
from optimizer.model.measurement import Status
from optimizer.model.query import Binding
from tests.conftest import CreateDatabase
from tests.queries_by_hand import bind, query

DDL = """
CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL);
CREATE TABLE entry (id int PRIMARY KEY, client int NOT NULL DEFAULT pg_backend_pid());
CREATE TABLE seen (client int DEFAULT pg_backend_pid(), at timestamptz DEFAULT clock_timestamp());
INSERT INTO counter VALUES (1, 0);
"""
READ = query("read", "SELECT n FROM counter WHERE id = :id", share=0.5)
COUNT = query("count", "UPDATE counter SET n = n + 1 WHERE id = :id", "SELECT 1", share=0.3)
ADD = query("add", "INSERT INTO entry (id) VALUES (:id)", share=0.2)
SLOW = query("slow", "SELECT pg_sleep(0.2)")
QUERIES = (READ, COUNT, ADD)
ONCE = frozenset({"add"})


def supply(new: int) -> dict[str, list[Binding]]:
    return {"read": [bind(id=1)], "count": [bind(id=1)], "add": [bind(id=n) for n in range(new)]}


def statuses(run: ClientRun) -> set[Status]:
    return {one.status for executions in run.executions.values() for one in executions}


def asked(session: PostgresSession, sql: str) -> tuple[object, ...]:
    rows: tuple[tuple[object, ...], ...] = session.answer(query(sql, sql), bind()).rows
    return rows[0]


def test_the_closed_loop_keeps_its_writes_and_uses_new_keys_once(create: CreateDatabase) -> None:
    database = create(DDL)
    with Clients(3) as clients:
        run = clients.run(database.opener(), QUERIES, supply(60), ONCE, Phase(1.0), seed=1)
    with_counts = {name: len(executions) for name, executions in run.executions.items()}
    session = database.session()
    assert statuses(run) == {Status.OK}
    assert asked(session, "SELECT n FROM counter") == (with_counts["count"],)
    assert asked(session, "SELECT count(*)::int, count(DISTINCT client)::int FROM entry") == (60, 3)
    assert with_counts["add"] == 60
    assert run.exhausted == ("add",)
    assert run.per_second == sum(with_counts.values()) / 1.0
    assert with_counts["read"] > with_counts["count"] > 0
    session.close()


def test_all_clients_run_at_the_same_time(create: CreateDatabase) -> None:
    database = create(DDL)
    note = query("note", "INSERT INTO seen DEFAULT VALUES")
    with Clients(4) as clients:
        clients.run(database.opener(), [note], {"note": [bind()]}, frozenset(), Phase(0.3), seed=1)
    session = database.session()
    spans = "SELECT min(at) AS first, max(at) AS last FROM seen GROUP BY client"
    firsts, lasts = zip(*session.answer(query("spans", spans), bind()).rows, strict=True)
    assert len(firsts) == 4
    assert max(firsts) < min(lasts)
    session.close()


def test_a_client_that_can_not_begin_ends_the_run(create: CreateDatabase) -> None:
    database = create(DDL)
    bad = query("bad", "SELECT 1 FROM nowhere")
    with pytest.raises(OptimizerError, match="nowhere"), Clients(2) as clients:
        clients.run(database.opener(), [bad], {"bad": [bind()]}, frozenset(), Phase(1.0), seed=1)


def test_the_open_loop_counts_from_the_intended_start(create: CreateDatabase) -> None:
    database = create("")
    with Clients(1) as clients:
        closed = clients.run(database.opener(), [SLOW], {"slow": [bind()]}, frozenset(), Phase(1.0), 1)
        phase = Phase(1.0, rate_per_s=50.0)
        opened = clients.run(database.opener(), [SLOW], {"slow": [bind()]}, frozenset(), phase, 1)
    waits = [one.ms for one in opened.executions["slow"]]
    assert 1 <= len(closed.executions["slow"]) <= 5
    assert 1 <= len(waits) <= 5
    assert waits == sorted(waits)
    assert waits[-1] > 1.5 * min(one.ms for one in closed.executions["slow"])


def test_the_open_loop_sends_no_faster_than_its_rate(create: CreateDatabase) -> None:
    database = create(DDL)
    phase = Phase(1.0, rate_per_s=40.0)
    with Clients(2) as clients:
        run = clients.run(database.opener(), [READ], {"read": [bind(id=1)]}, frozenset(), phase, seed=3)
    assert statuses(run) == {Status.OK}
    assert 10 < len(run.executions["read"]) < 90
    assert run.exhausted == ()


def test_without_any_binding_nothing_runs(create: CreateDatabase) -> None:
    database = create(DDL)
    with Clients(1) as clients:
        run = clients.run(database.opener(), [ADD], {"add": []}, ONCE, Phase(0.2), seed=1)
    assert run == ClientRun({"add": ()}, 0.0)
