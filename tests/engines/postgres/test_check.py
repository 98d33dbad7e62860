"""The server's complaints point at the very place in the user's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from optimizer.engines.postgres.check import check_queries
from optimizer.engines.postgres.loading.maintenance import open_connection
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.errors import Position
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.schema import Column, ColumnType, Schema, Table

TABLE = "CREATE TEMP TABLE users (id int PRIMARY KEY, name text, born date)"
SCHEMA = Schema(
    (
        Table(
            TableName("public", "users"),
            (
                Column("id", ColumnType("integer", "int4")),
                Column("name", ColumnType("text", "text")),
                Column("born", ColumnType("date", "date")),
            ),
        ),
    )
)


@pytest.fixture(scope="module")
def connection(server: PostgresEndpoint) -> Iterator[psycopg.Connection[Any]]:
    with open_connection(server.conninfo) as opened:
        opened.execute(TABLE.encode())
        yield opened


def at(*texts: str, line: int = 5, column: int = 7, indent: int = 6) -> Query:
    """A query whose statements all begin at that place."""
    sources = tuple(SourceText(text, "shop.yaml", line, column, indent) for text in texts)
    return Query("q", 1.0, Target(), sources)


def place_of(text: str, wrong: str) -> Position:
    return SourceText(text, "shop.yaml", 5, 7, 6).position(text.index(wrong))


@pytest.mark.parametrize(
    ("text", "wrong", "message"),
    [
        ("SELECT nme FROM users", "nme", 'column "nme" does not exist'),
        ("SELECT id FROM users\nWHERE name = :name\n  AND brn = 1", "brn", 'column "brn" does not exist'),
        (
            "SELECT :a_rather_long_name::int, :x::int, :another_long_name::int, :x::text FROM userz",
            "userz",
            'relation "userz" does not exist',
        ),
        (
            "SELECT :x::int, :x::int, :x::int, :x::int, :x::int, :long_long_long::int, wrong FROM users",
            "wrong",
            'column "wrong" does not exist',
        ),
        (
            "SELECT id FROM users WHERE name = :n AND name = :nn AND :flag_one::bool AND born > 5",
            "> 5",
            "operator does not exist: date > integer",
        ),
        ("SELECT 'ü–', \":no\" FROM users WHERE id = :identifier", '":no"', 'column ":no" does not exist'),
        ("SELECT :a::int FRM users", "users", 'syntax error at or near "users"'),
        (
            "SELECT time_bucket('1 month', born), time_bucket('1 h', :at::timestamptz), nme FROM users",
            "nme",
            'column "nme" does not exist',
        ),
        (
            "SELECT time_bucket('1 day', brn::date) FROM users",
            "time_bucket",
            'column "brn" does not exist',
        ),
        (
            "SELECT id, :long::int, time_bucket('1 month 3 days', born) FROM users",
            "time_bucket",
            "the width '1 month 3 days' has months beside days or time",
        ),
        (
            "SELECT time_bucket('1 day', born), time_bucket_gapfill('1 day', born) FROM users",
            "time_bucket_gapfill",
            "function time_bucket_gapfill(unknown, date) does not exist",
        ),
    ],
)
def test_a_mistake_is_told_where_it_stands(
    connection: psycopg.Connection[Any], text: str, wrong: str, message: str
) -> None:
    (problem,) = check_queries(connection, [at(text)], SCHEMA)
    assert problem.message == f"query q: {message}"
    assert problem.position == place_of(text, wrong)


def test_a_parameter_that_does_not_fit_is_told_at_the_parameter(
    connection: psycopg.Connection[Any],
) -> None:
    text = "SELECT id FROM users WHERE name = :first_name AND id = :id AND born = (:id || 'x')::int"
    (problem,) = check_queries(connection, [at(text)], SCHEMA)
    assert problem.position == place_of(text, "= (:id")


def test_every_statement_of_every_query_is_checked(connection: psycopg.Connection[Any]) -> None:
    good = at("SELECT id FROM users WHERE id = :id;", "UPDATE users SET name = :n WHERE id = :id")
    bad = at("UPDATE users SET nam = :n", "SELECT 1", "DELETE FROM user_s")
    problems = check_queries(connection, [good, bad], SCHEMA)
    assert [problem.message for problem in problems] == [
        'query q: column "nam" of relation "users" does not exist',
        'query q: relation "user_s" does not exist',
    ]


def test_the_servers_hint_is_handed_on(connection: psycopg.Connection[Any]) -> None:
    (problem,) = check_queries(connection, [at("SELECT users.nam FROM users")], SCHEMA)
    assert "users.name" in (problem.hint or "")


def test_text_that_can_not_be_cut_is_told_at_its_beginning(connection: psycopg.Connection[Any]) -> None:
    (problem,) = check_queries(connection, [at("SELECT 'open")], SCHEMA)
    assert problem.position == Position("shop.yaml", 5, 7)


def test_nothing_is_run(connection: psycopg.Connection[Any]) -> None:
    assert check_queries(connection, [at("INSERT INTO users VALUES (1, 'a', NULL)")], SCHEMA) == ()
    assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
