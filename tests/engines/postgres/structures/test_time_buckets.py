"""Grouped by time_bucket: structures are found, and answer as the statement does, on plain PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.query import SourceText
from optimizer.model.structure import Structure
from optimizer.model.tables import MaterializedView, SummaryTable
from tests.conftest import WriteDataset, workload_of
from tests.engines.postgres.structures.scene import Scene, query_of, run, scene

DDL = """
CREATE TABLE readings (id int PRIMARY KEY, host int NOT NULL, at timestamptz NOT NULL,
  plain timestamp NOT NULL, load int NOT NULL);
"""


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    edges = [datetime(1999, 12, 31, 23, 59, 59, 999000), datetime(2000, 1, 1), datetime(2000, 1, 3)]
    nights = [datetime(2024, 3, 30, 22) + timedelta(minutes=7 * n) for n in range(200)]
    others = [datetime(2024, 10, 26, 22) + timedelta(minutes=7 * n) for n in range(200)]
    times = [time for time in (*edges, *nights, *others) for _ in range(4)]
    frame = pl.DataFrame(
        {
            "id": range(len(times)),
            "host": [n % 2 for n in range(len(times))],
            "at": times,
            "plain": times,
            "load": [n % 11 for n in range(len(times))],
        },
        schema_overrides={"id": pl.Int32, "host": pl.Int32, "load": pl.Int32},
    ).with_columns(pl.col("at").dt.replace_time_zone("UTC"))
    return scene(postgres, dataset, DDL, {"readings": frame})


GROUPED = (
    "SELECT {of} AS bucket, host, count(*), sum(load), avg(load) FROM readings WHERE {where} GROUP BY 1, 2"
)
READS = [
    GROUPED.format(of=of, where=where)
    for of, where in (
        ("time_bucket('3600 seconds', at)", "host >= 0"),
        ("time_bucket('15 minutes', at)", "host >= 0"),
        ("time_bucket('1 day', at)", "at >= time_bucket('1 hour', :from::timestamptz)"),
        ("time_bucket('1 week', plain)", "plain >= time_bucket('1 day', :from::timestamp)"),
        ("time_bucket('1 month', at)", "host >= 0"),
        ("time_bucket('1 year', plain)", "time_bucket('30 minutes', plain) < :from::timestamp"),
        ("date_bin('6 hours', at, '2024-03-31 00:00:00+00')", "host >= 0"),
    )
]
BINDINGS = [{"from": moment} for moment in (datetime(2024, 3, 31, 1, 5), datetime(2000, 1, 1), None)]


def offered(of: Scene, sql: str, kind: type[Structure]) -> Structure:
    """The structure of that kind that is proposed for a query."""
    query = replace(query_of(sql), staleness_s=60.0)
    workload = replace(workload_of(SourceText(DDL, "schema.sql")), queries=(query,))
    found, _ = PostgresEngine().structures(workload, of.schema, of.dataset)
    return next(one.structure for one in found if isinstance(one.structure, kind))


@pytest.mark.parametrize("kind", [SummaryTable, MaterializedView])
@pytest.mark.parametrize("sql", READS)
def test_the_answers_stay(small: Scene, sql: str, kind: type[Structure]) -> None:
    structure = offered(small, sql, kind)
    assert isinstance(structure, SummaryTable | MaterializedView)
    assert f"public.{structure.name.name} AS" in small.rewritten(sql, structure, staleness_s=60.0)
    made = small.made(structure)
    bindings = BINDINGS if ":from" in sql else [{}]
    assert not small.differences(sql, made, bindings, 60.0)
    at = datetime(2024, 3, 31, 1, 59, 59, 999000, tzinfo=UTC)
    run(
        made,
        f"INSERT INTO readings VALUES (9000, 1, '{at}', '{at:%Y-%m-%d %T}', 5)",
        "DELETE FROM readings WHERE id % 17 = 3",
        "UPDATE readings SET at = at + INTERVAL '50 minutes', load = load + 1 WHERE id % 13 = 3",
    )
    made.refresh()
    assert not small.differences(sql, made, bindings, 60.0)
    assert not made.disagreements()


def test_a_bucket_that_no_span_is_is_left_to_the_rows(small: Scene) -> None:
    sql = GROUPED.format(of="time_bucket('7 minutes', at)", where="host >= 0")
    with pytest.raises(StopIteration):
        offered(small, sql, SummaryTable)
