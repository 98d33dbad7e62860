"""A running PostgreSQL, and the databases that we make on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from optimizer.engines.base import ReferenceServer
from optimizer.engines.postgres import scratch
from optimizer.engines.postgres.catalog.schema import read_schema
from optimizer.engines.postgres.catalog.tables import stored_tables
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.databases import Databases, ServerDatabases
from optimizer.engines.postgres.failures import guarded, lost
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.loading.maintenance import STATISTICS_RESTORABLE, open_connection
from optimizer.engines.postgres.loading.templates import Templates
from optimizer.engines.postgres.scripts.apply import apply_script
from optimizer.engines.postgres.scripts.roles import Roles, grant_all
from optimizer.engines.postgres.scripts.schema_script import schema_script
from optimizer.engines.postgres.visibility import Hiding, Recreating, Visibility, can_hide
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.values import ServerIdentity
from optimizer.errors import OptimizerError
from optimizer.model.design import Design
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.workload import SessionSettings, Workload

_SETTINGS = (
    "shared_buffers",
    "effective_cache_size",
    "work_mem",
    "random_page_cost",
    "max_parallel_workers_per_gather",
    "jit",
    "fsync",
    "synchronous_commit",
    "autovacuum",
    "wal_level",
)
_NO_HIDING = "indexes can't be hidden on this server: they are created and dropped for every design"
_NO_CARRYING = (
    "before PostgreSQL 18 planner statistics can't be carried over: large samples are taken instead"
)


class PostgresServer(ReferenceServer):
    """See optimizer.engines.base.ReferenceServer; made by `open_server`."""

    kind: type[TableLayout] = TableLayout
    database: type[PostgresDatabase] = PostgresDatabase

    def __init__(
        self,
        databases: Databases,
        identity: ServerIdentity,
        hides: bool,
        stop: Callable[[], None],
    ) -> None:
        self.identity = identity
        self._where = databases
        self.switch: type[Visibility] = Hiding if hides else Recreating
        self._stop = stop
        self._templates = Templates(databases)
        self._databases: dict[str, PostgresDatabase] = {}

    def __enter__(self) -> PostgresServer:
        return self

    @guarded()
    def create(self, workload: Workload, label: str, schema: Schema, design: Design) -> PostgresDatabase:
        layout = self.kind(schema, design.structures)
        views = {*layout.physical.views, *layout.physical.materialized_views}
        at_once = [index for index in design.indexes if index.table not in views]  # a load takes these down
        script = schema_script(workload.ddl, layout, at_once, {}, workload.session.role)
        return self._made(workload, label, SourceText(script, f"schema.sql of {label}"), layout)

    @guarded()
    def read(self, workload: Workload, label: str, ddl: SourceText) -> PostgresDatabase:
        return self._made(workload, label, ddl, None)

    def _made(
        self, workload: Workload, label: str, ddl: SourceText, layout: TableLayout | None
    ) -> PostgresDatabase:
        name = self._where.new_name(label)
        self._where.create(name)
        try:
            database = self._open(name, workload, ddl, layout)
        except BaseException:
            self._remove(name)
            raise
        self._databases[name] = database
        return database

    def design_of(self, workload: Workload, baseline: SourceText, contender: SourceText) -> Design:
        database = self.read(workload, "contender", baseline)
        try:
            self._apply(database.name, SessionSettings(), contender)
            with open_connection(self._where.conninfo(database.name)) as connection:
                return Design(frozenset(read_schema(connection, contender).given))
        finally:
            database.drop()

    def close(self) -> None:
        try:
            for database in tuple(self._databases.values()):
                database.drop()
            self._templates.drop()
            self._where.forget_roles()
        except psycopg.OperationalError as error:
            if not self._where.gone:
                raise lost(error) from error
        finally:
            self._where.close()
            self._stop()

    def _open(
        self, name: str, workload: Workload, ddl: SourceText, layout: TableLayout | None
    ) -> PostgresDatabase:
        conninfo, settings = self._where.conninfo(name), workload.session
        notes = self._apply(name, settings, ddl)
        connection = open_connection(conninfo)
        try:
            schema = read_schema(connection, ddl)
            _switch_autovacuum_off(connection)
        except BaseException:
            connection.close()
            raise
        return self.database(
            name,
            conninfo,
            connection,
            schema,
            layout or self.kind(schema),
            settings,
            self.switch,
            self._templates.copies(ddl.text if layout is None else workload.ddl.text),
            lambda: self._remove(name),
            notes,
        )

    def _apply(self, name: str, settings: SessionSettings, ddl: SourceText) -> tuple[str, ...]:
        """The DDL on a connection of its own: what it sets for its session ends with it."""
        roles = self._where.roles(name)
        before = roles.names()
        with open_connection(self._where.conninfo(name)) as connection:
            try:
                notes = apply_script(connection, ddl, roles)
            finally:
                roles.adopt_since(before)
            _provide_role(roles, connection, settings.role)
        return notes

    def _remove(self, name: str) -> None:
        self._databases.pop(name, None)
        self._where.drop(name)


def open_server(running: Running[PostgresEndpoint]) -> PostgresServer:
    """A server on what a provider has started; closing it closes that too.

    Databases and roles that dead runs of this machine left there are dropped first.
    """
    return connect_server(running.endpoint, running.close)


def connect_server(endpoint: PostgresEndpoint, stop: Callable[[], None] = lambda: None) -> PostgresServer:
    """A server on an endpoint that somebody else ends, unless `stop` does."""
    admin, identity, hides = introduced(endpoint)
    return PostgresServer(ServerDatabases(endpoint, admin), identity, hides, stop)


def introduced(endpoint: PostgresEndpoint) -> tuple[psycopg.Connection[Any], ServerIdentity, bool]:
    """A connection to a server, what the server is, and whether indexes can be hidden there.

    What dead runs left there is dropped first.
    """
    admin = open_connection(endpoint.conninfo)
    cleaned = scratch.clean(admin, open_home())
    claimed = scratch.mark(endpoint.claim)
    hides = endpoint.superuser and _probe_hiding(endpoint, admin, claimed)
    identity = identity_of(endpoint, admin, hides, cleaned)
    return admin, identity, hides


def _provide_role(roles: Roles, connection: psycopg.Connection[Any], role: str | None) -> None:
    """The workload's role, made where neither server nor DDL has it, and then allowed everything."""
    if role is None:
        return
    roles.make(role)
    if not roles.exists(role):
        raise OptimizerError(
            f"the role \"{role}\" isn't there, and this server's user may not make it",
            f"Let an administrator run: CREATE ROLE {role}; or leave `session: role` out.",
        )
    if roles.made(role):
        grant_all(connection, role)


