"""Statements with time_bucket answer on plain PostgreSQL what TimescaleDB answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.rewriting.translation import Untranslated, translated
from optimizer.engines.postgres.server import connect_server
from optimizer.engines.postgres.statements import numbered
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.query import ParameterSpec, Query, SourceText, Target
from optimizer.model.schema import Schema
from tests.conftest import workload_of
from tests.engines import time_buckets

Rows = list[tuple[Any, ...]]


class Bench:
    """The moments on a server, and its schema."""

    def __init__(self, connection: psycopg.Connection[Any], schema: Schema) -> None:
        self.connection, self.schema = connection, schema

    def answer(self, sql: str, values: dict[str, str] | None = None, prepare: bool = True) -> Rows:
        statement = numbered(translated(sql, self.schema).text)
        given = [(values or {})[name] for name in statement.parameters]
        cursor = psycopg.RawCursor(self.connection)
        return cursor.execute(statement.sql.encode(), given, prepare=prepare).fetchall()


@pytest.fixture(scope="module")
def bench(server: PostgresEndpoint) -> Iterator[Bench]:
    source = SourceText(time_buckets.DDL, "moments.sql")
    with connect_server(server) as opened:
        database = opened.read(workload_of(source), "moments", source)
        conninfo = make_conninfo(server.conninfo, dbname=database.name, options="-c timezone=UTC")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(time_buckets.insert().encode())
            yield Bench(connection, database.schema)


FORMS = time_buckets.answers()
WIDTH = re.compile(r"time_bucket\('([^']+)', ")


@pytest.mark.parametrize("form", FORMS)
def test_the_answers_are_those_of_timescaledb(bench: Bench, form: str) -> None:
    rows = bench.answer(f"SELECT ({form})::text FROM moments ORDER BY id")
    assert tuple(value for (value,) in rows) == FORMS[form]


@pytest.mark.parametrize("form", [form for form in FORMS if WIDTH.match(form)])
def test_a_parameter_as_the_width_gives_the_same(bench: Bench, form: str) -> None:
    width = WIDTH.match(form)
    assert width is not None
    sql = f"SELECT ({WIDTH.sub('time_bucket(:w, ', form, count=1)})::text FROM moments ORDER BY id"
    assert tuple(value for (value,) in bench.answer(sql, {"w": width[1]})) == FORMS[form]


@pytest.mark.parametrize("form", [form for form in FORMS if " at)" in form or " ts)" in form])
def test_a_session_in_another_zone_changes_nothing(bench: Bench, form: str) -> None:
    with bench.connection.transaction(force_rollback=True):
        bench.connection.execute("SET LOCAL timezone = 'America/New_York'")
        shown = f"({form})" if " ts)" in form else f"({form}) AT TIME ZONE 'UTC' || '+00'"
        rows = bench.answer(f"SELECT ({shown})::text FROM moments ORDER BY id")
    assert tuple(value for (value,) in rows) == FORMS[form]


@pytest.mark.parametrize("width", ["0 hours", "-1 hour", "-1 month", "1 month 1 day", "1 month -1 hour"])
def test_widths_that_timescaledb_refuses_fail(bench: Bench, width: str) -> None:
    with pytest.raises(Untranslated):
        translated(f"SELECT time_bucket('{width}', at) FROM moments", bench.schema)
    with pytest.raises(psycopg.Error):
        bench.answer("SELECT time_bucket(:w, at) FROM moments", {"w": width})


TEXTS = [
    ("SELECT n FROM moments", "SELECT n FROM moments"),
    ("SELECT 'time_bucket(' FROM moments", "SELECT 'time_bucket(' FROM moments"),
    (
        "SELECT time_bucket('1 hour', at), count(*) -- hours\nFROM moments GROUP BY 1 ORDER BY time_bucket",
        "SELECT date_bin('1 hour', at, '2000-01-03 00:00:00+00') AS time_bucket, count(*) -- hours\n"
        "FROM moments GROUP BY 1 ORDER BY time_bucket",
    ),
    (
        "SELECT (time_bucket('1 year', ts))::date FROM moments WHERE time_bucket(10, n) = :ten",
        "SELECT (date_trunc('year', ts))::date AS time_bucket FROM moments "
        "WHERE (n - mod(mod(n, 10) + 10, 10)) = :ten",
    ),
    (
        "WITH m AS (SELECT time_bucket('5 min', at) AS b FROM moments) "
        "SELECT time_bucket('1 h', b) AS h FROM m",
        "WITH m AS (SELECT date_bin('5 min', at, '2000-01-03 00:00:00+00') AS b FROM moments) "
        "SELECT date_bin('1 h', b, '2000-01-03 00:00:00+00') AS h FROM m",
    ),
    (
        "UPDATE moments SET at = time_bucket('1 h', at) RETURNING id, time_bucket('2 h', at)",
        "UPDATE moments SET at = date_bin('1 h', at, '2000-01-03 00:00:00+00') "
        "RETURNING id, date_bin('2 h', at, '2000-01-03 00:00:00+00') AS time_bucket",
    ),
    (
        "INSERT INTO moments (id, d) SELECT :id, time_bucket('1 day', x.day) "
        "FROM unnest(:days::date[]) AS x(day)",
        "INSERT INTO moments (id, d) SELECT :id, CAST(date_bin('1 day', CAST(x.day AS TIMESTAMP), "
        "'2000-01-03 00:00:00+00') AS DATE) AS time_bucket FROM unnest(:days::date[]) AS x(day)",
    ),
    (
        "DELETE FROM moments WHERE ts < time_bucket('1 month', :now::timestamp)",
        "DELETE FROM moments WHERE ts < date_trunc('month', CAST(:now AS TIMESTAMP))",
    ),
    (
        "SELECT time_bucket('1 day', time_bucket('1 hour', at)) AS d FROM (SELECT * FROM moments) m",
        "SELECT date_bin('1 day', date_bin('1 hour', at, '2000-01-03 00:00:00+00'), "
        "'2000-01-03 00:00:00+00') AS d FROM (SELECT * FROM moments) m",
    ),
]


@pytest.mark.parametrize(("written", "spoken"), TEXTS)
def test_only_the_calls_are_written_otherwise(bench: Bench, written: str, spoken: str) -> None:
    assert translated(written, bench.schema).text == spoken
    statement = numbered(spoken)
    with bench.connection.transaction(force_rollback=True):
        bench.connection.execute(b"PREPARE spoken AS " + statement.sql.encode())
        bench.connection.execute(b"DEALLOCATE spoken")


def test_outputs_keep_their_names(bench: Bench) -> None:
    sql = (
        "SELECT time_bucket('1 h', at), (time_bucket('1 h', at))::date, time_bucket('1 mon', ts)::text, "
        "CASE WHEN n > 0 THEN ts ELSE time_bucket('1 h', ts) END, s.time_bucket "
        "FROM moments m, LATERAL (SELECT time_bucket('1 day', m.d) UNION ALL SELECT m.d) s, "
        "LATERAL (SELECT max(time_bucket('1 day', d)) FROM moments) x"
    )
    cursor = bench.connection.execute(translated(sql, bench.schema).text.encode())
    assert [column.name for column in cursor.description or ()] == ["time_bucket"] * 5


def test_a_parameter_with_one_value_needs_no_choice(bench: Bench) -> None:
    query = Query(
        "q",
        1.0,
        Target(),
        (SourceText("SELECT time_bucket(:w, at) AS b FROM moments", "w.yaml", 3, 5, 4),),
        {"w": ParameterSpec("value", "5 minutes")},
    )
    spoken = TableLayout(bench.schema).spoken(query)
    text = "SELECT date_bin(:w, at, '2000-01-03 00:00:00+00') AS b FROM moments"
    assert [(one.text, one.line, one.column) for one in spoken.statements] == [(text, 3, 5)]


def test_a_zone_that_is_null_gives_null(bench: Bench) -> None:
    sql = "SELECT time_bucket('1 h', at, timezone => NULL), time_bucket('1 h', at, :z::text) FROM moments"
    statement = numbered(translated(sql, bench.schema).text)
    cursor = psycopg.RawCursor(bench.connection)
    assert set(cursor.execute(statement.sql.encode(), [None]).fetchall()) == {(None, None)}


def test_a_query_without_it_is_the_same_object(bench: Bench) -> None:
    query = Query("q", 1.0, Target(), (SourceText("SELECT n FROM moments WHERE at > :t", "w.yaml"),))
    assert TableLayout(bench.schema).query(query) is query


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT n, time_bucket('1 h', :t) FROM moments", "the type of :t isn't clear"),
        ("SELECT n, time_bucket('1 h', data) FROM moments", "the type of data isn't clear"),
        ("SELECT n, time_bucket('a while', at) FROM moments", "the width 'a while' isn't understood"),
        (
            "SELECT n, time_bucket('1 month 1 day', at) FROM moments",
            "the width '1 month 1 day' has months beside days or time",
        ),
        ("SELECT n, time_bucket('0 h', at) FROM moments", "the width '0 h' isn't longer than nothing"),
        (
            "SELECT n, time_bucket('36 hours', d) FROM moments",
            "the width '36 hours' isn't made of whole days, which dates need",
        ),
        ("SELECT n, time_bucket(0, n) FROM moments", "the width must be greater than 0"),
        ("SELECT n, time_bucket(-5, n) FROM moments", "the width must be greater than 0"),
        (
            "SELECT n, time_bucket('1 h', n) FROM moments",
            "the width of a bucket of integers is an integer, not '1 h'",
        ),
        ("SELECT n, time_bucket(5, at) FROM moments", "the width 5 isn't known to be an interval"),
        (
            "SELECT n, time_bucket('1 h', ts, '1 day') FROM moments",
            "whether '1 day' is an origin or an offset isn't clear",
        ),
        ("SELECT n, time_bucket('1 h', ts, timezone => 'UTC') FROM moments", "a timestamp has no time zone"),
        (
            "SELECT n, time_bucket('1 day', d, timestamptz '2024-01-01') FROM moments",
            "the origin CAST('2024-01-01' AS TIMESTAMPTZ) isn't known to be a date",
        ),
        ("SELECT n, time_bucket('1 h') FROM moments", "time_bucket isn't called with 1 arguments like these"),
        (
            "SELECT n, time_bucket('1 h', bucket_width => '1 h') FROM moments",
            "time_bucket isn't called with 2 arguments like these",
        ),
        ("SELECT n, time_bucket('1 h', at, start => at) FROM moments", "time_bucket has no argument start"),
        (
            "SELECT n, time_bucket('1 h', at FROM moments",
            "a statement that can't be read can't have time_bucket",
        ),
    ],
)
def test_what_can_not_be_had_is_told_with_its_place(bench: Bench, sql: str, message: str) -> None:
    with pytest.raises(Untranslated) as refused:
        translated(sql, bench.schema)
    assert str(refused.value) == message
    assert sql[refused.value.offset :].startswith("time_bucket(")
