"""A running TimescaleDB, and the databases that we make on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.engines.postgres.connection import Connection
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.databases import Databases
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading.maintenance import checkpoint, open_connection
from optimizer.engines.postgres.server import PostgresServer, identity_of, introduced
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.timescale.connection import TimescaleConnection
from optimizer.engines.timescale.databases import ExtendedDatabases, ProcessDatabases
from optimizer.engines.timescale.dialect import dialect_of
from optimizer.engines.timescale.hiding import Dropping, Hidden, HidingConnection, Turns
from optimizer.engines.timescale.layout import CompressionLayout, HypertableLayout
from optimizer.engines.timescale.process import Process, process_of
from optimizer.engines.values import ServerIdentity
from optimizer.model.query import SourceText
from optimizer.model.workload import Workload

_NO_CLIENTS = "it takes one statement at a time: concurrent clients aren't measured"

_OUTLASTING = b"SET synchronous_commit = on"
"""Nobody there writes a log that a commit hasn't waited for: a process that is ended would forget it."""


class TimescaleDatabase(PostgresDatabase):
    """See PostgresDatabase; `process` where the database is one that can't stop a statement."""

    connections = TimescaleConnection
    process: Process | None = None
    turns: Turns | None = None

    def live_in(self, process: Process) -> None:
        """Say in which process the database is; what was done there so far outlasts its end."""
        self.process, self.turns = process, Turns()
        process.tell(self.reconnect)
        self._link.execute(_OUTLASTING)
        checkpoint(self._link)

    def reconnect(self) -> None:
        self._link.close()
        super().reconnect()
        if self.process is not None:
            self._link.execute(_OUTLASTING)

    def settle(self) -> None:
        if self.turns is not None:
            self.turns.settle()

    def connect(self) -> Connection:
        if self.process is None or self.turns is None or not isinstance(self._visibility, Dropping):
            return super().connect()
        return HidingConnection(self.process, self._settings.role, self._hidden, self.turns)

    def _hidden(self) -> Hidden:
        return self._visibility.hidden if isinstance(self._visibility, Dropping) else ()


class TimescaleServer(PostgresServer):
    """See PostgresServer; made by `open_server`."""

    database = TimescaleDatabase

    def __init__(
        self,
        databases: Databases,
        identity: ServerIdentity,
        hides: bool,
        stop: Callable[[], None],
        kind: type[HypertableLayout],
    ) -> None:
        super().__init__(databases, identity, hides, stop)
        self.kind = kind
        if isinstance(databases, ProcessDatabases):
            self.switch = Dropping

    def _open(
        self, name: str, workload: Workload, ddl: SourceText, layout: TableLayout | None
    ) -> PostgresDatabase:
        database = super()._open(name, workload, ddl, layout)
        where = self._where
        if isinstance(database, TimescaleDatabase) and isinstance(where, ProcessDatabases):
            database.live_in(process_of(where.conninfo, where.processes.restart, name))
        return database


def layout_of(version: str) -> type[HypertableLayout]:
    """How tables are laid out by a version of the extension."""
    return HypertableLayout if dialect_of(version).columnstore else CompressionLayout


def open_server(running: Running[TimescaleEndpoint]) -> TimescaleServer:
    """A server on what a provider has started; closing it closes that too.

    Databases and roles that dead runs of this machine left there are dropped first.
    """
    endpoint, kind = running.endpoint, layout_of(running.endpoint.extension)
    if endpoint.processes is None:
        admin, identity, hides = introduced(endpoint)
        databases: Databases = ExtendedDatabases(endpoint, admin)
    else:
        hides = True  # see hiding.py
        with open_connection(endpoint.conninfo) as admin:
            identity = identity_of(endpoint, admin, hides, ())
        databases = ProcessDatabases(endpoint.processes, endpoint.claim)
    return TimescaleServer(databases, _named(identity, endpoint), hides, running.close, kind)


def _named(identity: ServerIdentity, endpoint: TimescaleEndpoint) -> ServerIdentity:
    return replace(
        identity,
        engine="timescale",
        server=f"TimescaleDB {endpoint.extension} on {identity.server}",
        indicative=endpoint.indicative,
        notes=(*identity.notes, *([_NO_CLIENTS] if endpoint.processes else [])),
    )