def _probe_hiding(endpoint: PostgresEndpoint, admin: psycopg.Connection[Any], claimed: str) -> bool:
    """Whether hiding works here, tried in a database of ours: the user's own are never written."""
    name = scratch.new_name(endpoint.claim, "probe")
    scratch.create(admin, name, claimed)
    try:
        with open_connection(make_conninfo(endpoint.conninfo, dbname=name)) as connection:
            return can_hide(connection)
    finally:
        scratch.drop(admin, name)


def identity_of(
    endpoint: PostgresEndpoint, admin: psycopg.Connection[Any], hides: bool, cleaned: tuple[str, ...]
) -> ServerIdentity:
    """What a server is, with what can't be done there; `cleaned` is what dead runs left."""
    settings = _settings(endpoint.conninfo)
    version = admin.info.parameter_status("server_version") or ""
    notes = [
        *endpoint.notes,
        *([] if hides else [_NO_HIDING]),
        *([] if admin.info.server_version >= STATISTICS_RESTORABLE else [_NO_CARRYING]),
        *(f"removed what a dead run left: {name}" for name in cleaned),
    ]
    return ServerIdentity(
        engine="postgres",
        server=f"PostgreSQL {version.split()[0] if version else ''}",
        provider=endpoint.provider,
        settings=settings,
        notes=tuple(notes),
    )


def _settings(conninfo: str) -> tuple[tuple[str, str], ...]:
    """What a session has that sets nothing itself, as the workload's do."""
    query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)"
    with psycopg.connect(conninfo) as connection:
        found: dict[str, str] = dict(connection.execute(query, [list(_SETTINGS)]).fetchall())
    return tuple((name, found[name]) for name in _SETTINGS if name in found)


def _switch_autovacuum_off(connection: psycopg.Connection[Any]) -> None:
    """Per table, where the server as a whole has it on."""
    row = connection.execute("SELECT current_setting('autovacuum')").fetchone()
    if row and row[0] == "off":
        return
    for table in stored_tables(connection):
        if table.kind != "p":
            what = sql.SQL("MATERIALIZED VIEW" if table.kind == "m" else "TABLE")
            connection.execute(
                sql.SQL("ALTER {} {} SET (autovacuum_enabled = false)").format(what, table.identifier)
            )
