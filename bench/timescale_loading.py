"""Rows per second from the cached dataset into bare tables on the embedded TimescaleDB, beside a bare loop.

The loop sends the same rows by `INSERT ... SELECT FROM unnest`, 10,000 a statement. Its statements are
prepared and its arrays put together beforehand and in memory, so it has nothing to read or to encode;
as ours, it fills each table in the transaction that truncates it. Beside it stands the same loop with the
lists that a driver is usually given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from bench.bare import bare_ddl
from bench.figure import Figure, at_least, number
from bench.interleaved import ratio, take_turns
from bench.loading import row_seconds
from bench.workbench import Workbench
from optimizer.dataset.dataset import TableRows
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.queries.quoting import quote_table

GOAL = at_least(0.7)
BATCH = 10_000

Batches = Sequence[tuple[Any, ...]]
"""The values of a statement each: one array a column."""


def measure(bench: Workbench) -> Iterator[Figure]:
    """Seconds of the loop by our seconds, for all rows of devops."""
    prepared = bench.prepared("devops", bench.setting.scale)
    ddl = SourceText(bare_ddl(prepared.schema), "bare tables")
    database = bench.timescale.read(prepared.workload, "loading", ddl)
    dataset = prepared.dataset
    bench.setting.say("putting arrays together")
    loop = _Loop(database.opener().conninfo, prepared.schema, dataset.tables)
    sides = {"ours": lambda: row_seconds(database, dataset), "loop": loop.ready, "lists": loop.lists}
    bench.setting.say("loading in turns with INSERT")
    series = take_turns(sides, bench.setting.choose(5, 1))
    database.drop()
    rates = {name: dataset.rows / min(seconds) for name, seconds in series.items()}
    yield Figure(
        "rows loaded on TimescaleDB beside INSERT ... unnest",
        ratio(series, "loop", "ours"),
        f"times the rows per second of a bare loop, {BATCH:,} rows a statement",
        GOAL,
        (
            f"{ratio(series, 'lists', 'ours'):.2f} times those of the same loop from Python lists",
            f"{number(rates['ours'])} rows/s at best, the loop {number(rates['loop'])}, "
            f"from lists {number(rates['lists'])}, of {number(dataset.rows)} rows",
        ),
    )


class _Loop:
    """The other side; all texts are made beforehand, lists while it runs, as rows come."""

    def __init__(self, conninfo: str, schema: Schema, tables: Sequence[TableRows]) -> None:
        self._conninfo = conninfo
        self._statements = [_insert(schema, table) for table in tables]
        self._truncates = [f"TRUNCATE {quote_table(table.name)}".encode() for table in tables]
        frames = [pl.concat(list(table.frames())) for table in tables]
        self._frames = frames
        self._ready = [[_texts(part) for part in frame.iter_slices(BATCH)] for frame in frames]

    def ready(self) -> float:
        """Seconds with arrays as texts, which the driver passes on."""
        return self._insert_all(lambda place: self._ready[place])

    def lists(self) -> float:
        """Seconds with lists, which the driver encodes."""
        return self._insert_all(lambda place: list(map(_lists, self._frames[place].iter_slices(BATCH))))

    def _insert_all(self, batches_of: Callable[[int], Batches]) -> float:
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            started = perf_counter()
            for place, statement in enumerate(self._statements):
                with connection.transaction():
                    connection.execute(self._truncates[place])
                    for values in batches_of(place):
                        connection.execute(statement, values, prepare=True)
            return perf_counter() - started


def _insert(schema: Schema, table: TableRows) -> sql.Composed:
    by_name = schema.by_name[table.name].by_name
    return sql.SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(
        sql.Identifier(table.name.schema, table.name.name),
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        sql.SQL(", ").join(sql.SQL(f"%s::{by_name[name].type.sql}[]") for name in table.columns),
    )


def _lists(frame: pl.DataFrame) -> tuple[list[Any], ...]:
    return tuple(column.to_list() for column in frame)


def _texts(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(map(array_text, frame))


def array_text(column: pl.Series) -> str:
    """PostgreSQL's text of an array."""
    if column.dtype == pl.String:
        escaped = column.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
        column = '"' + escaped + '"'
    elif column.dtype.is_temporal():
        column = column.cast(pl.String).str.replace(" ", "T", literal=True)
    else:
        column = column.cast(pl.String)
    return "{" + ",".join(column.fill_null("NULL")) + "}"
