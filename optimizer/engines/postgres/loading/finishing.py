"""What comes after rows: what structures keep of them, keys, foreign keys, statistics and triggers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from optimizer.engines.postgres.catalog.tables import StoredTable
from optimizer.engines.postgres.failures import filling
from optimizer.engines.postgres.loading.maintenance import checkpoint, together, vacuum_analyze
from optimizer.engines.postgres.loading.takedown import Rebuild, Takedown
from optimizer.engines.postgres.structures.realisation import Realisation, Realised
from optimizer.engines.values import Progress

ROWS_DONE, _KEYS_DONE, FOREIGN_KEYS_DONE, _VIEWS_DONE = 0.6, 0.8, 0.9, 0.93  # of a load's time, about


def fill_and_key(
    connection: psycopg.Connection[Any],
    conninfo: str,
    down: Takedown,
    structures: Realised,
    progress: Progress,
) -> None:
    """Fill what structures keep, while there is no trigger and no index; then build keys up again.

    Tables that were updated are written anew.
    """
    _run_of_each(connection, structures, lambda made: made.fill, progress, ROWS_DONE)
    with filling("a structure"):
        for name in sorted({name for _, made in structures for name in made.refilled}):
            table = sql.Identifier(name.schema, name.name)
            connection.execute(sql.SQL("VACUUM (FULL) {}").format(table))
    _rebuild(conninfo, down.keys, progress, "keys", ROWS_DONE, _KEYS_DONE)
    _rebuild_foreign_keys(connection, conninfo, down.foreign_keys, progress)


def settle(
    connection: psycopg.Connection[Any],
    conninfo: str,
    switches: Sequence[Rebuild],
    structures: Realised,
    tables: Sequence[StoredTable],
    progress: Progress,
) -> None:
    """What structures do with rows that have their keys; then statistics of `tables`, and `switches`."""
    _run_of_each(connection, structures, lambda made: made.settle, progress, FOREIGN_KEYS_DONE)
    progress("statistics", _VIEWS_DONE)
    vacuum_analyze(conninfo, tables)
    _rebuild(conninfo, switches, progress, "triggers", 0.99, 1.0)
    checkpoint(connection)
    progress("loaded", 1.0)


def _run_of_each(
    connection: psycopg.Connection[Any],
    structures: Realised,
    part: Callable[[Realisation], tuple[str, ...]],
    progress: Progress,
    done: float,
) -> None:
    with filling("a structure"):
        for structure, made in structures:
            if part(made):
                progress(structure.definition, done)
            for statement in part(made):
                connection.execute(statement.encode())


def _rebuild(
    conninfo: str, rebuilds: Sequence[Rebuild], progress: Progress, what: str, begin: float, end: float
) -> None:
    """Build up again what was taken down, on several connections; progress goes from `begin` to `end`."""
    finished = together(conninfo, [partial(_run, rebuild=one) for one in rebuilds])
    for done, _ in enumerate(finished, start=1):
        progress(what, begin + (end - begin) * done / len(rebuilds))


def _run(connection: psycopg.Connection[Any], rebuild: Rebuild) -> None:
    with filling(rebuild.what):
        for statement in rebuild.statements:
            connection.execute(statement)


def _rebuild_foreign_keys(
    connection: psycopg.Connection[Any], conninfo: str, foreign_keys: Sequence[Rebuild], progress: Progress
) -> None:
    """Declare them one after another, for each locks two tables; validate them together."""
    for key in foreign_keys:
        _run(connection, Rebuild(key.what, key.statements[:1]))
    validations = [Rebuild(key.what, key.statements[1:]) for key in foreign_keys]
    _rebuild(conninfo, validations, progress, "foreign keys", _KEYS_DONE, FOREIGN_KEYS_DONE)
