"""Statistics carried into another database with the same rows give the same costs."""

from __future__ import annotations

import json
import random

import polars as pl

from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from tests.engines.postgres.conftest import CreateDatabase, WriteDataset

DDL = """
CREATE TABLE t (id int PRIMARY KEY, a int, b text, tags text[], r int4range);
CREATE TABLE p (id int, day int) PARTITION BY RANGE (day);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
"""
T = TableName("public", "t")
INDEXES = [Index(T, (IndexKey("a", "a"),)), Index(T, (IndexKey("lower(b)"),))]
QUERIES = (
    "SELECT * FROM t WHERE a BETWEEN 100 AND 120",
    "SELECT * FROM t WHERE lower(b) = 'b7'",
    "SELECT * FROM t WHERE tags @> '{x3}'",
    "SELECT * FROM t WHERE r @> 77",
    "SELECT * FROM p JOIN t ON t.id = p.id WHERE p.day < 4 AND t.a > 900",
)


def quiet(what: str, part: float) -> None:
    """Progress that nobody watches."""


def filled(create: CreateDatabase, dataset: WriteDataset, target: int) -> PostgresDatabase:
    """A database whose statistics come from a sample of its own."""
    draw = random.Random(1)
    rows = range(20_000)
    frames = {
        "t": pl.DataFrame(
            {
                "id": list(rows),
                "a": [int(draw.expovariate(1 / 300)) for _ in rows],
                "b": [f"B{draw.randrange(500)}" for _ in rows],
                "tags": [[f"x{draw.randrange(9)}"] for _ in rows],
                "r": [f"[{i},{i + draw.randrange(1, 500)})" for i in rows],
            }
        ),
        "p": pl.DataFrame({"id": list(rows), "day": [draw.randrange(20) for _ in rows]}),
    }
    database = create(DDL)
    database.load(dataset(frames), quiet)
    database.build(INDEXES, quiet)
    database._connection.execute(f"SET default_statistics_target = {target}".encode())
    database.resample_statistics()
    return database


def costs(database: PostgresDatabase) -> list[str]:
    found = [database._connection.execute(f"EXPLAIN {query}".encode()).fetchall() for query in QUERIES]
    return [line for plan in found for (line,) in plan]


def test_costs_are_equal_after_restoring(create: CreateDatabase, dataset: WriteDataset) -> None:
    source, target = filled(create, dataset, 30), filled(create, dataset, 7)
    assert costs(source) != costs(target)
    target.restore_statistics(json.loads(json.dumps(source.statistics())))
    assert costs(source) == costs(target)


def test_statistics_of_an_index_that_is_not_there_are_left_out(
    create: CreateDatabase, dataset: WriteDataset
) -> None:
    source, target = filled(create, dataset, 30), filled(create, dataset, 7)
    target.remove(INDEXES[1:])
    target.restore_statistics(source.statistics())
    pairs = [
        database._connection.execute(f"EXPLAIN {QUERIES[0]}".encode()).fetchall()
        for database in (source, target)
    ]
    assert pairs[0] == pairs[1]


def test_resampling_keeps_hidden_indexes_hidden(create: CreateDatabase, dataset: WriteDataset) -> None:
    database = filled(create, dataset, 30)
    database.show(INDEXES[:1])
    database.resample_statistics()
    assert database._visibility.shown == {INDEXES[0]}
