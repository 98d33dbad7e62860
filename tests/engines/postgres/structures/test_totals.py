"""Totals of children in their parent: made, kept by concurrent writes, and the faults that would be seen."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.layout import conflict
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, crowd, run, scene

DDL = """
CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."Posts" (id int PRIMARY KEY, "Title" text NOT NULL);
CREATE TABLE likes (
    id int PRIMARY KEY,
    post_id int REFERENCES "Shop"."Posts" ON UPDATE CASCADE ON DELETE CASCADE,
    stars int2,
    "Price" numeric(20, 2),
    big int8 NOT NULL,
    at timestamptz
);
CREATE TABLE notes (
    id int PRIMARY KEY,
    answers int REFERENCES notes ON UPDATE CASCADE ON DELETE SET NULL,
    size int
);
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE follows (one int REFERENCES users, other int REFERENCES users, PRIMARY KEY (one, other));
"""
POSTS, LIKES, NOTES = TableName("Shop", "Posts"), TableName("public", "likes"), TableName("public", "notes")


def total(function: str, column: str | None = None) -> Computed:
    """A total of the likes of a post."""
    name = f"likes_{column}_{function}" if column else f"likes_{function}"
    return Computed(POSTS, LIKES, "likes_post_id_fkey", name, function, column)


COUNT = total("count")
ALL = (
    COUNT,
    total("count", "stars"),
    total("sum", "stars"),
    total("sum", "Price"),
    total("sum", "big"),
    total("min", "Price"),
    total("max", "at"),
)
REPLIES = (
    Computed(NOTES, NOTES, "notes_answers_fkey", "notes_count", "count"),
    Computed(NOTES, NOTES, "notes_answers_fkey", "notes_size_max", "max", "size"),
)


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    """Posts of which each tenth has no likes, likes without a post, values that are null or very large."""
    prices = [None, Decimal("-3.10"), Decimal("123456789012345678.90"), Decimal("0.00"), Decimal("7.25")]
    posts = pl.DataFrame({"id": range(1, 21), "Title": ["Ü"] * 20}, schema_overrides={"id": pl.Int32})
    likes = pl.DataFrame(
        {
            "id": range(1, 101),
            "post_id": [None if n % 9 == 0 or n % 10 == 0 else n % 20 + 1 for n in range(100)],
            "stars": [None if n % 4 else n % 6 - 3 for n in range(100)],
            "Price": [prices[n % 5] for n in range(100)],
            "big": [n * 92_233_720_368_547_757 for n in range(100)],
            "at": [None if n % 7 == 0 else datetime(2024, 1, 1 + n % 3, tzinfo=UTC) for n in range(100)],
        },
        schema_overrides={
            "id": pl.Int32,
            "post_id": pl.Int32,
            "stars": pl.Int16,
            "Price": pl.Decimal(20, 2),
            "at": pl.Datetime("ms", "UTC"),
        },
    )
    notes = pl.DataFrame(
        {
            "id": range(1, 31),
            "answers": [None if n < 4 else n // 3 for n in range(30)],
            "size": [None if n % 5 == 0 else n for n in range(30)],
        },
        schema_overrides={"id": pl.Int32, "answers": pl.Int32, "size": pl.Int32},
    )
    return scene(postgres, dataset, DDL, {"Shop.Posts": posts, "likes": likes, "notes": notes, **_empty()})


def _empty() -> dict[str, pl.DataFrame]:
    numbers = pl.DataFrame(schema=dict.fromkeys(("id", "one", "other"), pl.Int32))
    return {"users": numbers.select("id"), "follows": numbers.select("one", "other")}


@pytest.mark.parametrize("structures", [ALL, REPLIES, (COUNT,), (*ALL, *REPLIES)])
def test_they_are_made_and_taken_away_again(small: Scene, structures: tuple[Computed, ...]) -> None:
    plain = small.made()
    before = catalog(conninfo(plain))
    made = small.made(*structures)
    assert made.schema.tables == small.layout(*structures).physical.tables
    applied = small.applied(*structures)
    assert catalog(conninfo(applied)) == catalog(conninfo(made)) != before
    assert not made.disagreements()
    assert not applied.disagreements()
    small.undone(applied, *structures)
    assert catalog(conninfo(applied)) == before


def test_the_ddl_of_a_counter(small: Scene) -> None:
    assert ";\n".join(small.statements("define", COUNT)) == GOLDEN_COUNT


GOLDEN_COUNT = """\
ALTER TABLE "Shop"."Posts" ADD COLUMN likes_count bigint NOT NULL DEFAULT 0;
CREATE FUNCTION "Shop"."keep_Shop_Posts_likes_count"() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changes refcursor;
  d record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    OPEN changes FOR SELECT key_1, sum(n) AS n FROM (
      SELECT added.post_id AS key_1, 1 AS n FROM added) changed
    WHERE key_1 IS NOT NULL GROUP BY key_1 HAVING sum(n) <> 0 ORDER BY key_1;
  ELSIF TG_OP = 'DELETE' THEN
    OPEN changes FOR SELECT key_1, sum(n) AS n FROM (
      SELECT removed.post_id AS key_1, -1 AS n FROM removed) changed
    WHERE key_1 IS NOT NULL GROUP BY key_1 HAVING sum(n) <> 0 ORDER BY key_1;
  ELSIF TG_OP = 'UPDATE' THEN
    OPEN changes FOR SELECT key_1, sum(n) AS n FROM (
      SELECT removed.post_id AS key_1, -1 AS n FROM removed
      UNION ALL SELECT added.post_id AS key_1, 1 AS n FROM added) changed
    WHERE key_1 IS NOT NULL GROUP BY key_1 HAVING sum(n) <> 0 ORDER BY key_1;
  ELSE
    UPDATE "Shop"."Posts" p SET likes_count = 0 WHERE p.likes_count <> 0;
    RETURN NULL;
  END IF;
  LOOP
    FETCH changes INTO d;
    EXIT WHEN NOT FOUND;
    UPDATE "Shop"."Posts" p SET likes_count = p.likes_count + d.n WHERE p.id = d.key_1;
  END LOOP;
  CLOSE changes;
  RETURN NULL;
