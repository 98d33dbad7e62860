"""A bare loop sends the same rows; a target counts as lost only where a design was seen to meet it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql

from bench.timescale_devops import fastest, lost
from bench.timescale_loading import array_text
from optimizer.engines.postgres.database import PostgresDatabase
from tests.conftest import CreateDatabase
from tests.report.made_up import ENGINE, HISTORY, latency

HOSTILE = ['a "quoted" word', "back\\slash", "NULL", "", "{curly, comma}", " ö\n", None]


@pytest.mark.parametrize(
    ("column", "type_"),
    [
        (pl.Series(HOSTILE), "text"),
        (pl.Series([1.5, None, 1e-300, -0.0]), "float8"),
        (pl.Series([datetime(2026, 1, 1, 0, 0, 0, 123456, UTC), None]), "timestamptz"),
        (pl.Series([1, None, -(2**31)]), "int4"),
    ],
    ids=["text", "float8", "timestamptz", "int4"],
)
def test_an_array_is_read_as_it_was_written(column: pl.Series, type_: str, create: CreateDatabase) -> None:
    database: PostgresDatabase = create("CREATE TABLE t (a int)")
    with psycopg.connect(database.opener().conninfo) as connection:
        statement = sql.SQL("SELECT %s::{}[]").format(sql.SQL(type_))
        row = connection.execute(statement, [array_text(column)]).fetchone()
    assert row == (column.to_list(),)


def test_a_target_is_lost_where_another_design_of_the_finals_meets_it() -> None:
    missed = replace(HISTORY, latencies={"given": latency(1.0), "winner": latency(90.0)})
    met = replace(HISTORY, latencies={"given": latency(90.0), "winner": latency(1.0)})
    nobody = replace(HISTORY, latencies={"given": latency(90.0), "winner": latency(90.0)})
    found = lost(replace(ENGINE, queries=(missed, met, nobody)), {})
    assert found == [missed]


@pytest.mark.parametrize(("slow", "expected"), [(20.0, True), (60.0, False)])
def test_a_target_is_lost_where_the_fastest_plans_of_the_search_meet_it(
    slow: float, expected: bool, tmp_path: Path
) -> None:
    lines = [
        {"query": "order_history", "index": "x", "adds_ms": 0.1},
        {"query": "order_history", "binding": 0, "plan": "a", "ms": [900.0, 800.0]},
        {"query": "order_history", "binding": 0, "plan": "b", "ms": [10.0, 12.0]},
        {"query": "order_history", "binding": 1, "plan": "b", "ms": [slow]},
        {"query": "order_history + partition", "binding": 0, "plan": "c", "ms": [90.0]},
    ]
    file = tmp_path / "measurements.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    query = replace(HISTORY, latencies={"winner": latency(90.0)})
    assert bool(lost(replace(ENGINE, queries=(query,)), fastest(file))) == expected
