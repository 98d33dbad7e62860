"""A PostgreSQL database: one structure, loaded and switchable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from types import MappingProxyType
from typing import Any

import polars as pl
import psycopg

from optimizer.dataset.dataset import Dataset
from optimizer.engines.base import Database
from optimizer.engines.postgres.catalog import sql as catalog_sql
from optimizer.engines.postgres.catalog import statistics
from optimizer.engines.postgres.catalog.built import read_built
from optimizer.engines.postgres.catalog.fingerprint import fingerprint
from optimizer.engines.postgres.catalog.indexes import canonical, create_extensions
from optimizer.engines.postgres.catalog.rows import read_rows
from optimizer.engines.postgres.catalog.tables import stored_tables
from optimizer.engines.postgres.check import check_queries
from optimizer.engines.postgres.connection import Connection
from optimizer.engines.postgres.ddl import create_index, name_all
from optimizer.engines.postgres.failures import guarded, lost
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading import load
from optimizer.engines.postgres.loading.adding import add_structures
from optimizer.engines.postgres.loading.maintenance import (
    checkpoint,
    open_connection,
    vacuum,
    vacuum_analyze,
)
from optimizer.engines.postgres.loading.templates import Copies, Filled
from optimizer.engines.postgres.session import PostgresSession
from optimizer.engines.postgres.visibility import Visibility
from optimizer.engines.values import BuiltIndex, LoadReport, Progress
from optimizer.errors import Problem
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import SessionSettings

DISAGREEMENTS = 20
"""Lines for one query of a structure at most."""


@dataclass(frozen=True, slots=True)
class SessionOpener:
    """Opens a session from any process; `indexes` are those built so far, by their names."""

    conninfo: str = field(repr=False)
    settings: SessionSettings
    layout: TableLayout
    indexes: Mapping[str, Index] = field(hash=False)
    kind: type[Connection] = Connection

    def __call__(self) -> PostgresSession:
        return PostgresSession(self.kind(self.conninfo, self.settings.role), self.layout, self.indexes.get)


class PostgresDatabase(Database):
    """See optimizer.engines.base.Database; `schema` is what the catalogs say, `notes` are for the run.

    `connection` is this object's own, `switch` shows and hides on it; `remove` drops the database. `layout`
    has the logical schema. Sessions have connections of the class `connections`.
    """

    connections: type[Connection] = Connection

    def __init__(
        self,
        name: str,
        conninfo: str,
        connection: psycopg.Connection[Any],
        schema: Schema,
        layout: TableLayout,
        settings: SessionSettings,
        switch: type[Visibility],
        copies: Copies,
        remove: Callable[[], None],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.schema = schema
        self._layout = layout
        self.notes = notes
        self._conninfo = conninfo
        self._link = connection
        self._settings = settings
        self._visibility = switch(connection)
        self._copies = copies
        self._remove = remove
        self._reports: dict[Index, BuiltIndex] = {}
        self._index_names: dict[str, Index] = {}

    @property
    def _connection(self) -> psycopg.Connection[Any]:
        """This object's own, with nobody in its way."""
        self.settle()
        return self._link

    def settle(self) -> None:
        """Let sessions end what they hold open; on a server that has several they hold nothing."""

    def check_queries(self, queries: Sequence[Query]) -> tuple[Problem, ...]:
        return check_queries(self._connection, queries, self._layout.schema)

    @guarded()
    def canonical(self, indexes: Iterable[Index]) -> dict[Index, Index | str]:
        return canonical(self._connection, indexes, self.schema)

    @guarded()
    def check_sample(self, frames: Mapping[TableName, pl.DataFrame]) -> tuple[Problem, ...]:
        return load.check_sample(self._connection, self.schema, frames)

    @guarded()
    def load(
        self,
        dataset: Dataset,
        progress: Progress,
        only: frozenset[TableName] | None = None,
        anew: bool = True,
    ) -> LoadReport:
        if self._copies.has(dataset) and self._may_follow(anew):
            filled = self._copied(dataset, progress)
        else:
            start = perf_counter()
            rows = load.load(
                self._connection, self._conninfo, self.schema, dataset, progress, self._layout.realised
            )
            filled = Filled(rows, perf_counter() - start)
            if not self._layout.structures and self._copies.wants(dataset, self.name):
                self._connection.close()
                self._copies.keep(dataset, self.name, filled)
                self.reconnect()
        return LoadReport(filled.rows, self.bytes(), filled.seconds)

    @guarded()
    def build(self, indexes: Sequence[Index], progress: Progress) -> tuple[BuiltIndex, ...]:
        self._visibility.show(self._visibility.built)
        new = [index for index in dict.fromkeys(indexes) if index not in self._visibility.built]
        names = name_all(new, self._taken())
        with self._copies.restocked():
            for done, index in enumerate(new):
                progress(f"index {names[index]}", done / len(new))
                self._reports[index] = self._build(index, names[index])
            self._settle(new)
        progress("indexes built", 1.0)
        return tuple(self._reports[index] for index in indexes)

    @guarded()
    def show(self, indexes: Iterable[Index]) -> None:
        self._visibility.show(indexes)

    def sweep(self) -> None:
        self._visibility.show(self._visibility.built)
        vacuum(self._conninfo, stored_tables(self._connection))

    def index_of(self, name: str) -> Index | None:
        """The built index that a name in a plan stands for (a partition's too); None for a key's."""
        return self._index_names.get(name)

    @guarded()
    def bytes(self) -> int:
        built = [oid for index in self._visibility.built.values() for oid in index.oids]
        row = self._connection.execute(catalog_sql.BYTES, [built]).fetchone()
        return int(row[0]) if row else 0

    @guarded()
    def statistics(self) -> Any:
        return statistics.read_statistics(self._connection)

    @guarded()
    def restore_statistics(self, statistics_: Any) -> None:
        if statistics_["restorable"]:
            statistics.restore_statistics(self._connection, statistics_)
        else:
            self.resample_statistics()

    @guarded()
    def resample_statistics(self) -> None:
        shown = self._visibility.shown
        self._visibility.show(self._visibility.built)
        statistics.analyze(self._connection)
        self._visibility.show(shown)

    @guarded()
    def fingerprint_rows(
        self, left_out: Mapping[TableName, Collection[str]] = MappingProxyType({})
    ) -> dict[TableName, str]:
        return {
            table.name: fingerprint(self._connection, table, left_out.get(table.name, ()))
            for table in self._layout.schema.tables
        }

    @guarded()
    def rows(self, table: TableName) -> pl.DataFrame:
        return read_rows(self._connection, self._layout.schema.by_name[table])

    @guarded()
    def disagreements(self) -> tuple[str, ...]:
        lines = []
        for structure, realisation in self._layout.realised:
            for query in realisation.disagreements:
                rows = self._connection.execute(f"{query} LIMIT {DISAGREEMENTS}".encode()).fetchall()
                lines += [f"{structure.definition}: {line}" for (line,) in rows]
        return tuple(lines)

    @guarded()
    def refresh(self) -> dict[Structure, float]:
        shown = self._visibility.shown
        self._visibility.show(self._visibility.built)
        seconds = {}
        for structure, realisation in self._layout.realised:
            if realisation.refresh:
                start = perf_counter()
                for statement in realisation.refresh:
                    self._connection.execute(statement.encode())
                seconds[structure] = perf_counter() - start
        self._visibility.show(shown)
        return seconds

    def session(self) -> PostgresSession:
        return PostgresSession(self.connect(), self._layout, self.index_of)

    def connect(self) -> Connection:
        """A session's own connection."""
        return self.connections(self._conninfo, self._settings.role)

    def opener(self) -> SessionOpener:
        indexes = dict(self._index_names)
        return SessionOpener(self._conninfo, self._settings, self._layout, indexes, self.connections)

    @guarded()
    def remove(self, indexes: Iterable[Index]) -> None:
        gone = frozenset(indexes)
        self.settle()
        self._visibility.remove(gone)
        self._reports = {index: report for index, report in self._reports.items() if index not in gone}
        self._index_names = {name: index for name, index in self._index_names.items() if index not in gone}

    def drop(self) -> None:
        self._connection.close()
        self._remove()

    def _copied(self, dataset: Dataset, progress: Progress) -> Filled:
        """A copy of a loaded database, with the structures made in it: what its load took, and they."""
        progress("copying a loaded database", 0.0)
        self._connection.close()
        self._conninfo, filled = self._copies.replace(dataset, self.name)
        self.reconnect()
        start = perf_counter()
        add_structures(self._connection, self._conninfo, self._layout.realised, progress)
        return Filled(filled.rows, filled.seconds + perf_counter() - start)

    def _may_follow(self, anew: bool) -> bool:
        """Whether rows may come by a copy, and structures after them."""
        structures = self._layout.realised
        return not structures or not (anew or any(made.for_new_rows for _, made in structures))

    def reconnect(self) -> None:
        """Go on with another connection."""
        self._link = open_connection(self._conninfo)
        self._visibility.reconnect(self._link)

    def _build(self, index: Index, name: str) -> BuiltIndex:
        start = perf_counter()
        try:
            create_extensions(self._connection, [index], self.schema)
            self._connection.execute(create_index(index, name=name).encode())
        except psycopg.Error as error:
            if self._connection.broken:
                raise lost(error) from error
            return BuiltIndex(index, error=error.diag.message_primary or str(error))
        seconds = perf_counter() - start
        built = read_built(self._connection, index, name)
        self._visibility.add(built)
        self._index_names |= dict.fromkeys(built.names, replace(index, name=name))
        return BuiltIndex(index, built.bytes, seconds)

    def _settle(self, indexes: Sequence[Index]) -> None:
        """Statistics of expressions, and what index-only scans need, for the tables of these indexes."""
        touched = {index.table for index in indexes if index in self._visibility.built}
        tables = [table for table in stored_tables(self._connection) if table.name in touched]
        if tables:
            vacuum_analyze(self._conninfo, tables)
            checkpoint(self._connection)

    def _taken(self) -> frozenset[str]:
        return frozenset(name for (name,) in self._connection.execute(catalog_sql.RELATION_NAMES))
