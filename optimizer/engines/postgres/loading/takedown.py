"""What stands in the way of a fast load, taken down before it and built up again after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.engines.postgres.catalog.tables import hypertables
from optimizer.model.names import TableName

_ENABLE = {"O": sql.SQL("ENABLE"), "R": sql.SQL("ENABLE REPLICA"), "A": sql.SQL("ENABLE ALWAYS")}


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Statements that bring one thing back, run in order; `what` names it for people."""

    what: str
    statements: tuple[sql.SQL | sql.Composed, ...]


@dataclass(frozen=True, slots=True)
class Takedown:
    """What was taken down. Keys are rebuilt first, then foreign keys, then triggers and row security."""

    keys: tuple[Rebuild, ...]
    foreign_keys: tuple[Rebuild, ...]
    switches: tuple[Rebuild, ...]


def take_down(connection: psycopg.Connection[Any], tables: Sequence[int]) -> Takedown:
    """Drop foreign keys, keys and indexes of the tables; switch off triggers and forced row security.

    What something else depends on (a view on a primary key) stays. Secondary indexes of logical tables
    aren't rebuilt: they are the design's.
    """
    oids = list(tables)
    foreign_keys = _drop_constraints(connection, oids, ["f"])
    keys = _drop_constraints(connection, oids, ["p", "u", "x"])
    return Takedown(
        keys=(*keys, *_drop_indexes(connection, oids)),
        foreign_keys=foreign_keys,
        switches=(*_disable_triggers(connection, oids), *unforce_row_security(connection, oids)),
    )


def drop_foreign_keys(connection: psycopg.Connection[Any], tables: Sequence[int]) -> None:
    """Drop foreign keys and switch off triggers, in a transaction that will be rolled back."""
    _drop_constraints(connection, list(tables), ["f"])
    _disable_triggers(connection, list(tables))
    unforce_row_security(connection, list(tables))


def _drop_constraints(
    connection: psycopg.Connection[Any], tables: list[int], kinds: list[str]
) -> tuple[Rebuild, ...]:
    """A hypertable's foreign keys can't be validated later, once it is stored by columns."""
    rebuilds = []
    cut = hypertables(connection)
    rows = connection.execute(catalog_sql.CONSTRAINTS_TO_REBUILD, [tables, kinds]).fetchall()
    for schema, table, name, definition, can_wait in rows:
        target, constraint = sql.Identifier(schema, table), sql.Identifier(name)
        if _dropped(connection, sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(target, constraint)):
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(target, constraint) + sql.SQL(
                definition
            )
            validate = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(target, constraint)
            validate_later = can_wait and TableName(schema, table) not in cut
            steps = (add + sql.SQL(" NOT VALID"), validate) if validate_later else (add,)
            rebuilds.append(Rebuild(str(TableName(schema, table)), steps))
    return tuple(rebuilds)


def _drop_indexes(connection: psycopg.Connection[Any], tables: list[int]) -> tuple[Rebuild, ...]:
    rebuilds = []
    for schema, table, name, definition, kept in connection.execute(
        catalog_sql.INDEXES_TO_REBUILD, [tables]
    ).fetchall():
        if _dropped(connection, sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, name))) and kept:
            rebuilds.append(Rebuild(str(TableName(schema, table)), (sql.SQL(definition),)))
    return tuple(rebuilds)


def _dropped(connection: psycopg.Connection[Any], statement: sql.Composed) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement)
    except errors.DependentObjectsStillExist:
        return False
    return True


def _disable_triggers(connection: psycopg.Connection[Any], tables: list[int]) -> tuple[Rebuild, ...]:
    """On a hypertable they can't be switched off: there they are dropped, and made again."""
    rebuilds = []
    cut = hypertables(connection)
    rows = connection.execute(catalog_sql.TRIGGERS, [tables]).fetchall()
    for schema, table, name, state, definition in rows:
        target, trigger = sql.Identifier(schema, table), sql.Identifier(name)
        if TableName(schema, table) in cut:
            connection.execute(sql.SQL("DROP TRIGGER {} ON {}").format(trigger, target))
            rebuilds.append(Rebuild(name, (sql.SQL(definition),)))
            continue
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(target, trigger))
        enable = sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(target, _ENABLE[state], trigger)
        rebuilds.append(Rebuild(name, (enable,)))
    return tuple(rebuilds)


def unforce_row_security(connection: psycopg.Connection[Any], tables: list[int]) -> tuple[Rebuild, ...]:
    """Let the owner of tables with forced row security see all their rows."""
    rebuilds = []
    for schema, table in connection.execute(catalog_sql.FORCED_ROW_SECURITY, [tables]).fetchall():
        target = sql.Identifier(schema, table)
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(target))
        rebuilds.append(Rebuild(table, (sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(target),)))
    return tuple(rebuilds)
