"""Totals read instead of children: which statements, in which words, and with the same answers."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.denormalisation import Computed
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.scene import Scene, crowd, run, scene

DDL = """
CREATE SCHEMA app;
CREATE TABLE app."Teams" (region text, no int, name text NOT NULL, PRIMARY KEY (region, no));
CREATE TABLE users (
    id bigint PRIMARY KEY, name text, team_region text, team_no int,
    FOREIGN KEY (team_region, team_no) REFERENCES app."Teams"
);
CREATE TABLE posts (
    id int PRIMARY KEY, author_id bigint NOT NULL REFERENCES users, slug text UNIQUE, title text NOT NULL
);
CREATE TABLE likes (
    id int PRIMARY KEY, post_id int NOT NULL REFERENCES posts ON DELETE CASCADE,
    user_id bigint REFERENCES users, stars int2, price numeric(12, 2), big int8 NOT NULL,
    at timestamptz NOT NULL
);
"""
TEAMS, USERS = TableName("app", "Teams"), TableName("public", "users")
POSTS, LIKES = TableName("public", "posts"), TableName("public", "likes")


def _of_post(function: str, column: str | None = None) -> Computed:
    name = f"likes_{column}_{function}" if column else f"likes_{function}"
    return Computed(POSTS, LIKES, "likes_post_id_fkey", name, function, column)


COUNT = _of_post("count")
OF_POST = (
    COUNT,
    _of_post("sum", "stars"),
    _of_post("sum", "price"),
    _of_post("sum", "big"),
    _of_post("min", "price"),
    _of_post("max", "at"),
)
OF_USER = Computed(USERS, LIKES, "likes_user_id_fkey", "likes_count", "count")
MEMBERS = Computed(TEAMS, USERS, "users_team_region_team_no_fkey", "Members", "count")
ALL: tuple[Structure, ...] = (*OF_POST, OF_USER, MEMBERS)


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    """Users without a team or with half of its key, posts without likes, ties, nulls, large numbers."""
    regions = ["é", "b b", "c"]
    teams = pl.DataFrame(
        {"region": regions * 2, "no": [1, 1, 1, 2, 2, 2], "name": ["T", "T", "U", "V", "W", "'"]},
        schema_overrides={"no": pl.Int32},
    )
    users = pl.DataFrame(
        {
            "id": range(1, 11),
            "name": [None, "a", "a", "Ü", "b", "c", "d", "e", "f", "g"],
            "team_region": [None, "é", "é", "é", "b b", "c", None, "c", "c", "é"],
            "team_no": [None, 1, 1, 2, 1, None, 2, 2, 2, 1],
        },
        schema_overrides={"team_no": pl.Int32},
    )
    posts = pl.DataFrame(
        {
            "id": range(1, 21),
            "author_id": [n % 6 + 1 for n in range(20)],
            "slug": [None if n % 5 == 0 else f"s{n}" for n in range(20)],
            "title": [f"t{n % 3}" for n in range(20)],
        },
        schema_overrides={"id": pl.Int32, "author_id": pl.Int64},
    )
    prices = [None, Decimal("-3.10"), Decimal("9999999999.99"), Decimal("0.00"), Decimal("0.01")]
    likes = pl.DataFrame(
        {
            "id": range(1, 91),
            "post_id": [n % 13 + n % 3 + 1 for n in range(90)],
            "user_id": [None if n % 4 == 0 else n % 7 + 1 for n in range(90)],
            "stars": [None if n % 13 < 3 else n % 5 - 1 for n in range(90)],
            "price": [prices[n % 5] if n % 13 else None for n in range(90)],
            "big": [(n - 45) * 192_233_720_368_547_757 for n in range(90)],
            "at": [datetime(2024, 1, 1 + n % 3, tzinfo=UTC) for n in range(90)],
        },
        schema_overrides={
            "id": pl.Int32,
            "post_id": pl.Int32,
            "user_id": pl.Int64,
            "stars": pl.Int16,
            "price": pl.Decimal(12, 2),
            "at": pl.Datetime("ms", "UTC"),
        },
    )
    return scene(postgres, dataset, DDL, {"app.Teams": teams, "users": users, "posts": posts, "likes": likes})


def _statements(name: str) -> list[str]:
    text = (Path(__file__).parent / "golden" / name).read_text()
    return [line.removesuffix(";") for line in text.splitlines() if line and not line.startswith("--")]


_PAIRS = _statements("totals.sql")
GOLDEN = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
MORE = _statements("totals_more.sql")
STAY = _statements("totals_stay.sql")


@pytest.mark.parametrize("sql", GOLDEN)
def test_in_other_words(small: Scene, sql: str) -> None:
    assert small.rewritten(sql, *ALL) == GOLDEN[sql]


@pytest.mark.parametrize("sql", MORE)
def test_they_are_rewritten_too(small: Scene, sql: str) -> None:
    assert "likes_" in (text := small.rewritten(sql, *ALL)) or '"Members"' in text


def _everything(small: Scene, made: PostgresDatabase) -> None:
    for sql in (*GOLDEN, *MORE):
        values = [{"id": 3}, {"id": 19}, {"id": 999}, {"id": None}] if ":id" in sql else [{}]
        bindings = [{"ids": [1, 4, 999]}, {"ids": []}, {"ids": None}] if ":ids" in sql else values
        assert not small.differences(sql, made, bindings), sql


def test_the_answers_stay(small: Scene) -> None:
    _everything(small, small.made(*ALL))


def test_the_answers_stay_after_concurrent_writes(small: Scene) -> None:
    made = small.made(*ALL)
    assert crowd(made, [_like, _move, _unlike, _forget], 1000) > 600
    assert not made.disagreements()
    _everything(small, made)


def test_the_answers_stay_where_there_is_nothing(small: Scene) -> None:
    made = small.made(*ALL)
    run(made, "TRUNCATE likes, users, posts CASCADE")
    _everything(small, made)


def _like(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "INSERT INTO likes VALUES (%s, %s, %s, %s, %s, %s, now())",
        [
            draw.randrange(100, 10**9),
            draw.randrange(1, 22),
            draw.choice([None, *range(1, 11)]),
            draw.choice([None, 1, -5]),
            draw.choice([None, Decimal("1.01")]),
            draw.randrange(-(2**62), 2**62),
        ],
    )


def _move(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    values = [draw.randrange(1, 21), draw.choice([None, 3]), draw.choice([None, 2]), draw.randrange(1, 91)]
    cursor.execute("UPDATE likes SET post_id = %s, stars = %s, price = %s WHERE id = %s", values)


def _unlike(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute("DELETE FROM likes WHERE id = %s", [draw.randrange(1, 91)])


def _forget(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute("DELETE FROM posts WHERE id = %s", [draw.randrange(1, 200)])


@pytest.mark.parametrize("sql", STAY)
def test_they_stay_as_they_are(small: Scene, sql: str) -> None:
    assert small.rewritten(sql, *ALL) == sql


def test_groups_of_a_part_of_the_key_stay(small: Scene) -> None:
    sql = 'SELECT t.no, count(*) FROM app."Teams" t JOIN users u ON u.team_no = t.no GROUP BY t.no'
    assert small.rewritten(sql, *ALL) == sql


def test_an_average_alone_needs_the_sum_alone(small: Scene) -> None:
    sql = "SELECT count(*) AS n, avg(big) AS a FROM likes WHERE post_id = :id"
    assert small.rewritten(sql, _of_post("sum", "big")) == (
        "SELECT COALESCE(posts.likes_big_sum_values, 0) AS n,"
        " posts.likes_big_sum / posts.likes_big_sum_values AS a"
        " FROM (SELECT 1) AS one LEFT JOIN public.posts AS posts ON posts.id = :id"
    )
    stars = "SELECT count(*) FROM likes WHERE post_id = :id"
    assert small.rewritten(stars, _of_post("sum", "stars")) == stars


def test_a_maximum_tells_whether_there_are_children(small: Scene) -> None:
    sql = "SELECT p.id, max(l.at) FROM posts p JOIN likes l ON l.post_id = p.id GROUP BY p.id"
    assert small.rewritten(sql, _of_post("max", "at")) == (
        "SELECT p.id, p.likes_at_max AS max FROM public.posts AS p WHERE NOT p.likes_at_max IS NULL"
    )
    prices = sql.replace("max(l.at)", "min(l.price)")
    assert small.rewritten(prices, _of_post("min", "price")) == prices


def test_the_index_of_the_parent_is_used(small: Scene) -> None:
    made = small.made(*ALL)
    sql = small.rewritten("SELECT count(*) AS n, avg(big) FROM likes WHERE post_id = :id", *ALL)
    with psycopg.connect(made.opener().conninfo) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = str(connection.execute("EXPLAIN " + sql.replace(":id", "3")).fetchall())
    assert "Index Scan using posts_pkey" in plan
    assert "likes" not in plan


@pytest.mark.parametrize(("secured", "hidden"), [("likes", True), ("posts", False)])
def test_row_level_security(
    postgres: PostgresServer, dataset: WriteDataset, secured: str, hidden: bool
) -> None:
    """A policy on the children decides which of them count; one on the parents only which parents show."""
    ddl = f"""
    CREATE TABLE posts (id int PRIMARY KEY, owner int NOT NULL);
    CREATE TABLE likes (id int PRIMARY KEY, post_id int NOT NULL REFERENCES posts, owner int NOT NULL);
    ALTER TABLE {secured} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON {secured} USING (owner = 1);
    """
    ints = {"id": pl.Int32, "owner": pl.Int32, "post_id": pl.Int32}
    posts = pl.DataFrame({"id": [1, 2, 3], "owner": [1, 2, 1]}, schema_overrides=ints)
    likes = pl.DataFrame(
        {"id": range(1, 10), "post_id": [1, 2] * 4 + [1], "owner": [1, 2, 2] * 3}, schema_overrides=ints
    )
    small = scene(postgres, dataset, ddl, {"posts": posts, "likes": likes}, role="reader")
    made = small.made(COUNT)
    by_post = "SELECT p.id, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) AS n FROM posts p"
    alone = "SELECT count(*) AS n FROM likes WHERE post_id = 2"
    assert ("likes_count" in small.rewritten(by_post, COUNT)) is not hidden
    assert small.rewritten(alone, COUNT) == alone
    run(
        made,
        "SET ROLE reader; INSERT INTO likes VALUES (20, 1, 1), (21, 2, 1); DELETE FROM likes WHERE id < 4",
    )
    assert not made.disagreements()
    for sql in (by_post, alone):
        assert not small.differences(sql, made)
