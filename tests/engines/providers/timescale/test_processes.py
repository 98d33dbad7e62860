from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from optimizer.engines.providers.timescale.processes import DatabaseProcesses

ROWS = 3_000
HYPERTABLE = """
CREATE TABLE reading (time timestamptz NOT NULL, device int, value float8);
SELECT create_hypertable('reading', by_range('time', INTERVAL '1 day'));
INSERT INTO reading SELECT '2024-02-28'::timestamptz + n * INTERVAL '1 minute', n % 7, n
FROM generate_series(1, 3000) n;
ALTER TABLE reading SET (timescaledb.compress, timescaledb.compress_segmentby = 'device');
SELECT compress_chunk(c) FROM show_chunks('reading', older_than => '2024-02-29'::timestamptz) c;
"""

_numbers = count(1)


def rows_of(conninfo: str) -> int:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT count(*), count(DISTINCT device) FROM reading").fetchone()
    assert row is not None
    assert row[1] == 7
    return int(row[0])


@pytest.fixture
def filled(processes: DatabaseProcesses) -> Iterator[tuple[str, str]]:
    """The name and the conninfo of a database with a hypertable that is partly compressed."""
    name = f"filled_{next(_numbers)}"
    conninfo = processes.create(name)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(HYPERTABLE)
    yield name, conninfo
    processes.drop(name)


def test_a_new_database_holds_the_extension_only(shared: str) -> None:
    with psycopg.connect(shared) as connection:
        assert connection.execute("SELECT extname FROM pg_extension ORDER BY 1").fetchall() == [
            ("plpgsql",),
            ("timescaledb",),
        ]
        assert connection.execute("SELECT to_regclass('reading')").fetchone() == (None,)


def test_a_copy_is_independent(processes: DatabaseProcesses, filled: tuple[str, str]) -> None:
    name, conninfo = filled
    with psycopg.connect(conninfo, autocommit=True) as idle:
        idle.execute("SET work_mem = '9MB'")
        copy = processes.copy(name, "copy")
        try:
            with psycopg.connect(copy, autocommit=True) as connection:
                connection.execute("DELETE FROM reading WHERE value > 1000")
            assert rows_of(copy) == 1000
            assert rows_of(conninfo) == ROWS
            assert idle.execute("SHOW work_mem").fetchone() == ("9MB",)
        finally:
            processes.drop("copy")


def test_a_restart_keeps_what_was_committed(processes: DatabaseProcesses, filled: tuple[str, str]) -> None:
    name, conninfo = filled
    connection = psycopg.connect(conninfo)
    connection.execute("INSERT INTO reading VALUES ('2024-02-28', 1, 1)")
    assert processes.restart(name) == conninfo
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    assert rows_of(conninfo) == ROWS


def test_compression_works_after_a_restart(processes: DatabaseProcesses, filled: tuple[str, str]) -> None:
    name, conninfo = filled
    processes.restart(name)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('reading') c"
        )
        connection.execute(
            "CREATE MATERIALIZED VIEW hourly WITH (timescaledb.continuous) AS "
            "SELECT time_bucket('1 hour', time) AS hour, avg(value) FROM reading GROUP BY 1 WITH NO DATA"
        )
        connection.execute("CALL refresh_continuous_aggregate('hourly', NULL, NULL)")
        assert connection.execute("SELECT count(*) FROM hourly").fetchone() == (51,)
    assert rows_of(conninfo) == ROWS


def test_a_restart_ends_a_statement_that_does_not_end(
    processes: DatabaseProcesses, filled: tuple[str, str]
) -> None:
    name, conninfo = filled
    timer = threading.Timer(0.5, processes.restart, [name])
    began = time.monotonic()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        timer.start()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT count(*) FROM generate_series(1, 1000000000)")
    assert time.monotonic() - began < 10
    timer.join()
    assert rows_of(conninfo) == ROWS


def test_names_are_checked(processes: DatabaseProcesses, filled: tuple[str, str]) -> None:
    name, _ = filled
    with pytest.raises(ValueError, match=name):
        processes.create(name)
    with pytest.raises(ValueError, match=name):
        processes.rename(name, name)
    with pytest.raises(KeyError):
        processes.restart("unknown")


def test_another_name(processes: DatabaseProcesses, filled: tuple[str, str]) -> None:
    name, conninfo = filled
    processes.rename(name, "renamed")
    try:
        assert rows_of(conninfo) == ROWS
        assert processes.restart("renamed") == conninfo
    finally:
        processes.rename("renamed", name)
