"""Showing exactly the indexes of a design.

Where we are superuser an index is hidden by its flags in pg_index: with indisvalid, indisready and indislive
false neither planner nor writes see it, and updates stay HOT; touching the table's row in pg_class makes
every backend drop its cached list of the table's indexes. What is written meanwhile must be rolled back.
Elsewhere indexes are created and dropped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import errors, sql

from optimizer.engines.postgres.catalog.built import Built, read_built
from optimizer.engines.postgres.ddl import create_index
from optimizer.model.index import Index

_SWITCH = """
    WITH switched AS (
      UPDATE pg_index SET indisvalid = v, indisready = v, indislive = v
      FROM (SELECT oid, oid = ANY(%(show)s) AS v FROM unnest(%(change)s::oid[]) c(oid)) w
      WHERE indexrelid = w.oid
      RETURNING indrelid)
    UPDATE pg_class SET relhasindex = relhasindex WHERE oid IN (SELECT indrelid FROM switched)
    """
_PROBE = "optimizer_probe"


class Visibility(ABC):
    """Knows which of the built indexes are shown, and changes only what differs."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._built: dict[Index, Built] = {}
        self._shown: frozenset[Index] = frozenset()

    def reconnect(self, connection: psycopg.Connection[Any]) -> None:
        """Go on with another connection to the same database."""
        self._connection = connection

    @property
    def built(self) -> Mapping[Index, Built]:
        """All of them, shown or not."""
        return self._built

    @property
    def shown(self) -> frozenset[Index]:
        """Those that the planner sees now."""
        return self._shown

    def add(self, built: Built) -> None:
        """Take note of an index that has just been built, and is shown."""
        self._built[built.index] = built
        self._shown |= {built.index}

    def show(self, indexes: Iterable[Index]) -> None:
        """Show exactly these; KeyError for one that wasn't built."""
        wanted = frozenset(indexes)
        if unknown := wanted - self._built.keys():
            raise KeyError(", ".join(sorted(index.name for index in unknown)))
        if wanted != self._shown:
            self._change(show=wanted - self._shown, hide=self._shown - wanted)
            self._shown = wanted

    def remove(self, indexes: Iterable[Index]) -> None:
        """Drop these for good; those that weren't built are passed over."""
        gone = self._built.keys() & frozenset(indexes)
        self.show(self._shown | gone)
        for index in gone:
            self._drop(index)
            del self._built[index]
        self._shown -= gone

    def _drop(self, index: Index) -> None:
        built = self._built[index]
        name = sql.Identifier(built.schema, built.name)
        self._connection.execute(sql.SQL("DROP INDEX {}").format(name))

    @abstractmethod
    def _change(self, show: frozenset[Index], hide: frozenset[Index]) -> None:
        """Make it so on the server."""


class Hiding(Visibility):
    """By the flags in pg_index, in one statement."""

    def _change(self, show: frozenset[Index], hide: frozenset[Index]) -> None:
        shown = [oid for index in show for oid in self._built[index].oids]
        hidden = [oid for index in hide for oid in self._built[index].oids]
        self._connection.execute(_SWITCH, {"show": shown, "change": shown + hidden})


class Recreating(Visibility):
    """By creating and dropping."""

    def _change(self, show: frozenset[Index], hide: frozenset[Index]) -> None:
        for index in hide:
            self._drop(index)
        for index in show:
            name_text = self._built[index].name
            self._connection.execute(create_index(index, name=name_text).encode())
            self._built[index] = read_built(self._connection, index, name_text)
        for table in {index.table for index in show if any(key.column is None for key in index.keys)}:
            self._connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.schema, table.name)))


def can_hide(connection: psycopg.Connection[Any]) -> bool:
    """Try it on a temporary table: hide its index, see that it isn't used, show it, see that it is."""
    try:
        return _try_hiding(connection)
    except errors.InsufficientPrivilege:
        return False
    finally:
        connection.execute(b"RESET enable_seqscan")
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier("pg_temp", _PROBE)))


def _try_hiding(connection: psycopg.Connection[Any]) -> bool:
    table, index = sql.Identifier("pg_temp", _PROBE), sql.Identifier(f"{_PROBE}_idx")
    connection.execute(sql.SQL("CREATE TEMP TABLE {} AS SELECT 1 AS a").format(sql.Identifier(_PROBE)))
    connection.execute(sql.SQL("CREATE INDEX {} ON {} (a)").format(index, table))
    connection.execute(b"SET enable_seqscan = off")
    row = connection.execute("SELECT %s::regclass::oid", [f"pg_temp.{_PROBE}_idx"]).fetchone()
    oids = [row[0]] if row else []
    seen = []
    for show in (oids, [], oids):
        connection.execute(_SWITCH, {"show": show, "change": oids})
        plan = connection.execute(sql.SQL("EXPLAIN SELECT FROM {} WHERE a = 1").format(table)).fetchall()
        seen.append(any(f"{_PROBE}_idx" in line for (line,) in plan))
    return seen == [True, False, True]
