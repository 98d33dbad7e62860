"""Conditions that let partitions be left out: only such as follow, and the answers stay the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from optimizer.engines.postgres.rewriting.rewrite import rewritten
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Key, Schema, Table
from optimizer.model.tables import HASH, RANGE, Partition
from tests.conftest import WriteDataset
from tests.engines.postgres.structures.scene import Scene, scene
from tests.queries.schemas import table

MONTHS = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01")
LOG = TableName("public", "log")
ZONED = Partition(LOG, RANGE, "zoned", MONTHS, "month")
PLAIN = Partition(LOG, RANGE, "plain", MONTHS, "month")
TASKS = Partition(TableName("public", "tasks"), HASH, "tenant_id", modulus=4)

_TASKS, _PROJECTS = TableName("public", "tasks"), TableName("public", "projects")
SCHEMA = Schema(
    (
        table("log", "id int8!; zoned timestamptz!; plain timestamp; day date!"),
        Table(
            _PROJECTS,
            table("projects", "tenant_id int4!; id int4!; name text").columns,
            (Key("projects_pkey", ("id",), primary=True), Key("projects_key", ("tenant_id", "id"))),
        ),
        Table(
            _TASKS,
            table("tasks", "tenant_id int4!; id int4!; project_id int4!; other_id int4").columns,
            (Key("tasks_pkey", ("tenant_id", "id"), primary=True),),
            (
                ForeignKey("of_project", ("tenant_id", "project_id"), _PROJECTS, ("tenant_id", "id")),
                ForeignKey("of_other", ("tenant_id", "other_id"), _PROJECTS, ("tenant_id", "id")),
            ),
        ),
    )
)

REWRITTEN = [
    (
        PLAIN,
        "SELECT l.id FROM log l WHERE date_trunc('month', l.plain) = :month AND l.id > 3",
        "DATE_TRUNC('month', l.plain) = :month AND l.plain >= CAST(:month AS TIMESTAMP)"
        " AND l.plain < CAST(:month AS TIMESTAMP) + INTERVAL '1 MONTH' AND l.id > 3",
    ),
    (
        ZONED,
        "SELECT l.id FROM log l WHERE l.zoned::date BETWEEN :low AND :high",
        "CAST(l.zoned AS DATE) BETWEEN :low AND :high AND l.zoned >= CAST(:low AS DATE)"
        " AND l.zoned < CAST(:high AS DATE) + INTERVAL '1 DAY'",
    ),
    (
        ZONED,
        "SELECT l.id FROM log l WHERE date_trunc('quarter', now()) <= date_trunc('quarter', l.zoned)",
        "DATE_TRUNC('quarter', CURRENT_TIMESTAMP) <= DATE_TRUNC('quarter', l.zoned)"
        " AND l.zoned >= CAST(DATE_TRUNC('quarter', CURRENT_TIMESTAMP) AS TIMESTAMPTZ)",
    ),
    (
        ZONED,
        "SELECT l.id FROM log l WHERE time_bucket('7 days', l.zoned) = :week",
        "l.zoned >= CAST(:week AS TIMESTAMPTZ)"
        " AND l.zoned < CAST(:week AS TIMESTAMPTZ) + INTERVAL '168 HOUR'",
    ),
    (
        PLAIN,
        "SELECT l.id FROM log l WHERE date_bin('1 day', l.plain, '2000-01-03 00:00:00+00') >= :day",
        "l.plain >= CAST(:day AS TIMESTAMP)",
    ),
    (
        TASKS,
        "SELECT t.id FROM tasks t JOIN projects p ON p.id = t.project_id WHERE p.tenant_id = :tenant",
        "ON p.id = t.project_id AND t.tenant_id = p.tenant_id WHERE p.tenant_id = :tenant",
    ),
    (
        TASKS,
        "SELECT t.id FROM projects p LEFT JOIN tasks t ON p.id = t.project_id WHERE p.tenant_id = :tenant",
        "ON p.id = t.project_id AND t.tenant_id = p.tenant_id WHERE p.tenant_id = :tenant",
    ),
]


@pytest.mark.parametrize(("structure", "sql", "expected"), REWRITTEN)
def test_what_follows_is_added(structure: Partition, sql: str, expected: str) -> None:
    assert expected in str(rewritten(sql, SCHEMA, frozenset({structure})))


KEPT = [
    (PLAIN, "SELECT l.id FROM log l WHERE date_trunc('hour', l.plain) = :hour"),
    (PLAIN, "SELECT l.id FROM log l WHERE date_trunc('month', l.zoned) = :month"),
    (PLAIN, "SELECT l.id FROM log l WHERE date_trunc('month', l.plain) = date_trunc('month', now())"),
    (PLAIN, "SELECT l.id FROM log l WHERE date_trunc('month', l.plain) = CAST(:month AS TIMESTAMPTZ)"),
    (PLAIN, "SELECT l.id FROM log l WHERE date_trunc('month', l.plain) <> :month"),
    (PLAIN, "SELECT l.id FROM log l WHERE date_trunc('month', l.plain) = :month OR l.id = 1"),
    (PLAIN, "SELECT l.id FROM log l WHERE l.plain::date = (SELECT max(day) FROM log)"),
    (PLAIN, "SELECT l.id FROM log l WHERE l.plain::date = l.day"),
    (ZONED, "SELECT l.id FROM log l WHERE l.zoned::date = date(clock_timestamp())"),
    (PLAIN, "SELECT l.id FROM log l WHERE l.plain::date = :day FOR UPDATE"),
    (ZONED, "SELECT l.id FROM log l WHERE time_bucket('2 days', l.zoned) = :day"),
    (ZONED, "SELECT l.id FROM log l WHERE time_bucket('1 month', l.zoned) = :month"),
    (ZONED, "SELECT l.id FROM log l WHERE time_bucket('1 day', l.zoned, 'Europe/Berlin') = :day"),
    (ZONED, "SELECT l.id FROM log l WHERE date_bin('1 day', l.zoned, '2000-01-03 06:00+00') = :day"),
    (ZONED, "SELECT l.id FROM log l WHERE date_bin('1 day', l.zoned, '2000-01-03') = :day"),
    (TASKS, "SELECT t.id FROM tasks t JOIN projects p ON p.id = t.other_id WHERE p.tenant_id = :tenant"),
    (TASKS, "SELECT t.id FROM tasks t JOIN projects p ON p.name = 'x' WHERE p.tenant_id = :tenant"),
    (TASKS, "SELECT t.id FROM tasks t RIGHT JOIN projects p ON p.id = t.project_id"),
    (TASKS, "DELETE FROM tasks t USING projects p WHERE p.id = t.project_id AND p.tenant_id = :tenant"),
]


@pytest.mark.parametrize(("structure", "sql"), KEPT)
def test_what_does_not_follow_is_not_added(structure: Partition, sql: str) -> None:
    assert rewritten(sql, SCHEMA, frozenset({structure})) is None


@pytest.mark.parametrize("change", [{"deferrable": True}, {"validated": False}])
def test_a_foreign_key_that_may_be_violated_proves_nothing(change: dict[str, bool]) -> None:
    *others, tasks = SCHEMA.tables
    keys = tuple(replace(key, **change) for key in tasks.foreign_keys)
    schema = Schema((*others, replace(tasks, foreign_keys=keys)))
    assert rewritten(REWRITTEN[-1][1], schema, frozenset({TASKS})) is None


DDL = """
CREATE TABLE log (id int, zoned timestamptz NOT NULL, plain timestamp, day date NOT NULL);
CREATE TABLE projects (tenant_id int NOT NULL, id int PRIMARY KEY, UNIQUE (tenant_id, id));
CREATE TABLE tasks (tenant_id int NOT NULL, id int NOT NULL, project_id int NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id));
"""


@pytest.fixture
def small(postgres: PostgresServer, dataset: WriteDataset) -> Scene:
    edges = [datetime(2025, 1, 1), datetime(2025, 1, 31, 23, 59, 59, 999000), datetime(2025, 2, 1)]
    times = edges + [datetime(2024, 12, 20) + timedelta(hours=7 * n) for n in range(400)]
    log = pl.DataFrame(
        {
            "id": range(len(times)),
            "zoned": times,
            "plain": [None if n % 13 == 5 else time for n, time in enumerate(times)],
            "day": [time.date() for time in times],
        },
        schema_overrides={"id": pl.Int32, "plain": pl.Datetime("ms")},
    ).with_columns(pl.col("zoned").dt.replace_time_zone("UTC"))
    numbers = pl.Int32
    projects = pl.DataFrame({"tenant_id": [n % 5 for n in range(20)], "id": range(20)})
    tasks = pl.DataFrame(
        {
            "tenant_id": [n % 5 for n in range(100)],
            "id": range(100),
            "project_id": [n % 20 for n in range(100)],
        }
    )
    frames = {"log": log, "projects": projects.cast(numbers), "tasks": tasks.cast(numbers)}
    return scene(postgres, dataset, DDL, frames)


ALL = "SELECT l.id FROM log l"
READS: list[tuple[Partition, str, list[dict[str, Any]]]] = [
    (
        structure,
        f"{ALL} WHERE {condition}".replace("COLUMN", f"l.{structure.column}"),
        [
            {"x": datetime(2025, 2, 1)},
            {"x": datetime(2025, 1, 31)},
            {"x": datetime(2025, 1, 6)},
            {"x": datetime(2031, 1, 1)},
            {"x": None},
        ],
    )
    for structure in (ZONED, PLAIN)
    for condition in (
        "date_trunc('month', COLUMN) = :x",
        "date_trunc('week', COLUMN) >= :x",
        "date_trunc('quarter', COLUMN) < :x",
        "date_trunc('year', COLUMN) <= :x",
        "date_trunc('day', COLUMN) > :x",
        "time_bucket('1 day', COLUMN) > :x",
        "time_bucket('1 week', COLUMN) = :x",
        "time_bucket('24 hours', COLUMN) <= :x",
        "COLUMN::date = :x",
        ":x > date(COLUMN)",
        "COLUMN::date BETWEEN '2025-01-31' AND :x",
    )
] + [
    (
        TASKS,
        "SELECT t.id, p.id FROM tasks t JOIN projects p ON p.id = t.project_id WHERE p.tenant_id = :x",
        [{"x": 0}, {"x": 3}, {"x": 77}, {"x": None}],
    ),
    (
        TASKS,
        "SELECT t.id, p.id FROM projects p LEFT JOIN tasks t ON p.id = t.project_id WHERE p.tenant_id = :x",
        [{"x": 0}, {"x": 3}, {"x": 77}],
    ),
]


@pytest.mark.parametrize("structure", [ZONED, PLAIN, TASKS], ids=lambda s: s.column)
def test_the_answers_stay(small: Scene, structure: Partition) -> None:
    made = small.made(structure)
    reads = [(sql, bindings) for one, sql, bindings in READS if one is structure]
    assert reads
    for sql, bindings in reads:
        assert small.rewritten(sql, structure) != small.rewritten(sql)
        assert not small.differences(sql, made, bindings)
