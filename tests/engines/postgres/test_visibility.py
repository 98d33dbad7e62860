"""Exactly the shown indexes are used, by reads and by writes, hidden or dropped."""

from __future__ import annotations

import polars as pl
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.loading.maintenance import open_connection
from optimizer.engines.postgres.visibility import Hiding, Recreating, Visibility, can_hide
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from tests.engines.postgres.conftest import CreateDatabase, WriteDataset

DDL = """
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE TABLE p (id int, day int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
"""
T, P = TableName("public", "t"), TableName("public", "p")
A = Index(T, (IndexKey("a", "a"),))
B = Index(T, (IndexKey("lower(b)"),))
DAY = Index(P, (IndexKey("day", "day"),))
QUERIES = {
    A: "SELECT * FROM t WHERE a = 5",
    B: "SELECT * FROM t WHERE lower(b) = 'x5'",
    DAY: "SELECT * FROM p WHERE day = 15",
}


@pytest.fixture(params=[Hiding, Recreating])
def database(
    request: pytest.FixtureRequest, create: CreateDatabase, dataset: WriteDataset
) -> PostgresDatabase:
    made = create(DDL)
    made._visibility = request.param(made._connection)
    ids = list(range(5000))
    rows = {
        "t": pl.DataFrame({"id": ids, "a": ids, "b": [f"x{i}" for i in ids]}),
        "p": pl.DataFrame({"id": ids, "day": [i % 20 for i in ids]}),
    }
    made.load(dataset(rows), lambda what, part: None)
    assert [built.error for built in made.build([A, B, DAY], lambda what, part: None)] == ["", "", ""]
    return made


def used(database: PostgresDatabase) -> set[Index]:
    """The indexes that another session's plans use now."""
    with open_connection(database._conninfo) as session:
        session.execute("SET enable_seqscan = off")
        plans = {
            index: "\n".join(line for (line,) in session.execute(f"EXPLAIN {query}".encode()))
            for index, query in QUERIES.items()
        }
    names = {index: database._visibility.built[index].names for index in QUERIES}
    return {index for index, plan in plans.items() if any(name in plan for name in names[index])}


@pytest.mark.parametrize("shown", [set(), {A}, {B, DAY}, {A, B, DAY}], ids=len)
def test_only_shown_indexes_are_used(database: PostgresDatabase, shown: set[Index]) -> None:
    database.show(shown)
    assert used(database) == shown
    database.show(QUERIES)
    assert used(database) == set(QUERIES)


def test_an_open_session_sees_the_change_at_its_next_statement(database: PostgresDatabase) -> None:
    with open_connection(database._conninfo) as session:
        session.execute("SET enable_seqscan = off")
        session.execute("PREPARE q AS SELECT * FROM t WHERE a = 5")
        for shown, expected in (({A}, True), (set(), False), ({A}, True)):
            database.show(shown)
            plan = "\n".join(line for (line,) in session.execute("EXPLAIN EXECUTE q"))
            assert ("Index" in plan) is expected


def test_answers_are_right_after_rolled_back_writes_under_hidden_indexes(database: PostgresDatabase) -> None:
    database.show([])
    with open_connection(database._conninfo) as session, session.transaction(force_rollback=True):
        session.execute("UPDATE t SET a = a + 1, b = 'gone'")
    database.show([A, B, DAY])
    with open_connection(database._conninfo) as session:
        session.execute("SET enable_seqscan = off")
        assert session.execute("SELECT id FROM t WHERE a = 5").fetchall() == [(5,)]
        assert session.execute("SELECT id FROM t WHERE lower(b) = 'x5'").fetchall() == [(5,)]


def test_keys_are_never_hidden(database: PostgresDatabase) -> None:
    database.show([])
    hidden = "SELECT count(*) FROM pg_index WHERE indisunique AND NOT indislive"
    assert database._connection.execute(hidden).fetchone() == (0,)


def test_removed_indexes_are_gone(database: PostgresDatabase) -> None:
    database.show([B])
    database.remove([A])
    assert database.index_of("t_a_idx") is None
    assert "t_a_idx" not in database._taken()
    with pytest.raises(KeyError):
        database.show([A])


def test_hiding_is_tried_before_it_is_trusted(database: PostgresDatabase) -> None:
    connection = database._connection
    assert can_hide(connection)
    connection.execute("CREATE ROLE no_superuser")
    try:
        connection.execute("SET ROLE no_superuser")
        assert not can_hide(connection)
    finally:
        connection.execute("RESET ROLE")
        connection.execute("DROP ROLE no_superuser")


def test_the_two_ways_share_their_interface() -> None:
    assert {Hiding, Recreating} <= set(Visibility.__subclasses__())
