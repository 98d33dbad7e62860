"""Rows per second of a table of six ordinary columns, made in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.figure import Figure, at_least, number
from bench.interleaved import take_turns
from bench.workbench import Workbench
from optimizer.dataset.making.build import ROWS_PER_FILE, build
from optimizer.dataset.making.rows import Rows
from optimizer.dataset.planning.plan import plan
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table
from optimizer.model.workload import ColumnData, Volume, Workload

GOAL = at_least(1_000_000)
ROWS = 1_000_000

_USERS = TableName("public", "users")
_ORDERS = TableName("public", "orders")
_INT8 = ColumnType("bigint", "int8")


def measure(bench: Workbench) -> Iterator[Figure]:
    """The median rate of several rounds; beside it the rate with Parquet files written."""
    rows = bench.setting.choose(ROWS, ROWS // 4)
    made = plan(_schema(), _workload(rows))
    bench.setting.say(f"generating {number(rows)} rows")
    sides = {"made": lambda: rows / _make(made, rows), "kept": lambda: rows / _keep(made)}
    series = take_turns(sides, bench.setting.choose(5, 3))
    rates = {name: sorted(values)[len(values) // 2] for name, values in series.items()}
    yield Figure(
        "rows generated",
        rates["made"],
        f"rows/s of six columns, one process, {os.cpu_count()} cores",
        GOAL,
        (f"{number(rates['kept'])} rows/s with the Parquet files written", "columns: " + ", ".join(_names())),
    )


def _make(made: DatasetPlan, rows: int) -> float:
    """Seconds for all rows, in chunks as a run makes them; nothing is remembered from before."""
    source = Rows(made)
    started = perf_counter()
    for first in range(0, rows, ROWS_PER_FILE):
        source.frame(_ORDERS, first, min(ROWS_PER_FILE, rows - first))
    return perf_counter() - started


def _keep(made: DatasetPlan) -> float:
    with TemporaryDirectory(prefix="bench-") as folder:
        started = perf_counter()
        build(made, Path(folder), lambda what, fraction: None, processes=1)
        return perf_counter() - started


def _schema() -> Schema:
    users = Table(_USERS, (Column("id", _INT8, not_null=True, identity=True),), (Key("u", ("id",), True),))
    orders = Table(
        _ORDERS,
        (
            Column("id", _INT8, not_null=True, identity=True),
            Column("user_id", _INT8, not_null=True),
            Column("status", ColumnType("character varying(20)", "varchar", length=20), not_null=True),
            Column("email", ColumnType("character varying(255)", "varchar", length=255)),
            Column("total", ColumnType("numeric(10,2)", "numeric", precision=10, scale=2), not_null=True),
            Column("created_at", ColumnType("timestamp without time zone", "timestamp"), not_null=True),
        ),
        (Key("o", ("id",), True),),
        (ForeignKey("f", ("user_id",), _USERS, ("id",)),),
    )
    return Schema((users, orders))


def _names() -> list[str]:
    return [column.name for column in _schema().by_name[_ORDERS].columns]


def _workload(rows: int) -> Workload:
    users = max(1, rows // 20)
    return Workload(
        name="generating",
        path=Path("generating.yaml"),
        ddl=SourceText("", "generating.sql"),
        queries=(),
        volumes=(
            Volume("users", rows=users),
            Volume("orders", rows=rows),
        ),
        text_digest="",
        data=(
            ColumnData("orders", "status", {"choices": {"delivered": 80, "shipped": 12, "pending": 8}}),
            ColumnData("orders", "email", {"faker": "email", "nulls": 0.1}),
            ColumnData("orders", "total", {"lognormal": {"median": 60, "sigma": 0.8}, "round": 2}),
        ),
    )
