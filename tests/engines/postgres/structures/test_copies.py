"""A parent's columns copied into its children: made, kept by concurrent writes, read instead of the join."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor, wait
from time import sleep
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.postgres.statements import compile_query
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, crowd, query_of, run, scene

DDL = """
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL, city varchar(20), bio text);
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
def frames() -> dict[str, pl.DataFrame]:
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
    return {"authors": authors, "posts": posts}


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset, frames: dict[str, pl.DataFrame]) -> Scene:
    return scene(postgres, dataset, DDL, frames)


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
        "DROP TRIGGER zz_posts_copy_author ON posts; DROP TRIGGER posts_late_author ON posts",
        "DROP TRIGGER zz_posts_recopy_author ON posts",
    ],
)
def test_planted_faults_are_found(small: Scene, fault: str) -> None:
    made = small.made(COPY)
    run(made, fault)
    crowd(made, [_insert, _move, _rename, _delete], 1000)
    if "recopy" in fault:  # renaming an author puts right what moves have left
        run(made, "UPDATE posts SET author_id = (SELECT max(id) FROM authors)")
    assert made.disagreements()


UNLOCKED = """CREATE OR REPLACE FUNCTION posts_copy_author() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  SELECT name, city INTO NEW.author_name, NEW.author_city FROM public.authors WHERE id = NEW.author_id;
  PERFORM pg_sleep(0.5); RETURN NEW; END $$"""


def test_a_copy_that_locks_nothing_is_found(small: Scene) -> None:
    made = small.made(COPY)
    run(made, UNLOCKED)
    with ThreadPoolExecutor(1) as pool:
        inserted = pool.submit(run, made, "INSERT INTO posts VALUES (900, 1, 'x')")
        sleep(0.2)
        run(made, "UPDATE authors SET name = 'after' WHERE id = 1")
        inserted.result()
    assert made.disagreements()


def test_a_parent_that_waits_for_nobody_is_found(small: Scene) -> None:
    made = small.made(COPY)
    run(made, "DROP TRIGGER zz_authors_to_posts_author ON authors")
    with psycopg.connect(conninfo(made)) as inserting:
        inserting.execute("INSERT INTO posts VALUES (900, 1, 'x')")
        run(made, "UPDATE authors SET name = 'after' WHERE id = 1")
    assert made.disagreements()


def test_the_design_says_what_it_makes(small: Scene) -> None:
    define = small.statements("define", COPY)
    assert define[:2] == [
        "ALTER TABLE posts ADD COLUMN author_name text",
        "ALTER TABLE posts ADD COLUMN author_city character varying(20)",
    ]
    assert define[2] == (
        "CREATE FUNCTION posts_copy_author() RETURNS trigger LANGUAGE plpgsql\n"
        "SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$\n"
        "BEGIN\n"
        "  IF TG_WHEN = 'AFTER' THEN\n"
        "    UPDATE public.posts c SET author_name = p.name, author_city = p.city\n"
        "    FROM public.authors p\n"
        "    WHERE p.id = NEW.author_id AND c.id = NEW.id\n"
        "      AND ROW(c.author_name, c.author_city)::record *<> ROW(p.name, p.city)::record;\n"
        "    RETURN NULL;\n"
        "  END IF;\n"
        "  SELECT p.name, p.city INTO NEW.author_name, NEW.author_city\n"
        "  FROM public.authors p\n"
        "  WHERE p.id = NEW.author_id FOR KEY SHARE;\n"
        "  RETURN NEW;\n"
        "END\n$$"
    )
    assert define[3] == (
        "CREATE TRIGGER zz_posts_copy_author BEFORE INSERT ON posts\n"
        "  FOR EACH ROW EXECUTE FUNCTION posts_copy_author()"
    )
    assert [statement.split(" ON ")[0] for statement in define[4:]] == [
        "CREATE TRIGGER zz_posts_recopy_author BEFORE UPDATE",
        "CREATE TRIGGER posts_late_author AFTER INSERT OR UPDATE OF author_id",
        define[6],
        "CREATE TRIGGER zz_authors_to_posts_author BEFORE UPDATE",
        "CREATE TRIGGER authors_to_posts_author AFTER UPDATE",
    ]


