"""A column that holds an expression: made by the DDL or added to rows, and read in the expression's place."""

from __future__ import annotations

import random
from contextlib import closing
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.design.tables.generation import TEXTS, generated
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.postgres.structures.generated import generated as realised
from optimizer.model.names import TableName
from optimizer.model.query import Binding
from optimizer.model.schema import ColumnType
from optimizer.model.tables import GeneratedColumn
from optimizer.queries.expressions import read_expression
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, crowd, query_of, scene

DDL = """
CREATE SCHEMA "Sales";
CREATE TABLE "Sales"."Big Posts" (
    id int PRIMARY KEY,
    "Title" text COLLATE "C" NOT NULL,
    body varchar(200),
    data jsonb,
    owner_id int
);
CREATE TABLE owners (id int PRIMARY KEY, name text);
ALTER TABLE "Sales"."Big Posts" ADD FOREIGN KEY (owner_id) REFERENCES owners;
"""
POSTS = TableName("Sales", "Big Posts")
TEXT = ColumnType("text", "text")
LOWER = GeneratedColumn(POSTS, "title_lower", TEXT, 'LOWER("Title")', "C")
SEARCH = GeneratedColumn(
    POSTS,
    "search",
    ColumnType("tsvector", "tsvector"),
    """TO_TSVECTOR('english', "Title" || ' ' || COALESCE(body, ''))""",
)
NUMBER = GeneratedColumn(POSTS, "data_n", ColumnType("numeric", "numeric"), "CAST((data ->> 'n') AS DECIMAL)")
FILLED = GeneratedColumn(
    POSTS, "body_or_else", ColumnType("character varying", "varchar"), "COALESCE(body, '-')"
)
EVERY = (LOWER, SEARCH, NUMBER, FILLED)


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    titles = ["Ünïcode Cats", "", "CATS run", "cats Run", 'it\'s "quoted" %_', "dogs", "ÉCOLE"]
    data = ['{"n": -1.50}', '{"n": "12345678901234567890.5"}', '{"n": null}', "{}", None, "[1]", '{"n": 7}']
    posts = pl.DataFrame(
        {
            "id": range(1, 71),
            "Title": [titles[n % 7] for n in range(70)],
            "body": [None if n % 3 else f"Running dogs {n % 5}" for n in range(70)],
            "data": [data[n % 7] for n in range(70)],
            "owner_id": [n % 4 + 1 if n % 5 else None for n in range(70)],
        },
        schema_overrides={"id": pl.Int32, "owner_id": pl.Int32},
    )
    owners = pl.DataFrame({"id": range(1, 7), "name": ["a", None] * 3}, schema_overrides={"id": pl.Int32})
    return scene(postgres, dataset, DDL, {"owners": owners, "Sales.Big Posts": posts})


def test_they_are_made_and_taken_away_again(small: Scene) -> None:
    plain = small.made()
    before = catalog(conninfo(plain))
    made = small.made(*EVERY)
    assert made.schema.tables == small.layout(*EVERY).physical.tables
    applied = small.applied(*EVERY)
    assert catalog(conninfo(applied)) == catalog(conninfo(made)) != before
    small.undone(applied, *EVERY)
    assert catalog(conninfo(applied)) == before


def test_the_ddl_and_the_statement_that_belong_together(small: Scene) -> None:
    assert small.statements("define", LOWER) == [
        'ALTER TABLE "Sales"."Big Posts" ADD COLUMN title_lower text COLLATE "C" '
        'GENERATED ALWAYS AS (LOWER("Title")) STORED'
    ]
    written = small.rewritten(
        'SELECT p.id FROM "Sales"."Big Posts" p WHERE lower(p."Title") = :t ORDER BY (lower("Title")), p.id',
        LOWER,
    )
    assert written == (
        'SELECT p.id FROM "Sales"."Big Posts" AS p WHERE p.title_lower = :t ORDER BY p.title_lower, p.id'
    )


