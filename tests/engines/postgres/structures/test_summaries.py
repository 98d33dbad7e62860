"""Groups and their totals in a table of their own: made, kept by concurrent writes, read instead of rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.names import TableName
from optimizer.model.tables import SummaryTable
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, crowd, query_of, run, scene

DDL = """
CREATE SCHEMA "Sales Dept";
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE regions (id int PRIMARY KEY, name text NOT NULL, size int);
CREATE TABLE "Sales Dept"."Order" (
    "Id" int PRIMARY KEY,
    region_id int REFERENCES regions ON DELETE SET NULL,
    "Kind" varchar(20) NOT NULL,
    state mood NOT NULL,
    at timestamp NOT NULL,
    zoned timestamptz NOT NULL,
    amount numeric(30, 4),
    quantity int NOT NULL,
    big bigint,
    "from" text,
    found boolean
);
CREATE ROLE reader NOLOGIN;
GRANT SELECT ON "Sales Dept"."Order" TO reader;
"""
ORDER = TableName("Sales Dept", "Order")
BY_DAY = SummaryTable(
    ORDER,
    TableName("Sales Dept", "Order by day"),
    (("Kind", '"Kind"'), ("at_day", "date_trunc('day', at)")),
    (
        ("amount_count", "count", "amount"),
        ("amount_sum", "sum", "amount"),
        ("amount_min", "min", "amount"),
        ("quantity_sum", "sum", "quantity"),
        ("big_sum", "sum", "big"),
        ("big_count", "count", "big"),
        ("from_max", "max", "from"),
        ("at_max", "max", "at"),
    ),
    "row_count",
)
BY_REGION = SummaryTable(
    ORDER,
    TableName("Sales Dept", "of_region"),
    (("region_id", "region_id"), ("state", "state")),
    (("quantity_sum", "sum", "quantity"), ("found_count", "count", "found")),
    "row_count",
)
BY_MONTH = SummaryTable(
    ORDER,
    TableName("Sales Dept", "of_month"),
    (("zoned_month", "date_trunc('month', zoned AT TIME ZONE 'Europe/Berlin')"),),
    (),
    "rows",
)
EVERY = (BY_DAY, BY_REGION, BY_MONTH)
KINDS = ["", "it's", "Ü", "日本", 'a "b"']


def _rows(count: int) -> pl.DataFrame:
    begin = datetime(2024, 2, 28, 22)
    amounts = ["0.0001", "-12345678901234567890.1234", None, "99999999999999999999999999.9999", "0"]
    moments = [begin + timedelta(hours=7 * (n % 40), milliseconds=n) for n in range(count)]
    return pl.DataFrame(
        {
            "Id": range(1, count + 1),
            "region_id": [None if n % 4 == 0 else n % 5 + 1 for n in range(count)],
            "Kind": [KINDS[n % 5] for n in range(count)],
            "state": ["good" if n % 3 else "bad" for n in range(count)],
            "at": moments,
            "zoned": pl.Series(moments).dt.replace_time_zone("UTC"),
            "amount": pl.Series([amounts[n % 7 % 5] for n in range(count)]).str.to_decimal(scale=4),
            "quantity": [(2**31 - 1, -(2**31), n)[n % 3] for n in range(count)],
            "big": [(2**63 - 1, -(2**63), None, n)[n % 4] for n in range(count)],
            "from": [None if n % 2 else f"text {n % 11}" for n in range(count)],
            "found": [(None, True, False)[n % 3] for n in range(count)],
        },
        schema_overrides={"Id": pl.Int32, "region_id": pl.Int32, "quantity": pl.Int32},
    ).with_columns(pl.col("at").cast(pl.Datetime("ms")), pl.col("zoned").cast(pl.Datetime("ms", "UTC")))


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    regions = pl.DataFrame(
        {"id": range(1, 8), "name": ["n", "s", "n", "w", "e", "x", "y"], "size": [None, 1, 2, 3, 4, 5, 6]},
        schema_overrides={"id": pl.Int32, "size": pl.Int32},
    )
    return scene(postgres, dataset, DDL, {"regions": regions, "Sales Dept.Order": _rows(200)})


def test_they_are_made_and_taken_away_again(small: Scene) -> None:
    plain = small.made()
    before = catalog(conninfo(plain))
    made = small.made(*EVERY)
    assert made.schema.tables == small.layout(*EVERY).physical.tables
    assert set(made.schema.unique_indexes) == set(small.layout(*EVERY).physical.unique_indexes)
    applied = small.applied(*EVERY)
    assert catalog(conninfo(applied)) == catalog(conninfo(made)) != before
    assert not made.disagreements()
    assert not applied.disagreements()
    small.undone(applied, *EVERY)
    assert catalog(conninfo(applied)) == before


def test_who_reads_the_table_reads_its_summary(small: Scene) -> None:
    made = small.made(BY_DAY)
    with psycopg.connect(conninfo(made)) as connection:
        connection.execute('GRANT USAGE ON SCHEMA "Sales Dept" TO reader')
        connection.execute("SET ROLE reader")
        assert connection.execute('SELECT count(*) FROM "Sales Dept"."Order by day"').fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute('DELETE FROM "Sales Dept"."Order by day"')


READS = [
    """SELECT date_trunc('day', o.at) AS day, o."Kind", count(*), sum(o.amount), avg(o.amount),
        min(o.amount), sum(o.quantity), avg(o.quantity), sum(o.big), avg(o.big), count(o.big), max(o."from"),
        max(o.at) FROM "Sales Dept"."Order" o GROUP BY date_trunc('day', o.at), o."Kind" """,
    """SELECT date_trunc('month', o.at) AS month, count(*), sum(o.amount), round(avg(o.amount), 3),
        min(o.amount), sum(o.quantity), avg(o.quantity), sum(o.big), avg(o.big), max(o."from"), max(o.at)
        FROM "Sales Dept"."Order" o GROUP BY 1 HAVING count(*) > 2 ORDER BY 1""",
    """SELECT count(*), count(o.amount), sum(o.amount), avg(o.big), max(o.at)
        FROM "Sales Dept"."Order" o WHERE o."Kind" = 'no'""",
    """SELECT sum(o.amount), avg(o.amount), avg(o.quantity)
        FROM "Sales Dept"."Order" o WHERE o."Kind" = 'it''s'""",
    """SELECT o.at::date AS d, count(*) FILTER (WHERE o."Kind" = 'Ü'),
        sum(o.big) FILTER (WHERE o."Kind" <> ''), avg(o.quantity) FILTER (WHERE o."Kind" IN ('', 'Ü'))
        FROM "Sales Dept"."Order" o GROUP BY 1""",
    """SELECT o.at::date AS d, o."Kind", count(*) FILTER (WHERE o."Kind" = 'Ü'),
        sum(o.big) FILTER (WHERE o."Kind" <> ''), avg(o.quantity) FILTER (WHERE o.at >= DATE '2024-03-01')
        FROM "Sales Dept"."Order" o GROUP BY 1, 2""",
    """SELECT o."Kind", count(*) FROM "Sales Dept"."Order" o
        WHERE o.at >= DATE '2024-03-01' AND o.at < DATE '2024-03-01' + 3
        GROUP BY o."Kind" ORDER BY count(*) DESC, o."Kind" LIMIT 3""",
    """SELECT DISTINCT o."Kind" FROM "Sales Dept"."Order" o""",
    """SELECT (SELECT sum(o.amount) FROM "Sales Dept"."Order" o WHERE o."Kind" = r.name) AS s, r.name
        FROM regions r""",
    """SELECT date_trunc('year', o.zoned AT TIME ZONE 'Europe/Berlin'), count(*)
        FROM "Sales Dept"."Order" o GROUP BY 1""",
]
REGION_READS = [
    """SELECT o.region_id, count(*), sum(o.quantity) FROM "Sales Dept"."Order" o
        WHERE o.region_id IS NOT NULL GROUP BY o.region_id""",
    """SELECT r.id, r.name, count(o."Id"), sum(o.quantity), avg(o.quantity), count(o.found)
        FROM regions r LEFT JOIN "Sales Dept"."Order" o ON o.region_id = r.id GROUP BY r.id, r.name""",
    """SELECT r.id, count(o."Id"), sum(o.quantity) FROM regions r
        LEFT JOIN "Sales Dept"."Order" o ON o.region_id = r.id AND o.state = 'bad'
        GROUP BY r.id ORDER BY count(o."Id"), r.id""",
    """SELECT r.name, count(*) FROM regions r JOIN "Sales Dept"."Order" o ON o.region_id = r.id
        GROUP BY r.name""",
    """SELECT r.name, o.state, count(*) FROM regions r JOIN "Sales Dept"."Order" o ON o.region_id < r.id
        GROUP BY r.name, o.state""",
    """SELECT r.id, r.name, (SELECT count(*) FROM "Sales Dept"."Order" o WHERE o.region_id = r.id) AS orders
        FROM regions r WHERE r.size > 2""",
]


def _exactly(small: Scene, sql: str, made: PostgresDatabase) -> tuple[Any, Any]:
    """Types and values, to the last digit, of the statement and of its rewriting."""
    found = []
    for text in (sql, small.rewritten(sql, *EVERY)):
        with psycopg.connect(conninfo(made), autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            types = [column.type_code for column in cursor.description or ()]
            found.append((types, sorted(map(str, cursor.fetchall()))))
    return found[0], found[1]


def test_answers_are_the_same_to_the_last_digit(small: Scene) -> None:
    made = small.made(*EVERY)
    run(
        made,
        'INSERT INTO "Sales Dept"."Order" SELECT 900, 1, \'Ü\', state, at, zoned, NULL, 1, NULL, NULL, NULL'
        ' FROM "Sales Dept"."Order" LIMIT 1',
    )
    for sql in (*READS, *REGION_READS):
        assert "Order by day" in small.rewritten(sql, *EVERY) or "of_" in small.rewritten(sql, *EVERY), sql
        plain, rewritten = _exactly(small, sql, made)
        assert plain == rewritten
        assert not small.differences(sql, made)


def test_parameters_stay_parameters(small: Scene) -> None:
    made = small.made(*EVERY)
    sql = (
        'SELECT date_trunc(\'day\', o.at) AS day, sum(o.quantity) FROM "Sales Dept"."Order" o'
        ' WHERE o."Kind" = :kind AND o.at >= :from::date AND o.at < :from::date + 2 GROUP BY 1'
    )
    assert "Order by day" in small.rewritten(sql, BY_DAY)
    bindings = [
        {"kind": kind, "from": day} for kind in (*KINDS, None) for day in ("2024-02-29", "2020-01-01")
    ]
    assert not small.differences(sql, made, bindings)


def _insert(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    """A few rows of several groups, which come in any order."""
    first, place, count = draw.randrange(1000, 10**9), draw.randrange(7), draw.randrange(1, 6)
    cursor.execute(
        """INSERT INTO "Sales Dept"."Order"
           SELECT %s + n, 1 + (n + %s) %% 7, (%s::text[])[1 + (n + %s) %% 5], 'bad',
             timestamp '2024-02-28' + n * interval '11 hours',
             timestamptz '2024-02-28Z' + n * interval '20 days', n / 3.0, n, n, n::text, true
           FROM generate_series(1, %s) n ORDER BY n * %s""",
        [first, place, KINDS, place, count, draw.choice([1, -1])],
    )


def _change(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    column, value = draw.choice(
        [
            *(("amount", "amount / 3"), ("amount", "NULL"), ("quantity", "quantity / 2"), ("big", "3")),
            *(("region_id", "NULL"), ("region_id", "3"), ('"Kind"', "'Ü'"), ('"Kind"', "'moved'")),
            *(("at", "at + interval '1 day'"), ("at", "at + interval '1 second'"), ("found", "NOT found")),
            *(("zoned", "zoned - interval '40 days'"), ('"from"', "'zzz' || random()"), ("state", "state")),
        ]
    )
    cursor.execute(
        f'UPDATE "Sales Dept"."Order" SET {column} = {value} WHERE "Id" = %s'.encode(),
        [draw.randrange(1, 201)],
    )


def _delete(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute('DELETE FROM "Sales Dept"."Order" WHERE "Id" = %s', [draw.randrange(1, 201)])


def _delete_new(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        'DELETE FROM "Sales Dept"."Order" WHERE "Id" = (SELECT max("Id") FROM "Sales Dept"."Order")', []
    )


def _upsert(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "INSERT INTO \"Sales Dept\".\"Order\" VALUES (%s, 2, '', 'good', now(), now(), 1.5, 7, 8, NULL, NULL)"
        ' ON CONFLICT ("Id") DO UPDATE SET "Kind" = EXCLUDED."Kind", amount = EXCLUDED.amount',
        [draw.randrange(150, 260)],
    )


WRITERS = [_insert, _change, _change, _delete, _delete_new, _upsert]


def test_concurrent_writes_keep_them(small: Scene) -> None:
    made = small.made(*EVERY)
    assert crowd(made, WRITERS, 1000) > 950
    assert not made.disagreements()
    for sql in (*READS, *REGION_READS):
        plain, rewritten = _exactly(small, sql, made)
        assert plain == rewritten


def test_rows_of_several_groups_in_any_order_dont_deadlock(small: Scene) -> None:
    made = small.made(*EVERY)
    assert crowd(made, [_insert], 600) == 600
    assert not made.disagreements()


def test_other_ways_of_writing(small: Scene) -> None:
    made = small.made(*EVERY)
    run(
        made,
        "DELETE FROM regions WHERE id = 2",
        """INSERT INTO "Sales Dept"."Order"
           SELECT "Id" + 5000, region_id, "Kind", state, at, zoned, 'NaN', 1, 2,
           'x', true FROM "Sales Dept"."Order" WHERE "Id" < 9""",
        """WITH moved AS (DELETE FROM "Sales Dept"."Order" WHERE "Id" BETWEEN 30 AND 50 RETURNING *)
           INSERT INTO "Sales Dept"."Order" SELECT "Id" + 7000, region_id, 'moved', state, at, zoned, amount,
           quantity, big, "from", found FROM moved""",
        'UPDATE "Sales Dept"."Order" SET found = true',
    )
    assert not made.disagreements()
    run(made, 'DELETE FROM "Sales Dept"."Order" WHERE amount = \'NaN\'')
    assert not made.disagreements()
    run(made, 'DELETE FROM "Sales Dept"."Order" WHERE "Id" > 3')
    assert not made.disagreements()
    run(made, "TRUNCATE regions CASCADE")
    assert not made.disagreements()
    assert _count(made, '"Sales Dept"."Order by day"') == 0


def test_a_write_that_changes_nothing_kept_leaves_the_summary_alone(small: Scene) -> None:
    made = small.made(BY_DAY)
    before = _versions(made)
    run(made, 'UPDATE "Sales Dept"."Order" SET found = NOT found, region_id = 1')
    assert _versions(made) == before
    run(made, 'UPDATE "Sales Dept"."Order" SET quantity = 0 WHERE "Id" = 1')
    assert len(_versions(made) - before) == 1


def _count(database: PostgresDatabase, table: str) -> int:
    with psycopg.connect(conninfo(database)) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        return int(row[0]) if row else -1


def _versions(database: PostgresDatabase) -> set[Any]:
    with psycopg.connect(conninfo(database)) as connection:
        return set(connection.execute('SELECT ctid::text, xmin::text FROM "Sales Dept"."Order by day"'))


FUNCTION = '"Sales Dept"."Order_into_Order by day"'
OLD_GROUP = """SELECT "Kind", date_trunc('day', at) AS at_day, amount, quantity, big, "from", at, false"""
NEW_GROUP = """SELECT "Kind", date_trunc('day', at) AS at_day, NULL, 0, 0, NULL, at, false"""


def _planted(database: PostgresDatabase, find: str, put: str) -> None:
    """Change the text of the function that keeps the summary."""
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        row = connection.execute(f"SELECT pg_get_functiondef('{FUNCTION}'::regproc)".encode()).fetchone()
        text = str(row[0] if row else "")
        assert find in text
        connection.execute(text.replace(find, put).encode())


@pytest.mark.parametrize("event", ["insert", "update", "delete"])
def test_a_forgotten_event_is_found(small: Scene, event: str) -> None:
    made = small.made(BY_DAY)
    run(made, f'DROP TRIGGER "Order_into_Order by day_{event}" ON "Sales Dept"."Order"')
    crowd(made, [_insert, _change, _delete], 200)
    assert made.disagreements()


def test_a_forgotten_truncate_is_found(small: Scene) -> None:
    made = small.made(BY_DAY)
    run(made, 'DROP TRIGGER "Order_into_Order by day_truncate" ON "Sales Dept"."Order"')
    run(made, 'TRUNCATE "Sales Dept"."Order"')
    assert made.disagreements()


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (f"{OLD_GROUP} AS is_new FROM removed", f"{NEW_GROUP} AS is_new FROM added"),
        ("kept.row_count = 0", "false"),
        ("kept.from_max <= gone.from_max", "false"),
        ("kept.amount_min >= gone.amount_min", "false"),
        ("-coalesce(sum(amount), 0)", "0"),
        ("amount_count = kept.amount_count + EXCLUDED.amount_count", "amount_count = kept.amount_count"),
    ],
    ids=["old group", "empty groups", "lost maximum", "lost minimum", "sum of deleted", "count of values"],
)
def test_planted_faults_are_found(small: Scene, find: str, put: str) -> None:
    made = small.made(BY_DAY)
    _planted(made, find, put)
    crowd(made, [_insert, _change, _delete], 400)
    assert made.disagreements()


def test_totals_that_are_read_and_then_written_are_found(small: Scene) -> None:
    made = small.made(BY_MONTH)
    run(
        made,
        """CREATE OR REPLACE FUNCTION "Sales Dept"."Order_into_of_month"()
           RETURNS trigger LANGUAGE plpgsql AS $$
           DECLARE now_there bigint; month timestamp;
           BEGIN
             SELECT date_trunc('month', zoned AT TIME ZONE 'Europe/Berlin') INTO month FROM added LIMIT 1;
             SELECT rows INTO now_there FROM "Sales Dept".of_month WHERE zoned_month = month;
             PERFORM pg_sleep(0.002);
             INSERT INTO "Sales Dept".of_month VALUES (month, 1)
               ON CONFLICT (zoned_month) DO UPDATE SET rows = now_there + 1;
             RETURN NULL;
           END $$""",
    )
    crowd(made, [_insert_one], 200)
    assert made.disagreements()


def _insert_one(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute(
        "INSERT INTO \"Sales Dept\".\"Order\" VALUES (%s, 1, '', 'bad', now(), now(), 1, 1, 1, NULL, NULL)",
        [draw.randrange(1000, 10**9)],
    )


def test_rows_that_security_hides_dont_count(postgres: PostgresServer, dataset: WriteDataset) -> None:
    ddl = """
    CREATE TABLE tasks (id int PRIMARY KEY, tenant int NOT NULL, state text NOT NULL);
    ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON tasks USING (tenant = current_setting('app.tenant')::int);
    """
    rows = pl.DataFrame({"id": [1, 2], "tenant": [1, 2], "state": ["a", "a"]})
    rows = rows.with_columns(pl.col("id", "tenant").cast(pl.Int32))
    secured = scene(postgres, dataset, ddl, {"tasks": rows})
    summary = SummaryTable(
        TableName("public", "tasks"), TableName("public", "by_state"), (("state", "state"),), (), "n"
    )
    sql = "SELECT t.state, count(*) FROM tasks t GROUP BY t.state"
    assert secured.rewritten(sql, summary) == sql


def test_a_percent_sign_in_a_name_is_shown(postgres: PostgresServer, dataset: WriteDataset) -> None:
    ddl = 'CREATE TABLE "50% off" (id int PRIMARY KEY, state text NOT NULL)'
    rows = pl.DataFrame({"id": [1], "state": ["a"]}, schema_overrides={"id": pl.Int32})
    summary = SummaryTable(
        TableName("public", "50% off"), TableName("public", "50% by"), (("state", "state"),), (), "n"
    )
    made = scene(postgres, dataset, ddl, {"50% off": rows}).made(summary)
    assert not made.disagreements()
    run(made, 'UPDATE "50% by" SET n = 9')
    [line] = made.disagreements()
    assert line.endswith(": 50% by (a) has (9) instead of (1)")


def test_a_statement_of_a_query_is_read_from_it(small: Scene) -> None:
    layout = small.layout(BY_DAY)
    query = query_of(READS[0])
    assert layout.query(query) != query
    assert layout.triggered(frozenset({ORDER})) == {BY_DAY.name}
