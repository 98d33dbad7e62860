"""Room in pages, and values outside of rows: set before rows come in, reset, and what they do on disk."""

from __future__ import annotations

import random

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.layout import conflict
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.postgres.structures.storage import obstacle
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.structure import Structure
from optimizer.model.tables import Fillfactor, Partition, Toast
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, scene

ROWS = 2_000
DDL = """
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."Counts" (id int PRIMARY KEY, hits int NOT NULL, note text, "Body" text);
"""
COUNTS = TableName("Odd", "Counts")
FILLED = Fillfactor(COUNTS, 70)
OUTSIDE = Toast(COUNTS, "Body", 128)
PACKED = Toast(COUNTS, "Body", 128, "pglz")


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    """Bodies that are too long for their rows, and fit once PostgreSQL has compressed them."""
    draw = random.Random(5)
    words = ["".join(draw.choices("abcdefgh", k=8)) for _ in range(30)]
    rows = pl.DataFrame(
        {
            "id": range(ROWS),
            "hits": [0] * ROWS,
            "note": ["n" * 40] * ROWS,
            "Body": [" ".join(draw.choices(words, k=290)) if n % 10 == 0 else None for n in range(ROWS)],
        },
        schema_overrides={"id": pl.Int32, "hits": pl.Int32},
    )
    return scene(postgres, dataset, DDL, {"Odd.Counts": rows})


@pytest.mark.parametrize("structures", [(FILLED,), (OUTSIDE,), (PACKED,), (FILLED, PACKED)])
def test_they_are_made_and_taken_away_again(small: Scene, structures: tuple[Structure, ...]) -> None:
    before = catalog(conninfo(small.made()))
    made = small.made(*structures)
    assert made.schema.tables == small.layout(*structures).physical.tables
    applied = small.applied(*structures)
    assert catalog(conninfo(applied)) == catalog(conninfo(made)) != before
    small.undone(applied, *structures)
    assert catalog(conninfo(applied)) == before


def test_the_ddl(small: Scene) -> None:
    assert small.statements("define", FILLED, PACKED) == [
        'ALTER TABLE "Odd"."Counts" SET (fillfactor = 70)',
        'ALTER TABLE "Odd"."Counts" SET (toast_tuple_target = 128)',
        'ALTER TABLE "Odd"."Counts" ALTER COLUMN "Body" SET COMPRESSION pglz',
    ]


def test_updated_rows_stay_in_their_pages(small: Scene) -> None:
    assert _hot_updates(small.made()) < ROWS // 20
    assert _hot_updates(small.made(FILLED)) > ROWS // 6


def _hot_updates(database: PostgresDatabase) -> int:
    with psycopg.connect(conninfo(database)) as connection:
        connection.execute('UPDATE "Odd"."Counts" SET hits = hits + 1 WHERE id % 5 = 1')
        row = connection.execute('SELECT pg_stat_get_xact_tuples_hot_updated(\'"Odd"."Counts"\'::regclass)')
        return int((row.fetchone() or [0])[0])


def test_wide_values_go_out_of_their_rows(small: Scene) -> None:
    plain, outside = (_bytes(small.made(*structures)) for structures in ((), (OUTSIDE,)))
    assert outside[0] < plain[0] * 0.7
    assert outside[1] > plain[1]


def _bytes(database: PostgresDatabase) -> tuple[int, int]:
    """The bytes of the rows, and of what is kept outside of them."""
    query = """
        SELECT pg_relation_size(c.oid), pg_relation_size(c.reltoastrelid)
        FROM pg_class c WHERE c.oid = '"Odd"."Counts"'::regclass
        """
    with psycopg.connect(conninfo(database)) as connection:
        rows, outside = connection.execute(query).fetchall()[0]
        return int(rows), int(outside)


def test_no_statement_changes(small: Scene) -> None:
    sql = 'SELECT id, "Body" FROM "Odd"."Counts" WHERE hits = 0'
    assert small.rewritten(sql, FILLED, PACKED) == sql
    assert not small.differences(sql, small.made(FILLED, PACKED))


@pytest.mark.parametrize(
    ("structure", "text", "reason"),
    [
        (FILLED, 'CREATE TABLE "Counts" (id int) WITH (fillfactor = 50);', "sets fillfactor"),
        (
            FILLED,
            'CREATE TABLE "Counts" (id int); ALTER TABLE "Counts" SET (FILLFACTOR = 50);',
            "sets fillfactor",
        ),
        (FILLED, 'CREATE TABLE a (id int) WITH (fillfactor = 50); CREATE TABLE "Counts" (id int);', ""),
        (OUTSIDE, 'CREATE TABLE "Counts" ("Body" text COMPRESSION pglz);', "sets compression"),
        (OUTSIDE, 'CREATE TABLE "Counts" ("Body" text) WITH (fillfactor = 50);', ""),
    ],
)
def test_what_the_schema_sets_itself_is_left_alone(
    structure: Fillfactor | Toast, text: str, reason: str
) -> None:
    found = obstacle(structure, SourceText(text, "schema.sql"))
    assert reason in found
    assert bool(found) == bool(reason)


def test_a_partitioned_table_has_no_pages_of_its_own() -> None:
    partition = Partition(COUNTS, "hash", "id", modulus=4)
    assert "partitioned" in conflict(frozenset({FILLED, partition}))
    assert "partitioned" in conflict(frozenset({OUTSIDE, partition}))
    assert not conflict(frozenset({FILLED, OUTSIDE}))
