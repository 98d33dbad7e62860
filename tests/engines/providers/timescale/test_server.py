"""What clients see of server.mjs: like PostgreSQL, but for connections that take turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import pq
from psycopg.conninfo import make_conninfo

Connection = psycopg.Connection[Any]


@pytest.fixture
def one(shared: str) -> Iterator[Connection]:
    with psycopg.connect(shared, autocommit=True) as connection:
        yield connection


@pytest.fixture
def other(shared: str) -> Iterator[Connection]:
    with psycopg.connect(shared, autocommit=True) as connection:
        yield connection


def value(connection: Connection, query: Any, *parameters: object) -> Any:
    row = connection.execute(query, parameters or None, prepare=True).fetchone()
    assert row is not None
    return row[0]


def test_settings_and_roles_are_a_connections_own(one: Connection, other: Connection) -> None:
    one.execute("CREATE ROLE reader")
    one.execute("SET work_mem = '7MB'")
    one.execute("SET ROLE reader")
    other.execute("SET search_path = 'a b', \"it's\", public")
    assert value(one, "SELECT current_user || current_setting('work_mem')") == "reader7MB"
    assert value(other, "SELECT current_user || current_setting('work_mem')") == "postgres4MB"
    assert value(one, "SHOW search_path") == '"$user", public'
    assert value(other, "SHOW search_path") == '"a b", "it\'s", public'
    one.execute("RESET ROLE")
    one.execute("DROP ROLE reader")


def test_prepared_statements_are_a_connections_own(one: Connection, other: Connection) -> None:
    one.pgconn.prepare(b"same", b"SELECT $1::int + 1")
    other.pgconn.prepare(b"same", b"SELECT $1::text || 'x'")
    for _ in range(2):
        assert one.pgconn.exec_prepared(b"same", [b"1"]).get_value(0, 0) == b"2"
        assert other.pgconn.exec_prepared(b"same", [b"1"]).get_value(0, 0) == b"1x"
    assert one.pgconn.describe_prepared(b"same").param_type(0) == 23


def test_a_transaction_keeps_others_waiting(one: Connection, other: Connection) -> None:
    one.execute("CREATE TABLE seen ()")
    one.execute("BEGIN")
    one.execute("INSERT INTO seen DEFAULT VALUES")
    counts: list[int] = []
    waiting = threading.Thread(target=lambda: counts.append(value(other, "SELECT count(*) FROM seen")))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    one.execute("COMMIT")
    waiting.join(10)
    assert counts == [1]


def test_what_a_connection_leaves_open_is_rolled_back(shared: str, other: Connection) -> None:
    other.execute("CREATE TABLE left_open ()")
    leaving = psycopg.connect(shared)
    leaving.execute("INSERT INTO left_open DEFAULT VALUES")
    leaving.close()
    assert value(other, "SELECT count(*) FROM left_open") == 0


def test_one_that_leaves_does_not_disturb_a_transaction(shared: str, one: Connection) -> None:
    leaving = psycopg.connect(shared, autocommit=True)
    leaving.pgconn.prepare(b"mine", b"SELECT 1")
    one.execute("BEGIN")
    one.execute("CREATE TABLE still_there ()")
    leaving.close()
    time.sleep(0.2)  # the server reads that, and tells nobody before the transaction ends
    assert value(one, "SELECT count(*) FROM still_there") == 0
    one.execute("ROLLBACK")
    with psycopg.connect(shared) as connection:
        assert value(connection, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '%mine'") == 0


def test_the_last_connection_leaves_nothing_of_its_session(shared: str) -> None:
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute("SET work_mem = '5MB'")
        connection.execute("CREATE TEMP TABLE passing ()")
        connection.pgconn.prepare(b"", b"SELECT 1")
        connection.pgconn.prepare(b"kept", b"SELECT 1")
    with psycopg.connect(shared) as connection:
        assert value(connection, "SHOW work_mem") == "4MB"
        assert value(connection, "SELECT to_regclass('passing')") is None
        assert value(connection, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '%kept'") == 0


@pytest.mark.parametrize("sql", ["SELECT 1/0", "SELEKT", "SELECT * FROM nowhere", "SELECT 'x'::int"])
@pytest.mark.parametrize("prepare", [False, True])
def test_an_error_leaves_the_connection_usable(one: Connection, sql: Any, prepare: bool) -> None:
    with pytest.raises(psycopg.DatabaseError) as caught:
        one.execute(sql, prepare=prepare)
    assert caught.value.sqlstate in {"22012", "42601", "42P01", "22P02"}
    assert value(one, "SELECT %s::int", 42) == 42


def test_an_error_in_a_transaction_is_rolled_back_to_its_savepoint(one: Connection) -> None:
    one.execute("CREATE TABLE steps (n int PRIMARY KEY)")
    with one.transaction():
        one.execute("INSERT INTO steps VALUES (1)")
        with pytest.raises(psycopg.errors.UniqueViolation), one.transaction():
            one.execute("INSERT INTO steps VALUES (1)")
        assert one.info.transaction_status == pq.TransactionStatus.INTRANS
        one.execute("INSERT INTO steps VALUES (2)")
    assert value(one, "SELECT sum(n) FROM steps") == 3


def test_pipelines_work(one: Connection) -> None:
    with one.pipeline():
        results = [one.execute("SELECT %s::int", [n]) for n in range(50)]
    assert [result.fetchone() for result in results] == [(n,) for n in range(50)]


def test_messages_may_be_large(one: Connection) -> None:
    text = "é" * 5_000_000
    assert value(one, "SELECT length(%s::text)", text) == 5_000_000
    assert value(one, "SELECT repeat('é', 5000000)") == text
    rows = one.execute("SELECT n, 'row ' || n FROM generate_series(1, 100000) n").fetchall()
    assert len(rows) == 100_000
    assert rows[-1] == (100_000, "row 100000")


def test_options_of_a_connection_are_set(shared: str) -> None:
    options = "-c work_mem=11MB -c application_name=a\\ b --search-path=pg_catalog"
    with psycopg.connect(make_conninfo(shared, options=options)) as connection:
        assert value(connection, "SHOW work_mem") == "11MB"
        assert value(connection, "SHOW application_name") == "a b"
        assert value(connection, "SHOW search_path") == "pg_catalog"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dbname": "postgres"}, 'the database "template1"'),
        ({"user": "nobody"}, 'and the user "postgres"'),
        ({"options": "-c nonsense=1"}, 'unrecognized configuration parameter "nonsense"'),
    ],
)
def test_what_cannot_be_served_is_refused(shared: str, change: dict[str, str], words: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=words):
        psycopg.connect(make_conninfo(shared, **change))
    with psycopg.connect(shared) as connection:
        assert value(connection, "SELECT 1") == 1


def test_copy_reads_text_and_binary(one: Connection, other: Connection) -> None:
    one.execute("CREATE TABLE copied (n int, t text)")
    with one.cursor().copy("COPY copied FROM STDIN") as copy:
        for n in range(30_000):
            copy.write_row((n, "tab\tnew\nline é" if n % 2 else None))
        assert value(other, "SELECT count(*) FROM copied") == 0
    with one.cursor().copy("COPY copied (n) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4"])
        copy.write_row((70_000,))
    assert value(one, "SELECT count(*) FROM copied") == 30_001
    assert value(one, "SELECT count(*) FROM copied WHERE t = E'tab\\tnew\\nline é'") == 15_000
    with one.cursor().copy("COPY (SELECT n FROM copied ORDER BY n DESC LIMIT 1) TO STDOUT") as copy:
        assert b"".join(copy) == b"70000\n"


def test_a_copy_that_fails_copies_nothing(one: Connection) -> None:
    one.execute("CREATE TABLE kept (n int)")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="line 2"):
        _copy(one, iter(["1\nx\n"]))
    with pytest.raises(ZeroDivisionError):
        _copy(one, (str(1 // n) for n in (1, 0)))
    assert value(one, "SELECT count(*) FROM kept") == 0


def _copy(connection: Connection, pieces: Iterator[str]) -> None:
    with connection.cursor().copy("COPY kept FROM STDIN") as copy:
        for piece in pieces:
            copy.write(piece)
