"""A parent's columns copied into its children: made, kept by concurrent writes, read instead of the join."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, crowd, run, scene

DDL = """
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL, city varchar(20));
CREATE TABLE posts (
    id int PRIMARY KEY,
    author_id int REFERENCES authors ON UPDATE CASCADE ON DELETE SET NULL,
    title text
);
"""
COPY = ExtendedReference(
    TableName("public", "posts"),
    TableName("public", "authors"),
    "posts_author_id_fkey",
    "author",
    ("name", "city"),
)


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    authors = pl.DataFrame(
        {"id": range(1, 21), "name": [f"name {n % 7}" for n in range(20)], "city": ["Ü", None] * 10},
        schema_overrides={"id": pl.Int32},
    )
    posts = pl.DataFrame(
        {
            "id": range(1, 101),
            "author_id": [n % 20 + 1 if n % 9 else None for n in range(100)],
            "title": ["t"] * 100,
        },
        schema_overrides={"id": pl.Int32, "author_id": pl.Int32},
    )
    return scene(postgres, dataset, DDL, {"authors": authors, "posts": posts})


def test_it_is_made_and_taken_away_again(small: Scene) -> None:
    plain = small.made()
    before = catalog(conninfo(plain))
    made = small.made(COPY)
    assert made.schema.tables == small.layout(COPY).physical.tables
    applied = small.applied(COPY)
    assert catalog(conninfo(applied)) == catalog(conninfo(made)) != before
    assert not made.disagreements()
    assert not applied.disagreements()
    small.undone(applied, COPY)
    assert catalog(conninfo(applied)) == before


def _insert(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "INSERT INTO posts VALUES (%s, %s, 'new')", [draw.randrange(101, 10**9), draw.randrange(1, 23)]
    )


def _move(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "UPDATE posts SET author_id = %s WHERE id = %s", [draw.randrange(1, 21), draw.randrange(1, 101)]
    )


def _rename(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "UPDATE authors SET name = %s, city = NULL WHERE id = %s", [str(draw.random()), draw.randrange(1, 21)]
    )


def _delete(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute("DELETE FROM posts WHERE id = %s", [draw.randrange(1, 101)])


def test_concurrent_writes_keep_the_copies(small: Scene) -> None:
    made = small.made(COPY)
    assert crowd(made, [_insert, _move, _rename, _delete], 1000) > 700
    assert not made.disagreements()


@pytest.mark.parametrize(
    "fault",
    [
        "DROP TRIGGER authors_to_posts_author ON authors",
        "DROP TRIGGER posts_copy_author ON posts",
        """CREATE OR REPLACE FUNCTION posts_copy_author() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           SELECT name, city INTO NEW.author_name, NEW.author_city
             FROM public.authors WHERE id = NEW.author_id;
           PERFORM pg_sleep(0.002); RETURN NEW; END $$""",
    ],
)
def test_planted_faults_are_found(small: Scene, fault: str) -> None:
    made = small.made(COPY)
    run(made, fault)
    crowd(made, [_insert, _move, _rename, _delete], 1000)
    assert made.disagreements()


READS = [
    "SELECT p.title, a.name FROM posts p JOIN authors a ON a.id = p.author_id",
    "SELECT p.title, a.name FROM posts p LEFT JOIN authors a ON a.id = p.author_id",
]


@pytest.mark.parametrize("sql", READS)
def test_the_join_disappears_and_the_answer_stays(small: Scene, sql: str) -> None:
    made = small.made(COPY)
    assert "authors" not in small.rewritten(sql, COPY)
    assert not small.differences(sql, made)
