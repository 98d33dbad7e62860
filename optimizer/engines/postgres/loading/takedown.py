"""What stands in the way of a fast load, taken down before it and built up again after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from optimizer.engines.postgres.catalog import sql as catalog_sql

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
    rebuilds = []
    rows = connection.execute(catalog_sql.CONSTRAINTS_TO_REBUILD, [tables, kinds]).fetchall()
    for schema, table, name, definition, validate_later in rows:
        target, constraint = sql.Identifier(schema, table), sql.Identifier(name)
        if _dropped(connection, sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(target, constraint)):
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(target, constraint) + sql.SQL(
                definition
            )
            validate = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(target, constraint)
            steps = (add + sql.SQL(" NOT VALID"), validate) if validate_later else (add,)
            rebuilds.append(Rebuild(table, steps))
    return tuple(rebuilds)


def _drop_indexes(connection: psycopg.Connection[Any], tables: list[int]) -> tuple[Rebuild, ...]:
    rebuilds = []
    for schema, name, definition, kept in connection.execute(
        catalog_sql.INDEXES_TO_REBUILD, [tables]
    ).fetchall():
        if _dropped(connection, sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, name))) and kept:
            rebuilds.append(Rebuild(name, (sql.SQL(definition),)))
    return tuple(rebuilds)


def _dropped(connection: psycopg.Connection[Any], statement: sql.Composed) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement)
    except errors.DependentObjectsStillExist:
        return False
    return True


def _disable_triggers(connection: psycopg.Connection[Any], tables: list[int]) -> tuple[Rebuild, ...]:
    rebuilds = []
    for schema, table, name, state in connection.execute(catalog_sql.TRIGGERS, [tables]).fetchall():
        target, trigger = sql.Identifier(schema, table), sql.Identifier(name)
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
