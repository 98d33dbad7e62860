"""A schema, its rows and workloads for the moves of grouped answers: no server is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.design.tables.evidence import TableEvidence, evidence
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText, Target
from optimizer.model.schema import Schema, TableKind
from optimizer.model.workload import Workload
from tests.queries.schemas import table

SCHEMA = Schema(
    (
        table("users", "id int4!; name text!; city text"),
        table(
            "orders",
            "id int4!; user_id int4!; status varchar!; kind text; at timestamp!; zoned timestamptz!;"
            "due date!; pieces int4; weight float8; loose numeric",
            parents=[("user_id", "users")],
        ),
        replace(table("secured", "id int4!; status text!"), row_security=True),
        replace(table("parts", "id int4!; status text!"), kind=TableKind.PARTITIONED),
    )
)
ROWS = 600


def frames() -> dict[str, pl.DataFrame]:
    """The rows: 600 orders of 20 users in 30 days."""
    numbers = range(ROWS)
    moments = pl.Series([datetime(2024, 1, 1) + timedelta(hours=n * 1.2) for n in numbers]).cast(
        pl.Datetime("ms")
    )
    orders = pl.DataFrame(
        {
            "id": numbers,
            "user_id": [n % 20 for n in numbers],
            "status": [("open", "paid")[n % 2] for n in numbers],
            "kind": [None if n % 3 else "k" for n in numbers],
            "at": moments,
            "zoned": moments.dt.replace_time_zone("UTC"),
            "due": moments.dt.date(),
            "pieces": [n % 9 for n in numbers],
            "weight": [n / 7 for n in numbers],
        }
    )
    users = pl.DataFrame({"id": range(20), "name": [f"n{n}" for n in range(20)], "city": ["c"] * 20})
    few = pl.DataFrame({"id": range(30), "status": ["a"] * 30})
    return {"users": users, "orders": orders, "secured": few, "parts": few}


def dataset(folder: Path) -> Dataset:
    """The rows, a file a table."""
    return Dataset("made-up", tuple(_written(folder, frames())))


def _written(folder: Path, tables: Mapping[str, pl.DataFrame]) -> Iterator[TableRows]:
    for name, frame in tables.items():
        file = folder / f"{name}.parquet"
        frame.write_parquet(file)
        yield TableRows(TableName("public", name), frame.height, tuple(frame.columns), (file,))


def known(folder: Path, queries: Mapping[str, str], staleness_s: float | None = None) -> TableEvidence:
    """The evidence of a workload of these statements."""
    made = tuple(
        Query(
            name,
            1 / len(queries),
            Target(),
            (SourceText(sql, "made-up.yaml"),),
            staleness_s=staleness_s,
        )
        for name, sql in queries.items()
    )
    workload = Workload("made-up", Path("made-up.yaml"), SourceText("", "made-up.sql"), made, (), "digest")
    return evidence(workload, SCHEMA, dataset(folder))