READS = [
    'SELECT id, lower("Title") AS l FROM "Sales"."Big Posts" WHERE lower("Title") LIKE \'c%\' ORDER BY 2, 1',
    'SELECT lower("Title") AS l, count(*) AS n FROM "Sales"."Big Posts" GROUP BY lower("Title")',
    'SELECT o.id, count(lower(p."Title")) AS n FROM owners o'
    ' LEFT JOIN "Sales"."Big Posts" p ON p.owner_id = o.id'
    " GROUP BY o.id",
    'SELECT p.id FROM "Sales"."Big Posts" p JOIN "Sales"."Big Posts" q ON lower(p."Title") = lower(q."Title")'
    " AND p.id < q.id",
    """SELECT p.id, ts_rank(to_tsvector('english', p."Title" || ' ' || coalesce(p.body, '')), q.q) AS r
       FROM "Sales"."Big Posts" p CROSS JOIN plainto_tsquery('english', 'dog') AS q(q)
       WHERE to_tsvector('english'::regconfig, (p."Title" || ' ') || coalesce(p.body, '')) @@ q.q""",
    'SELECT id FROM "Sales"."Big Posts" WHERE (data ->> \'n\')::numeric > -2'
    " ORDER BY (data->>'n')::numeric, id",
    'SELECT sum(CAST(data ->> \'n\' AS NUMERIC)) AS s FROM "Sales"."Big Posts"',
    'SELECT o.id, lower(p."Title") AS l, p.id AS p FROM owners o'
    ' LEFT JOIN "Sales"."Big Posts" p ON p.owner_id = o.id',
    "SELECT id, coalesce(body, '-') AS b FROM \"Sales\".\"Big Posts\" WHERE coalesce(body, '-') <> 'x'",
    'SELECT o.id, (SELECT max(lower(p."Title")) FROM "Sales"."Big Posts" p WHERE p.owner_id = o.id) AS m'
    " FROM owners o",
    'WITH l AS (SELECT lower("Title") AS l, id FROM "Sales"."Big Posts") SELECT * FROM l WHERE l.l > \'c\'',
    'SELECT DISTINCT ON (lower("Title")) lower("Title") AS l, id FROM "Sales"."Big Posts"'
    ' ORDER BY lower("Title"), id',
    'SELECT id FROM "Sales"."Big Posts" WHERE lower("Title") = \'dogs\' UNION ALL SELECT id FROM owners',
]


@pytest.mark.parametrize("sql", READS)
def test_the_answers_stay(small: Scene, sql: str) -> None:
    made = small.made(*EVERY)
    written = small.rewritten(sql, *EVERY)
    assert any(f".{one.field}" in written for one in EVERY)
    assert not small.differences(sql, made)


def test_the_collation_is_that_of_the_text(small: Scene) -> None:
    made = small.made(*EVERY)
    assert made.schema.by_name[POSTS].by_name["title_lower"].collation == "C"


def _insert(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        'INSERT INTO "Sales"."Big Posts" VALUES (%s, %s, %s, %s, %s)',
        [
            draw.randrange(71, 10**9),
            f"New {draw.random()}",
            None,
            f'{{"n": {draw.random()}}}',
            draw.randrange(1, 9),
        ],
    )


def _update(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        'UPDATE "Sales"."Big Posts" SET "Title" = "Title" || %s, data = NULL, body = \'B\' WHERE id = %s',
        ["É", draw.randrange(1, 71)],
    )


