"""Statements on tables that have other columns than the user's: stars, rows as values, names, locks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.rewriting.rewrite import obstacle, rewritten
from optimizer.engines.postgres.statements import numbered
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table
from tests.conftest import workload_of
from tests.engines.postgres.structures.scene import query_of

INT, TEXT = ColumnType("integer", "int4"), ColumnType("text", "text")
POSTS, AUTHORS = TableName("public", "posts"), TableName("public", "authors")
_ID = Column("id", INT, not_null=True)
SCHEMA = Schema(
    (
        Table(
            AUTHORS, (_ID, Column("name", TEXT), Column("bio", TEXT)), (Key("authors_pkey", ("id",), True),)
        ),
        Table(
            POSTS,
            (_ID, Column("author_id", INT), Column("title", TEXT)),
            (Key("posts_pkey", ("id",), True),),
            (ForeignKey("posts_author_id_fkey", ("author_id",), AUTHORS, ("id",)),),
        ),
    )
)
WIDER = Schema(
    (
        SCHEMA.tables[0],
        replace(SCHEMA.tables[1], columns=(*SCHEMA.tables[1].columns, Column("author_name", TEXT))),
    )
)
TURNED = Schema((SCHEMA.tables[0], replace(SCHEMA.tables[1], columns=SCHEMA.tables[1].columns[::-1])))
LOGICAL = """CREATE TABLE authors (id int PRIMARY KEY, name text, bio text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES authors, title text);
INSERT INTO authors VALUES (1, 'a', 'x'), (2, 'b', 'y');
INSERT INTO posts VALUES (1, 1, 't'), (2, NULL, 'u');"""
ADDED = "ALTER TABLE posts ADD COLUMN author_name text DEFAULT 'added';"
MOVED = """ALTER TABLE posts RENAME TO old;
CREATE TABLE posts (title text, author_id int, id int PRIMARY KEY);
INSERT INTO posts (id, author_id, title) SELECT id, author_id, title FROM old; DROP TABLE old;"""

SPELLED = {
    "SELECT * FROM posts WHERE id = :id": "SELECT id, author_id, title FROM posts WHERE id = :id",
    "SELECT p.*, a.name FROM posts p, authors a": (
        "SELECT p.id, p.author_id, p.title, a.name FROM posts AS p, authors AS a"
    ),
    "SELECT *, 1 AS one FROM authors a JOIN posts p ON p.author_id = a.id": (
        "SELECT a.*, p.id, p.author_id, p.title, 1 AS one "
        "FROM authors AS a JOIN posts AS p ON p.author_id = a.id"
    ),
    "SELECT * FROM (posts p JOIN authors a ON a.id = p.author_id), (SELECT * FROM posts) x": (
        "SELECT p.id, p.author_id, p.title, a.*, x.* "
        "FROM (posts AS p JOIN authors AS a ON a.id = p.author_id), "
        "(SELECT id, author_id, title FROM posts) AS x"
    ),
    "SELECT * FROM posts p, authors a WHERE p.id = 1 FOR UPDATE OF p SKIP LOCKED": (
        "SELECT p.id, p.author_id, p.title, a.* FROM posts AS p, authors AS a WHERE p.id = 1 "
        "FOR UPDATE OF p SKIP LOCKED"
    ),
    "SELECT * FROM posts UNION ALL TABLE posts": (
        "SELECT id, author_id, title FROM posts UNION ALL SELECT id, author_id, title FROM posts"
    ),
    "WITH posts AS (SELECT * FROM posts) SELECT * FROM posts": (
        "WITH posts AS (SELECT id, author_id, title FROM posts) SELECT * FROM posts"
    ),
    "SELECT count(*), count(x) FROM (SELECT * FROM posts) x": (
        "SELECT COUNT(*), COUNT(x) FROM (SELECT id, author_id, title FROM posts) AS x"
    ),
    "INSERT INTO posts SELECT id + 10, author_id, title FROM posts RETURNING *": (
        "INSERT INTO posts SELECT id + 10, author_id, title FROM posts RETURNING id, author_id, title"
    ),
    "INSERT INTO posts AS p VALUES (1, 1, 'x') ON CONFLICT (id) DO UPDATE SET title = 'y' RETURNING p.*": (
        "INSERT INTO posts AS p VALUES (1, 1, 'x') ON CONFLICT(id) DO UPDATE SET title = 'y' "
        "RETURNING p.id, p.author_id, p.title"
    ),
    "UPDATE posts SET title = a.name FROM authors a WHERE a.id = author_id RETURNING *": (
        "UPDATE posts SET title = a.name FROM authors AS a WHERE a.id = author_id "
        "RETURNING posts.id, posts.author_id, posts.title, a.*"
    ),
    "UPDATE posts SET title = 'x' RETURNING old.*, posts.id": (
        "UPDATE posts SET title = 'x' RETURNING old.id, old.author_id, old.title, posts.id"
    ),
    "DELETE FROM posts p USING authors a WHERE a.id = p.author_id RETURNING a.id, p.*": (
        "DELETE FROM posts AS p USING authors AS a WHERE a.id = p.author_id "
        "RETURNING a.id, p.id, p.author_id, p.title"
    ),
    "WITH gone AS (DELETE FROM posts RETURNING *) INSERT INTO posts SELECT * FROM gone": (
        "WITH gone AS (DELETE FROM posts RETURNING id, author_id, title) INSERT INTO posts SELECT * FROM gone"
    ),
    "SELECT author_name FROM posts p, (SELECT 5 AS author_name) x": (
        "SELECT x.author_name FROM public.posts AS p, (SELECT 5 AS author_name) AS x"
    ),
    "SELECT author_name, max(id) FROM (SELECT id, 5 AS author_name FROM posts) x GROUP BY author_name": None,
    "SELECT lower(title) AS author_name FROM posts GROUP BY author_name": (
        "SELECT LOWER(posts.title) AS author_name FROM public.posts AS posts GROUP BY LOWER(posts.title)"
    ),
    "SELECT * FROM posts JOIN authors USING (id) FOR UPDATE OF posts": (
        "SELECT COALESCE(posts.id, authors.id) AS id, posts.author_id, posts.title, authors.name, "
        "authors.bio FROM public.posts AS posts JOIN public.authors AS authors ON posts.id = authors.id "
        "FOR UPDATE OF posts"
    ),
    "SELECT id FROM posts WHERE EXISTS (SELECT * FROM posts)": None,
    "SELECT * FROM authors": None,
    "SELECT to_jsonb(x) FROM (SELECT id FROM posts) x": None,
    "INSERT INTO posts VALUES (7, NULL, 'x')": None,
    "UPDATE posts SET title = 'x'": None,
}


@pytest.mark.parametrize("sql", SPELLED)
def test_stars_are_spelled_out(sql: str) -> None:
    assert rewritten(sql, SCHEMA, frozenset(), WIDER) == SPELLED[sql]
    assert not obstacle(sql, SCHEMA, WIDER)
    assert rewritten(sql, SCHEMA, frozenset(), SCHEMA) is None


LISTS = {
    "INSERT INTO posts VALUES (7, NULL, 'x')": (
        "INSERT INTO posts (id, author_id, title) VALUES (7, NULL, 'x')"
    ),
    "INSERT INTO posts VALUES (7, DEFAULT), (8, 1) RETURNING *": (
        "INSERT INTO posts (id, author_id) VALUES (7, DEFAULT), (8, 1) RETURNING id, author_id, title"
    ),
    "INSERT INTO posts AS p SELECT * FROM posts ON CONFLICT DO NOTHING": (
        "INSERT INTO posts AS p (id, author_id, title) SELECT id, author_id, title FROM posts "
        "ON CONFLICT DO NOTHING"
    ),
    "INSERT INTO posts (title, id) VALUES ('x', 7)": None,
    "MERGE INTO posts p USING authors a ON p.id = a.id + 5"
    " WHEN NOT MATCHED THEN INSERT VALUES (a.id + 5, 1, 'x')": (
        "MERGE INTO posts AS p USING authors AS a ON p.id = a.id + 5 "
        "WHEN NOT MATCHED THEN INSERT (id, author_id, title) VALUES (a.id + 5, 1, 'x')"
    ),
    "SELECT * FROM posts": "SELECT id, author_id, title FROM posts",
}


@pytest.mark.parametrize("sql", LISTS)
def test_an_insert_into_another_order_names_its_columns(sql: str) -> None:
    assert rewritten(sql, SCHEMA, frozenset(), TURNED) == LISTS[sql]


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute(LOGICAL.encode())
        yield opened


@pytest.mark.parametrize(("change", "physical"), [(ADDED, WIDER), (MOVED, TURNED)])
def test_the_server_gives_the_same_rows_and_names(
    connection: psycopg.Connection[tuple[object, ...]], change: str, physical: Schema
) -> None:
    statements = [sql for sql in (*SPELLED, *LISTS) if ":" not in sql]
    before = [_answer(connection, sql) for sql in statements]
    connection.execute(change.encode())
    after = [_answer(connection, rewritten(s, SCHEMA, frozenset(), physical) or s) for s in statements]
    assert after == before


def _answer(connection: psycopg.Connection[tuple[object, ...]], sql: str) -> object:
    """Names and rows of a statement, then the table that it may have written; nothing stays."""
    with connection.transaction(force_rollback=True):
        cursor = connection.execute(numbered(sql).sql.encode())
        names = [column.name for column in cursor.description or ()]
        rows = sorted(map(repr, cursor.fetchall())) if names else []
        kept = connection.execute("SELECT id, author_id, title FROM posts ORDER BY id").fetchall()
    return names, rows, kept


OBSTACLES = {
    "SELECT posts FROM posts": "whole rows of posts are values in it",
    "SELECT row_to_json(p) FROM posts p": "whole rows of posts are values in it",
    "SELECT jsonb_agg(to_jsonb(p.*)) FROM posts p": "whole rows of posts are values in it",
    "SELECT count(p) FROM posts p": "whole rows of posts are values in it",
    "SELECT (p).* FROM posts p": "whole rows of posts are values in it",
    "UPDATE posts SET title = 'x' RETURNING to_jsonb(posts)": "whole rows of posts are values in it",
    "SELECT * FROM jsonb_populate_record(NULL::posts, '{}')": "the row type of posts is used in it",
    "SELECT * FROM posts x (a, b)": "a star stands for posts under other names",
    "UPDATE posts SET title = author_name FROM (SELECT 'x' AS author_name) x": (
        '"author_name" would be a column of posts, too'
    ),
    "INSERT INTO authors SELECT a.* FROM posts NATURAL JOIN authors a": (
        "a join takes columns of the same name together"
    ),
    "CALL refresh(ARRAY(SELECT * FROM posts))": ("it can't be read, and a star in it may stand for posts"),
}


@pytest.mark.parametrize("sql", OBSTACLES)
def test_what_cant_be_spelled_out(sql: str) -> None:
    assert obstacle(sql, SCHEMA, WIDER) == OBSTACLES[sql]
    assert not obstacle(sql, SCHEMA, SCHEMA)


def test_the_engine_says_which_query_it_is() -> None:
    copy = ExtendedReference(POSTS, AUTHORS, "posts_author_id_fkey", "author", ("name",))
    fine = replace(query_of("SELECT * FROM posts"), name="fine")
    rows = replace(query_of("SELECT to_jsonb(p) FROM posts p"), name="as_json")
    workload = replace(workload_of(SourceText("", "schema.sql")), queries=(fine, rows))
    [problem] = PostgresEngine().problems(workload, SCHEMA, frozenset({copy}))
    assert problem.message == "query as_json: whole rows of posts are values in it"
    assert not PostgresEngine().problems(workload, SCHEMA)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT count(*), lower(a.name), a.name::text, p.title AS t FROM posts p"
            " JOIN authors a ON a.id = p.author_id GROUP BY a.name, p.title",
            "SELECT COUNT(*), LOWER(p.author_name), CAST(p.author_name AS TEXT) AS name, p.title AS t"
            " FROM public.posts AS p WHERE NOT p.author_id IS NULL GROUP BY p.author_name, p.title",
        ),
        (
            "SELECT x.count FROM (SELECT a.name, count(*) FROM posts p JOIN authors a ON a.id = p.author_id"
            " GROUP BY a.name) x",
            "SELECT x.count FROM (SELECT p.author_name AS name, COUNT(*) FROM public.posts AS p"
            " WHERE NOT p.author_id IS NULL GROUP BY p.author_name) AS x",
        ),
    ],
)
def test_outputs_keep_their_names(sql: str, expected: str) -> None:
    copy = ExtendedReference(POSTS, AUTHORS, "posts_author_id_fkey", "author", ("name",))
    assert rewritten(sql, SCHEMA, frozenset({copy}), WIDER) == expected
