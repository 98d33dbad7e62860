"""Grouped answers in materialized views: made, read by queries that may be stale, refreshed, indexed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.tables import MaterializedView
from optimizer.queries.materializing import cut
from optimizer.queries.tree import qualified, to_sql, unqualified
from tests.conftest import WriteDataset, workload_of
from tests.engines.postgres.structures.catalog import catalog
from tests.engines.postgres.structures.scene import Scene, conninfo, crowd, query_of, quiet, run, scene

DDL = """
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop".goods (id int PRIMARY KEY, "Brand" text NOT NULL, price numeric(8, 2), weight float8);
CREATE TABLE "My Shop".sales (
    id int PRIMARY KEY,
    goods_id int NOT NULL REFERENCES "My Shop".goods,
    at timestamp NOT NULL,
    state text,
    pieces int NOT NULL,
    paid numeric
);
"""
HOUR = 3600.0


@pytest.fixture
def shop(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    goods = pl.DataFrame(
        {
            "id": range(1, 9),
            "Brand": ["Ü", "it's", "Ü", "", "x", "x", "x", "none"],
            "price": pl.Series([None, "1.10", "-2.00", "99999.99", "0", "3.3", "3", "7"]).str.to_decimal(
                scale=2
            ),
            "weight": [0.1 * n for n in range(8)],
        },
        schema_overrides={"id": pl.Int32},
    )
    moments = [datetime(2024, 1, 30) + timedelta(hours=5 * (n % 30)) for n in range(120)]
    sales = pl.DataFrame(
        {
            "id": range(1, 121),
            "goods_id": [n % 7 + 1 for n in range(120)],
            "at": pl.Series(moments).cast(pl.Datetime("ms")),
            "state": [("open", "paid", None)[n % 3] for n in range(120)],
            "pieces": [n % 5 for n in range(120)],
            "paid": pl.Series([None if n % 4 else f"{n}.5" for n in range(120)]).str.to_decimal(scale=1),
        },
        schema_overrides={"id": pl.Int32, "goods_id": pl.Int32, "pieces": pl.Int32},
    )
    return scene(postgres, dataset, DDL, {"My Shop.goods": goods, "My Shop.sales": sales})


def view_for(of: Scene, sql: str, name: str = "Answers") -> MaterializedView:
    """The view that a query's answer is read from."""
    found = cut(qualified(unqualified(sql), of.schema), of.schema)
    table = TableName("My Shop", "sales")
    return MaterializedView(table, TableName("My Shop", name), to_sql(found.view), found.key, HOUR)


BY_DAY = """
    SELECT date_trunc('day', s.at) AS day, g."Brand", count(*), sum(s.pieces), avg(s.paid), avg(s.pieces)
    FROM "My Shop".sales s JOIN "My Shop".goods g ON g.id = s.goods_id
    WHERE s.state <> 'open' AND date_trunc('day', s.at) >= :from::date
    GROUP BY date_trunc('day', s.at), g."Brand" HAVING count(*) > :least
    ORDER BY count(*) DESC, day, g."Brand" LIMIT :rows"""
COARSER = """
    SELECT date_trunc('month', s.at) AS month, count(*), count(s.paid), sum(s.paid), avg(s.paid),
      avg(s.pieces), sum(s.pieces), min(s.paid), max(s.state),
      count(*) FILTER (WHERE s.state = 'paid') AS paid
    FROM "My Shop".sales s
    WHERE s.at >= :from::date AND s.at < :from::date + 20 AND s.goods_id = ANY(:goods)
    GROUP BY date_trunc('month', s.at) HAVING count(*) > 0 ORDER BY month"""
SCALAR = """
    SELECT count(*) AS sales, sum(s.pieces), avg(s.pieces), max(s.at) FROM "My Shop".sales s
    WHERE s.state = :state"""
LONE = 'SELECT count(*) AS sales, count(DISTINCT s.goods_id), sum(s.paid) FROM "My Shop".sales s'
DEPENDENT = """
    SELECT g.id, g."Brand", g.price, count(s.id) AS sales, sum(s.pieces) AS pieces
    FROM "My Shop".goods g LEFT JOIN "My Shop".sales s ON s.goods_id = g.id
    GROUP BY g.id, g."Brand", g.price ORDER BY sales DESC, g.id LIMIT 5"""
CASES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "by day": (BY_DAY, [{"from": day, "least": 1, "rows": 50} for day in ("2024-02-01", "2030-01-01")]),
    "coarser": (COARSER, [{"from": "2024-01-29", "goods": goods} for goods in ([1, 2], [], [99])]),
    "scalar": (SCALAR, [{"state": "paid"}, {"state": "no"}, {"state": None}]),
    "lone": (LONE, [{}]),
    "dependent": (DEPENDENT, [{}]),
}


def test_it_is_made_and_taken_away_again(shop: Scene) -> None:
    view = view_for(shop, BY_DAY)
    plain = shop.made()
    before = catalog(conninfo(plain))
    made = shop.made(view)
    physical = shop.layout(view).physical
    assert made.schema.tables == tuple(
        t for t in physical.tables if t.name not in physical.materialized_views
    )
    assert made.schema.materialized_views == physical.materialized_views == (view.name,)
    applied = shop.applied(view)
    run(applied, 'REFRESH MATERIALIZED VIEW "My Shop"."Answers"')
    assert catalog(conninfo(applied)) == catalog(conninfo(made)) != before
    shop.undone(applied, view)
    assert catalog(conninfo(applied)) == before


