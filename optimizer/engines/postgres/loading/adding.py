"""Structures in a database that is loaded already, as the delivered DDL would have made them."""

from __future__ import annotations

from typing import Any

import psycopg

from optimizer.engines.postgres.catalog.tables import StoredTable, stored_tables
from optimizer.engines.postgres.failures import translated
from optimizer.engines.postgres.loading.load import (
    KEYS_DONE,
    ROWS_DONE,
    fill,
    rebuild,
    rebuild_foreign_keys,
    settle,
)
from optimizer.engines.postgres.loading.maintenance import checkpoint, vacuum_analyze
from optimizer.engines.postgres.loading.takedown import take_down, unforce_row_security
from optimizer.engines.postgres.structures.realisation import Realised
from optimizer.engines.values import Progress


def add_structures(
    connection: psycopg.Connection[Any], conninfo: str, structures: Realised, progress: Progress
) -> None:
    """Convert, define and fill; tables that are written anew get their keys after that.

    WorkloadError where the server refuses it, MeasurementLost where it is lost or its disk is full.
    """
    before = {table.oid for table in stored_tables(connection)}
    _define(connection, structures)
    tables = stored_tables(connection)
    refilled = {name for _, realisation in structures for name in realisation.refilled}
    down = take_down(connection, [table.oid for table in tables if table.name in refilled])
    forced = unforce_row_security(connection, [table.oid for table in tables if table.kind != "m"])
    fill(connection, structures, progress)
    rebuild(conninfo, down.keys, progress, "keys", ROWS_DONE, KEYS_DONE)
    rebuild_foreign_keys(connection, conninfo, down.foreign_keys, progress)
    settle(connection, structures, progress)
    vacuum_analyze(conninfo, [one for one in tables if one.oid not in before or _is_changed(one, structures)])
    rebuild(conninfo, (*down.switches, *forced), progress, "triggers", 0.99, 1.0)
    checkpoint(connection)
    progress("loaded", 1.0)


def _define(connection: psycopg.Connection[Any], structures: Realised) -> None:
    try:
        for _, realisation in structures:
            if realisation.convert:
                with connection.transaction():
                    for statement in realisation.convert(connection):
                        connection.execute(statement.encode())
            for statement in (*realisation.define, *realisation.readable):
                connection.execute(statement.encode())
    except psycopg.Error as error:
        raise translated(error, "a structure") from error


def _is_changed(table: StoredTable, structures: Realised) -> bool:
    return any(table.name in structure.tables for structure, _ in structures)
