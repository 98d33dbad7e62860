"""Structures in a database that is loaded already, as the delivered DDL would have made them."""

from __future__ import annotations

from typing import Any

import psycopg

from optimizer.engines.postgres.catalog.tables import StoredTable, stored_tables
from optimizer.engines.postgres.failures import filling
from optimizer.engines.postgres.loading.finishing import fill_and_key, settle
from optimizer.engines.postgres.loading.maintenance import repack
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
    fill_and_key(connection, conninfo, down, structures, progress)
    repacked = {name for _, realisation in structures for name in realisation.repacked}
    repack(conninfo, [table for table in tables if table.name in repacked])
    changed = [one for one in tables if one.oid not in before or _is_changed(one, structures)]
    settle(connection, conninfo, (*down.switches, *forced), structures, changed, progress)


def _define(connection: psycopg.Connection[Any], structures: Realised) -> None:
    with filling("a structure"):
        for _, realisation in structures:
            if realisation.convert:
                with connection.transaction():
                    for statement in realisation.convert(connection):
                        connection.execute(statement.encode())
            for statement in (*realisation.define, *realisation.readable):
                connection.execute(statement.encode())


def _is_changed(table: StoredTable, structures: Realised) -> bool:
    return any(table.name in structure.tables for structure, _ in structures)