READS = [
    "SELECT p.title, a.name FROM posts p JOIN authors a ON a.id = p.author_id",
    "SELECT p.title, a.name FROM posts p LEFT JOIN authors a ON a.id = p.author_id",
    "SELECT p.id, a.name FROM authors a JOIN posts p ON p.author_id = a.id WHERE a.id < 7",
    "SELECT p.id, a.name FROM authors a, posts p WHERE p.author_id = a.id AND a.city = 'Ü'",
    "SELECT a.name, count(*), max(p.id) FROM posts p JOIN authors a ON a.id = p.author_id GROUP BY a.id",
    "SELECT a.city, count(*) FROM posts p JOIN authors a ON a.id = p.author_id GROUP BY a.city",
    "SELECT q.id, p.id, a.name FROM posts q LEFT JOIN posts p ON p.id = q.id + 90"
    " LEFT JOIN authors a ON a.id = p.author_id",
    "SELECT q.id, p.id, a.name FROM posts q LEFT JOIN posts p ON p.id = q.id + 90"
    " JOIN authors a ON a.id = p.author_id",
    "SELECT p.id, (SELECT a.name FROM authors a WHERE a.id = p.author_id) FROM posts p",
    "SELECT p.id FROM posts p WHERE EXISTS"
    " (SELECT 1 FROM authors a WHERE a.id = p.author_id AND a.city = 'Ü')",
    "SELECT p.id FROM posts p WHERE NOT EXISTS"
    " (SELECT 1 FROM authors a WHERE a.id = p.author_id AND a.city = 'Ü')",
    "SELECT p.id FROM posts p WHERE NOT EXISTS (SELECT 1 FROM authors a WHERE a.id = p.author_id)",
    "SELECT p.id FROM posts p WHERE p.author_id IN (SELECT a.id FROM authors a WHERE a.name = 'name 1')",
    "SELECT x.name FROM (SELECT p.id, a.name FROM posts p JOIN authors a ON a.id = p.author_id) x"
    " WHERE x.id < 9",
    "WITH x AS (SELECT p.id, a.name FROM posts p JOIN authors a ON a.id = p.author_id) SELECT * FROM x",
    "SELECT a.name FROM posts p JOIN authors a ON a.id = p.author_id UNION SELECT title FROM posts",
    "SELECT p.id, a.city, coalesce(a.city, '-') FROM posts p LEFT JOIN authors a ON a.id = p.author_id"
    " WHERE a.city IS NULL",
]


JOINED = [
    "SELECT p.id, a.id, a.name, a.bio FROM posts p JOIN authors a ON a.id = p.author_id WHERE a.city = 'Ü'"
    " ORDER BY name, p.id LIMIT 7",
    "SELECT p.id, a.bio FROM posts p LEFT JOIN authors a ON a.id = p.author_id WHERE a.city IS NULL"
    " ORDER BY a.name DESC, p.id LIMIT 7",
    "SELECT DISTINCT a.name, a.bio FROM authors a JOIN posts p ON p.author_id = a.id ORDER BY a.name",
    "SELECT a.city, max(a.bio) AS bio, count(*) FROM posts p JOIN authors a ON a.id = p.author_id"
    " WHERE a.name <> 'name 1' GROUP BY a.city ORDER BY a.city",
    "SELECT count(a.bio) FROM posts p, authors a WHERE a.id = p.author_id AND a.name <> 'name 1'",
]