def _delete(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute('DELETE FROM "Sales"."Big Posts" WHERE id = %s', [draw.randrange(1, 71)])


def test_answers_stay_after_concurrent_writes(small: Scene) -> None:
    made = small.made(*EVERY)
    assert crowd(made, [_insert, _update, _delete], 1000) > 700
    for sql in READS:
        assert not small.differences(sql, made)


def test_a_row_that_is_refused_is_refused_by_its_class(small: Scene) -> None:
    """What a cast can't read is refused: the move tells so, and offers it only where all rows have it."""
    made = small.made(NUMBER)
    with (
        psycopg.connect(conninfo(made)) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
    ):
        connection.execute('INSERT INTO "Sales"."Big Posts" VALUES (1000, \'t\', NULL, \'{"n": "x"}\', NULL)')


RLS = """
CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL, title text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant = 1);
GRANT ALL ON notes TO app;
"""


def test_row_level_security_hides_the_same_rows(postgres: PostgresServer, dataset: WriteDataset) -> None:
    notes = pl.DataFrame(
        {"id": range(20), "tenant": [n % 2 for n in range(20)], "title": ["A", "b", None, "a"] * 5},
        schema_overrides={"id": pl.Int32, "tenant": pl.Int32},
    )
    secured = scene(postgres, dataset, RLS, {"notes": notes}, role="app")
    lower = GeneratedColumn(TableName("public", "notes"), "title_lower", TEXT, "LOWER(title)")
    made = secured.made(lower)
    sql = "SELECT id FROM notes WHERE lower(title) = 'a'"
    assert "title_lower" in secured.rewritten(sql, lower)
    assert not secured.differences(sql, made)
    with closing(made.session()) as session:
        assert session.answer(query_of(sql), Binding(())).rows == ((3,), (7,), (11,), (15,), (19,))


KINDS = """
CREATE TABLE kinds (
    id int PRIMARY KEY, name text, email varchar(30), pad char(5), note text COLLATE "C", data jsonb,
    raw json,
    small smallint, age int, big bigint, paid numeric(10, 2), height float8, active bool, code uuid
);
"""
EXPRESSIONS = [
    "lower(name)",
    "upper(email)",
    "lower(pad)",
    "lower(note)",
    "name || ' ' || email || pad",
    "name || note",
    "data ->> 'n'",
    "raw ->> 'n'",
    "data -> 'a' ->> 0",
    "data #>> '{a,b}'",
    "data -> 'a'",
    "data #> '{a}'",
    "lower(data ->> 'n')",
    "(data ->> 'n')::smallint",
    "(data ->> 'n')::int",
    "(data ->> 'n')::bigint",
    "(data ->> 'n')::numeric",
    "(data ->> 'n')::float",
    "(data ->> 'n')::bool",
    "(data ->> 'n')::uuid",
    "email::text",
    "pad::text",
    "note::text",
    "small::text",
    "age::text",
    "big::text",
    "paid::text",
    "code::text",
    "coalesce(name, '')",
    "coalesce(email, '')",
    "coalesce(note, '')",
    "coalesce(name, note)",
    "coalesce(age, 0)",
    "coalesce(big, -1)",
    "coalesce(paid, 0.5)",
    "coalesce(paid, 0)",
    "coalesce(height, 0.5)",
    "coalesce(height, 0)",
    "coalesce(active, true)",
    "to_tsvector('english', name || ' ' || coalesce(email, ''))",
    "to_tsvector('english'::regconfig, data)",
    "setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', note), 'B')",
]


def test_types_and_collations_are_those_that_postgres_gives(
    postgres: PostgresServer, dataset: WriteDataset
) -> None:
    """And it takes each expression as an immutable one, in a column of that type."""
    kinds = scene(postgres, dataset, KINDS, {"kinds": pl.DataFrame({"id": [1]}, schema={"id": pl.Int32})})
    known = kinds.schema.tables[0]
    database = kinds.made()
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        for number, text in enumerate(EXPRESSIONS):
            found = generated(read_expression(text).unnest(), known)
            structure = GeneratedColumn(known.name, f"column_{number}", found.type, text, found.collation)
            for statement in realised(structure, kinds.schema).define:
                connection.execute(statement.encode())
            same = f"pg_collation_for({text}) = pg_collation_for(column_{number})"
            told = same if found.type.base in TEXTS else "true"
            query = f"SELECT pg_typeof({text})::text, {told} FROM kinds"
            assert connection.execute(query.encode()).fetchone() == (found.type.sql, True), text
