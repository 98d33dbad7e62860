"""A running TimescaleDB, and the databases that we make on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.engines.postgres.connection import Connection
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.databases import Databases
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading.maintenance import open_connection
from optimizer.engines.postgres.server import PostgresServer, identity_of, introduced
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.timescale.databases import ExtendedDatabases, ProcessDatabases
from optimizer.engines.timescale.dialect import dialect_of
from optimizer.engines.timescale.layout import CompressionLayout, HypertableLayout
from optimizer.engines.timescale.process import Process, ProcessConnection, process_of
from optimizer.engines.values import ServerIdentity
from optimizer.model.query import SourceText
from optimizer.model.workload import Workload

_NO_CLIENTS = "it takes one statement at a time: concurrent clients aren't measured"


class TimescaleDatabase(PostgresDatabase):
    """See PostgresDatabase; `process` where the database is one that can't stop a statement."""

    process: Process | None = None

    def live_in(self, process: Process) -> None:
        """Say in which process the database is."""
        self.process = process
        process.tell(self.reconnect)

    def connect(self) -> Connection:
        if self.process is None:
            return super().connect()
        return ProcessConnection(self.process, self._settings.role)


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
        hides = False
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
