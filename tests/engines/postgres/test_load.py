"""A load fills what the schema has, and leaves keys, triggers and sequences as the schema has them."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.errors import WorkloadError
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from tests.engines.postgres.conftest import CreateDatabase, WriteDataset

DDL = """
CREATE SCHEMA app;
CREATE TABLE app."User" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  note text DEFAULT 'none',
  shout text GENERATED ALWAYS AS (upper(email)) STORED,
  CHECK (email LIKE '%@%'),
  CONSTRAINT user_email UNIQUE (email) DEFERRABLE
);
CREATE UNIQUE INDEX user_lower ON app."User" (lower(email)) WHERE note IS NOT NULL;
CREATE INDEX user_note ON app."User" (note);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN new.note := 'touched'; RETURN new; END $$;
CREATE TRIGGER touch BEFORE INSERT ON app."User" FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER sleeping BEFORE INSERT ON app."User" FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app."User" DISABLE TRIGGER sleeping;
ALTER TABLE app."User" ENABLE ROW LEVEL SECURITY;
ALTER TABLE app."User" FORCE ROW LEVEL SECURITY;
CREATE TABLE app.visits (
  id serial,
  user_id bigint REFERENCES app."User" ON DELETE CASCADE,
  day date NOT NULL,
  PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE app.visits_1 PARTITION OF app.visits FOR VALUES FROM (MINVALUE) TO ('2025-02-01');
CREATE TABLE app.visits_2 PARTITION OF app.visits FOR VALUES FROM ('2025-02-01') TO (MAXVALUE);
CREATE INDEX visits_user ON app.visits (user_id);
CREATE VIEW app.named AS SELECT id, email FROM app."User" GROUP BY id;
CREATE MATERIALIZED VIEW app.per_user AS
  SELECT user_id, count(*) AS n FROM app.visits GROUP BY 1 WITH NO DATA;
CREATE MATERIALIZED VIEW app.busiest AS SELECT max(n) AS n FROM app.per_user WITH NO DATA;
"""
USER, VISITS = TableName("app", "User"), TableName("app", "visits")
INTEGRITY = """
    SELECT conrelid::regclass::text, conname, contype, convalidated, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid <> 0 ORDER BY 1, 2
    """
TRIGGERS = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"


def quiet(what: str, part: float) -> None:
    """Progress that nobody watches."""


def users(count: int, first: int = 1) -> pl.DataFrame:
    ids = range(first, first + count)
    return pl.DataFrame(
        {"id": list(ids), "email": [f"u{i}@x" for i in ids], "note": [f"n{i % 3}" for i in ids]}
    )


def visits(count: int, of: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": list(range(1, count + 1)),
            "user_id": [i % of + 1 for i in range(count)],
            "day": [date(2025, 1 + i % 3, 1) for i in range(count)],
        }
    )


def rows(database: PostgresDatabase, query: str) -> list[tuple[object, ...]]:
    return database._connection.execute(query.encode()).fetchall()


@pytest.fixture
def database(create: CreateDatabase) -> PostgresDatabase:
    return create(DDL)


def test_every_row_arrives_and_nothing_is_touched(database: PostgresDatabase, dataset: WriteDataset) -> None:
    seen: list[tuple[str, float]] = []
    files = [users(600), users(400, first=601)]
    report = database.load(
        dataset({"app.User": files, "app.visits": visits(3000, 1000)}),
        lambda what, part: seen.append((what, part)),
    )
    assert report.rows == ((USER, 1000), (VISITS, 3000))
    assert rows(database, 'SELECT count(*), min(note), max(shout) FROM app."User"') == [(1000, "n0", "U9@X")]
    assert rows(database, "SELECT count(*) FROM app.visits_2") == [(2000,)]
    assert rows(database, "SELECT n FROM app.busiest") == [(3,)]
    assert report.bytes > 0
    assert seen[-1] == ("loaded", 1.0)
    assert [part for _, part in seen] == sorted(part for _, part in seen)


def test_constraints_and_triggers_are_as_before(database: PostgresDatabase, dataset: WriteDataset) -> None:
    before, triggers = rows(database, INTEGRITY), rows(database, TRIGGERS)
    database.load(dataset({"app.User": users(10), "app.visits": visits(30, 10)}), quiet)
    assert rows(database, INTEGRITY) == before
    assert rows(database, TRIGGERS) == triggers
    forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'User'"
    assert rows(database, forced) == [(True,)]


def test_unique_indexes_come_back_and_secondary_ones_do_not(
    database: PostgresDatabase, dataset: WriteDataset
) -> None:
    database.load(dataset({"app.User": users(10), "app.visits": visits(30, 10)}), quiet)
    names = {name for (name,) in rows(database, "SELECT indexname FROM pg_indexes WHERE schemaname = 'app'")}
    assert {"User_pkey", "user_email", "user_lower", "visits_pkey", "visits_1_pkey"} <= names
    assert not {"user_note", "visits_user", "visits_1_user_id_idx"} & names


def test_the_given_indexes_can_be_built_afterwards(database: PostgresDatabase, dataset: WriteDataset) -> None:
    database.load(dataset({"app.User": users(10), "app.visits": visits(30, 10)}), quiet)
    before = database.bytes()
    built = database.build(database.schema.given, quiet)
    assert [(b.index.name, b.error, b.bytes > 0) for b in built] == [
        ("user_note", "", True),
        ("visits_user", "", True),
    ]
    assert database.bytes() == before
    child = database.index_of("visits_1_user_id_idx")
    assert child is not None
    assert child.name == "visits_user"


def test_an_index_that_the_server_refuses_is_a_result(
    database: PostgresDatabase, dataset: WriteDataset
) -> None:
    database.load(dataset({"app.User": users(10)}), quiet)
    wrong = Index(USER, (IndexKey("nope", "nope"),))
    right = Index(USER, (IndexKey("email", "email", opclass="gin_trgm_ops"),), method="gin")
    first, second = database.build([wrong, right], quiet)
    assert "nope" in first.error
    assert second.error == ""


def test_sequences_go_on_behind_the_loaded_rows(database: PostgresDatabase, dataset: WriteDataset) -> None:
    database.load(dataset({"app.User": users(10), "app.visits": visits(30, 10)}), quiet)
    insert = "INSERT INTO app.\"User\" (email) VALUES ('new@x') RETURNING id, note"
    assert rows(database, insert) == [(11, "touched")]
    assert rows(database, "INSERT INTO app.visits (user_id, day) VALUES (1, '2025-01-01') RETURNING id") == [
        (31,)
    ]


def test_an_empty_table_is_loaded_too(database: PostgresDatabase, dataset: WriteDataset) -> None:
    report = database.load(dataset({"app.User": users(0), "app.visits": visits(0, 1)}), quiet)
    assert report.rows == ((USER, 0), (VISITS, 0))
    assert rows(database, "INSERT INTO app.\"User\" (email) VALUES ('new@x') RETURNING id") == [(1,)]


@pytest.mark.parametrize(
    ("user_rows", "visit_rows", "told"),
    [
        (
            users(3).with_columns(email=pl.lit("bad")),
            visits(3, 3),
            "app.User are refused by User_email_check",
        ),
        (users(3).with_columns(email=pl.lit("a@b")), visits(3, 3), "app.User are refused by user_"),
        (users(3), visits(9, 9), "visits_user_id_fkey"),
        (users(3).with_columns(email=pl.lit(None, pl.String)), visits(3, 3), "app.User.email under `data:`"),
    ],
    ids=["check", "unique", "foreign key", "not null"],
)
def test_refused_rows_are_told_with_what_to_write(
    database: PostgresDatabase,
    dataset: WriteDataset,
    user_rows: pl.DataFrame,
    visit_rows: pl.DataFrame,
    told: str,
) -> None:
    with pytest.raises(WorkloadError) as caught:
        database.load(dataset({"app.User": user_rows, "app.visits": visit_rows}), quiet)
    assert told in str(caught.value)


def test_a_sample_is_judged_and_leaves_nothing(database: PostgresDatabase) -> None:
    frames = {USER: users(3).with_columns(email=pl.lit("bad")), VISITS: visits(3, 99)}
    before = rows(database, INTEGRITY)
    told = [str(problem) for problem in database.check_sample(frames)]
    assert len(told) == 1
    assert "User_email_check" in told[0]
    assert rows(database, 'SELECT count(*) FROM app."User"') == [(0,)]
    assert rows(database, INTEGRITY) == before
    assert database.check_sample({USER: users(3), VISITS: visits(3, 99)}) == ()


def test_the_digest_of_the_rows_does_not_depend_on_their_order(
    create: CreateDatabase, dataset: WriteDataset
) -> None:
    frames = [users(50), users(50).reverse(), users(50).with_columns(email=pl.col("email") + "y")]
    digests = []
    for frame in frames:
        database = create(DDL)
        database.load(dataset({"app.User": frame}), quiet)
        digests.append(database.fingerprint_rows()[USER])
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]
