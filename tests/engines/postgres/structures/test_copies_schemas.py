"""Copied columns in other schemas: trees, quoted names and odd values, row-level security."""

from __future__ import annotations

import polars as pl
import pytest

from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from tests.conftest import CreateDatabase, WriteDataset
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import conninfo, run, scene


def test_rows_that_refer_to_their_own_table(postgres: PostgresServer, dataset: WriteDataset) -> None:
    ddl = "CREATE TABLE staff (id int PRIMARY KEY, boss int REFERENCES staff ON DELETE SET NULL, name text);"
    rows = pl.DataFrame(
        {"id": [1, 2, 3, 4], "boss": [1, 1, None, 2], "name": ["a", "b", None, "d"]},
        schema_overrides={"id": pl.Int32, "boss": pl.Int32},
    )
    staff = TableName("public", "staff")
    copy = ExtendedReference(staff, staff, "staff_boss_fkey", "boss_", ("name",))
    tree = scene(postgres, dataset, ddl, {"staff": rows})
    made = tree.made(copy)
    run(
        made,
        "INSERT INTO staff VALUES (7, 6, 'x'), (6, 5, 'y'), (5, 5, 'z')",
        "UPDATE staff SET boss = id, name = name || '!'",
        "UPDATE staff SET boss = 7 WHERE id < 3",
        "UPDATE staff SET name = 'w', boss = 6 WHERE id IN (6, 7)",
        "DELETE FROM staff WHERE id = 5",
    )
    assert not made.disagreements()
    for sql in (
        "SELECT s.name, b.name AS b FROM staff s JOIN staff b ON b.id = s.boss",
        "SELECT s.name, b.name AS b, c.name AS c FROM staff s LEFT JOIN staff b ON b.id = s.boss"
        " LEFT JOIN staff c ON c.id = b.boss",
        "SELECT s.name, b.name AS b FROM staff b JOIN staff s ON b.id = s.boss",
    ):
        assert tree.rewritten(sql, copy) != sql
        assert not tree.differences(sql, made)


HOSTILE = """
CREATE SCHEMA "Old Shop";
CREATE TABLE "Old Shop"."Item""s" (
    tenant int, "Key" text, "Price €" numeric, "select" text, at timestamptz, spot point, size float8,
    PRIMARY KEY (tenant, "Key")
);
CREATE TABLE "Lines" (
    tenant int NOT NULL, "Item" text, n int,
    CONSTRAINT "to item" FOREIGN KEY (tenant, "Item") REFERENCES "Old Shop"."Item""s" ON UPDATE CASCADE
);
"""
LINES, ITEMS = TableName("public", "Lines"), TableName("Old Shop", 'Item"s')
PRICES = ExtendedReference(LINES, ITEMS, "to item", "Its", ("Price €", "select", "at", "spot", "size"))


def test_quoted_names_composite_keys_and_odd_values(postgres: PostgresServer, dataset: WriteDataset) -> None:
    hostile = scene(
        postgres,
        dataset,
        HOSTILE,
        {
            'Old Shop.Item"s': pl.DataFrame(schema={"tenant": pl.Int32, "Key": pl.String}),
            "Lines": pl.DataFrame(schema={"tenant": pl.Int32, "Item": pl.String, "n": pl.Int32}),
        },
    )
    made = hostile.made(PRICES)
    run(
        made,
        """INSERT INTO "Old Shop"."Item""s" VALUES
           (1, 'ä''x', -1.50, NULL, '-infinity', '(1,2)', 0), (1, '', 1e40, '', NULL, NULL, '-0'),
           (2, 'ä''x', NULL, NULL, NULL, NULL, NULL)""",
        """INSERT INTO "Lines" VALUES
           (1, 'ä''x', 1), (1, '', 2), (1, NULL, 3), (9, NULL, 4), (2, 'ä''x', 5)""",
        """UPDATE "Old Shop"."Item""s" SET "Price €" = -1.500, size = '-0' WHERE spot IS NOT NULL""",
        """UPDATE "Old Shop"."Item""s" SET spot = '(1,3)' WHERE spot IS NOT NULL""",
        """UPDATE "Old Shop"."Item""s" SET "Key" = 'new', "select" = 'from' WHERE "Key" = ''""",
        """UPDATE "Lines" SET tenant = 2 WHERE n = 1""",
    )
    assert not made.disagreements()
    applied = hostile.applied(PRICES)
    assert catalog(conninfo(applied)) == catalog(conninfo(made))
    for sql in (
        'SELECT l.n, i."Price €", i."select", i.at FROM "Lines" l JOIN "Old Shop"."Item""s" i'
        ' ON i.tenant = l.tenant AND i."Key" = l."Item"',
        'SELECT l.n, i."Price €", i.at, i."Key" FROM "Lines" l LEFT JOIN "Old Shop"."Item""s" i'
        ' ON i.tenant = l.tenant AND i."Key" = l."Item"',
    ):
        assert "Old Shop" not in hostile.rewritten(sql, PRICES)
        assert not hostile.differences(sql, made)
    tenant = (
        'SELECT l.n, i.tenant, i."Price €" FROM "Lines" l LEFT JOIN "Old Shop"."Item""s" i'
        ' ON i.tenant = l.tenant AND i."Key" = l."Item"'
    )
    assert hostile.rewritten(tenant, PRICES) == tenant
    assert not hostile.differences(tenant, made)


SECURED = """
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL REFERENCES authors, title text);
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON {table} USING (id % 2 = 0);
GRANT SELECT, INSERT, UPDATE, DELETE ON authors, posts TO app;
"""
NAME = ExtendedReference(
    TableName("public", "posts"), TableName("public", "authors"), "posts_author_id_fkey", "author", ("name",)
)


@pytest.mark.parametrize("table", ["authors", "posts"])
def test_row_level_security(postgres: PostgresServer, dataset: WriteDataset, table: str) -> None:
    """A parent's policies hide it from joins: those stay. A child's are the child's own."""
    authors = pl.DataFrame({"id": [1, 2, 3], "name": ["a", "b", "c"]}, schema_overrides={"id": pl.Int32})
    posts = pl.DataFrame(
        {"id": [1, 2, 3, 4], "author_id": [1, 1, 2, 2], "title": ["t"] * 4},
        schema_overrides={"id": pl.Int32, "author_id": pl.Int32},
    )
    tables = {"authors": authors, "posts": posts}
    secured = scene(postgres, dataset, SECURED.format(table=table), tables, role="app")
    made = secured.made(NAME)
    sql = "SELECT p.id, a.name FROM posts p JOIN authors a ON a.id = p.author_id"
    assert ("authors" in secured.rewritten(sql, NAME)) == (table == "authors")
    assert not secured.differences(sql, made)
    run(
        made,
        "SET ROLE app; UPDATE authors SET name = name || '!'; UPDATE posts SET author_id = 2 WHERE id = 2",
    )
    assert not made.disagreements()


def test_keys_that_dont_hold_at_all_times_are_known(create: CreateDatabase) -> None:
    keys = """CREATE TABLE a (id int PRIMARY KEY);
    CREATE TABLE b (one int REFERENCES a, two int REFERENCES a DEFERRABLE, three int);
    ALTER TABLE b ADD FOREIGN KEY (three) REFERENCES a NOT VALID;"""
    [_, child] = create(keys).schema.tables
    assert [(key.deferrable, key.validated) for key in child.foreign_keys] == [
        (False, True),
        (True, True),
        (False, False),
    ]
