"""Filling an empty database: COPY into bare tables, then keys, foreign keys, sequences and statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.engines.postgres.catalog.tables import StoredTable, stored_tables
from optimizer.engines.postgres.failures import filling, refused, translated
from optimizer.engines.postgres.loading.copy import copy_format, encode
from optimizer.engines.postgres.loading.finishing import FOREIGN_KEYS_DONE, ROWS_DONE, fill_and_key, settle
from optimizer.engines.postgres.loading.maintenance import Job, together
from optimizer.engines.postgres.loading.takedown import drop_foreign_keys, take_down
from optimizer.engines.postgres.structures.realisation import Realised
from optimizer.engines.values import Progress
from optimizer.errors import Problem, WorkloadError
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Schema, Table, TableKind


def load(
    connection: psycopg.Connection[Any],
    conninfo: str,
    schema: Schema,
    dataset: Dataset,
    progress: Progress,
    structures: Realised = (),
) -> tuple[tuple[TableName, int], ...]:
    """Fill every table of the dataset and give the rows of each.

    WorkloadError where rows are refused, MeasurementLost where the server is lost or its disk is full.
    """
    tables = stored_tables(connection)
    oids = [table.oid for table in tables if table.kind != "m"]
    down = take_down(connection, oids)
    rows = _copy_all(conninfo, schema, dataset, progress)
    fill_and_key(connection, conninfo, down, structures, progress)
    _set_sequences(connection, oids)
    _refresh(connection, tables, progress)
    settle(connection, conninfo, down.switches, structures, tables, progress)
    return rows


def check_sample(
    connection: psycopg.Connection[Any], schema: Schema, frames: Mapping[TableName, pl.DataFrame]
) -> tuple[Problem, ...]:
    """What the server says to a few rows per table, foreign keys off; nothing stays.

    A frame's columns are those that are written, by name.
    """
    problems = []
    with connection.transaction(force_rollback=True):
        drop_foreign_keys(connection, [table.oid for table in stored_tables(connection) if table.kind != "m"])
        for name, frame in frames.items():
            table = schema.by_name[name]
            columns = [table.by_name[column] for column in frame.columns]
            try:
                with connection.transaction():
                    _copy(connection, table.name, columns, [frame], freeze=False)
            except psycopg.Error as error:
                if connection.broken:
                    raise translated(error, str(name)) from error
                problems.append(refused(error, str(name)))
    return tuple(problems)


def _copy_all(
    conninfo: str, schema: Schema, dataset: Dataset, progress: Progress
) -> tuple[tuple[TableName, int], ...]:
    """COPY the largest tables first, so that the connections end at about the same time."""
    tracker = _Tracker(max(1, dataset.rows), progress)
    largest_first = sorted(dataset.tables, key=lambda table: -table.rows)
    jobs = [_copy_job(schema.by_name[table.name], table, tracker) for table in largest_first]
    counts = dict(together(conninfo, jobs))
    return tuple((table.name, counts[table.name]) for table in dataset.tables)


class _Tracker:
    """Counts rows of several threads and reports them one at a time."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._done = 0
        self._lock = Lock()

    def add(self, rows: int, table: TableName) -> None:
        with self._lock:
            self._done += rows
            self._progress(f"rows of {table}", min(1.0, self._done / self._total) * ROWS_DONE)


def _copy_job(table: Table, rows: TableRows, tracker: _Tracker) -> Job[tuple[TableName, int]]:
    columns = [table.by_name[name] for name in rows.columns]
    frozen = table.kind is TableKind.PLAIN

    def copy(connection: psycopg.Connection[Any]) -> tuple[TableName, int]:
        with filling(str(table.name)), connection.transaction():
            connection.execute(sql.SQL("TRUNCATE {}").format(_identifier(table.name)))
            count = _copy(connection, table.name, columns, _tracked(rows, tracker), freeze=frozen)
        return table.name, count

    return copy


def _tracked(rows: TableRows, tracker: _Tracker) -> Any:
    for frame in rows.frames():
        yield frame
        tracker.add(frame.height, rows.name)


def _copy(
    connection: psycopg.Connection[Any],
    table: TableName,
    columns: Sequence[Column],
    frames: Any,
    *,
    freeze: bool,
) -> int:
    """COPY the frames; FREEZE needs a table that was truncated in the same transaction."""
    format_ = copy_format(columns)
    filled = (frame for frame in frames if frame.height)
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH ({}{})").format(
        _identifier(table),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.SQL(format_.options),
        sql.SQL(", FREEZE" if freeze else ""),
    )
    messages = encode(format_, filled)
    first = next(messages, None)
    if first is None:
        return 0
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.write(first)
            for message in messages:
                copy.write(message)
        return cursor.rowcount


def _set_sequences(connection: psycopg.Connection[Any], tables: Sequence[int]) -> None:
    """Let every sequence go on behind the largest value of the columns that it feeds."""
    for schema, sequence, table_schema, table, column in connection.execute(
        catalog_sql.SEQUENCES, [list(tables)]
    ).fetchall():
        feeds = sql.Identifier(schema, sequence)
        connection.execute(
            _SET_SEQUENCE.format(
                text=sql.Literal(feeds.as_string(connection)),
                sequence=feeds,
                column=sql.Identifier(column),
                table=sql.Identifier(table_schema, table),
            )
        )


_SET_SEQUENCE = sql.SQL(
    "SELECT setval({text}, greatest(highest + 1, last_value + is_called::int), false)"
    " FROM {sequence}, (SELECT max({column})::bigint AS highest FROM {table}) t WHERE highest >= 0"
)


def _refresh(connection: psycopg.Connection[Any], tables: Sequence[StoredTable], progress: Progress) -> None:
    """Refresh materialized views in DDL order: one can only depend on what was there before it."""
    for view in (table for table in tables if table.kind == "m"):
        progress(f"materialized view {view.name}", FOREIGN_KEYS_DONE)
        try:
            connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(view.identifier))
        except psycopg.Error as error:
            problem = Problem(f"materialized view {view.name} can't be filled: {error.diag.message_primary}")
            raise WorkloadError(problem) from error


def _identifier(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)
