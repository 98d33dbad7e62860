"""A table of readings, its rows and workloads for the moves of time series: no server is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.hypertables.evidence import HypertableEvidence, evidence
from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.model.names import TableName
from optimizer.model.query import ParameterSpec
from optimizer.model.schema import Schema
from tests.design.documents.made_up import workload
from tests.queries.schemas import table

READINGS = TableName("public", "readings")
SENSORS = table("sensors", "id int4!; name text!; site text!")
PLAIN = table(
    "readings",
    "at timestamptz!; sensor_id int4!; kind text!; value float8!; pieces int4!; note text; local timestamp!;"
    " day date!",
    primary=[],
    parents=[("sensor_id", "sensors")],
)
SCHEMA = Schema((SENSORS, PLAIN))
ROWS = 1_000_000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)

SPAN = "SELECT r.value FROM readings r WHERE r.at >= :a AND r.at < :a + INTERVAL '3 hours'"
WEEK = "SELECT r.value FROM readings r WHERE r.at >= :a AND r.at < :a + INTERVAL '7 days'"
LATEST = "SELECT r.value FROM readings r ORDER BY r.at DESC LIMIT 5"
ALL = "SELECT COUNT(*) FROM readings r"
ADD = (
    "INSERT INTO readings (at, sensor_id, kind, value, pieces, local, day) VALUES (:at, 1, 'a', 1, 1, :l, :d)"
)

Move = Callable[[HypertableEvidence], Iterator[Offer | LeftOut]]
Queries = Mapping[str, str | Sequence[str]]


def rows(folder: Path, count: int = ROWS, days: float = 30, sensors: int = 50, made: int = 2_000) -> Dataset:
    """Readings of some days; `count` stands in for more rows than are made."""
    moments = [FIRST + timedelta(days=days) * n / (made - 1) for n in range(made)]
    at = pl.Series(moments).cast(pl.Datetime("ms", "UTC"))
    frame = pl.DataFrame(
        {
            "at": at,
            "sensor_id": [n % sensors for n in range(made)],
            "kind": [("a", "b")[n % 2] for n in range(made)],
            "value": [n / 4 for n in range(made)],
            "pieces": [n % 9 for n in range(made)],
            "note": [None] * made,
            "local": at.dt.replace_time_zone(None),
            "day": at.dt.date(),
        },
        schema_overrides={"note": pl.String()},
    )
    names = pl.DataFrame({"id": range(sensors), "name": ["n"] * sensors, "site": ["s"] * sensors})
    return Dataset("test", (_written(folder, READINGS, frame, count), _written(folder, SENSORS.name, names)))


def _written(folder: Path, name: TableName, frame: pl.DataFrame, count: int | None = None) -> TableRows:
    file = folder / f"{name}.parquet"
    frame.write_parquet(file)
    return TableRows(name, frame.height if count is None else count, tuple(frame.columns), (file,))


def known(
    dataset: Dataset,
    queries: Queries,
    schema: Schema = SCHEMA,
    *,
    staleness_s: float | None = None,
    memory_bytes: int = 1 << 30,
    params: Mapping[str, ParameterSpec] | None = None,
    relax: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
) -> HypertableEvidence:
    """The evidence of a workload of these statements; all may be as stale, and have these parameters."""
    made = workload(queries, relax=relax, weights=weights or {})
    each = (replace(query, staleness_s=staleness_s, params=params or {}) for query in made.queries)
    return evidence(replace(made, queries=tuple(each)), schema, dataset, memory_bytes)


def offered(move: Move, given: HypertableEvidence) -> tuple[list[Offer], dict[str, str]]:
    """What the move offers, and what it left out, with its reason."""
    found = list(move(given))
    return (
        [item for item in found if isinstance(item, Offer)],
        {item.subject: item.reason for item in found if isinstance(item, LeftOut)},
    )
