"""Connections for loading and building, and work that several of them share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import errors, sql

from optimizer import threads
from optimizer.engines.postgres.catalog.tables import StoredTable
from optimizer.engines.postgres.failures import lost

T = TypeVar("T")
Job = Callable[[psycopg.Connection[Any]], T]

WORKERS = max(1, min(4, os.cpu_count() or 1))
"""Connections at work at the same time."""

STATISTICS_RESTORABLE = 180_000
"""The version from which planner statistics can be carried over (pg_restore_attribute_stats)."""

_STEADY_STATISTICS_TARGET = 1_000
_SETTINGS = (
    b"SET synchronous_commit = off",
    b"SET maintenance_work_mem = '256MB'",
    b"SET timezone = 'UTC'",
    b"SET datestyle = 'ISO'",
    b"SET client_min_messages = warning",
    b"SET statement_timeout = 0",
    b"SET lock_timeout = 0",
)


def open_connection(conninfo: str) -> psycopg.Connection[Any]:
    """A connection in autocommit with our settings; MeasurementLost where the server doesn't answer.

    It keeps no plans: TimescaleDB 2.23 doesn't notice that one is out of date (see timescale/connection.py).
    """
    try:
        connection = psycopg.connect(conninfo, autocommit=True, application_name="optimizer")
    except psycopg.OperationalError as error:
        raise lost(error) from error
    connection.prepare_threshold = None
    for setting in _SETTINGS:
        connection.execute(setting)
    if connection.info.server_version < STATISTICS_RESTORABLE:
        connection.execute(
            sql.SQL("SET default_statistics_target = {}").format(sql.Literal(_STEADY_STATISTICS_TARGET))
        )
    return connection


def together(conninfo: str, jobs: Sequence[Job[T]]) -> Iterator[T]:
    """Run the jobs on a few connections at once; their results as they come, the first error as it comes."""
    return threads.results([partial(_run, conninfo, job) for job in jobs], WORKERS)


def _run(conninfo: str, job: Job[T]) -> T:
    with open_connection(conninfo) as connection:
        return job(connection)


def vacuum_analyze(conninfo: str, tables: Sequence[StoredTable]) -> None:
    """VACUUM (ANALYZE) of these tables, partitions with their parents."""
    _vacuum(conninfo, tables, sql.SQL("VACUUM (ANALYZE) {}"))


def vacuum(conninfo: str, tables: Sequence[StoredTable]) -> None:
    """VACUUM of these tables, partitions with their parents; their columns' statistics stay."""
    _vacuum(conninfo, tables, sql.SQL("VACUUM {}"))


def repack(conninfo: str, tables: Sequence[StoredTable]) -> None:
    """Store these tables' rows anew, as new ones would be."""
    _vacuum(conninfo, tables, sql.SQL("VACUUM (FULL) {}"))


def _vacuum(conninfo: str, tables: Sequence[StoredTable], command: sql.SQL) -> None:
    def job(table: StoredTable) -> Job[None]:
        def run(connection: psycopg.Connection[Any]) -> None:
            connection.execute(command.format(table.identifier))

        return run

    for _ in together(conninfo, [job(table) for table in tables if not table.partition]):
        pass


def checkpoint(connection: psycopg.Connection[Any]) -> None:
    """Write everything to disk now, where this user may, so that it doesn't happen while measuring."""
    try:
        connection.execute(b"CHECKPOINT")
    except errors.InsufficientPrivilege:
        return
