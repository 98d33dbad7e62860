"""A running MongoDB, and the databases that we make on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError

from optimizer.design.documents.layout import Layout
from optimizer.engines.base import Server
from optimizer.engines.mongo import client_sessions, scratch
from optimizer.engines.mongo.blueprint import Blueprint, blueprint
from optimizer.engines.mongo.cache import cache_of
from optimizer.engines.mongo.client import Client, client
from optimizer.engines.mongo.compiling import Compiler
from optimizer.engines.mongo.database import MongoDatabase
from optimizer.engines.mongo.failures import guarded, is_lost, lost
from optimizer.engines.mongo.locks import locks
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.values import ServerIdentity
from optimizer.model.design import Design
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload

_PARAMETERS = ("ttlMonitorEnabled", "transactionLifetimeLimitSeconds", "internalQueryForceClassicEngine")


class MongoServer(Server):
    """See optimizer.engines.base.Server; made by `open_server`."""

    def __init__(
        self, endpoint: MongoEndpoint, admin: Client, identity: ServerIdentity, stop: Callable[[], None]
    ) -> None:
        self.identity = identity
        self._endpoint = endpoint
        self._admin = admin
        self._stop = stop
        self._databases: dict[str, MongoDatabase] = {}
        self._cache = cache_of(admin, endpoint.cache_bytes) if endpoint.cache_bytes else None

    def __enter__(self) -> MongoServer:
        return self

    @guarded()
    def create(self, workload: Workload, label: str, schema: Schema, design: Design) -> MongoDatabase:
        needed = locks(workload, schema)
        made = blueprint(schema, design, needed)
        name = scratch.new_name(self._endpoint.claim, label)
        try:
            scratch.create(self._admin, name, self._endpoint.claim)
            self._make_collections(name, made)
        except BaseException:
            self._remove(name)
            raise
        layout = Layout(schema, design.structures)
        compiler = Compiler(layout, workload.session, frozenset(workload.relax), needed)
        database = MongoDatabase(
            self._admin, self._endpoint.uri, name, layout, compiler, made, lambda: self._remove(name)
        )
        self._databases[name] = database
        self._fit_cache()
        return database

    def close(self) -> None:
        try:
            for name in tuple(self._databases):
                self._remove(name)
        except PyMongoError as error:
            if not is_lost(error):
                raise
            raise lost(error) from error
        finally:
            self._admin.close()
            self._stop()

    def _make_collections(self, name: str, made: Blueprint) -> None:
        for collection in made.collections:
            self._admin[name].command("create", collection.name, **collection.options)

    def _remove(self, name: str) -> None:
        self._databases.pop(name, None)
        client_sessions.end(self._admin, name)
        scratch.drop(self._admin, name)
        self._fit_cache()

    def _fit_cache(self) -> None:
        if self._cache is not None:
            self._cache.fit(len(self._databases))


def open_server(running: Running[MongoEndpoint]) -> MongoServer:
    """A server on what a provider has started; closing it closes that too.

    Databases that dead runs of this machine left there are dropped first.
    """
    return connect_server(running.endpoint, running.close)


@guarded()
def connect_server(endpoint: MongoEndpoint, stop: Callable[[], None] = lambda: None) -> MongoServer:
    """A server on an endpoint that somebody else ends, unless `stop` does."""
    admin = client(endpoint.uri)
    try:
        cleaned = scratch.clean(admin, open_home())
        identity = _identity(endpoint, admin, cleaned)
    except BaseException:
        admin.close()
        raise
    return MongoServer(endpoint, admin, identity, stop)


def _identity(endpoint: MongoEndpoint, admin: Client, cleaned: tuple[str, ...]) -> ServerIdentity:
    notes = [
        *endpoint.notes,
        *(f"removed what a dead run left: {name}" for name in cleaned),
    ]
    return ServerIdentity(
        engine="mongo",
        server=f"MongoDB {'.'.join(map(str, endpoint.version))}",
        provider=endpoint.provider,
        settings=tuple(_settings(admin, endpoint)),
        notes=tuple(notes),
    )


def _settings(admin: Client, endpoint: MongoEndpoint) -> Iterator[tuple[str, str]]:
    """What matters for latencies, as far as this user may ask for it; the cache is that of one database."""
    try:
        status = admin.admin.command("serverStatus", repl=0, metrics=0, locks=0)
        yield from _engine_settings(status, endpoint.cache_bytes)
        for name in _PARAMETERS:
            yield name, str(admin.admin.command({"getParameter": 1, name: 1})[name]).lower()
    except OperationFailure:
        return
    finally:
        concern = admin.write_concern.document
        yield "writeConcern", f"w: {concern.get('w')}, j: {str(concern.get('j')).lower()}"


def _engine_settings(status: dict[str, Any], own_bytes: int | None) -> Iterator[tuple[str, str]]:
    engine = status.get("storageEngine", {})
    yield "storageEngine", str(engine.get("name"))
    cache = own_bytes or status.get("wiredTiger", {}).get("cache", {}).get("maximum bytes configured")
    if cache is not None:
        yield "cacheSizeGB", f"{cache / (1 << 30):.2f}"
    yield "journal", "on" if engine.get("persistent", True) else "off"
