"""A running TimescaleDB, and the databases that we make on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.connection import Connection
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.databases import Databases
from optimizer.engines.postgres.failures import guarded
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading.maintenance import checkpoint, open_connection
from optimizer.engines.postgres.server import PostgresServer, identity_of, introduced
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.timescale.abilities import Abilities, abilities
from optimizer.engines.timescale.connection import TimescaleConnection
from optimizer.engines.timescale.databases import ExtendedDatabases, ProcessDatabases
from optimizer.engines.timescale.hiding import Dropping, Hidden, HidingConnection, Turns
from optimizer.engines.timescale.layout import CompressionLayout, HypertableLayout
from optimizer.engines.timescale.process import Process, process_of
from optimizer.engines.values import BuiltIndex, LoadReport, Progress, ServerIdentity
from optimizer.model.hypertables import Hypertable
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload

_OUTLASTING = b"SET synchronous_commit = on"
"""Nobody there writes a log that a commit hasn't waited for: a process that is ended would forget it."""

_SIZES = b"UPDATE pg_class SET reltuples = reltuples WHERE relkind IN ('r', 'i', 'm') AND oid >= 16384"
"""What VACUUM and ANALYZE write beside all transactions isn't noticed there: planning would go on with sizes
that are guessed from pages. What a transaction writes is, by its next statement."""

_PACKED = """
    SELECT before_compression_total_bytes, after_compression_total_bytes
    FROM hypertable_compression_stats(%s::regclass)
    WHERE number_compressed_chunks > 0
    """
"""By the older name, which newer servers have too."""


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

    def load(
        self,
        dataset: Dataset,
        progress: Progress,
        only: frozenset[TableName] | None = None,
        anew: bool = True,
    ) -> LoadReport:
        report = super().load(dataset, progress, only, anew)
        self._notice_sizes()
        return report

    def build(self, indexes: Sequence[Index], progress: Progress) -> tuple[BuiltIndex, ...]:
        reports = super().build(indexes, progress)
        self._notice_sizes()
        return reports

    def sweep(self) -> None:
        super().sweep()
        self._notice_sizes()

    def resample_statistics(self) -> None:
        super().resample_statistics()
        self._notice_sizes()

    def _notice_sizes(self) -> None:
        if self.process is not None:
            with self._connection.transaction():
                self._link.execute(_SIZES)
                self._link.execute(b"SELECT")

    @guarded()
    def packed(self) -> dict[Structure, tuple[int, int]]:
        found: dict[Structure, tuple[int, int]] = {}
        for one in self._layout.structures:
            if isinstance(one, Hypertable) and one.columnstore is not None:
                row = self._connection.execute(_PACKED, [full_name(one.table)]).fetchone()
                if row is not None:
                    found[one] = (int(row[0]), int(row[1]))
        return found

    def settle(self) -> None:
        if self.turns is not None:
            self.turns.settle()

    def connect(self) -> Connection:
        if self.process is None or self.turns is None or not isinstance(self._visibility, Dropping):
            return super().connect()
        return HidingConnection(self.process, self._settings.role, self._hidden, self.turns)

    def _hidden(self) -> Hidden:
        return self._visibility.hidden if isinstance(self._visibility, Dropping) else frozenset()


class TimescaleServer(PostgresServer):
    """See PostgresServer; made by `open_server`."""

    database = TimescaleDatabase

    def __init__(
        self,
        databases: Databases,
        identity: ServerIdentity,
        hides: bool,
        stop: Callable[[], None],
        can: Abilities,
    ) -> None:
        super().__init__(databases, identity, hides, stop)
        self.kind = layout_of(can)
        self.abilities = can
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


def layout_of(can: Abilities) -> type[HypertableLayout]:
    """How tables are laid out by a server."""
    return HypertableLayout if can.dialect.columnstore else CompressionLayout


def open_server(running: Running[TimescaleEndpoint]) -> TimescaleServer:
    """A server on what a provider has started; closing it closes that too.

    Databases and roles that dead runs of this machine left there are dropped first.
    """
    endpoint = running.endpoint
    if endpoint.processes is None:
        admin, identity, hides = introduced(endpoint)
        extended = ExtendedDatabases(endpoint, admin)
        can = _asked_in_one_of(extended, endpoint.extension)
        databases: Databases = extended
    else:
        hides = True  # see hiding.py
        with open_connection(endpoint.conninfo) as admin:
            identity = identity_of(endpoint, admin, hides, ())
        can = _asked(endpoint.conninfo, endpoint.extension)
        databases = ProcessDatabases(endpoint.processes, endpoint.claim)
    return TimescaleServer(databases, _named(identity, endpoint, can), hides, running.close, can)


def _asked_in_one_of(databases: Databases, version: str) -> Abilities:
    """In a database of ours: the extension's settings are known where it was created."""
    name = databases.new_name("abilities")
    databases.create(name)
    try:
        return _asked(databases.conninfo(name), version)
    finally:
        databases.drop(name)


def _asked(conninfo: str, version: str) -> Abilities:
    with open_connection(conninfo) as one, open_connection(conninfo) as other:
        return abilities(version, one, other)


def _named(identity: ServerIdentity, endpoint: TimescaleEndpoint, can: Abilities) -> ServerIdentity:
    return replace(
        identity,
        engine="timescale",
        server=f"TimescaleDB {endpoint.extension} on {identity.server}",
        indicative=endpoint.indicative,
        settings=(*identity.settings, *can.settings),
        notes=(*identity.notes, *can.notes),
    )
