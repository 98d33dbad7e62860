"""What a PostgreSQL error means to a person who runs the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from optimizer.errors import MeasurementLost, OptimizerError, Problem, WorkloadError


def lost(error: psycopg.Error | None) -> MeasurementLost:
    """The error for a server that went away; never holds the connection's parameters."""
    lines = str(error).splitlines() if error else []
    detail = f": {lines[0]}" if lines else ""
    return MeasurementLost(
        f"the PostgreSQL server is gone{detail}",
        "What was measured so far is kept; look at the server's log, then run again with --resume.",
    )


@contextmanager
def guarded() -> Iterator[None]:
    """Turn a lost server or a full disk into MeasurementLost; also a decorator."""
    try:
        yield
    except psycopg.OperationalError as error:
        if _is_lost(error):
            raise lost(error) from error
        if isinstance(error, errors.DiskFull | errors.OutOfMemory):
            raise no_room(error) from error
        raise


def no_room(error: psycopg.Error) -> MeasurementLost:
    """The error for a disk or a memory that is full."""
    return MeasurementLost(
        f"the PostgreSQL server has no room left: {error.diag.message_primary}",
        "Free space there, or run with a smaller --scale.",
    )


def _is_lost(error: psycopg.Error) -> bool:
    return error.sqlstate is None or isinstance(
        error, errors.AdminShutdown | errors.CrashShutdown | errors.CannotConnectNow
    )


def translated(error: psycopg.Error, table: str) -> OptimizerError:
    """The error for a person, of something that failed while `table` was being filled."""
    if isinstance(error, errors.DiskFull | errors.OutOfMemory):
        return no_room(error)
    if _is_lost(error):
        return lost(error)
    return WorkloadError(refused(error, table))


@contextmanager
def filling(table: str) -> Iterator[None]:
    """Turn what fails while `table` is being filled into an error for a person."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, table) from error


def refused(error: psycopg.Error, table: str) -> Problem:
    """The problem of rows that a table refuses, with what to write under `data`."""
    diag = error.diag
    detail = f" ({diag.message_detail})" if diag.message_detail else ""
    constraint = f" by {diag.constraint_name}" if diag.constraint_name else ""
    message = f"the rows generated for {table} are refused{constraint}: {diag.message_primary}{detail}"
    column = f"{table}.{diag.column_name}" if diag.column_name else f"{table}.<column>"
    return Problem(message, None, _HINTS.get(error.sqlstate or "", _DEFAULT_HINT).format(column=column))


_DEFAULT_HINT = "say under `data:` how {column} is generated"
_HINTS = {
    "23514": "write under `data:` a generator for {column} whose values satisfy the check",
    "23505": "write under `data:` a generator for {column} that has enough different values",
    "23502": "write `nulls: 0` or another generator for {column} under `data:`",
    "23503": "give the parent table rows, or write under `data:` a generator for {column}",
    "23P01": "write under `data:` a generator for {column} whose values don't overlap",
}