END
$$;
CREATE TRIGGER "insert_Shop_Posts_likes_count" AFTER INSERT ON likes
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "Shop"."keep_Shop_Posts_likes_count"();
CREATE TRIGGER "update_Shop_Posts_likes_count" AFTER UPDATE ON likes
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION \
"Shop"."keep_Shop_Posts_likes_count"();
CREATE TRIGGER "delete_Shop_Posts_likes_count" AFTER DELETE ON likes
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "Shop"."keep_Shop_Posts_likes_count"();
CREATE TRIGGER "truncate_Shop_Posts_likes_count" AFTER TRUNCATE ON likes
  FOR EACH STATEMENT EXECUTE FUNCTION "Shop"."keep_Shop_Posts_likes_count"();
CREATE FUNCTION "Shop"."rekey_Shop_Posts_likes_count"() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT count(*) INTO NEW.likes_count
  FROM public.likes c WHERE c.post_id = NEW.id;
  RETURN NEW;
END
$$;
CREATE TRIGGER "key_Shop_Posts_likes_count" BEFORE UPDATE ON "Shop"."Posts"
  FOR EACH ROW WHEN ((OLD.id) IS DISTINCT FROM (NEW.id)) EXECUTE FUNCTION \
"Shop"."rekey_Shop_Posts_likes_count"()"""


def _price(draw: random.Random) -> Decimal | None:
    return draw.choice([None, Decimal(draw.randrange(-500, 500)) / 100])


def _insert(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    values = [draw.randrange(101, 10**9), draw.choice([None, *range(1, 23)]), draw.choice([None, 1, -2])]
    cursor.execute("INSERT INTO likes VALUES (%s, %s, %s, %s, 7, now())", [*values, _price(draw)])


def _insert_many(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    begin = draw.randrange(101, 10**9)
    cursor.execute(
        "INSERT INTO likes SELECT %s + g, g %% 20 + 1, g %% 5, g, g, '2020-01-01'"
        " FROM generate_series(1, 30) g",
        [begin],
    )


def _move(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    values = [draw.choice([None, *range(1, 21)]), _price(draw), draw.randrange(1, 101)]
    cursor.execute('UPDATE likes SET post_id = %s, "Price" = %s, stars = NULL WHERE id = %s', values)


def _move_many(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "UPDATE likes SET post_id = (id + %s) %% 20 + 1, stars = 2 WHERE id BETWEEN %s AND 60",
        [draw.randrange(20), draw.randrange(1, 60)],
    )


def _merge(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "INSERT INTO likes (id, post_id, stars, big) VALUES (%s, %s, 3, 1)"
        " ON CONFLICT (id) DO UPDATE SET stars = excluded.stars, post_id = excluded.post_id",
        [draw.randrange(1, 200), draw.randrange(1, 21)],
    )


def _delete(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "DELETE FROM likes WHERE id = %s OR id %% 97 = %s", [draw.randrange(1, 101), draw.randrange(97)]
    )


def _delete_post(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    key = draw.randrange(1, 21)
    cursor.execute('DELETE FROM "Shop"."Posts" WHERE id = %s', [key])
    cursor.execute('INSERT INTO "Shop"."Posts" VALUES (%s, \'again\')', [key])


def _rename_post(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    one, other = draw.randrange(1, 21), draw.randrange(1, 40)
    cursor.execute('UPDATE "Shop"."Posts" SET id = %s WHERE id = %s', [other, one])


WRITERS = (_insert, _insert, _insert_many, _move, _move_many, _merge, _delete, _delete, _delete_post)


def test_concurrent_writes_keep_the_totals(small: Scene) -> None:
    made = small.made(*ALL)
    assert crowd(made, [*WRITERS, _rename_post], 1000) > 600
    assert not made.disagreements()


def test_statements_of_many_rows_do_not_lock_each_other_out(small: Scene) -> None:
    made = small.made(*ALL)
    assert crowd(made, [_insert_many, _insert], 400) > 330  # a key that is there already is refused
    assert not made.disagreements()


WRITES: dict[str, Callable[[], list[str]]] = {
    "truncate": lambda: ["TRUNCATE likes"],
    "truncate parents": lambda: ['TRUNCATE "Shop"."Posts" CASCADE'],
    "all gone": lambda: ["DELETE FROM likes"],
    "values gone": lambda: ['UPDATE likes SET stars = NULL, "Price" = NULL, at = NULL'],
    "all to one": lambda: ["UPDATE likes SET post_id = 3"],
    "all from their post": lambda: ["UPDATE likes SET post_id = NULL"],
    "cascade": lambda: ['DELETE FROM "Shop"."Posts" WHERE id < 9'],
    "key changes": lambda: ['UPDATE "Shop"."Posts" SET id = id + 100 WHERE id % 2 = 0'],
    "keys follow each other": lambda: [
        'UPDATE "Shop"."Posts" SET id = 500 WHERE id = 3',
        'WITH up AS (SELECT id FROM "Shop"."Posts") UPDATE "Shop"."Posts" p SET id = 3 FROM up'
        " WHERE up.id = p.id AND p.id = 2",
        "DELETE FROM likes WHERE id % 3 = 0",
    ],
    "smallest ints": lambda: [
        "UPDATE likes SET stars = -32768, big = -9223372036854775808",
        "DELETE FROM likes",
    ],
    "not a number": lambda: [
        """UPDATE likes SET "Price" = 'NaN' WHERE id % 5 = 1""",
        'UPDATE likes SET "Price" = 2 WHERE id % 10 = 1',
    ],
    "written twice in one statement": lambda: [
        "WITH gone AS (DELETE FROM likes WHERE id < 50 RETURNING *), back AS (INSERT INTO likes"
        " SELECT id + 1000, 5, stars, 1.5, big, at FROM gone) UPDATE likes SET post_id = 6 WHERE id > 80",
    ],
    "merge": lambda: [
        "MERGE INTO likes l USING (SELECT g AS id FROM generate_series(50, 150) g) s ON l.id = s.id"
        " WHEN MATCHED AND l.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET post_id = 4"
        " WHEN NOT MATCHED THEN INSERT VALUES (s.id, 5, 1, 1.5, 1, now())",
    ],
    "rolled back": lambda: [
        "DO $$ BEGIN DELETE FROM likes; RAISE division_by_zero; EXCEPTION WHEN OTHERS THEN NULL; END $$"
    ],
}


@pytest.mark.parametrize("name", WRITES)
def test_single_writes_keep_the_totals(small: Scene, name: str) -> None:
    made = small.made(*ALL)
    run(made, *WRITES[name]())
    assert not made.disagreements()


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO notes SELECT g, g % 40 + 1, g FROM generate_series(31, 90) g",
        "UPDATE notes SET answers = 1 WHERE id > 5",
        "UPDATE notes SET id = id + 1000",
        "UPDATE notes SET id = id + 1000, answers = answers + 1000",
        "UPDATE notes SET id = 700 WHERE id = 3",
        "DELETE FROM notes WHERE id IN (1, 4, 5, 20)",
        "TRUNCATE notes",
    ],
)
def test_a_table_that_refers_to_itself(small: Scene, sql: str) -> None:
    made = small.made(*REPLIES)
    run(made, sql)
    assert not made.disagreements()


def test_a_missing_parent_is_refused_as_before(small: Scene) -> None:
    made = small.made(*ALL)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        run(made, "INSERT INTO likes (id, post_id, big) VALUES (1000, 999, 1)")
    assert not made.disagreements()


def test_a_copy_and_a_counter_by_one_key_do_not_combine() -> None:
    """A child's writer holds the key of its parent when it counts, and the parent's writer waits for keys."""
    copy = ExtendedReference(LIKES, POSTS, "likes_post_id_fkey", "post", ("Title",))
    assert "would wait for the other" in conflict(frozenset({COUNT, copy}))
    assert not conflict(frozenset(ALL))


def test_a_trigger_of_the_parent_would_fire(small: Scene) -> None:
    [(_, realisation)] = small.layout(COUNT).realised
    assert realisation.obstacle is not None
    assert not realisation.obstacle(SourceText(DDL, "schema.sql"))
    own = 'CREATE TRIGGER touch BEFORE UPDATE ON "Shop"."Posts" FOR EACH ROW EXECUTE FUNCTION touched();'
    assert "would fire" in realisation.obstacle(SourceText(DDL + own, "schema.sql"))


def test_two_counters_of_one_table_do_not_lock_each_other_out(small: Scene) -> None:
    users, follows = TableName("public", "users"), TableName("public", "follows")
    both = [Computed(users, follows, f"follows_{c}_fkey", f"follows_{c}", "count") for c in ("one", "other")]
    made = small.made(*both)
    assert made.schema.tables == small.layout(*both).physical.tables
    run(made, "INSERT INTO users SELECT generate_series(1, 4)")
    assert crowd(made, [_follow, _unfollow], 1000) == 1000
    assert not made.disagreements()


def _follow(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    one, other = draw.sample(range(1, 5), 2)
    cursor.execute("INSERT INTO follows VALUES (%s, %s) ON CONFLICT DO NOTHING", [one, other])


def _unfollow(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute("DELETE FROM follows WHERE one = %s OR other = %s", draw.sample(range(1, 5), 2))


UNSAFE = """CREATE OR REPLACE FUNCTION "Shop"."keep_Shop_Posts_likes_count"()
    RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE r record; old_n bigint; BEGIN
    FOR r IN SELECT post_id, count(*) AS n FROM added GROUP BY post_id LOOP
      SELECT likes_count INTO old_n FROM "Shop"."Posts" WHERE id = r.post_id;
      PERFORM pg_sleep(0.002);
      UPDATE "Shop"."Posts" SET likes_count = old_n + r.n WHERE id = r.post_id;
    END LOOP; RETURN NULL; END $$"""

FAULTS = {
    "forgets DELETE": (COUNT, 'DROP TRIGGER "delete_Shop_Posts_likes_count" ON likes'),
    "forgets INSERT": (COUNT, 'DROP TRIGGER "insert_Shop_Posts_likes_count" ON likes'),
    "forgets that children move": (COUNT, 'DROP TRIGGER "update_Shop_Posts_likes_count" ON likes'),
    "forgets that values change": (ALL[3], 'DROP TRIGGER "update_Shop_Posts_likes_Price_sum" ON likes'),
    "forgets that the extreme goes": (ALL[5], 'DROP TRIGGER "delete_Shop_Posts_likes_Price_min" ON likes'),
}


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_are_found(small: Scene, name: str) -> None:
    structure, fault = FAULTS[name]
    made = small.made(structure)
    run(made, fault)
    crowd(made, WRITERS, 200)
    run(made, 'DELETE FROM likes WHERE "Price" IS NOT NULL')  # the writes may have put an extreme right
    assert made.disagreements()


def test_a_counter_that_reads_before_it_writes_is_found(small: Scene) -> None:
    made = small.made(COUNT)
    run(made, UNSAFE)
    crowd(made, [_insert_many], 100)
    assert made.disagreements()


@pytest.mark.parametrize(
    ("structure", "fault", "write"),
    [
        (
            ALL[2],
            'DROP TRIGGER "key_Shop_Posts_likes_stars_sum" ON "Shop"."Posts"',
            'UPDATE "Shop"."Posts" SET id = id + 100',
        ),
        (COUNT, 'DROP TRIGGER "truncate_Shop_Posts_likes_count" ON likes', "TRUNCATE likes"),
    ],
)
def test_rare_faults_are_found(small: Scene, structure: Computed, fault: str, write: str) -> None:
    made = small.made(structure)
    run(made, fault, write)
    assert made.disagreements()


def test_a_sum_that_is_never_null_again_is_found(small: Scene) -> None:
    made = small.made(ALL[2])
    body = next(one for one in small.statements("define", ALL[2]) if "keep_" in one)
    assert "CASE WHEN" in body
    broken = body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
        "<> 0 THEN coalesce", "> -1 THEN coalesce"
    )
    run(made, broken, "UPDATE likes SET stars = NULL WHERE post_id = 5")
    assert _sum_of(made, 5) == 0
    assert made.disagreements()


def _sum_of(database: PostgresDatabase, post: int) -> Any:
    with psycopg.connect(conninfo(database)) as connection:
        row = connection.execute(
            'SELECT likes_stars_sum FROM "Shop"."Posts" WHERE id = %s', [post]
        ).fetchone()
    return row[0] if row else None