def _write(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    number = draw.randrange(1, 200)
    cursor.execute(
        """INSERT INTO "My Shop".sales
           VALUES (%s, %s, timestamp '2024-01-30' + %s * interval '7 hours', 'paid', 2, 5)
           ON CONFLICT (id) DO UPDATE SET state = CASE WHEN sales.pieces > 2 THEN 'open' END, pieces = 3""",
        [number, number % 7 + 1, number],
    )


def _delete(cursor: psycopg.Cursor[Any], draw: random.Random) -> None:
    cursor.execute('DELETE FROM "My Shop".sales WHERE id = %s', [draw.randrange(1, 121)])


@pytest.mark.parametrize("case", CASES)
def test_answers_are_the_same_after_a_refresh(shop: Scene, case: str) -> None:
    sql, bindings = CASES[case]
    view = view_for(shop, sql)
    assert '"Answers"' in shop.rewritten(sql, view, staleness_s=HOUR)
    made = shop.made(view)
    assert not shop.differences(sql, made, bindings, HOUR)
    crowd(made, [_write, _write, _delete], 200)
    assert case == "dependent" or shop.differences(sql, made, bindings, HOUR)
    assert made.refresh().keys() == {view}
    assert not shop.differences(sql, made, bindings, HOUR)
    plain, rewritten = _exactly(shop, sql, made, bindings[0], view)
    assert plain == rewritten


def _exactly(of: Scene, sql: str, made: Any, values: dict[str, Any], view: MaterializedView) -> list[Any]:
    found = []
    for text in (sql, of.rewritten(sql, view, staleness_s=HOUR)):
        for name, value in values.items():
            literal = f"ARRAY{value}::int[]" if isinstance(value, list) else repr(value)
            text = text.replace(f":{name}", literal)
        with psycopg.connect(conninfo(made), autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            types = [column.type_code for column in cursor.description or ()]
            found.append((types, sorted(map(str, cursor.fetchall()))))
    return found


def test_only_a_query_that_may_be_as_stale_reads_it(shop: Scene) -> None:
    view = view_for(shop, LONE)
    for staleness in (None, 60.0):
        assert shop.rewritten(LONE, view, staleness_s=staleness) == LONE
    assert shop.rewritten(LONE, view, staleness_s=2 * HOUR) != LONE


def test_another_condition_needs_another_view(shop: Scene) -> None:
    view = view_for(shop, SCALAR)
    other = SCALAR.replace("s.state = :state", "s.state = :state AND s.pieces > 1")
    assert shop.rewritten(other, view, staleness_s=HOUR) == other
    renamed = SCALAR.replace(":state", ":x")
    assert '"Answers"' in shop.rewritten(renamed, view, staleness_s=HOUR)


def _by_count(view: MaterializedView) -> Index:
    return Index(view.name, (IndexKey("row_count", "row_count", descending=True),), name="by_count")


def test_an_index_that_its_script_makes_is_built_after_the_rows(shop: Scene) -> None:
    view = view_for(shop, BY_DAY)
    made = shop.created(view, indexes=[_by_count(view)])
    made.load(shop.dataset, quiet)
    [built] = made.build([_by_count(view)], quiet)
    assert built.error == ""
    assert built.bytes > 8192, "a page for the tree, and one of entries"
    assert made.refresh()[view] > 0


def test_a_refresh_writes_hidden_indexes_too(shop: Scene) -> None:
    view = view_for(shop, BY_DAY)
    made = shop.made(view)
    index = _by_count(view)
    assert made.canonical([index])[index] == index
    assert made.build([index], lambda what, fraction: None)[0].bytes > 0
    made.show([])
    run(
        made,
        """INSERT INTO "My Shop".sales SELECT 500 + n, 1, '2024-02-01', 'paid', 1, 1
        FROM generate_series(1, 300) n""",
    )
    assert made.refresh()[view] > 0
    made.show([index])
    with psycopg.connect(conninfo(made)) as connection:
        connection.execute("SET enable_seqscan = off")
        sql = 'SELECT row_count FROM "My Shop"."Answers" ORDER BY row_count DESC LIMIT 1'
        plan = connection.execute(f"EXPLAIN {sql}".encode()).fetchall()
        assert any("by_count" in line for (line,) in plan)
        row = connection.execute(sql.encode()).fetchone()
        assert row is not None
        assert row[0] > 300


def test_its_indexes_are_candidates(shop: Scene) -> None:
    view = view_for(shop, BY_DAY)
    workload = workload_of(SourceText(DDL, "schema.sql"))
    queries = (query_of(BY_DAY, HOUR),)
    found, _ = PostgresEngine().candidates(replace(workload, queries=queries), shop.schema, frozenset({view}))
    assert any(candidate.index.table == view.name for candidate in found)


def test_a_database_without_views_has_nothing_to_refresh(shop: Scene) -> None:
    assert shop.made().refresh() == {}