def test_the_join_disappears_and_the_answer_stays(small: Scene) -> None:
    made = small.made(COPY)
    crowd(made, [_insert, _move, _rename, _delete], 1000)
    for sql in READS:
        assert "authors" not in small.rewritten(sql, COPY)
        assert not small.differences(sql, made)
    for sql in JOINED:
        rewritten = small.rewritten(sql, COPY)
        assert "authors" in rewritten
        assert "p.author_" in rewritten.replace("p.author_id", "")
        assert not small.differences(sql, made)


def _sent(database: PostgresDatabase, *statements: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall()


def _copies(database: PostgresDatabase, where: str = "true") -> list[tuple[Any, ...]]:
    return _sent(database, f"SELECT id, author_name, author_city FROM posts WHERE {where} ORDER BY id")


WRITES = [
    "DELETE FROM authors WHERE id = 3",
    "UPDATE authors SET id = 100, name = 'moved' WHERE id = 3",
    "UPDATE posts SET author_id = NULL WHERE id < 20",
    "UPDATE posts SET author_name = 'by hand', author_city = 'x'",
    "INSERT INTO posts (id, author_id, author_name) VALUES (500, 1, 'by hand')",
    "INSERT INTO posts VALUES (1, 5, 'twice')"
    " ON CONFLICT (id) DO UPDATE SET author_id = excluded.author_id, title = 'conflict'",
    "INSERT INTO posts VALUES (1, 5, 'twice') ON CONFLICT DO NOTHING",
    "MERGE INTO posts p USING authors a ON p.id = a.id WHEN MATCHED THEN UPDATE SET author_id = a.id",
    "UPDATE authors SET name = upper(name), city = name",
    "TRUNCATE authors CASCADE",
    "WITH a AS (INSERT INTO authors VALUES (900, 'new', 'x') RETURNING id)"
    " INSERT INTO posts SELECT 900 + g, a.id, 'new' FROM a, generate_series(1, 3) g",
    "WITH p AS (INSERT INTO posts VALUES (900, 900, 'comes first'))"
    " INSERT INTO authors VALUES (900, 'comes second')",
    "WITH a AS (INSERT INTO authors VALUES (900, 'never read')) INSERT INTO posts VALUES (900, 900, 'x')",
    "WITH p AS (INSERT INTO posts VALUES (900, 1, 'x')) UPDATE authors SET name = 'now' WHERE id = 1",
    "WITH a AS (UPDATE authors SET name = 'now' WHERE id = 1) INSERT INTO posts VALUES (900, 1, 'x')",
]


def test_every_way_of_writing_keeps_them(small: Scene) -> None:
    made = small.made(COPY)
    [disagreements] = small.statements("disagreements", COPY)
    with psycopg.connect(conninfo(made)) as connection:
        for sql in WRITES:
            connection.execute(sql.encode())
            assert not connection.execute(disagreements.encode()).fetchall()
            connection.rollback()


REFUSED: dict[str, type[psycopg.Error]] = {
    "INSERT INTO posts VALUES (900, 77, 'no author')": psycopg.errors.ForeignKeyViolation,
    "INSERT INTO posts VALUES (1, 1, 'twice')": psycopg.errors.UniqueViolation,
    "INSERT INTO posts VALUES (NULL, 77, 'no author')": psycopg.errors.NotNullViolation,
    "UPDATE authors SET name = NULL WHERE id = 1": psycopg.errors.NotNullViolation,
    "UPDATE authors SET city = repeat('x', 21) WHERE id = 1": psycopg.errors.StringDataRightTruncation,
}


def test_what_was_refused_is_refused(small: Scene) -> None:
    made = small.made(COPY)
    for database in (small.made(), made):
        for sql, error in REFUSED.items():
            with pytest.raises(error):
                run(database, sql)
    assert not made.disagreements()


def test_a_child_waits_for_its_parents_update(small: Scene) -> None:
    made = small.made(COPY)
    with psycopg.connect(conninfo(made)) as renaming, ThreadPoolExecutor(1) as pool:
        renaming.execute("UPDATE authors SET bio = 'first' WHERE id = 1")
        renaming.execute("UPDATE authors SET name = 'after' WHERE id = 1")
        inserted = pool.submit(run, made, "INSERT INTO posts VALUES (900, 1, 'x')")
        assert not wait([inserted], timeout=0.3).done
        renaming.commit()
        inserted.result()
    assert _copies(made, "id = 900") == [(900, "after", "Ü")]


def test_a_parents_update_waits_for_its_children(small: Scene) -> None:
    made = small.made(COPY)
    with psycopg.connect(conninfo(made)) as inserting, ThreadPoolExecutor(1) as pool:
        inserting.execute("INSERT INTO posts VALUES (900, 1, 'x')")
        renamed = pool.submit(run, made, "UPDATE authors SET name = 'after' WHERE id = 1")
        assert not wait([renamed], timeout=0.3).done
        inserting.commit()
        renamed.result()
    assert _copies(made, "id = 900") == [(900, "after", "Ü")]


def test_two_orders_of_one_product_dont_block_each_other(small: Scene) -> None:
    """With FOR SHARE instead, both would wait for the other's lock."""
    made = small.made(COPY)
    with psycopg.connect(conninfo(made)) as one, psycopg.connect(conninfo(made)) as other:
        for number, connection in enumerate((one, other)):
            connection.execute("SET lock_timeout = '2s'")
            connection.execute(f"INSERT INTO posts VALUES (90{number}, 1, 'x')".encode())
        one.execute("UPDATE authors SET bio = 'changed' WHERE id = 1")
        one.commit()
        other.execute("UPDATE authors SET bio = 'changed twice' WHERE id = 1")
        other.commit()
    assert not made.disagreements()


NORMALISED = (
    DDL
    + """
CREATE FUNCTION normalised() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.author_id := 1; RETURN NEW; END $$;
CREATE TRIGGER zebra BEFORE INSERT OR UPDATE OF title ON posts FOR EACH ROW EXECUTE FUNCTION normalised();
CREATE FUNCTION shouted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.city := upper(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER zebra BEFORE UPDATE ON authors FOR EACH ROW EXECUTE FUNCTION shouted();
"""
)


def test_the_users_own_triggers_come_first(
    postgres: PostgresServer, dataset: WriteDataset, frames: dict[str, pl.DataFrame]
) -> None:
    made = scene(postgres, dataset, NORMALISED, frames).made(COPY)
    run(made, "INSERT INTO posts VALUES (900, 7, 'x')", "UPDATE posts SET title = 'y' WHERE id = 8")
    run(made, "UPDATE authors SET name = 'now' WHERE id = 1")
    assert not made.disagreements()
    assert _copies(made, "id IN (8, 900)") == [(8, "now", "NOW"), (900, "now", "NOW")]


def test_a_trigger_that_any_update_fires_is_an_obstacle(small: Scene) -> None:
    [(_, realisation)] = small.layout(COPY).realised
    assert realisation.obstacle is not None
    touch = "CREATE TRIGGER touch BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION f();"
    assert realisation.obstacle(SourceText(DDL + touch, "schema.sql"))
    for harmless in ("UPDATE OF title ON posts", "INSERT ON posts", "UPDATE ON authors", "DELETE ON posts"):
        text = f"CREATE TRIGGER t AFTER {harmless} FOR EACH ROW EXECUTE FUNCTION f();"
        assert not realisation.obstacle(SourceText(DDL + text, "schema.sql"))


def test_what_an_update_of_a_parent_looks_for_is_a_check(small: Scene) -> None:
    layout = small.layout(COPY)
    spreading, other = (
        compile_query(query_of(sql), layout.physical, layout.spread)
        for sql in (
            "UPDATE authors SET name = :name WHERE id = :id",
            "UPDATE authors SET id = 1 WHERE id = :id",
        )
    )
    assert [check.sql for check in spreading.checks] == ["SELECT 1 FROM ONLY posts WHERE author_id = $1"]
    assert other.checks == ()
